/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's attention to a transmit ring, and the account of what it took.
 *
 *        kick                  tail
 *         v                     v
 *   ... | waiting | waiting | empty | ...      waiting: requested, no sendto() has
 *                                              taken it yet
 *
 * One sendto() takes the slots from the kernel's own head, which is always kick,
 * in order, and stops at the first it cannot send. What it returns does not tell
 * how many it took; the slots do.
 *
 * Two may share the work: who owns the queue owns tail and filled; who calls sendto()
 * owns the line of kick and taken. That is the same one, or the queue's thread
 * (afpring_tx_thread.h).
 */
#ifndef AFPRING_TX_KICK_H
#define AFPRING_TX_KICK_H

#include "afpring_tx_owner.h"

/** Slots that are accounted for, since the start. Acquires what was written before. */
static inline uint32_t
afpring_tx_taken(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->taken, rte_memory_order_acquire);
}

/** Filled slots wait for the kernel. By the owner. */
static inline bool
afpring_tx_is_waiting(struct afpring_txq *q)
{
	return q->filled != afpring_tx_taken(q);
}

/**
 * One sendto(), and the account of it.
 *
 * @param offered
 *   Slots that are requested, since the start.
 * @param end
 *   The slot behind them.
 * @return
 *   false: the kernel takes nothing now, nor would it at once.
 */
bool afpring_tx_offer(struct afpring_txq *q, uint32_t offered, const struct afpring_cursor *end);

/** Offer all that is filled; others are told if something is left. By the owner. */
void afpring_tx_kick(struct afpring_txq *q);

/** Cancel what waits in the ring, counted. By the owner. */
void afpring_tx_cancel_all(struct afpring_txq *q);

#endif /* AFPRING_TX_KICK_H */
