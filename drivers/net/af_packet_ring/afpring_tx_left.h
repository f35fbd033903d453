/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a transmit queue has left to do when no transmit burst comes: frames in its ring
 * that the kernel did not want, and a held run.
 */
#ifndef AFPRING_TX_LEFT_H
#define AFPRING_TX_LEFT_H

#include "afpring_tx_owner.h"

/** The process's afpring_deferred_fn: do what is due, unless another thread is at the queue. */
void afpring_tx_help(struct rte_eth_dev *dev, uint16_t queue_id);

/** eth_dev_ops.tx_done_cleanup: mbufs are free once copied, so this sends what is left. */
int afpring_tx_done_cleanup(void *txq, uint32_t nb);

/** Send until nothing is left or the clock passes the deadline, then cancel the rest,
 *  counted. Only while no lcore sends on the queue. */
void afpring_tx_drain(struct afpring_txq *q, uint64_t deadline);

#endif /* AFPRING_TX_LEFT_H */
