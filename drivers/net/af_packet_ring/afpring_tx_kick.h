/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's attention to a transmit ring, and the account of what it took.
 *
 *        kick                  tail
 *         v                     v
 *   ... | waiting | waiting | empty | ...      waiting: requested, no sendto() has
 *                                              taken it yet (nb_waiting of them)
 *
 * One sendto() takes the slots from the kernel's own head, which is always kick,
 * in order, and stops at the first it cannot send. What it returns does not tell
 * how many it took; the slots do.
 */
#ifndef AFPRING_TX_KICK_H
#define AFPRING_TX_KICK_H

#include "afpring_queue.h"

/**
 * Become the one who uses the queue. An application may share a queue between lcores
 * behind a lock of its own, of which the receive burst knows nothing.
 *
 * @return
 *   false: another lcore is at it; go away, never wait.
 */
static inline bool
afpring_tx_own(struct afpring_txq *q)
{
	/* acquire: pairs with the release of the last owner, whose slots these were */
	return rte_atomic_exchange_explicit(&q->owned, 1, rte_memory_order_acquire) == 0;
}

static inline void
afpring_tx_disown(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->owned, 0, rte_memory_order_release);
}

/** One sendto(), and the account of it. By the owner. */
void afpring_tx_kick(struct afpring_txq *q);

/** Offer waiting frames, if there are any, once more. By the owner. */
static inline void
afpring_tx_rekick(struct afpring_txq *q)
{
	if (q->nb_waiting != 0)
		afpring_tx_kick(q);
}

/** Tell receive bursts whether something waits. By the owner. */
static inline void
afpring_tx_note_waiting(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->waiting, q->nb_waiting != 0 || q->nb_held != 0,
				  rte_memory_order_relaxed);
}

/** Frames were left waiting: sndbuf was full or the device refused one; or a run is
 *  held. A hint. */
static inline bool
afpring_tx_left_waiting(struct afpring_txq *q)
{
	return q != NULL && rte_atomic_load_explicit(&q->waiting, rte_memory_order_relaxed) != 0;
}

/** Offer them once more, and send what is held for long, unless somebody else is at it. */
void afpring_tx_rekick_any(struct afpring_txq *q);

/** eth_dev_ops.tx_done_cleanup: mbufs are free once copied, so this re-kicks. */
int afpring_tx_done_cleanup(void *txq, uint32_t nb);

/** Kick until nothing waits or rte_get_timer_cycles() passes the deadline, then
 *  cancel the rest, counted. Only while no lcore sends on the queue. */
void afpring_tx_drain(struct afpring_txq *q, uint64_t deadline_cycles);

#endif /* AFPRING_TX_KICK_H */
