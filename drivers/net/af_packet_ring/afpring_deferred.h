/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Work that a queue pair has put off: when it is due, in shared memory, and who does it,
 * in the process. The receive burst looks at the word in passing and the watchdog looks
 * where nobody polls; neither knows what the work is.
 */
#ifndef AFPRING_DEFERRED_H
#define AFPRING_DEFERRED_H

#include <stdbool.h>

#include "afpring_clock.h"
#include "afpring_compat.h"

/** Due at once: earlier than any time of the clock. */
#define AFPRING_DEFERRED_NOW 1

struct afpring_deferred {
	RTE_ATOMIC(uint64_t) due; /**< on the clock; 0: nothing is put off */
};

/** Does the work of one queue pair, if it still is to be done, on any thread; never waits. */
typedef void (*afpring_deferred_fn)(struct rte_eth_dev *dev, uint16_t queue_id);

/* Relaxed everywhere: the word is a hint, and who does the work synchronizes by the
 * work's own means. */
static inline void
afpring_deferred_set(struct afpring_deferred *deferred, uint64_t due)
{
	rte_atomic_store_explicit(&deferred->due, due, rte_memory_order_relaxed);
}

static inline uint64_t
afpring_deferred_get(struct afpring_deferred *deferred)
{
	return rte_atomic_load_explicit(&deferred->due, rte_memory_order_relaxed);
}

static __rte_always_inline bool
afpring_deferred_is_due(struct afpring_deferred *deferred)
{
	uint64_t due = afpring_deferred_get(deferred);

	return unlikely(due != 0) && (int64_t)(afpring_clock_now() - due) >= 0;
}

#endif /* AFPRING_DEFERRED_H */
