/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Rx interrupts: an application that has configured intr_conf.rxq sleeps in
 * rte_epoll_wait() until one of its queues has something to receive. Each queue has its
 * own descriptor (afpring_wakeup.h), from the first start to the close of the port.
 */
#ifndef AFPRING_RX_INTR_H
#define AFPRING_RX_INTR_H

#include "afpring_compat.h"

/** Make the descriptors that the configuration asks for, and show them to ethdev. Before
 *  the queues' sockets are opened. 0 or -errno, logged. */
int afpring_rx_intr_open(struct rte_eth_dev *dev);

/** Close them all. Harmless without any. */
void afpring_rx_intr_close(struct rte_eth_dev *dev);

/**
 * eth_dev_ops. From the lcore that polls the queue. What has come since its last poll
 * wakes at once; segments that wait beside the ring, and transmit work that has been put
 * off to the receive burst, keep the queue awake.
 *
 * @return
 *   0 or -errno; -EBADF when intr_conf.rxq was not configured.
 */
int afpring_rx_queue_intr_enable(struct rte_eth_dev *dev, uint16_t queue_id);
int afpring_rx_queue_intr_disable(struct rte_eth_dev *dev, uint16_t queue_id);

#endif /* AFPRING_RX_INTR_H */
