/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the queues count, one counter each for every packet that is dropped.
 */
#ifndef AFPRING_COUNTER_H
#define AFPRING_COUNTER_H

#include "afpring_compat.h"

/** A number that one thread at a time changes and any thread reads. Relaxed: nothing else
 *  hangs on it. */
typedef RTE_ATOMIC(uint64_t) afpring_counter;

static inline uint64_t
afpring_count_read(const afpring_counter *count)
{
	return rte_atomic_load_explicit(count, rte_memory_order_relaxed);
}

static inline void
afpring_count_set(afpring_counter *count, uint64_t n)
{
	rte_atomic_store_explicit(count, n, rte_memory_order_relaxed);
}

/** By the counter's one writer, whose own reading is no race: GCC adds from memory, and an
 *  atomic load would cost an instruction more. */
static __rte_always_inline void
afpring_count(afpring_counter *count, uint64_t n)
{
	afpring_count_set(count, *count + n);
}

/** What a receive queue counts. Written by the lcore that polls it, but for
 *  MISSED, which the owner of PACKET_STATISTICS writes. */
enum afpring_rx_counter {
	AFPRING_RX_PACKETS,
	AFPRING_RX_BYTES,
	AFPRING_RX_NOMBUF,        /**< bursts cut short for want of mbufs; the frames wait */
	AFPRING_RX_TRUNCATED,     /**< frames larger than a slot, not delivered */
	AFPRING_RX_OVERSIZE,      /**< frames larger than an mbuf, scatter off, not delivered */
	AFPRING_RX_BAD_CKSUM_REQ, /**< unfinished checksum outside the frame, not delivered */
	AFPRING_RX_UNSPLIT,       /**< superframes of a kind that cannot be split, not delivered */
	AFPRING_RX_STARVED,       /**< packets of several mbufs that the pool did not have */
	AFPRING_RX_SUPERFRAMES,   /**< superframes that were split */
	AFPRING_RX_SEGMENTS,      /**< packets made of them */
	AFPRING_RX_CKSUM_DONE,    /**< unfinished checksums finished */
	AFPRING_RX_FLOW_DROPPED,  /**< dropped behind the burst, by a flow rule that counts */
	AFPRING_RX_FLUSHED,       /**< in the ring when the port stopped */
	AFPRING_RX_MISSED,        /**< dropped by the kernel: ring full */
	AFPRING_RX_REBUILT,       /**< rings made anew because the kernel had wedged them */
	AFPRING_RX_NB_COUNTERS
};

/** What a transmit queue counts. Written by the lcore that sends on it; while slots of the
 *  ring are submitted, by whoever kicks, and the lcore writes only OVERSIZE and MALFORMED. */
enum afpring_tx_counter {
	AFPRING_TX_PACKETS, /**< taken by the kernel */
	AFPRING_TX_BYTES,
	AFPRING_TX_OVERSIZE,    /**< larger than MTU or slot */
	AFPRING_TX_MALFORMED,   /**< shorter than an Ethernet header, or segments that lie */
	AFPRING_TX_REFUSED,     /**< the kernel refused the frame until patience ran out */
	AFPRING_TX_CANCELLED,   /**< waiting when the interface was down, or at stop */
	AFPRING_TX_SUPERFRAMES, /**< messages taken: superframes, and more than a slot holds */
	AFPRING_TX_JOINED,      /**< packets that went into a superframe made here */
	AFPRING_TX_SUPER_KICKS, /**< sendmmsg() calls */
	AFPRING_TX_KICKS,       /**< sendto() calls */
	AFPRING_TX_AGAIN,       /**< of them, ended by a full socket buffer */
	AFPRING_TX_PUSHBACK,    /**< of them, ended by a frame that the device refused */
	AFPRING_TX_NB_COUNTERS
};

/** What one queue has seen of a flow rule that counts; written by the lcore that polls it. */
struct __rte_cache_aligned afpring_flow_hits {
	afpring_counter packets;
	afpring_counter bytes;
	afpring_counter at; /**< cycles, of the last one */
};

#endif /* AFPRING_COUNTER_H */
