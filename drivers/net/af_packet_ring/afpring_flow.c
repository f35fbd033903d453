/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "afpring_clock.h"
#include "afpring_flow.h"
#include "afpring_flow_age.h"
#include "afpring_flow_change.h"
#include "afpring_flow_dump.h"
#include "afpring_flow_parse.h"
#include "afpring_log.h"
#include "afpring_spread.h"

/* What the application has in its hands is the rule itself. */
static struct afpring_flow_rule *
rule_of(struct rte_flow *flow)
{
	return (struct afpring_flow_rule *)flow;
}

/* ---- operations of rte_flow ---- */

static int
parse(struct rte_eth_dev *dev, const struct rte_flow_attr *attr, const struct rte_flow_item *items,
      const struct rte_flow_action *actions, struct afpring_flow_rule *rule,
      struct rte_flow_error *error)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = afpring_flow_parse(attr, items, actions, dev->data->nb_rx_queues, rule, error);

	if (ret == 0 && rule->does != 0 && port->config.outgoing)
		return rte_flow_error_set(
			error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, actions,
			"with the devarg outgoing=1 the burst does not tell what the host "
			"sends, for which no rule is, from what comes in");
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

/* Each queue counts on lines of its own. */
static int
add_hits(const struct afpring_process *process, struct afpring_flow_rule *rule,
	 struct rte_flow_error *error)
{
	size_t size = process->nb_halves * sizeof(*rule->hits);

	if (!afpring_flow_is_counted(rule))
		return 0;
	rule->hits = aligned_alloc(RTE_CACHE_LINE_SIZE, size);
	if (rule->hits == NULL)
		return afpring_flow_no_memory(error);
	memset(rule->hits, 0, size);
	rule->made_at = afpring_clock_now();
	return 0;
}

static struct rte_flow *
flow_create(struct rte_eth_dev *dev, const struct rte_flow_attr *attr,
	    const struct rte_flow_item items[], const struct rte_flow_action actions[],
	    struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_flow_rule *rule = calloc(1, sizeof(*rule));
	int ret;

	ret = rule == NULL ? afpring_flow_no_memory(error) :
			     parse(dev, attr, items, actions, rule, error);
	if (ret == 0)
		ret = add_hits(process, rule, error);
	if (ret == 0) {
		pthread_mutex_lock(&process->sockets_lock);
		ret = afpring_flow_insert(dev, rule, error);
		pthread_mutex_unlock(&process->sockets_lock);
	}
	if (ret == 0)
		return (struct rte_flow *)rule;
	afpring_flow_rule_free(rule);
	return NULL;
}

static int
flow_destroy(struct rte_eth_dev *dev, struct rte_flow *flow, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	ret = afpring_flow_take_out(dev, rule_of(flow), error);
	pthread_mutex_unlock(&process->sockets_lock);
	if (ret == 0)
		afpring_flow_rule_free(rule_of(flow));
	return ret;
}

static int
flow_flush(struct rte_eth_dev *dev, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	ret = afpring_flow_take_out_all(dev, error);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

/* What the bursts have counted of a rule that counts. */
static struct rte_flow_query_count
hits_of(const struct afpring_process *process, const struct afpring_flow_rule *rule)
{
	struct rte_flow_query_count sum = {.hits_set = 1, .bytes_set = 1};

	for (uint16_t i = 0; i < process->nb_halves; i++) {
		sum.hits += afpring_count_read(&rule->hits[i].packets);
		sum.bytes += afpring_count_read(&rule->hits[i].bytes);
	}
	return sum;
}

static void
query_count(const struct afpring_process *process, struct afpring_flow_rule *rule,
	    struct rte_flow_query_count *count)
{
	struct rte_flow_query_count sum = hits_of(process, rule);
	bool reset = count->reset != 0;

	*count = sum;
	count->reset = reset;
	count->hits -= rule->base_packets;
	count->bytes -= rule->base_bytes;
	if (!reset)
		return;
	rule->base_packets = sum.hits;
	rule->base_bytes = sum.bytes;
}

static struct rte_flow_query_age
age_of(const struct afpring_process *process, const struct afpring_flow_rule *rule)
{
	uint32_t idle = afpring_flow_age_idle(process, rule);

	return (struct rte_flow_query_age){
		.aged = idle >= rule->timeout_s,
		.sec_since_last_hit_valid = 1,
		.sec_since_last_hit = RTE_MIN(idle, (1u << 24) - 1),
	};
}

static int
flow_query(struct rte_eth_dev *dev, struct rte_flow *flow, const struct rte_flow_action *action,
	   void *data, struct rte_flow_error *error)
{
	const struct afpring_process *process = dev->process_private;
	struct afpring_flow_rule *rule = rule_of(flow);

	if (action->type == RTE_FLOW_ACTION_TYPE_VOID)
		return 0;
	if (action->type == RTE_FLOW_ACTION_TYPE_COUNT && (rule->does & AFPRING_FLOW_COUNT) != 0)
		query_count(process, rule, data);
	else if (action->type == RTE_FLOW_ACTION_TYPE_AGE && (rule->does & AFPRING_FLOW_AGE) != 0)
		*(struct rte_flow_query_age *)data = age_of(process, rule);
	else
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, action,
					  "what can be queried is count and age, of a rule that "
					  "has the action");
	return 0;
}

static int
flow_get_aged(struct rte_eth_dev *dev, void **contexts, uint32_t nb, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int found;

	RTE_SET_USED(error);
	pthread_mutex_lock(&process->sockets_lock);
	found = afpring_flow_age_get(process, contexts, nb);
	pthread_mutex_unlock(&process->sockets_lock);
	return found;
}

static int
flow_isolate(struct rte_eth_dev *dev, int on, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	ret = afpring_flow_set_isolated(dev, on != 0, error);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

static int
flow_dump(struct rte_eth_dev *dev, struct rte_flow *flow, FILE *file, struct rte_flow_error *error)
{
	struct afpring_process *process = dev->process_private;
	uint32_t nb = 0;

	pthread_mutex_lock(&process->sockets_lock);
	for (uint32_t i = 0; i < process->flow_list.nb; i++) {
		if (flow != NULL && process->flow_list.rules[i] != rule_of(flow))
			continue;
		afpring_flow_dump_rule(process->flow_list.rules[i], file);
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
	.get_aged_flows = flow_get_aged,
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

	for (uint32_t i = 0; i < process->flow_list.nb; i++) {
		const struct afpring_flow_rule *rule = process->flow_list.rules[i];

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
