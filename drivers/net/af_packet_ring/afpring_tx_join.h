/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Transmit, joining: which packets of a burst leave as one superframe.
 */
#ifndef AFPRING_TX_JOIN_H
#define AFPRING_TX_JOIN_H

#include "afpring_offload.h"
#include "afpring_queue.h"
#include "afpring_segment.h"

/** Shorter packets are not worth a look. */
#define AFPRING_JOIN_MIN_LEN 128u

/** Flags of a packet that asks for something a join cannot give. */
#define AFPRING_JOIN_NEVER                                                                         \
	(RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG |                      \
	 RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_RX_LRO | AFPRING_OFFLOAD_REFUSED)

/** Packets that follow each other in a burst and will be one message. */
struct afpring_tx_run {
	struct afpring_join join;
	uint32_t nb_iov; /**< pieces of the message */
};

/* The L4 checksum was right when the packet came (GOOD, and NONE, which has the same bit and
 * says that it was left out), or is made on the way out. All segments of a superframe get a
 * right checksum, so a segment with a wrong one must not be joined. */
static __rte_always_inline bool
afpring_tx_is_joinable(const struct rte_mbuf *m)
{
	return (m->ol_flags & AFPRING_JOIN_NEVER) == 0 &&
	       (m->ol_flags & (RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_TX_L4_MASK)) != 0;
}

/** A packet may be worth joining: a cheap test, made for every packet. */
static __rte_always_inline bool
afpring_tx_may_join(const struct rte_mbuf *m, const struct rte_mbuf *next)
{
	return m->pkt_len >= AFPRING_JOIN_MIN_LEN && next->pkt_len <= m->pkt_len &&
	       afpring_tx_is_joinable(m) && afpring_tx_is_joinable(next);
}

/** Begin a run with packet m. false: m cannot be joined with other packets. */
bool afpring_tx_run_begin(const struct afpring_txq *q, struct afpring_tx_run *run,
			  const struct rte_mbuf *m);

/** Append m, if it is the very next segment. */
bool afpring_tx_run_append(const struct afpring_txq *q, struct afpring_tx_run *run,
			   const struct rte_mbuf *m);

#endif /* AFPRING_TX_JOIN_H */
