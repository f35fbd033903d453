/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Who may use a transmit queue now, and whether packets wait in it that the application
 * believes to be gone.
 */
#ifndef AFPRING_TX_OWNER_H
#define AFPRING_TX_OWNER_H

#include <rte_lcore.h>

#include "afpring_clock.h"
#include "afpring_queue.h"

/** How much longer other threads leave waiting packets to the lcore that sent last: packets
 *  from two processors could overtake each other. */
#define AFPRING_TX_FOREIGN_US 1000

/**
 * Become the owner of the queue. An application may share a queue between lcores behind a
 * lock of its own, of which the receive burst knows nothing.
 *
 * @return
 *   false: another thread owns the queue; go away, never wait.
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

/** Put off what the queue has left to do. By the owner. */
static inline void
afpring_tx_set_due(struct afpring_txq *q, uint64_t due)
{
	rte_atomic_store_explicit(&q->due_lcore, rte_lcore_id(), rte_memory_order_relaxed);
	afpring_deferred_set(q->deferred, due);
}

/** Work that was put off is due for this thread: threads other than the lcore that put it off
 *  wait AFPRING_TX_FOREIGN_US longer. */
static inline bool
afpring_tx_is_due(struct afpring_txq *q)
{
	uint64_t due = afpring_deferred_get(q->deferred);

	if (due == 0)
		return false;
	if (due != AFPRING_DEFERRED_NOW &&
	    rte_atomic_load_explicit(&q->due_lcore, rte_memory_order_relaxed) != rte_lcore_id())
		due += afpring_clock_us(AFPRING_TX_FOREIGN_US);
	return (int64_t)(afpring_clock_now() - due) >= 0;
}

#endif /* AFPRING_TX_OWNER_H */
