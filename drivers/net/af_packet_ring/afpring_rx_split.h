/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Buffer split: the front of each packet goes into mbufs of other pools, up to a number of bytes or
 * up to the end of a header (struct rte_eth_rxseg_split). The burst receives into the last
 * segment's pool, and the pass behind it copies the front out, so that the rest, most of the
 * packet, is copied no more often than without. What belongs to a segment without a pool is left
 * out (selective Rx, since DPDK 26.07).
 */
#ifndef AFPRING_RX_SPLIT_H
#define AFPRING_RX_SPLIT_H

#include "afpring_queue.h"

/** Segments that a queue may have. */
#define AFPRING_SPLIT_SEGS 8

/** Packets of a burst on a queue that splits. */
#define AFPRING_SPLIT_BURST 64

struct afpring_rx_split {
	uint16_t nb; /**< segments, the last one included; 0, 1: nothing is split */
	struct {
		struct rte_mempool *pool; /**< NULL: nobody wants this segment */
		uint16_t length;          /**< bytes; 0: what the mbuf holds, or up to a header */
		uint32_t upto;            /**< RTE_PTYPE_* of all headers up to its end; 0: none */
		uint16_t nb_spare;
		struct rte_mbuf *spare[AFPRING_SPLIT_BURST]; /**< for the next burst */
	} seg[AFPRING_SPLIT_SEGS];
};

/** Split as the queue's configuration says from now on, which ethdev has checked where it looks.
 *  NULL and the pool that the burst receives into, the last one; or what is wrong. */
const char *afpring_rx_split_set(struct afpring_rx_split *split, const struct rte_eth_rxconf *conf,
				 struct rte_mempool **pool);

/** The end of packets is not wanted, so none of their mbufs has to hold it. */
static inline bool
afpring_rx_split_leaves_out_the_rest(const struct afpring_rx_split *split)
{
	return split->nb != 0 && split->seg[split->nb - 1].pool == NULL;
}

/** Have mbufs for the fronts of nb packets, or for as many as the pools still have. How many. */
uint16_t afpring_rx_split_prepare(struct afpring_rxq *q, uint16_t nb);

/** Split the packets of a burst, which is not larger than prepared. */
void afpring_rx_split(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb);

/** Free what is prepared. */
void afpring_rx_split_release(struct afpring_rx_split *split);

/** Sets of headers up to whose end a segment may go; ends with RTE_PTYPE_UNKNOWN. */
extern const uint32_t afpring_split_ptypes[];
extern const size_t afpring_nb_split_ptypes;

#endif /* AFPRING_RX_SPLIT_H */
