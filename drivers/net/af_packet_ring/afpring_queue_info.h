/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What an application may ask about a queue while it runs: how it is configured, how
 * full its ring is, and which word of memory changes when a packet comes. Nothing here
 * changes anything.
 *
 * A port without sockets (stopped, a secondary, a forked child) has empty rings. Any thread may
 * ask at any time, also while the port takes up its interface again or a ring is replaced. The
 * thread that uses the queue gets what is so; other threads get what was so a moment ago, or a
 * figure between two moments.
 */
#ifndef AFPRING_QUEUE_INFO_H
#define AFPRING_QUEUE_INFO_H

#include "afpring_compat.h"

/* eth_dev_ops; nb_desc is the ring's real size once the port has been started */
void afpring_rxq_info_get(struct rte_eth_dev *dev, uint16_t queue_id,
			  struct rte_eth_rxq_info *info);
void afpring_txq_info_get(struct rte_eth_dev *dev, uint16_t queue_id,
			  struct rte_eth_txq_info *info);

int afpring_rx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id,
			      struct rte_eth_burst_mode *mode);
int afpring_tx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id,
			      struct rte_eth_burst_mode *mode);

/**
 * eth_dev_ops.get_monitor_addr: the status of the slot that the kernel fills next.
 * Segments of a superframe that has been taken, and frames left to be sent, do not show
 * there: a caller polls until a burst is empty first, as rte_power does. The address may be read
 * until the port is stopped, whatever becomes of the ring (afpring_place.h).
 *
 * @return
 *   0, or -EIO without a ring.
 */
int afpring_get_monitor_addr(void *rxq, struct rte_power_monitor_cond *cond);

/** Packets that wait to be received: filled slots, and segments of a superframe. A
 *  superframe in the ring counts as one. */
afpring_rx_count_ret afpring_rx_queue_count(void *rxq);

/** Slots that are filled and not sent, those that the kernel is sending included. */
int afpring_tx_queue_count(void *txq);

/** RTE_ETH_RX_DESC_DONE: a packet waits offset slots behind the next one; -EINVAL when the
 *  ring has fewer slots. */
int afpring_rx_descriptor_status(void *rxq, uint16_t offset);

/** RTE_ETH_TX_DESC_FULL: the slot offset slots behind the next one to fill is not sent;
 *  -EINVAL when the ring has fewer slots. */
int afpring_tx_descriptor_status(void *txq, uint16_t offset);

#endif /* AFPRING_QUEUE_INFO_H */
