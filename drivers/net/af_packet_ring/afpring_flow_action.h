/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What rte_flow's actions make of a packet that a rule is for.
 */
#ifndef AFPRING_FLOW_ACTION_H
#define AFPRING_FLOW_ACTION_H

#include "afpring_compat.h"
#include "afpring_flow_rule.h"

/** The list as the fate of a rule, whose group is set. 0, or -errno with the error set:
 *  afpring_flow_parse(). */
int afpring_flow_parse_actions(const struct rte_flow_action *actions, uint16_t nb_queues,
			       struct afpring_flow_rule *rule, struct rte_flow_error *error);

#endif /* AFPRING_FLOW_ACTION_H */
