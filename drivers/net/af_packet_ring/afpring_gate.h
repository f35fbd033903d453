/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The gates of a port: what its queues receive at all. All open gates have one rule.
 *
 *    CLOSED --- afpring_gate_open(), afpring_gates_open() ---> OPEN --+
 *      ^                                                        |   ^  | change
 *      +------- afpring_gate_close(), afpring_gates_close() ----+   +--+ of the rule
 *
 * A queue is made with its gate closed. A change puts another program in the place of the
 * old one, queue by queue, each in one step: a packet that the old rule and the new rule
 * let in is received all the time.
 *
 * 0 or -errno, logged. Where it says so, sockets_lock is held by the caller.
 */
#ifndef AFPRING_GATE_H
#define AFPRING_GATE_H

#include "afpring_port.h"

/** The gate of one receive socket; sockets_lock is held. Not logged. */
int afpring_gate_open(const struct rte_eth_dev *dev, int fd);
int afpring_gate_close(int fd);

/** The gates of all queues; sockets_lock is held. */
int afpring_gates_open(struct rte_eth_dev *dev);
void afpring_gates_close(struct rte_eth_dev *dev);

/** The rule as it stands, a word at a time. */
bool afpring_gates_promisc(const struct rte_eth_dev *dev);
bool afpring_gates_allmulti(const struct rte_eth_dev *dev);
struct rte_ether_addr afpring_gates_unicast(const struct rte_eth_dev *dev, uint32_t index);

/** Copy the list, which has at most AFPRING_FILTER_MULTICAST addresses. Returns how many. */
uint32_t afpring_gates_multicast(const struct rte_eth_dev *dev, struct rte_ether_addr *list);

/* Change the rule of the open gates, in each of these calls one word of it
 * (afpring_filter.h). On failure the old rule stays. */
int afpring_gates_set_promisc(struct rte_eth_dev *dev, bool on);
int afpring_gates_set_allmulti(struct rte_eth_dev *dev, bool on);
int afpring_gates_set_unicast(struct rte_eth_dev *dev, uint32_t index,
			      const struct rte_ether_addr *mac);
int afpring_gates_set_multicast(struct rte_eth_dev *dev, const struct rte_ether_addr *list,
				uint32_t nb);
int afpring_gates_set_vlan_filter(struct rte_eth_dev *dev, bool on);
int afpring_gates_set_vlan(struct rte_eth_dev *dev, uint16_t id, bool on);

/** Ask these flow rules, which the caller keeps in process->flows; sockets_lock is held. On
 *  failure, which is not logged, the rules there are asked as before. */
int afpring_gates_set_flows(struct rte_eth_dev *dev, const struct afpring_flow_set *flows);

#endif /* AFPRING_GATE_H */
