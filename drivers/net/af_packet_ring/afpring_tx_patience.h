/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * How long both transmit lanes offer a packet that the device refuses. It may be a
 * full queue behind the device, or this packet for good (nft egress, a smaller MTU
 * at the far end of a veth), or any packet (no carrier), and the kernel gives the
 * same errno for all. So the packet is offered again for a while; then it goes, and
 * with it each further one that is refused, until the kernel takes one again.
 *
 * What happened last tells how long is sensible: if the next packet was taken where
 * one was given up, it was the packet's fault, and the next such packet need not hold
 * up the queue; if a refused packet was taken later, patience paid.
 */
#ifndef AFPRING_TX_PATIENCE_H
#define AFPRING_TX_PATIENCE_H

#include "afpring_clock.h"
#include "afpring_queue.h"

/** Past the qdisc a refusal passes in the time a device needs for its ring; behind it,
 *  in the time its rate limit needs for a packet or a few. */
#define AFPRING_TX_PATIENCE_BYPASS_US 2000
#define AFPRING_TX_PATIENCE_QDISC_US 50000

/** Patience with a packet when the last one given up was itself at fault. */
#define AFPRING_TX_PATIENCE_MIN_US 20

/** The queue starts, or its path has changed (q->bypass). */
static inline void
afpring_tx_patience_reset(struct afpring_txq *q)
{
	uint64_t us = q->bypass ? AFPRING_TX_PATIENCE_BYPASS_US : AFPRING_TX_PATIENCE_QDISC_US;

	q->patience_max_tsc = afpring_clock_us(us);
	q->patience_tsc = q->patience_max_tsc;
	q->gave_up = false;
	q->refused_since_tsc = 0;
}

/** One more refusal. true: the packet has been offered long enough, give it up. */
static inline bool
afpring_tx_patience_is_over(struct afpring_txq *q)
{
	uint64_t now = afpring_clock_now();

	q->count[AFPRING_TX_PUSHBACK]++;
	if (q->refused_since_tsc == 0) {
		q->refused_since_tsc = now;
		return false;
	}
	q->gave_up = now - q->refused_since_tsc > q->patience_tsc;
	return q->gave_up;
}

/** The kernel has taken a packet. */
static inline void
afpring_tx_patience_renew(struct afpring_txq *q)
{
	if (likely(q->refused_since_tsc == 0))
		return;
	if (q->gave_up)
		q->patience_tsc = afpring_clock_us(AFPRING_TX_PATIENCE_MIN_US);
	else
		q->patience_tsc = q->patience_max_tsc;
	q->gave_up = false;
	q->refused_since_tsc = 0;
}

#endif /* AFPRING_TX_PATIENCE_H */
