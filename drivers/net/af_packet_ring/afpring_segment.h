/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Superframes: one frame that stands for many segments, with the size of their
 * payloads beside it (gso_size). Which segments a superframe stands for
 * (net/ipv4/tcp_offload.c:tcp_gso_segment(), udp_offload.c), and which segments
 * may become one (tcp_gro_receive()). Pure: looks at headers, moves no payload.
 */
#ifndef AFPRING_SEGMENT_H
#define AFPRING_SEGMENT_H

#include "afpring_headers.h"
#include "afpring_tunnel.h"
#include "afpring_uapi.h"

/** Packets that one packet may become, on receive and on transmit. As many mbufs as a
 *  received superframe may take (AFPRING_LANE_MBUFS, by IOV_MAX): a superframe of 64 KB in
 *  segments of 65 bytes. The kernel's own TCP sends no less than 48 (TCP_MIN_SND_MSS). */
#define AFPRING_SEGMENTS_MAX 1020u

/** Bytes of a TCP segment that the kernel cuts, and more if it is asked for fewer: TCP_MIN_GSO_SIZE,
 *  in virtio_net_hdr_to_skb() since Linux 6.12.111. */
#define AFPRING_TCP_SEG_MIN 8

/** Datagrams that a UDP superframe may stand for on transmit: UDP_MAX_SEGMENTS of
 *  include/linux/udp.h, 64 before Linux 6.9. */
#define AFPRING_DATAGRAMS_MAX 128u

/** How to cut a superframe. */
struct afpring_split {
	struct afpring_headers h;     /**< of the packet, which may be in a tunnel */
	struct afpring_tunnel tunnel; /**< around it */
	uint32_t payload_len;         /**< bytes, of all segments */
	uint32_t nb_segs;
	uint16_t seg_size; /**< payload bytes of each segment but the last */
};

/**
 * BIG TCP over IPv6 has its length in a hop-by-hop header, which no segment has
 * (include/net/ipv6.h:ipv6_hopopt_jumbo_remove()). Take it out of the superframe's
 * headers.
 *
 * @param header
 *   The superframe's first header_len bytes.
 * @param len
 *   Bytes of the whole superframe.
 * @return
 *   Bytes taken out, by which everything behind has moved; 0: it is not such a frame.
 */
uint32_t afpring_split_unjumbo(uint8_t *header, uint32_t header_len, uint32_t len);

/**
 * Plan the cut.
 *
 * @param header
 *   The superframe's first header_len bytes, all headers among them.
 * @param len
 *   Bytes of the whole superframe.
 * @param vnet
 *   What the kernel says of it: gso_type, which must agree with the headers, gso_size,
 *   and with NEEDS_CSUM csum_start, which tells the packet in a tunnel from the tunnel.
 * @return
 *   false if the headers do not describe a superframe of this type.
 */
bool afpring_split_plan(const uint8_t *header, uint32_t header_len, uint32_t len,
			const struct virtio_net_hdr *vnet, struct afpring_split *split);

/** The frame's outermost IP header. */
static inline const struct afpring_headers *
afpring_split_outer(const struct afpring_split *split)
{
	return split->tunnel.kind == AFPRING_TUNNEL_NONE ? &split->h : &split->tunnel.h;
}

/** Payload bytes of segment i. */
static inline uint32_t
afpring_split_seg_len(const struct afpring_split *split, uint32_t i)
{
	return i + 1 < split->nb_segs ? split->seg_size : split->payload_len - i * split->seg_size;
}

/**
 * Write the headers of segment i: lengths, IP id and checksum, sequence, flags. The L4
 * checksum field gets the pseudo-header's sum; the checksums of a tunnel around the packet
 * are right once the L4 checksum has been finished.
 *
 * @param dst
 *   Room for split->h.payload bytes.
 * @param header
 *   The superframe's headers.
 */
void afpring_split_header(const struct afpring_split *split, uint8_t *dst, const uint8_t *header,
			  uint32_t i);

/** A superframe that grows segment by segment. */
struct afpring_join {
	const uint8_t *first; /**< headers of the first segment */
	struct afpring_headers h;
	uint32_t payload_len; /**< bytes so far, of nb_segs segments */
	uint16_t nb_segs;
	uint16_t seg_size;
	bool closed; /**< a short segment, or one with FIN or PSH, was the last */
};

/** Begin with this frame of len bytes, headers at the start. false: not joinable. */
bool afpring_join_begin(struct afpring_join *join, const uint8_t *frame, uint32_t caplen,
			uint32_t len);

/**
 * Append this frame if, cut again, the superframe gives back every byte of it.
 *
 * @param max_len
 *   Bytes the superframe may have.
 */
bool afpring_join_append(struct afpring_join *join, const uint8_t *frame, uint32_t caplen,
			 uint32_t len, uint32_t max_len);

/** Write the superframe's headers, join->h.payload bytes, with the pseudo-header's
 *  sum, from those of the first and the last segment. */
void afpring_join_header(const struct afpring_join *join, uint8_t *dst, const uint8_t *last);

#endif /* AFPRING_SEGMENT_H */
