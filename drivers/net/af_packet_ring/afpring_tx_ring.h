/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The transmit ring: positions, the system call, and the account of what it took.
 *
 *       head                 request            tail
 *        v                      v                v
 *   ... | requested | requested | filled | filled | empty | ...
 *
 *   reaped <= requested <= submitted <= filled <= reaped + frame_nr
 *
 * Each position is a number of slots since the start, and those that are stepped from slot
 * to slot have a cursor beside them. The burst fills slots and submits them at its end. A kick
 * is one sendto(): the kernel takes requested slots from its own head, which is always ours,
 * in order, and stops at the first that it cannot send. What it returns does not tell how many
 * it took; the slots do, and reaping is the account of them.
 *
 * kick=burst: whoever owns the queue (afpring_tx_owner.h) does it all. A slot is requested as
 * it is filled, since a second pass over the slots costs ten instructions a packet; requested
 * and submitted are filled.
 *
 * kick=thread: the owner fills and submits; the thread requests, kicks and reaps, or the
 * owner in its place (afpring_tx_thread.h).
 */
#ifndef AFPRING_TX_RING_H
#define AFPRING_TX_RING_H

#include "afpring_tx_owner.h"

/** Slots that are reaped. Acquires what was written before. */
static inline uint32_t
afpring_tx_reaped(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->reaped, rte_memory_order_acquire);
}

/** Filled slots wait for the kernel. By the owner. */
static inline bool
afpring_tx_is_waiting(struct afpring_txq *q)
{
	return q->filled != afpring_tx_reaped(q);
}

/**
 * Kick once and reap.
 *
 * @param requested
 *   Slots that are requested, since the start.
 * @param end
 *   The slot behind them.
 * @return
 *   false: the kernel takes nothing now, nor would it at once.
 */
bool afpring_tx_kick(struct afpring_txq *q, uint32_t requested, const struct afpring_cursor *end);

/** kick=burst: kick for all that is filled; what is left is put off. By the owner. */
void afpring_tx_kick_filled(struct afpring_txq *q);

/** Cancel what waits in the ring, counted. By the owner, without a thread. */
void afpring_tx_ring_cancel(struct afpring_txq *q);

#endif /* AFPRING_TX_RING_H */
