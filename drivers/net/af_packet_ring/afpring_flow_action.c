/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_flow_action.h"

static int
refuse(const struct rte_flow_action *action, int code, enum rte_flow_error_type type,
       struct rte_flow_error *error, const char *why)
{
	return rte_flow_error_set(error, code, type, action, why);
}

/* Function, key and types are the port's: one hash is computed for all. */
static int
parse_rss(const struct rte_flow_action *action, uint16_t nb_queues, struct afpring_flow_rule *rule,
	  struct rte_flow_error *error)
{
	const struct rte_flow_action_rss *rss = action->conf;

	if (rss == NULL || rss->queue_num == 0)
		return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error, "no queues");
	if (rss->queue_num > AFPRING_FLOW_QUEUES)
		return refuse(action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "more than 64 queues");
	if (rss->func != RTE_ETH_HASH_FUNCTION_DEFAULT)
		return refuse(action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "the hash function is the port's: default");
	if (rss->level > 1)
		return refuse(action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "what is in a tunnel is not hashed: level 0 or 1");
	if (rss->key_len != 0 && rss->key != NULL)
		return refuse(action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "the key is the port's: none");
	for (uint32_t i = 0; i < rss->queue_num; i++) {
		if (rss->queue[i] >= nb_queues)
			return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
				      "the port has no such receive queue");
		rule->queues[i] = rss->queue[i];
	}
	rule->nb_queues = rss->queue_num;
	rule->rss_types = rss->types;
	rule->fate = AFPRING_FLOW_RSS;
	return 0;
}

static int
parse_queue(const struct rte_flow_action *action, uint16_t nb_queues,
	    struct afpring_flow_rule *rule, struct rte_flow_error *error)
{
	const struct rte_flow_action_queue *queue = action->conf;

	if (queue == NULL || queue->index >= nb_queues)
		return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "the port has no such receive queue");
	rule->fate = AFPRING_FLOW_QUEUE;
	rule->queues[0] = queue->index;
	rule->nb_queues = 1;
	return 0;
}

static int
parse_jump(const struct rte_flow_action *action, struct afpring_flow_rule *rule,
	   struct rte_flow_error *error)
{
	const struct rte_flow_action_jump *jump = action->conf;

	if (jump == NULL)
		return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "jump without its group");
	if (jump->group <= rule->group)
		return refuse(action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
			      "a jump leads to a group of a higher number than its own");
	rule->fate = AFPRING_FLOW_PASSTHRU;
	rule->jump = jump->group;
	return 0;
}

/* What comes beside the fate; 1: this is another kind of action. */
static int
parse_beside(const struct rte_flow_action *action, struct afpring_flow_rule *rule,
	     struct rte_flow_error *error)
{
	const struct rte_flow_action_mark *mark = action->conf;
	const struct rte_flow_action_age *age = action->conf;
	uint8_t does;

	switch (action->type) {
	case RTE_FLOW_ACTION_TYPE_FLAG:
		does = AFPRING_FLOW_FLAG;
		break;
	case RTE_FLOW_ACTION_TYPE_MARK:
		if (mark == NULL)
			return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
				      "mark without its number");
		does = AFPRING_FLOW_MARK;
		rule->mark = mark->id;
		break;
	case RTE_FLOW_ACTION_TYPE_COUNT:
		does = AFPRING_FLOW_COUNT;
		break;
	case RTE_FLOW_ACTION_TYPE_AGE:
		if (age == NULL || age->timeout == 0)
			return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION_CONF, error,
				      "age without a timeout");
		does = AFPRING_FLOW_AGE;
		rule->timeout_s = age->timeout;
		rule->context = age->context;
		break;
	default:
		return 1;
	}
	if ((rule->does & does) != 0)
		return refuse(action, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, error,
			      "the rule has this action already");
	rule->does |= does;
	return 0;
}

static int
parse_fate(const struct rte_flow_action *action, uint16_t nb_queues, struct afpring_flow_rule *rule,
	   struct rte_flow_error *error)
{
	switch (action->type) {
	case RTE_FLOW_ACTION_TYPE_PASSTHRU:
		rule->fate = AFPRING_FLOW_PASSTHRU;
		return 0;
	case RTE_FLOW_ACTION_TYPE_DROP:
		rule->fate = AFPRING_FLOW_DROP;
		return 0;
	case RTE_FLOW_ACTION_TYPE_QUEUE:
		return parse_queue(action, nb_queues, rule, error);
	case RTE_FLOW_ACTION_TYPE_RSS:
		return parse_rss(action, nb_queues, rule, error);
	case RTE_FLOW_ACTION_TYPE_JUMP:
		return parse_jump(action, rule, error);
	default:
		return refuse(
			action, ENOTSUP, RTE_FLOW_ERROR_TYPE_ACTION, error,
			"actions are drop, queue, rss, jump, passthru, mark, flag, count, age, "
			"void");
	}
}

int
afpring_flow_parse_actions(const struct rte_flow_action *actions, uint16_t nb_queues,
			   struct afpring_flow_rule *rule, struct rte_flow_error *error)
{
	uint32_t nb_fates = 0;

	for (; actions->type != RTE_FLOW_ACTION_TYPE_END; actions++) {
		int ret;

		if (actions->type == RTE_FLOW_ACTION_TYPE_VOID)
			continue;
		ret = parse_beside(actions, rule, error);
		if (ret == 1) {
			ret = parse_fate(actions, nb_queues, rule, error);
			if (ret == 0 && nb_fates++ != 0)
				return refuse(actions, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, error,
					      "one of drop, queue, rss, jump, passthru");
		}
		if (ret < 0)
			return ret;
	}
	if (nb_fates == 0 && rule->does == 0)
		return refuse(
			actions, EINVAL, RTE_FLOW_ERROR_TYPE_ACTION, error,
			"no action: one of drop, queue, rss, jump, passthru, mark, flag, count, "
			"age");
	/* nobody sees the mark of a packet that is dropped */
	if (rule->fate == AFPRING_FLOW_DROP)
		rule->does &= ~(AFPRING_FLOW_FLAG | AFPRING_FLOW_MARK);
	return 0;
}
