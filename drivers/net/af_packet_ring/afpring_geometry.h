/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The shape of a ring: wishes in, tpacket_req out, and the walk over its slots.
 * Pure: knows no socket, no DPDK port.
 *
 *   block 0                              block 1
 *   +--------+--------+--------+-----+   +--------+--------+--------+-----+
 *   | slot 0 | slot 1 | slot 2 | gap |   | slot 3 | slot 4 | slot 5 | gap |
 *   +--------+--------+--------+-----+   +--------+--------+--------+-----+
 *   <- frame_size ->                gap = block_size % frame_size
 *
 *   receive slot                              transmit slot
 *   0   struct tpacket2_hdr                   0   struct tpacket2_hdr
 *   32  struct sockaddr_ll                    32  struct virtio_net_hdr
 *   66  struct virtio_net_hdr                 42  frame
 *   76  frame (tp_mac)
 *
 * The kernel puts frame i at (i / frames_per_block) * block_size +
 * (i % frames_per_block) * frame_size (net/packet/af_packet.c:
 * packet_lookup_frame()); a slot never spans two blocks.
 */
#ifndef AFPRING_GEOMETRY_H
#define AFPRING_GEOMETRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of a receive slot in front of the frame: TPACKET_V2 with a
 *  virtio_net_hdr (tpacket_rcv(): netoff, macoff). Asserted in afpring_slot.h. */
#define AFPRING_RX_SLOT_OVERHEAD 76u

/** Bytes of a transmit slot in front of the frame (tpacket_parse_header()). */
#define AFPRING_TX_SLOT_OVERHEAD 42u

/** What is wished of one ring; 0 means "choose". Sizes in bytes. */
struct afpring_wish {
	uint32_t overhead;   /**< bytes of a slot in front of the frame */
	uint32_t frame_len;  /**< largest frame that a slot must hold */
	uint32_t nb_desc;    /**< slots, from the application */
	uint32_t block_size; /**< devarg blocksz */
	uint32_t frame_size; /**< devarg framesz */
	uint32_t frame_nr;   /**< devarg framecnt, wins over nb_desc */
};

/** A ring that packet_set_ring() accepts. Sizes in bytes. */
struct afpring_geometry {
	uint32_t block_size;
	uint32_t block_nr;
	uint32_t frame_size;
	uint32_t frame_nr; /**< frames_per_block * block_nr, at least what was wished */
	uint32_t frames_per_block;
};

/** How to step from slot to slot without a division. */
struct afpring_walk {
	uint64_t end; /**< bytes of the whole ring */
	uint32_t frame_size;
	uint32_t frames_per_block;
	uint32_t gap; /**< unused bytes at the end of each block */
	uint32_t frame_nr;
};

/** One slot of a ring. */
struct afpring_cursor {
	uint64_t off;  /**< bytes from the ring's start */
	uint32_t slot; /**< index inside its block */
};

/**
 * Plan a ring.
 *
 * @param why
 *   Set on failure to a sentence for the user: which wish cannot be and what would.
 * @return
 *   0, or -EINVAL.
 */
int afpring_geometry_plan(const struct afpring_wish *wish, struct afpring_geometry *geo,
			  const char **why);

/**
 * The same ring in blocks half as large, for a kernel that has no contiguous
 * memory of that order.
 *
 * @return
 *   false if a block would no longer hold a slot.
 */
bool afpring_geometry_halve_blocks(struct afpring_geometry *geo);

static inline uint64_t
afpring_geometry_bytes(const struct afpring_geometry *geo)
{
	return (uint64_t)geo->block_size * geo->block_nr;
}

static inline struct afpring_walk
afpring_geometry_walk(const struct afpring_geometry *geo)
{
	return (struct afpring_walk){
		.end = afpring_geometry_bytes(geo),
		.frame_size = geo->frame_size,
		.frames_per_block = geo->frames_per_block,
		.gap = geo->block_size - geo->frames_per_block * geo->frame_size,
		.frame_nr = geo->frame_nr,
	};
}

static inline void
afpring_cursor_next(struct afpring_cursor *c, const struct afpring_walk *w)
{
	c->off += w->frame_size;
	if (++c->slot == w->frames_per_block) {
		c->slot = 0;
		c->off += w->gap;
		if (c->off == w->end)
			c->off = 0;
	}
}

/** Offset of the slot before. */
static inline uint64_t
afpring_cursor_before(const struct afpring_cursor *c, const struct afpring_walk *w)
{
	if (c->slot != 0)
		return c->off - w->frame_size;
	return (c->off != 0 ? c->off : w->end) - w->gap - w->frame_size;
}

#endif /* AFPRING_GEOMETRY_H */
