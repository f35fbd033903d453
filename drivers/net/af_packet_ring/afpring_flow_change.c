/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Two programs decide about a packet, first that of the group, then the gate of the queue that it
 * has chosen. While the rules change, no packet may have the queue of one set and pass by the other
 * one, where the former would have dropped it. So a change goes by whether the new set drops less:
 *
 *   drops more    gates ── group            a packet whose queue is still of the old set passes both
 *                                            sets
 *   drops less    group ── gates            a packet that still passes by the old set is not dropped
 *                                            by the new one, and has its queue
 *   drops others  gates ── group ── gates   the first gates drop what either set drops
 *
 * A jump may do the last, any other rule more or less does one of the former.
 *
 * The bursts mark and count by the rules, and drop what they have counted. They know of a new rule
 * before the kernel does and of an old one longer, so what a rule has let in finds the rule there,
 * but for what lies in the rings when the rule goes.
 *
 * Behind the step of the group the kernel waits for the packets that are under way
 * (__fanout_set_data_bpf(): synchronize_net()).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "afpring_flow_change.h"
#include "afpring_flow_set.h"
#include "afpring_gate.h"
#include "afpring_quiesce.h"
#include "afpring_spread.h"

enum change {
	DROPS_MORE,
	DROPS_LESS,
	DROPS_OTHERS,
};

enum burst {
	BURST_FIRST,
	BURST_LAST,
};

struct how {
	enum change change;
	enum burst burst;
};

static int
set_programs(struct rte_eth_dev *dev, const struct afpring_flow_set *old,
	     const struct afpring_flow_set *next, enum change change)
{
	bool first = change != DROPS_LESS, last = change != DROPS_MORE;
	struct afpring_flow_set both = *next;
	int ret = 0;

	both.also = old;
	if (first)
		ret = afpring_gates_set_flows(dev, last ? &both : next);
	if (ret < 0)
		return ret;
	ret = afpring_spread_set_flows(dev, next);
	if (ret < 0) {
		if (first)
			afpring_gates_set_flows(dev, old);
		return ret;
	}
	if (last)
		ret = afpring_gates_set_flows(dev, next);
	if (ret < 0)
		afpring_spread_set_flows(dev, old);
	return ret;
}

/* What puts the old set back. */
static enum change
opposite(enum change change)
{
	return change == DROPS_MORE ? DROPS_LESS : change == DROPS_LESS ? DROPS_MORE : DROPS_OTHERS;
}

int
afpring_flow_no_memory(struct rte_flow_error *error)
{
	return rte_flow_error_set(error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				  "no memory");
}

/* What the bursts ask of this set: NULL if nothing. */
static int
make_table(const struct afpring_flow_set *set, struct afpring_flow_table **table,
	   struct rte_flow_error *error)
{
	*table = NULL;
	if (!afpring_flow_has_does(set))
		return 0;
	*table = afpring_flow_table_make(set);
	return *table != NULL ? 0 : afpring_flow_no_memory(error);
}

/* The bursts go by this table from now on. */
static int
set_bursts(struct rte_eth_dev *dev, const struct afpring_flow_table *table)
{
	struct afpring_port *port = dev->data->dev_private;

	if (port->classify.flows == table)
		return 0;
	if (!afpring_rxqs_take(dev))
		return -EBUSY;
	port->classify.flows = table;
	afpring_classify_set_step(&port->classify, AFPRING_CLASSIFY_FLOW, table != NULL);
	afpring_rxqs_give(dev);
	return 0;
}

