/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the application configures: the port before its start, and its queues, also one that is
 * stopped while the port runs. A queue's object lives from its first setup to the port's close, at
 * one place and on that setup's NUMA node: any thread may look at its counters at any time, and
 * they go on.
 * eth_dev_ops; 0 or -errno, logged.
 */
#ifndef AFPRING_SETUP_H
#define AFPRING_SETUP_H

#include "afpring_queue.h"

int afpring_configure(struct rte_eth_dev *dev);

int afpring_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
			   unsigned int socket_id, const struct rte_eth_rxconf *conf,
			   struct rte_mempool *pool);
void afpring_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);

int afpring_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
			   unsigned int socket_id, const struct rte_eth_txconf *conf);
void afpring_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id);

/** The port is closed. */
void afpring_queues_free(struct rte_eth_dev *dev);

#endif /* AFPRING_SETUP_H */
