/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * kick=thread: a thread of the transmit queue makes the system call in which the kernel
 * sends, and keeps the account of it. The lcore fills slots. Only frames of the ring go
 * that way. A superframe is sent straight from its mbufs, which the lcore has; before it
 * the lcore sends the frames that the thread has not sent yet.
 */
#ifndef AFPRING_TX_THREAD_H
#define AFPRING_TX_THREAD_H

#include "afpring_tx_ring.h"

/**
 * Start the queue's thread, on the processors that EAL leaves to control threads.
 *
 * @return
 *   0 or -errno.
 */
int afpring_tx_thread_start(struct afpring_txq *q);

/** An lcore may run on each processor that the thread may run on. */
bool afpring_tx_thread_is_crowded(const struct afpring_txq *q);

/** Stop the thread, when no lcore sends any more. What the kernel has not taken waits in the
 *  ring. Harmless on a queue without a thread. */
void afpring_tx_thread_stop(struct afpring_txq *q);

/** Submit what is filled: the thread will request it and kick. By the owner. */
void afpring_tx_thread_submit(struct afpring_txq *q);

/**
 * Kick once if frames wait, also where the thread would: while it is in the middle of a
 * call, not before that has ended, and not at all when the call takes longer than it
 * should. By the owner.
 */
void afpring_tx_flush(struct afpring_txq *q);

#endif /* AFPRING_TX_THREAD_H */
