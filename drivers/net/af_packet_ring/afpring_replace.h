/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Another receive ring for a queue while its port runs: of a new socket beside the old
 * one, or, for a member of a fanout group, of the same socket. Every packet meanwhile is
 * delivered or counted.
 */
#ifndef AFPRING_REPLACE_H
#define AFPRING_REPLACE_H

#include "afpring_compat.h"

/**
 * Give receive queue i a ring with or without virtio_net_hdrs. Takes about 30 ms.
 * sockets_lock is held.
 *
 * @param step
 *   On failure names the call that failed.
 * @return
 *   0; -EAGAIN: no lcore polls the queue, nothing has changed; or another -errno: the
 *   queue goes on as it was, or is paused without a ring, and this is to be called again.
 */
int afpring_replace_rx(struct rte_eth_dev *dev, uint16_t i, bool vnet, const char **step);

#endif /* AFPRING_REPLACE_H */
