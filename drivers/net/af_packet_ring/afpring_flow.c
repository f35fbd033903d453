/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Two programs decide about a packet, first that of the group, then the gate of the queue that it
 * has chosen. While the rules change, no packet may have the queue of one set and pass by the other
 * one, where the former would have dropped it. So a change goes by whether the new set drops less:
 *
 *   drops more   gates ── group      a packet whose queue is still of the old set passes both sets
 *   drops less   group ── gates      a packet that still passes by the old set is not dropped by
 *                                    the new one, and has its queue
 *
 * A rule more or less does one or the other. Between the two steps the kernel waits for the packets
 * that are under way (__fanout_set_data_bpf(): synchronize_net()).
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "afpring_flow.h"
#include "afpring_flow_parse.h"
#include "afpring_gate.h"
#include "afpring_log.h"
#include "afpring_spread.h"

/* What the application has in its hands is the rule itself. */
static struct afpring_flow_rule *
rule_of(struct rte_flow *flow)
{
	return (struct afpring_flow_rule *)flow;
}

/* ---- change ---- */

enum change {
	DROPS_MORE,
	DROPS_LESS,
};

static int
set_programs(struct rte_eth_dev *dev, const struct afpring_flow_set *next, enum change change)
{
	const struct afpring_process *process = dev->process_private;
	int ret;

	if (change == DROPS_MORE) {
		ret = afpring_gates_set_flows(dev, next);
		if (ret < 0)
			return ret;
		ret = afpring_spread_set_flows(dev, next);
		if (ret < 0)
			afpring_gates_set_flows(dev, &process->flows);
	} else {
		ret = afpring_spread_set_flows(dev, next);
		if (ret < 0)
			return ret;
		ret = afpring_gates_set_flows(dev, next);
		if (ret < 0)
			afpring_spread_set_flows(dev, &process->flows);
	}
	return ret;
}

/* Put the set in the place of the old one, whose list goes. On failure the new list goes. */
static int
commit(struct rte_eth_dev *dev, const struct afpring_flow_set *next, enum change change,
       struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int ret = set_programs(dev, next, change);

	if (ret == 0) {
		free(process->flows.rules);
		process->flows = *next;
		return 0;
	}
	free(next->rules);
	if (ret == -ENOSPC)
		return rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "the rules take more than the 4096 instructions that a "
					  "program in the kernel may have");
	if (ret == -ENOMEM)
		return rte_flow_error_set(error, ENOSPC, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "the rules take more memory than net.core.optmem_max "
					  "lets the filter of a socket have");
	return rte_flow_error_set(error, -ret, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				  "the kernel does not take the rules");
}

/* The list with room for one more, or NULL. */
static struct afpring_flow_rule **
copy_rules(const struct afpring_flow_set *set)
{
	struct afpring_flow_rule **rules = malloc((set->nb + 1) * sizeof(*rules));

	if (rules != NULL && set->nb != 0)
		memcpy(rules, set->rules, set->nb * sizeof(*rules));
	return rules;
}

static int
no_memory(struct rte_flow_error *error)
{
	return rte_flow_error_set(error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				  "no memory");
}

/* Behind all rules of its priority and of those before. */
static int
insert(struct rte_eth_dev *dev, struct afpring_flow_rule *rule, struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	struct afpring_flow_set next = process->flows;
	uint32_t at = next.nb;

	next.rules = copy_rules(&process->flows);
	if (next.rules == NULL)
		return no_memory(error);
	for (; at != 0 && next.rules[at - 1]->priority > rule->priority; at--)
		next.rules[at] = next.rules[at - 1];
	next.rules[at] = rule;
	next.nb++;
	return commit(dev, &next, rule->fate == AFPRING_FLOW_DROP ? DROPS_MORE : DROPS_LESS, error);
}

static int
take_out(struct rte_eth_dev *dev, const struct afpring_flow_rule *rule,
	 struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	struct afpring_flow_set next = process->flows;
	uint32_t at = 0;

	while (at < next.nb && next.rules[at] != rule)
		at++;
	if (at == next.nb)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, rule,
					  "the port has no such rule");
	next.rules = copy_rules(&process->flows);
	if (next.rules == NULL)
		return no_memory(error);
	next.nb--;
	memmove(&next.rules[at], &next.rules[at + 1], (next.nb - at) * sizeof(*next.rules));
	return commit(dev, &next, rule->fate == AFPRING_FLOW_DROP ? DROPS_LESS : DROPS_MORE, error);
}

/* ---- operations of rte_flow ---- */

static int
parse(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item *items,
      const struct rte_flow_action *actions, struct afpring_flow_rule *rule,
      struct rte_flow_error *error)
{
	int ret = afpring_flow_parse(attr, items, actions, dev->data->nb_rx_queues, rule, error);

	if (ret < 0 || rule->nb_queues == 0)
		return ret;
	if (!afpring_spread_has_types(dev, rule->rss_types))
		return rte_flow_error_set(
			error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, actions,
			"the types of the hash are the port's: none, or the same");
	ret = afpring_spread_allows_queue(dev);
	if (ret == -EBUSY)
		return rte_flow_error_set(
			error, EBUSY, RTE_FLOW_ERROR_TYPE_ACTION, actions,
			"the kernel spreads the packets of this port by itself: "
			"stop the port before its first rule that chooses a queue, "
			"or configure it with an RSS key");
	if (ret < 0)
		return rte_flow_error_set(
			error, -ret, RTE_FLOW_ERROR_TYPE_ACTION, actions,
			"the devargs fanout_mode or fanout_group choose the queue");
	return 0;
}

static int
flow_validate(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	      const struct rte_flow_item items[], const struct rte_flow_action actions[],
	      struct rte_flow_error *error)
{
	struct afpring_flow_rule rule;

