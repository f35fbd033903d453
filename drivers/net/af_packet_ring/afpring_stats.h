/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The queues' counters in ethdev's words. A reset only remembers where the
 * counters stood: nobody but its writer ever writes one, so a reset is safe while
 * lcores run and from a secondary process.
 */
#ifndef AFPRING_STATS_H
#define AFPRING_STATS_H

#include "afpring_queue.h"

/** What a queue has counted since the last reset. */
uint64_t afpring_stats_rxq(const struct afpring_rxq *q, enum afpring_rx_counter counter);
uint64_t afpring_stats_txq(const struct afpring_txq *q, enum afpring_tx_counter counter);

/** Packets that the kernel delivered and the application did not get. */
uint64_t afpring_stats_rxq_errors(const struct afpring_rxq *q);

/** What all queues have counted, those set up. */
uint64_t afpring_stats_rx(const struct rte_eth_dev *dev, enum afpring_rx_counter counter);
uint64_t afpring_stats_tx(const struct rte_eth_dev *dev, enum afpring_tx_counter counter);

/* eth_dev_ops */
int afpring_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats,
		      struct eth_queue_stats *qstats);
int afpring_stats_reset(struct rte_eth_dev *dev);

#endif /* AFPRING_STATS_H */
