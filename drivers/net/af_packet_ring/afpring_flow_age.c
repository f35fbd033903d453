/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_clock.h"
#include "afpring_event.h"
#include "afpring_flow_age.h"

/* Timeouts are in seconds. */
#define LOOK_MS 100

uint32_t
afpring_flow_age_idle(const struct afpring_process *process, const struct afpring_flow_rule *rule)
{
	uint64_t last = rule->made_at, now = afpring_clock_now();

	for (uint16_t i = 0; i < process->nb_halves; i++)
		last = RTE_MAX(last, afpring_count_read(&rule->hits[i].at));
	/* an lcore's clock may be a little ahead */
	return now < last ? 0 : (now - last) / afpring_clock_s(1);
}

static bool
is_due(const struct afpring_process *process, const struct afpring_flow_rule *rule)
{
	return (rule->does & AFPRING_FLOW_AGE) != 0 &&
	       afpring_flow_age_idle(process, rule) >= rule->timeout_s;
}

int
afpring_flow_age_get(struct afpring_process *process, void **contexts, uint32_t nb)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < process->flow_list.nb && (nb == 0 || found < nb); i++) {
		struct afpring_flow_rule *rule = process->flow_list.rules[i];

		if (!is_due(process, rule))
			continue;
		if (nb != 0)
			contexts[found] = rule->context != NULL ? rule->context : rule;
		found++;
	}
	process->told_aged = false;
	return found;
}

void
afpring_flow_age_look(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;
	uint64_t now = afpring_clock_now();
	bool is_new = false;

	if (process->flow_table == NULL || !process->flow_table->ages || now < process->look_at)
		return;
	process->look_at = now + afpring_clock_ms(LOOK_MS);
	for (uint32_t i = 0; i < process->flow_list.nb; i++) {
		struct afpring_flow_rule *rule = process->flow_list.rules[i];
		bool due = is_due(process, rule);

		is_new |= due && !rule->is_told;
		rule->is_told = due;
	}
	if (!is_new || process->told_aged)
		return;
	process->told_aged = true;
	afpring_event_raise(dev, AFPRING_EVENT_AGED);
}
