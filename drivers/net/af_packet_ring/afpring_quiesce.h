/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A receive queue is its lcore's while that is inside a burst, and may be taken by a control
 * thread in between, whether anybody polls or not. (A transmit queue has an owner, whom both
 * sides ask: afpring_tx_own().)
 *
 *     lcore    busy = 1 .... access? ......................... busy = 0
 *     control            access = TAKEN .. membarrier() .. wait for busy == 0
 *
 * The lcore's store and load may pass each other. membarrier(2) makes every thread of the
 * process pass a full barrier at that moment, so that one of the two sides sees the other,
 * and a burst pays two plain stores.
 */
#ifndef AFPRING_QUIESCE_H
#define AFPRING_QUIESCE_H

#include "afpring_queue.h"

/** A burst begins. Returns enum afpring_rx_access: a burst leaves a taken queue alone. */
static __rte_always_inline uint32_t
afpring_rxq_enter(struct afpring_rxq *q)
{
	rte_atomic_store_explicit(&q->busy, 1, rte_memory_order_relaxed);
	rte_compiler_barrier();
	/* acquire: pairs with the release of the thread that gave the queue back, perhaps with
	 * another ring */
	return rte_atomic_load_explicit(&q->access, rte_memory_order_acquire);
}

/** A burst ends. */
static __rte_always_inline void
afpring_rxq_leave(struct afpring_rxq *q)
{
	/* release: pairs with the acquire of the thread that waits for it */
	rte_atomic_store_explicit(&q->busy, 0, rte_memory_order_release);
}

/** Once in a process, before the first queue is taken. */
void afpring_quiesce_init(void);

/**
 * Take the queue from its lcore. Waits for a burst under way, and does not mind whether
 * there are any. Harmless on a queue that is taken already.
 *
 * @return
 *   false: the lcore has stayed inside its burst for 20 ms, most likely not running; the
 *   queue is not taken.
 */
bool afpring_rxq_take(struct afpring_rxq *q);

/** The same for what the application has asked for: tries for a second. */
bool afpring_rxq_take_patiently(struct afpring_rxq *q);

/** Give the queue back to its lcore, which reads it as its socket is and as its port asks. A
 *  queue that the application has stopped stays taken. */
void afpring_rxq_give(struct afpring_rxq *q);

/**
 * Take all receive queues of the port that have a ring, or none; sockets_lock is held. A queue
 * without a ring is taken already, until it gets one.
 *
 * @return
 *   false: as afpring_rxq_take(), of one of them, for a second.
 */
bool afpring_rxqs_take(struct rte_eth_dev *dev);

/**
 * Take them, or say that this, of the port, cannot be changed.
 *
 * @return
 *   0, or -EBUSY: an lcore is inside a burst and does not run.
 */
int afpring_rxqs_take_for(struct rte_eth_dev *dev, const char *what);

/** Give them back. */
void afpring_rxqs_give(struct rte_eth_dev *dev);

/**
 * Have the pass behind the burst take a step (AFPRING_CLASSIFY_*), or no more, also while the port
 * runs; sockets_lock is not held.
 *
 * @return
 *   As afpring_rxqs_take_for().
 */
int afpring_rxqs_set_step(struct rte_eth_dev *dev, uint32_t step, bool on, const char *what);

#endif /* AFPRING_QUIESCE_H */
