/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Flow rules with the action age: which of them have had no packet for their time.
 *
 * sockets_lock is held by the caller.
 */
#ifndef AFPRING_FLOW_AGE_H
#define AFPRING_FLOW_AGE_H

#include "afpring_port.h"

/** Seconds since the rule's last packet, or since it was made. */
uint32_t afpring_flow_age_idle(const struct afpring_process *process,
			       const struct afpring_flow_rule *rule);

/** The rules that are due, as rte_flow_get_aged_flows() wants them; there may be an event again. */
int afpring_flow_age_get(struct afpring_process *process, void **contexts, uint32_t nb);

/** Look for rules that have come due, and tell of them. From the port's control thread. */
void afpring_flow_age_look(struct rte_eth_dev *dev);

#endif /* AFPRING_FLOW_AGE_H */
