/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive, superframe lane: its scratch, and the mbufs that wait for the next burst.
 */
#ifndef AFPRING_RX_LANE_H
#define AFPRING_RX_LANE_H

#include <string.h>
#include <sys/uio.h>

#include "afpring_clock.h"
#include "afpring_queue.h"

/** Mbufs that one superframe may need: IOV_MAX but for the message's start. */
#define AFPRING_LANE_MBUFS 1020

/** How long a packet of several mbufs waits until the pool has them. */
#define AFPRING_RX_SHORT_MS 2

/** Scratch of the lane, and what the last burst had no place for. */
struct afpring_rx_lane {
	uint16_t next;        /**< first stashed mbuf not yet delivered */
	uint16_t nb;          /**< mbufs in the stash, delivered ones included */
	uint16_t nb_given;    /**< segments of the superframe at the head that have been */
	uint64_t short_since; /**< TSC when the pool had not enough at once; 0: it had */
	struct rte_mbuf *stash[AFPRING_LANE_MBUFS];
	struct iovec iov[AFPRING_LANE_MBUFS + 3];
	uint8_t sink[2048]; /**< takes the bytes that have been delivered already */
};

/** The pool has been short of mbufs for so long that nothing waits for several any more.
 *  It ends when it has all of them that a packet takes. */
static inline bool
afpring_rx_is_short(const struct afpring_rx_lane *lane)
{
	return unlikely(lane->short_since != 0) &&
	       afpring_clock_now() - lane->short_since > afpring_clock_ms(AFPRING_RX_SHORT_MS);
}

/** Hand out up to nb stashed mbufs. */
static inline uint16_t
afpring_rx_stash_take(struct afpring_rx_lane *lane, struct rte_mbuf **pkts, uint16_t nb)
{
	nb = RTE_MIN(nb, (uint16_t)(lane->nb - lane->next));
	memcpy(pkts, lane->stash + lane->next, nb * sizeof(*pkts));
	lane->next += nb;
	if (lane->next == lane->nb)
		lane->next = lane->nb = 0;
	return nb;
}

#endif /* AFPRING_RX_LANE_H */