static int
refuse_programs(int ret, struct rte_flow_error *error)
{
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

static int
refuse_bursts(int ret, struct rte_flow_error *error)
{
	return rte_flow_error_set(error, -ret, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
				  "an lcore is inside a receive burst and does not run");
}

/* The next set and its table. On failure the kernel and the bursts have the old ones. */
static int
set_everywhere(struct rte_eth_dev *dev, const struct afpring_flow_set *next,
	       const struct afpring_flow_table *table, struct how how, struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	int ret;

	if (how.burst == BURST_FIRST) {
		ret = set_bursts(dev, table);
		if (ret < 0)
			return refuse_bursts(ret, error);
	}
	ret = set_programs(dev, &process->flows, next, how.change);
	if (ret < 0) {
		/* the new table goes, so no burst may have it, however long an lcore takes */
		while (how.burst == BURST_FIRST && set_bursts(dev, process->flow_table) < 0)
			;
		return refuse_programs(ret, error);
	}
	if (how.burst == BURST_LAST) {
		ret = set_bursts(dev, table);
		if (ret < 0) {
			set_programs(dev, next, &process->flows, opposite(how.change));
			return refuse_bursts(ret, error);
		}
	}
	return 0;
}

/* Put the list in the place of the old one, whose memory goes. On failure that of the new one goes;
 * the rules themselves stay the caller's. */
static int
commit(struct rte_eth_dev *dev, const struct afpring_flow_list *list, bool isolated, struct how how,
       struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_flow_set next = {.isolated = isolated};
	struct afpring_flow_table *table = NULL;
	int ret = afpring_flow_set_make(list, &next, error);

	if (ret == 0)
		ret = make_table(&next, &table, error);
	if (ret == 0)
		ret = set_everywhere(dev, &next, table, how, error);
	if (ret < 0) {
		afpring_flow_table_free(table);
		afpring_flow_set_free(&next);
		free(list->rules);
		return ret;
	}
	afpring_flow_table_free(process->flow_table);
	process->flow_table = table;
	free(process->flow_list.rules);
	process->flow_list = *list;
	afpring_flow_set_free(&process->flows);
	process->flows = next;
	return 0;
}

/* The list as it is, with room for one more. */
static int
copy_list(const struct rte_eth_dev *dev, struct afpring_flow_list *copy,
	  struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	const struct afpring_flow_list *list = &process->flow_list;

	*copy = (struct afpring_flow_list){.nb = list->nb};
	copy->rules = malloc((list->nb + 1) * sizeof(*copy->rules));
	if (copy->rules == NULL)
		return afpring_flow_no_memory(error);
	if (list->nb != 0)
		memcpy(copy->rules, list->rules, list->nb * sizeof(*copy->rules));
	return 0;
}

/* What a rule that comes changes. Without a program of the group the order does not matter. */
static enum change
change_by(const struct rte_eth_dev *dev, const struct afpring_flow_rule *rule)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (rule->jump != 0 && port->has_program)
		return DROPS_OTHERS;
	return afpring_flow_drops_early(rule) ? DROPS_MORE : DROPS_LESS;
}

static bool
is_before(const struct afpring_flow_rule *a, const struct afpring_flow_rule *b)
{
	return a->group != b->group ? a->group < b->group : a->priority < b->priority;
}

int
afpring_flow_insert(struct rte_eth_dev *dev, struct afpring_flow_rule *rule,
		    struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	struct afpring_flow_list next;
	int ret = copy_list(dev, &next, error);
	uint32_t at = next.nb;

	if (ret < 0)
		return ret;
	for (; at != 0 && is_before(rule, next.rules[at - 1]); at--)
		next.rules[at] = next.rules[at - 1];
	next.rules[at] = rule;
	next.nb++;
	return commit(dev, &next, process->flows.isolated,
		      (struct how){change_by(dev, rule), BURST_FIRST}, error);
}

int
afpring_flow_take_out(struct rte_eth_dev *dev, const struct afpring_flow_rule *rule,
		      struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	struct afpring_flow_list next;
	int ret = copy_list(dev, &next, error);
	uint32_t at = 0;

	if (ret < 0)
		return ret;
	while (at < next.nb && next.rules[at] != rule)
		at++;
	if (at == next.nb) {
		free(next.rules);
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_HANDLE, rule,
					  "the port has no such rule");
	}
	next.nb--;
	memmove(&next.rules[at], &next.rules[at + 1], (next.nb - at) * sizeof(*next.rules));
	return commit(dev, &next, process->flows.isolated,
		      (struct how){opposite(change_by(dev, rule)), BURST_LAST}, error);
}

int
afpring_flow_take_out_all(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	const struct afpring_flow_list none = {0};
	bool isolated = process->flows.isolated;
	struct afpring_flow_list doomed;
	int ret = copy_list(dev, &doomed, error);

	if (ret < 0)
		return ret;
	ret = commit(dev, &none, isolated,
		     (struct how){isolated ? DROPS_MORE : DROPS_LESS, BURST_LAST}, error);
	while (ret == 0 && doomed.nb-- != 0)
		afpring_flow_rule_free(doomed.rules[doomed.nb]);
	free(doomed.rules);
	return ret;
}

/* The queues do not change, so the order of the steps does not matter. */
int
afpring_flow_set_isolated(struct rte_eth_dev *dev, bool on, struct rte_flow_error *error)
{
	struct afpring_flow_list next;
	int ret = copy_list(dev, &next, error);

	if (ret < 0)
		return ret;
	return commit(dev, &next, on, (struct how){DROPS_MORE, on ? BURST_LAST : BURST_FIRST},
		      error);
}
