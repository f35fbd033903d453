/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Extended statistics: what ethdev's basic ones do not show. Behind the driver's own come those of
 * each queue beyond the first RTE_ETHDEV_QUEUE_STAT_CNTRS, under ethdev's names: rx_q16_packets.
 */
#ifndef AFPRING_XSTATS_H
#define AFPRING_XSTATS_H

#include "afpring_compat.h"

/* eth_dev_ops. How many there are, where the room is too small for all; by id: n, or -EINVAL for
 * an id that there is not. */
int afpring_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int afpring_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names,
			     unsigned int n);
int afpring_xstats_get_by_id(struct rte_eth_dev *dev, const uint64_t *ids, uint64_t *values,
			     unsigned int n);
int afpring_xstats_get_names_by_id(struct rte_eth_dev *dev, const uint64_t *ids,
				   struct rte_eth_xstat_name *names, unsigned int n);

#endif /* AFPRING_XSTATS_H */
