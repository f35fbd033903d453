/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the application configures before start: the port and its queues.
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

#endif /* AFPRING_SETUP_H */
