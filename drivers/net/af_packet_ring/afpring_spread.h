/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Which queue of a port gets a packet, and what ethdev may say about it (RSS).
 *
 * A key, types or table that the application gives are obeyed to the letter, by a program in
 * the kernel. Where it gives none, or the devargs choose a fanout mode or group, the kernel
 * spreads the flows by itself. A group keeps its mode for life: what is set for the first time
 * while the port runs would need another group, and is refused.
 */
#ifndef AFPRING_SPREAD_H
#define AFPRING_SPREAD_H

#include "afpring_port.h"

/** What configure asks for; a table of its own goes with the configuration it was made for. */
void afpring_spread_configure(struct rte_eth_dev *dev);

/** For a start: whether the port's group will have a program, until it is stopped. */
bool afpring_spread_choose(struct rte_eth_dev *dev);

/** Give the group the program for these flow rules, which the caller keeps in process->flows, and
 *  the settings as they are; sockets_lock is held. Without a program nothing is done. 0 or -errno,
 *  logged. */
int afpring_spread_set_flows(const struct rte_eth_dev *dev, const struct afpring_flow_set *flows);

/** A flow rule may choose a queue: 0; -EBUSY: not before the port is stopped; -ENOTSUP: the
 *  devargs have chosen who spreads. */
int afpring_spread_allows_queue(const struct rte_eth_dev *dev);

/** The port's hash is of these types of AFPRING_RSS_TYPES; 0 stands for them. */
bool afpring_spread_has_types(const struct rte_eth_dev *dev, uint64_t asked);

/** What RSS the port offers. */
void afpring_spread_info(const struct afpring_port *port, struct rte_eth_dev_info *info);

/* Operations of ethdev. While the port runs a change is made at once, under traffic: each packet
 * goes by the old settings or by the new ones. -EBUSY: the kernel spreads by itself, stop the port
 * first; -EINVAL: a queue, type, key or function that there is not; -ENOTSUP: the devargs have
 * chosen. */
int afpring_rss_hash_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int afpring_rss_hash_conf_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf);
int afpring_reta_update(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf,
			uint16_t size);
int afpring_reta_query(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf,
		       uint16_t size);

#endif /* AFPRING_SPREAD_H */