	return parse(dev, attr, items, actions, &rule, error);
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	    const struct rte_flow_item items[], const struct rte_flow_action actions[],
	    struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_flow_rule *rule = malloc(sizeof(*rule));
	int ret;

	ret = rule == NULL ? no_memory(error) : parse(dev, attr, items, actions, rule, error);
	if (ret == 0) {
		pthread_mutex_lock(&process->sockets_lock);
		ret = insert(dev, rule, error);
		pthread_mutex_unlock(&process->sockets_lock);
	}
	if (ret == 0)
		return (struct rte_flow *)rule;
	free(rule);
	return NULL;
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	ret = take_out(dev, rule_of(flow), error);
	pthread_mutex_unlock(&process->sockets_lock);
	if (ret == 0)
		free(rule_of(flow));
	return ret;
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_flow_set next = {0};
	struct afpring_flow_rule **doomed;
	uint32_t nb;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	nb = process->flows.nb;
	next.isolated = process->flows.isolated;
	doomed = copy_rules(&process->flows);
	ret = doomed == NULL ? no_memory(error) :
			       commit(dev, &next, next.isolated ? DROPS_MORE : DROPS_LESS, error);
	pthread_mutex_unlock(&process->sockets_lock);
	while (ret == 0 && nb-- != 0)
		free(doomed[nb]);
	free(doomed);
	return ret;
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *action,
	   void *data, struct rte_flow_error *error)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(flow);
	RTE_SET_USED(data);
	return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
				  "no action of a rule can be queried");
}

/* The queues do not change, so the order of the steps does not matter. */
static int
flow_isolate(struct rte_eth_dev *dev, int on, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_flow_set next;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	next = process->flows;
	next.isolated = on != 0;
	next.rules = copy_rules(&process->flows);
	ret = next.rules == NULL ? no_memory(error) : commit(dev, &next, DROPS_MORE, error);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

static const char *const places[] = {
	[AFPRING_FLOW_L3] = "L3 type",
	[AFPRING_FLOW_L4] = "L4 protocol",
	[AFPRING_FLOW_L4_ROOM] = "bytes from L4 on",
	[AFPRING_FLOW_TAGS] = "VLAN tags",
	[AFPRING_FLOW_TYPE0] = "type",
	[AFPRING_FLOW_TCI0] = "outer TCI",
	[AFPRING_FLOW_TYPE1] = "type behind the outer tag",
	[AFPRING_FLOW_TCI1] = "inner TCI",
	[AFPRING_FLOW_TYPE2] = "type behind the inner tag",
	[AFPRING_FLOW_ETH] = "Ethernet",
	[AFPRING_FLOW_L3_BYTES] = "L3",
	[AFPRING_FLOW_L4_BYTES] = "L4",
};

static const char *const fates[] = {
	[AFPRING_FLOW_PASSTHRU] = "passthru",
	[AFPRING_FLOW_DROP] = "drop",
	[AFPRING_FLOW_QUEUE] = "queue",
	[AFPRING_FLOW_RSS] = "rss",
};

static void
dump_rule(const struct afpring_flow_rule *rule, FILE *file)
{
	fprintf(file, "rule %p priority %" PRIu32 ":", (const void *)rule, rule->priority);
	for (uint32_t i = 0; i < rule->nb_tests; i++) {
		const struct afpring_flow_test *test = &rule->tests[i];

		fprintf(file, " %s", places[test->where]);
		if (test->where >= AFPRING_FLOW_ETH)
			fprintf(file, "[%u:%u]", test->offset, test->offset + test->size);
		fprintf(file, " & 0x%" PRIx32 " = 0x%" PRIx32, test->mask, test->low);
		if (test->high != test->low)
			fprintf(file, "-0x%" PRIx32, test->high);
		fputs(",", file);
	}
	fprintf(file, " %s", fates[rule->fate]);
	for (uint32_t i = 0; i < rule->nb_queues; i++)
		fprintf(file, " %u", rule->queues[i]);
	fputs("\n", file);
}

static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	uint32_t nb = 0;

	pthread_mutex_lock(&process->sockets_lock);
	for (uint32_t i = 0; i < process->flows.nb; i++) {
		if (flow != NULL && process->flows.rules[i] != rule_of(flow))
			continue;
		dump_rule(process->flows.rules[i], file);
		nb++;
	}
	pthread_mutex_unlock(&process->sockets_lock);
	if (flow == NULL || nb != 0)
		return 0;
	return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, flow,
				  "the port has no such rule");
}

static const struct rte_flow_ops flow_ops = {
	.validate = flow_validate,
	.create = flow_create,
	.destroy = flow_destroy,
	.flush = flow_flush,
	.query = flow_query,
	.isolate = flow_isolate,
	.dev_dump = flow_dump,
};

int
afpring_flow_ops_get(struct rte_eth_dev *dev, const struct rte_flow_ops **ops)
{
	RTE_SET_USED(dev);
	*ops = &flow_ops;
	return 0;
}

/* ---- of the port ---- */

int
afpring_flow_check_queues(const struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;

	for (uint32_t i = 0; i < process->flows.nb; i++) {
		const struct afpring_flow_rule *rule = process->flows.rules[i];

		for (uint32_t q = 0; q < rule->nb_queues; q++) {
			if (rule->queues[q] < dev->data->nb_rx_queues)
				continue;
			AFPRING_LOG(ERR,
				    "%s: configure with %u receive queues: a flow rule names queue "
				    "%u; flush the rules first",
				    dev->data->name, dev->data->nb_rx_queues, rule->queues[q]);
			return -EINVAL;
		}
	}
	return 0;
}
