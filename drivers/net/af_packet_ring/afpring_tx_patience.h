/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * How long both transmit lanes offer a packet that the device refuses. It may be a
 * full queue behind the device, or this packet for good (nft egress, a smaller MTU
 * at the far end of a veth, no carrier), and the kernel gives the same errno for
 * both. So the packet is offered again for a while; then it goes, and with it each
 * further one that is refused, until the kernel takes one again.
 */
#ifndef AFPRING_TX_PATIENCE_H
#define AFPRING_TX_PATIENCE_H

#include <rte_cycles.h>

#include "afpring_queue.h"

/** One more refusal. true: the packet has been offered long enough. */
static inline bool
afpring_tx_patience_is_over(struct afpring_txq *q)
{
	uint64_t now = rte_rdtsc();

	q->count[AFPRING_TX_PUSHBACK]++;
	if (q->refused_since_tsc == 0) {
		q->refused_since_tsc = now;
		return false;
	}
	return now - q->refused_since_tsc > q->patience_tsc;
}

/** The kernel has taken a packet. */
static inline void
afpring_tx_patience_renew(struct afpring_txq *q)
{
	q->refused_since_tsc = 0;
}

#endif /* AFPRING_TX_PATIENCE_H */
