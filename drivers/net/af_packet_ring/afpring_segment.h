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

/** How to cut a superframe. */
struct afpring_split {
	struct afpring_headers h;
	uint32_t payload_len; /**< bytes, of all segments */
	uint32_t nb_segs;
	uint16_t seg_size; /**< payload bytes of each segment but the last */
};

/**
 * Plan the cut.
 *
 * @param header
 *   The superframe's first header_len bytes, all headers among them.
 * @param len
 *   Bytes of the whole superframe.
 * @param gso_type
 *   VIRTIO_NET_HDR_GSO_*; must agree with the headers.
 * @return
 *   false if the headers do not describe a superframe of this type.
 */
bool afpring_split_plan(const uint8_t *header, uint32_t header_len, uint32_t len, uint8_t gso_type,
			uint16_t gso_size, struct afpring_split *split);

/** Payload bytes of segment i. */
static inline uint32_t
afpring_split_seg_len(const struct afpring_split *split, uint32_t i)
{
	return i + 1 < split->nb_segs ? split->seg_size : split->payload_len - i * split->seg_size;
}

/**
 * Write the headers of segment i: lengths, IP id and checksum, sequence, flags.
 * The L4 checksum field gets the pseudo-header's sum.
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
