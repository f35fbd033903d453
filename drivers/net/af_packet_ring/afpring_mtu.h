/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The MTU that the application wants, the interface's, and whether mbufs hold its frames.
 */
#ifndef AFPRING_MTU_H
#define AFPRING_MTU_H

#include "afpring_queue.h"

/** Frames of this MTU fit the queue's mbufs, or scatter is on; else -EINVAL, logged. */
int afpring_mtu_check_room(const struct rte_eth_dev *dev, const struct afpring_rxq *q,
			   uint32_t mtu);

/** eth_dev_ops. 0 or -errno, logged. */
int afpring_mtu_set(struct rte_eth_dev *dev, uint16_t mtu);

#endif /* AFPRING_MTU_H */
