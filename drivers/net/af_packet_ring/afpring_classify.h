/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a receive burst does with each packet once it lies in its mbuf, and by what
 * settings. One pass behind the burst (afpring_rx_classify.h); a queue without steps never
 * comes there (AFPRING_RX_CLASSIFY in its access).
 */
#ifndef AFPRING_CLASSIFY_H
#define AFPRING_CLASSIFY_H

#include "afpring_compat.h"
#include "afpring_flow_match.h"
#include "afpring_rss.h"

/** Steps of the pass. */
#define AFPRING_CLASSIFY_HASH 1u  /**< mbuf.hash.rss: the RX offload RSS_HASH */
#define AFPRING_CLASSIFY_PTYPE 2u /**< mbuf.packet_type: the application has asked */
#define AFPRING_CLASSIFY_QINQ 4u  /**< both tags into the mbuf: the RX offload QINQ_STRIP */
#define AFPRING_CLASSIFY_PTP 8u   /**< PTP packets are marked: rte_eth_timesync_enable() */
#define AFPRING_CLASSIFY_FLOW 16u /**< what flow rules ask for beside a packet's fate */

/** Stamps of PTP packets that wait to be read, a power of two. */
#define AFPRING_PTP_STAMPS 256u

/** When the last PTP packets came. Relaxed: each word stands for itself. */
struct afpring_ptp_stamps {
	RTE_ATOMIC(uint32_t) next;
	RTE_ATOMIC(uint64_t) ns[AFPRING_PTP_STAMPS]; /**< 0: none, or read */
};

/** Of a port, for all its queues. Written while no queue is inside a burst. */
struct afpring_classify {
	uint32_t steps;
	uint32_t ptypes; /**< layers that are told: RTE_PTYPE_*_MASK */
	/** The primary process's; with AFPRING_CLASSIFY_FLOW not NULL. */
	const struct afpring_flow_table *flows;
	bool symmetric;
	bool ptp_unflagged; /**< stamps of timesync are those that the mbuf's flag is not set for */
	struct afpring_ptp_stamps *ptp; /**< the port's */
	struct afpring_rss_fields fields;
	struct afpring_rss_toeplitz toeplitz;
};

/** Keep a stamp. The number that mbuf.timesync tells the application. */
static inline uint16_t
afpring_ptp_keep(struct afpring_ptp_stamps *stamps, uint64_t ns)
{
	uint32_t i = rte_atomic_fetch_add_explicit(&stamps->next, 1, rte_memory_order_relaxed) %
		     AFPRING_PTP_STAMPS;

	rte_atomic_store_explicit(&stamps->ns[i], ns, rte_memory_order_relaxed);
	return i;
}

/** Take the stamp of this number, once; 0: there is none. */
static inline uint64_t
afpring_ptp_take(struct afpring_ptp_stamps *stamps, uint32_t i)
{
	if (i >= AFPRING_PTP_STAMPS)
		return 0;
	return rte_atomic_exchange_explicit(&stamps->ns[i], 0, rte_memory_order_relaxed);
}

/** Hash by these settings from now on. */
static inline void
afpring_classify_set_rss(struct afpring_classify *c, const struct afpring_rss *rss)
{
	c->fields = afpring_rss_fields(rss->types);
	c->symmetric = rss->symmetric;
	afpring_rss_toeplitz_set(&c->toeplitz, rss);
}

/** Take a step from now on, or no more. */
static inline void
afpring_classify_set_step(struct afpring_classify *c, uint32_t step, bool on)
{
	c->steps = (c->steps & ~step) | (on ? step : 0);
}

#endif /* AFPRING_CLASSIFY_H */
