/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * How the set of a port's flow rules becomes another one while packets flow.
 *
 * sockets_lock is held by the caller. 0, or -errno with the error set: the old set stays then.
 */
#ifndef AFPRING_FLOW_CHANGE_H
#define AFPRING_FLOW_CHANGE_H

#include "afpring_port.h"

/** Put the rule, which is the port's from then on, into its group, behind all of its priority. */
int afpring_flow_insert(struct rte_eth_dev *dev, struct afpring_flow_rule *rule,
			struct rte_flow_error *error);

/** Take the rule out, which is the caller's from then on. */
int afpring_flow_take_out(struct rte_eth_dev *dev, const struct afpring_flow_rule *rule,
			  struct rte_flow_error *error);

/** Take all rules out, and free them. */
int afpring_flow_take_out_all(struct rte_eth_dev *dev, struct rte_flow_error *error);

/** What no rule decides is dropped from now on, or goes on as without rules. */
int afpring_flow_set_isolated(struct rte_eth_dev *dev, bool on, struct rte_flow_error *error);

int afpring_flow_no_memory(struct rte_flow_error *error);

#endif /* AFPRING_FLOW_CHANGE_H */
