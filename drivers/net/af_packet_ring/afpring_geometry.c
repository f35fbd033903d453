/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <unistd.h>

#include <rte_bitops.h>
#include <rte_common.h>

#include "afpring_geometry.h"
#include "afpring_uapi.h"

#define CACHE_LINE 64u

/* Order 4 on 4 KiB pages: large enough that the gap costs little, small enough
 * that the page allocator has it on a machine that has run for weeks. */
#define BLOCK_SIZE_WISH (64u << 10)

/* An odd number of cache lines: with a power of two, the headers of all slots
 * would share a few sets of the L1 cache. */
static uint32_t
slot_size(uint32_t bytes)
{
	uint32_t lines = (bytes + CACHE_LINE - 1) / CACHE_LINE;

	return (lines | 1) * CACHE_LINE;
}

static uint32_t
block_size(uint32_t frame_size, uint32_t frame_nr, uint32_t page)
{
	uint64_t ring = (uint64_t)frame_size * frame_nr;
	uint64_t size = RTE_MAX(rte_align64pow2(frame_size), (uint64_t)BLOCK_SIZE_WISH);

	/* a ring smaller than one block needs no full block */
	size = RTE_MIN(size, rte_align64pow2(ring));
	return RTE_MAX(size, (uint64_t)page);
}

static int
set_blocks(struct afpring_geometry *geo, uint32_t frames)
{
	uint64_t frame_nr;

	geo->frames_per_block = geo->block_size / geo->frame_size;
	geo->block_nr = (frames + geo->frames_per_block - 1) / geo->frames_per_block;
	frame_nr = (uint64_t)geo->frames_per_block * geo->block_nr;
	if (frame_nr > INT32_MAX)
		return -EINVAL;
	geo->frame_nr = frame_nr;
	return 0;
}

int
afpring_geometry_plan(const struct afpring_wish *wish, struct afpring_geometry *geo,
		      const char **why)
{
	uint32_t page = sysconf(_SC_PAGESIZE);
	uint32_t need = wish->overhead + wish->frame_len;
	uint32_t frames = wish->frame_nr != 0 ? wish->frame_nr : wish->nb_desc;

	*geo = (struct afpring_geometry){0};
	if (frames == 0) {
		*why = "a ring needs at least one slot";
		return -EINVAL;
	}
	if (wish->frame_size % TPACKET_ALIGNMENT != 0) {
		*why = "framesz must be a multiple of 16";
		return -EINVAL;
	}
	if (wish->block_size % page != 0) {
		*why = "blocksz must be a multiple of the page size";
		return -EINVAL;
	}
	if (wish->frame_size != 0 && wish->frame_size < need) {
		*why = "framesz cannot hold one frame of the MTU and its headers";
		return -EINVAL;
	}

	geo->frame_size = wish->frame_size != 0 ? wish->frame_size : slot_size(need);
	if (wish->block_size == 0)
		geo->block_size = block_size(geo->frame_size, frames, page);
	else if (wish->block_size < geo->frame_size)
		geo->block_size = RTE_ALIGN_CEIL(geo->frame_size, page);
	else
		geo->block_size = wish->block_size;

	if (set_blocks(geo, frames) < 0) {
		*why = "framecnt is too large for blocks of this size";
		return -EINVAL;
	}
	return 0;
}

bool
afpring_geometry_halve_blocks(struct afpring_geometry *geo)
{
	uint32_t page = sysconf(_SC_PAGESIZE);
	uint32_t half = RTE_ALIGN_CEIL(geo->block_size / 2, page);
	uint32_t frames = geo->frame_nr;

	if (half == geo->block_size || half < geo->frame_size)
		return false;
	geo->block_size = half;
	return set_blocks(geo, frames) == 0;
}
