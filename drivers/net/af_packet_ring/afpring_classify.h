/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a receive burst does with each packet once it lies in its mbuf, and by what
 * settings. One pass behind the burst (afpring_rx_classify.h); a queue without steps never
 * comes there (AFPRING_RX_CLASSIFY in its access).
 */
#ifndef AFPRING_CLASSIFY_H
#define AFPRING_CLASSIFY_H

#include "afpring_rss.h"

/** Steps of the pass. */
#define AFPRING_CLASSIFY_HASH 1u  /**< mbuf.hash.rss: the RX offload RSS_HASH */
#define AFPRING_CLASSIFY_PTYPE 2u /**< mbuf.packet_type: the application has asked */
#define AFPRING_CLASSIFY_QINQ 4u  /**< both tags into the mbuf: the RX offload QINQ_STRIP */

/** Of a port, for all its queues. Written while no queue is inside a burst. */
struct afpring_classify {
	uint32_t steps;
	uint32_t ptypes; /**< layers that are told: RTE_PTYPE_*_MASK */
	bool symmetric;
	struct afpring_rss_fields fields;
	struct afpring_rss_toeplitz toeplitz;
};

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
