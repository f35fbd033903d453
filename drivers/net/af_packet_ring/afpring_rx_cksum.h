/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Checksums of received packets: what an mbuf says of them, and what is in its bytes.
 *
 * A sender leaves a checksum to the device (CHECKSUM_PARTIAL): finished here and GOOD,
 * or left as it is and NONE, for an application that can take that. The kernel vouches
 * for a checksum (CHECKSUM_UNNECESSARY): GOOD. Nobody has looked at it: unknown; GOOD or
 * BAD, after a look, where the application has asked for the offload. The flags speak of
 * the outermost IP and L4 headers.
 */
#ifndef AFPRING_RX_CKSUM_H
#define AFPRING_RX_CKSUM_H

#include "afpring_cksum.h"
#include "afpring_queue.h"
#include "afpring_uapi.h"

/** Offloads for which packets are looked at that nobody vouches for. */
#define AFPRING_RX_CKSUM_OFFLOADS                                                                  \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |                            \
	 RTE_ETH_RX_OFFLOAD_TCP_CKSUM)

/** An application that can take them gets this protocol's checksums unfinished. */
static inline bool
afpring_rx_keeps_cksum(const struct afpring_rxq *q, bool tcp)
{
	return tcp ? q->keep_tcp_cksum : q->keep_udp_cksum;
}

/** afpring_rx_cksum() for a packet that has to be looked at. */
bool afpring_rx_cksum_look(struct afpring_rxq *q, struct rte_mbuf *m,
			   const struct virtio_net_hdr *vnet, uint32_t tag);

/**
 * A packet, whole in m, of which the kernel says something: finish what is unfinished,
 * set the flags.
 *
 * @param tag
 *   Bytes put into the frame in front of where vnet's offsets count.
 * @return
 *   false: the request points outside of the frame.
 */
static inline bool
afpring_rx_cksum(struct afpring_rxq *q, struct rte_mbuf *m, const struct virtio_net_hdr *vnet,
		 uint32_t tag)
{
	if ((vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 || q->checks_cksum)
		return afpring_rx_cksum_look(q, m, vnet, tag);
	if ((vnet->flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0)
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	return true;
}

/** A packet of which the kernel says nothing: look at what the application wants looked
 *  at, set the flags. */
void afpring_rx_cksum_check(const struct afpring_rxq *q, struct rte_mbuf *m);

/** Finish the checksum of a segment that the driver made: the field, in the first mbuf,
 *  holds the pseudo-header's sum. */
static inline void
afpring_rx_cksum_finish(struct afpring_rxq *q, struct rte_mbuf *m, uint32_t start, uint32_t offset)
{
	if (!afpring_cksum_finish(m, start, offset, m->pkt_len))
		return;
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	afpring_count(&q->count[AFPRING_RX_CKSUM_DONE], 1);
}

#endif /* AFPRING_RX_CKSUM_H */
