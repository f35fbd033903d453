/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The queues' counters in ethdev's words. A reset only remembers where the
 * counters stood: nobody but its writer ever writes one, so a reset is safe while
 * lcores run and from a secondary process.
 */
#ifndef AFPRING_STATS_H
#define AFPRING_STATS_H

#include "afpring_compat.h"

int afpring_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats,
		      struct eth_queue_stats *qstats);
int afpring_stats_reset(struct rte_eth_dev *dev);
int afpring_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n);
int afpring_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names,
			     unsigned int n);

#endif /* AFPRING_STATS_H */
