/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * rte_flow's attributes, items and actions as a flow rule of this driver.
 */
#ifndef AFPRING_FLOW_PARSE_H
#define AFPRING_FLOW_PARSE_H

#include "afpring_compat.h"
#include "afpring_flow_rule.h"

/**
 * Say a rule in the driver's words.
 *
 * @param nb_queues
 *   Receive queues that an action may name.
 * @param error
 *   On failure: which item, action or attribute cannot be said, and why.
 * @return
 *   0; -EINVAL: it contradicts rte_flow or itself; -ENOTSUP: no program of ours can say it.
 */
int afpring_flow_parse(const struct rte_flow_attr *attr, const struct rte_flow_item items[],
		       const struct rte_flow_action actions[], uint16_t nb_queues,
		       struct afpring_flow_rule *rule, struct rte_flow_error *error);

#endif /* AFPRING_FLOW_PARSE_H */
