/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What an mbuf asks of its transmission, in the kernel's words: struct
 * virtio_net_hdr (OASIS virtio 1.2, 5.1.6; include/linux/virtio_net.h) and the
 * sums that must be in the frame beside it. Packet sockets use the machine's byte
 * order. Pure.
 */
#ifndef AFPRING_OFFLOAD_H
#define AFPRING_OFFLOAD_H

#include <rte_mbuf.h>

#include "afpring_headers.h"
#include "afpring_uapi.h"

/** Flags that say in which tunnel a packet is and ask for nothing. With one of these flags,
 *  outer_l2_len and outer_l3_len come before l2_len, and requests are for the inner headers. */
#define AFPRING_OFFLOAD_TUNNEL                                                                     \
	(RTE_MBUF_F_TX_TUNNEL_MASK | RTE_MBUF_F_TX_OUTER_IPV4 | RTE_MBUF_F_TX_OUTER_IPV6)

/** Transmit flags that are understood. */
#define AFPRING_OFFLOAD_KNOWN                                                                      \
	(RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_QINQ | RTE_MBUF_F_TX_IP_CKSUM |                        \
	 RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG |                   \
	 RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IPV6 | RTE_MBUF_F_TX_IEEE1588_TMST |                   \
	 AFPRING_OFFLOAD_TUNNEL)

/** All other transmit flags ask for what cannot be done: a packet that was to be encrypted must
 *  not leave in the clear. */
#define AFPRING_OFFLOAD_REFUSED (RTE_MBUF_F_TX_OFFLOAD_MASK & ~AFPRING_OFFLOAD_KNOWN)

/** A packet whose ol_flags have none of these is sent as it is. Of the receive
 *  flags, LRO and "checksum NONE" (which shares a bit with BAD) say that this
 *  driver has delivered the packet unfinished; without any transmit flag beside
 *  them it goes on as what it is. */
#define AFPRING_OFFLOAD_FLAGS                                                                      \
	(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG |                  \
	 RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_QINQ | RTE_MBUF_F_TX_IEEE1588_TMST |                \
	 RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_BAD | AFPRING_OFFLOAD_REFUSED)

struct afpring_offload {
	struct afpring_headers h;
	uint32_t end;      /**< with l4_cksum: of the IP packet; a superframe: of the frame */
	uint16_t seg_size; /**< 0: no superframe */
	bool ip_cksum;     /**< write the IPv4 header's checksum */
	bool l4_cksum;     /**< the kernel or the device finishes the L4 checksum */
	bool is_padded;    /**< bytes follow the IP packet: the L4 checksum is made here */
};

/**
 * Read the request. What succeeds can be carried out.
 *
 * @param tag_len
 *   Bytes of VLAN tags that will be inserted; the offsets count them.
 * @return
 *   0; -EINVAL a request that contradicts the packet; -ENOTSUP one that no packet
 *   socket can express.
 */
int afpring_offload_read(const struct rte_mbuf *m, uint32_t tag_len, struct afpring_offload *o);

/** The packet asks for the L4 checksum of the protocol that these headers have. */
bool afpring_offload_is_of(const struct rte_mbuf *m, const struct afpring_headers *h);

/** The packet asks for no L4 checksum, or for that of the protocol that these headers have. */
static inline bool
afpring_offload_agrees(const struct rte_mbuf *m, const struct afpring_headers *h)
{
	return (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == 0 || afpring_offload_is_of(m, h);
}

/**
 * Carry out what the frame itself must show, and tell the kernel the rest.
 *
 * @param frame
 *   A copy of the frame, the tag inserted; of its headers alone unless o->is_padded.
 * @param vnet
 *   Written, all of it but hdr_len.
 */
void afpring_offload_apply(const struct afpring_offload *o, uint8_t *frame,
			   struct virtio_net_hdr *vnet);

/** The GSO type and size of a superframe with these headers. */
void afpring_offload_gso(const struct afpring_headers *h, const uint8_t *frame, uint16_t seg_size,
			 struct virtio_net_hdr *vnet);

#endif /* AFPRING_OFFLOAD_H */
