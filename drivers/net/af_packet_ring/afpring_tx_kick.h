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

/** One sendto(), and the account of it. By the lcore that sends only. */
void afpring_tx_kick(struct afpring_txq *q);

/** Offer waiting frames, if there are any, once more. */
static inline void
afpring_tx_rekick(struct afpring_txq *q)
{
	if (q->nb_waiting != 0)
		afpring_tx_kick(q);
}

/** eth_dev_ops.tx_done_cleanup: mbufs are free once copied, so this re-kicks. */
int afpring_tx_done_cleanup(void *txq, uint32_t nb);

/** Kick until nothing waits or rte_get_timer_cycles() passes the deadline, then
 *  cancel the rest, counted. Only while no lcore sends on the queue. */
void afpring_tx_drain(struct afpring_txq *q, uint64_t deadline_cycles);

/**
 * This lcore has left frames waiting on the queue: sndbuf was full or the device
 * refused one. Another lcore must keep away, it would race with the filling.
 */
static inline bool
afpring_tx_left_waiting(struct afpring_txq *q)
{
	uint32_t lcore;

	if (q == NULL)
		return false;
	lcore = rte_atomic_load_explicit(&q->waiting_lcore, rte_memory_order_relaxed);
	return lcore != AFPRING_NO_LCORE && lcore == rte_lcore_id();
}

#endif /* AFPRING_TX_KICK_H */
