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

/** A packet whose ol_flags have none of these is sent as it is. Of the receive
 *  flags, LRO and "checksum NONE" (which shares a bit with BAD) say that this
 *  driver has delivered the packet unfinished; without any transmit flag beside
 *  them it goes on as what it is. */
#define AFPRING_OFFLOAD_FLAGS                                                                      \
	(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG |                  \
	 RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_BAD)

struct afpring_offload {
	struct afpring_headers h;
	uint16_t seg_size; /**< 0: no superframe */
	bool ip_cksum;     /**< write the IPv4 header's checksum */
	bool l4_cksum;     /**< the kernel or the device finishes the L4 checksum */
};

/**
 * Read the request.
 *
 * @param tag_len
 *   Bytes of a VLAN tag that will be inserted; the offsets count it.
 * @return
 *   0; -EINVAL a request that contradicts the packet; -ENOTSUP one that no packet
 *   socket can express.
 */
int afpring_offload_read(const struct rte_mbuf *m, uint32_t tag_len, struct afpring_offload *o);

/**
 * Carry out what the frame itself must show, and tell the kernel the rest.
 *
 * @param frame
 *   A copy of the frame, or of its first caplen bytes with all headers among them,
 *   the tag inserted.
 * @param len
 *   Bytes of the whole frame.
 * @param vnet
 *   Written, all of it but hdr_len.
 * @return
 *   0, or -EINVAL when the IP header's length contradicts the frame's.
 */
int afpring_offload_apply(const struct afpring_offload *o, uint8_t *frame, uint32_t caplen,
			  uint32_t len, struct virtio_net_hdr *vnet);

/** The GSO type and size of a superframe with these headers. */
void afpring_offload_gso(const struct afpring_headers *h, const uint8_t *frame, uint16_t seg_size,
			 struct virtio_net_hdr *vnet);

#endif /* AFPRING_OFFLOAD_H */
