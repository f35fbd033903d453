/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Every ring that is planned is one that the kernel makes, and the walk goes
 * where the kernel goes.
 */
#include "unit.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "afpring_geometry.h"
#include "afpring_slot.h"

/* net/packet/af_packet.c: packet_set_ring(), its checks one by one. */
static bool
kernel_makes(const struct afpring_geometry *g)
{
	uint32_t least = TPACKET2_HDRLEN + 16;

	if ((int)g->block_size <= 0 || g->block_size % sysconf(_SC_PAGESIZE) != 0)
		return false;
	if (g->frame_size < least || g->frame_size % TPACKET_ALIGNMENT != 0)
		return false;
	if (g->block_size / g->frame_size == 0 || g->block_nr == 0)
		return false;
	if (g->block_size > UINT_MAX / g->block_nr &&
	    (uint64_t)g->block_size / g->frame_size * g->block_nr > UINT_MAX)
		return false;
	return g->block_size / g->frame_size * g->block_nr == g->frame_nr;
}

static uint32_t
wished_slots(const struct afpring_wish *w)
{
	return w->frame_nr != 0 ? w->frame_nr : w->nb_desc;
}

static void
check_plan(const struct afpring_wish *w, const struct afpring_geometry *g)
{
	CHECK(kernel_makes(g), "overhead %u frame %u desc %u blocksz %u framesz %u framecnt %u\n",
	      w->overhead, w->frame_len, w->nb_desc, w->block_size, w->frame_size, w->frame_nr);
	assert_int_equal(g->frames_per_block, g->block_size / g->frame_size);
	assert_true(g->frame_nr >= wished_slots(w));
	assert_true(g->frame_nr - wished_slots(w) < g->frames_per_block);
	assert_true(g->frame_size >= w->overhead + w->frame_len);
	if (w->frame_size != 0)
		assert_int_equal(g->frame_size, w->frame_size);
	if (w->block_size >= g->frame_size)
		assert_int_equal(g->block_size, w->block_size);
}

/* Each slot once, inside its block, at the kernel's place, and back to the start:
 * packet_lookup_frame(): pg_vec[i / fpb].buffer + (i % fpb) * frame_size. */
static void
check_walk(const struct afpring_geometry *g)
{
	struct afpring_walk w = afpring_geometry_walk(g);
	struct afpring_cursor c = {0};
	uint64_t last = 0;

	for (int lap = 0; lap < 2; lap++) {
		for (uint32_t i = 0; i < g->frame_nr; i++) {
			uint64_t block = (uint64_t)(i / g->frames_per_block) * g->block_size;
			uint64_t at = block + (i % g->frames_per_block) * g->frame_size;

			if (c.off != at || at + g->frame_size > block + g->block_size)
				fail_msg("slot %u of %u at %lu, kernel's at %lu", i, g->frame_nr,
					 c.off, at);
			last = c.off;
			afpring_cursor_next(&c, &w);
			if (afpring_cursor_before(&c, &w) != last)
				fail_msg("before slot %u comes %lu, not %lu", i + 1,
					 afpring_cursor_before(&c, &w), last);
		}
		assert_int_equal(c.off, 0);
		assert_int_equal(c.slot, 0);
	}
	assert_int_equal(w.end, afpring_geometry_bytes(g));
}

static bool
plan(const struct afpring_wish *w, struct afpring_geometry *g)
{
	const char *why = NULL;
	int ret = afpring_geometry_plan(w, g, &why);

	if (ret != 0) {
		assert_int_equal(ret, -EINVAL);
		assert_non_null(why);
	}
	return ret == 0;
}

static void
driver_chosen_sizes(void **state)
{
	static const uint32_t descs[] = {1, 2, 16, 63, 64, 512, 1000, 1024, 4096};
	struct afpring_geometry g;

	(void)state;
	for (uint32_t len = 60; len < 66000; len += 61) {
		for (size_t i = 0; i < RTE_DIM(descs); i++) {
			struct afpring_wish w = {
				.overhead =
					i % 2 ? AFPRING_RX_SLOT_OVERHEAD : AFPRING_TX_SLOT_OVERHEAD,
				.frame_len = len,
				.nb_desc = descs[i],
			};

			assert_true(plan(&w, &g));
			check_plan(&w, &g);
			check_walk(&g);
		}
	}
}

/* Wishes at random: refused with a reason, or a ring the kernel makes. */
static void
wished_sizes(void **state)
{
	uint64_t seed = 88172645463325252ull;
	struct afpring_geometry g;
	uint32_t planned = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct afpring_wish w = {
			.overhead = AFPRING_RX_SLOT_OVERHEAD,
			.frame_len = 64 + unit_random(&seed) % 9200,
			.nb_desc = unit_random(&seed) % 2048,
			.block_size = unit_random(&seed) % 64 * 4096,
			.frame_size = unit_random(&seed) % 1024 * 16,
			.frame_nr = unit_random(&seed) % 4096,
		};

		if (!plan(&w, &g))
			continue;
		check_plan(&w, &g);
		if (planned++ % 64 == 0)
			check_walk(&g);
	}
	assert_true(planned > 50000);
}

static void
halved_blocks_keep_the_slots(void **state)
{
	uint64_t seed = 1;
	struct afpring_geometry g;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct afpring_wish w = {
			.overhead = AFPRING_RX_SLOT_OVERHEAD,
			.frame_len = 64 + unit_random(&seed) % 9200,
			.nb_desc = 1 + unit_random(&seed) % 2048,
			.block_size = unit_random(&seed) % 512 * 4096,
		};
		uint32_t block;

		if (!plan(&w, &g))
			continue;
		for (block = g.block_size; afpring_geometry_halve_blocks(&g);
		     block = g.block_size) {
			assert_true(g.block_size < block);
			check_walk(&g);
			assert_true(kernel_makes(&g));
			assert_true(g.frame_nr >= wished_slots(&w));
		}
		assert_int_equal(g.block_size, block); /* unchanged when refused */
	}
}

/* clang-format off */
static const struct {
	struct afpring_wish wish;
	const char *why;
} bad[] = {
	{{.nb_desc = 0,    .frame_len = 1518}, "at least one slot"},
	{{.nb_desc = 1024, .frame_len = 1518, .frame_size = 2040}, "multiple of 16"},
	{{.nb_desc = 1024, .frame_len = 1518, .frame_size = 1}, "multiple of 16"},
	{{.nb_desc = 1024, .frame_len = 1518, .block_size = 5000}, "page size"},
	{{.nb_desc = 1024, .frame_len = 1518, .frame_size = 1584}, "one frame of the MTU"},
	{{.nb_desc = 1024, .frame_len = 9018, .frame_size = 2048}, "one frame of the MTU"},
	{{.nb_desc = 1024, .frame_len = 1518, .frame_size = 16}, "one frame of the MTU"},
};

/* What users of net_af_packet have in their scripts. */
static const struct {
	uint32_t blocksz, framesz, framecnt;
	uint32_t block_size, frame_nr; /* expected */
} known[] = {
	{4096,   2048, 512,  4096,   512},
	{0,      2048, 512,  65536,  512},
	{593920, 9280, 256,  593920, 256},
	{0,      9216, 0,    65536,  1029}, /* 7 slots a block: rounded up */
	{4096,   9216, 512,  12288,  512},  /* framesz above blocksz: grown */
	{16384,  2048, 4096, 16384,  4096},
	{4096,   1600, 100,  4096,   100},  /* does not divide the block */
	{65536,  1600, 100,  65536,  120},  /* 40 slots a block: rounded up */
	{4096,   2048, 1,    4096,   2},
};
/* clang-format on */

static void
bad_wishes_say_why(void **state)
{
	struct afpring_geometry g;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		struct afpring_wish w = bad[i].wish;
		const char *why = "";

		w.overhead = AFPRING_RX_SLOT_OVERHEAD;
		CHECK(afpring_geometry_plan(&w, &g, &why) == -EINVAL, "row %zu\n", i);
		CHECK(strstr(why, bad[i].why) != NULL, "row %zu: %s\n", i, why);
	}
	/* the least slot that works is 16 bytes above the largest that does not */
	struct afpring_wish w = {.overhead = AFPRING_RX_SLOT_OVERHEAD,
				 .frame_len = 1518,
				 .nb_desc = 1,
				 .frame_size = 1600};
	assert_true(plan(&w, &g));
}

static void
known_strings(void **state)
{
	struct afpring_geometry g;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(known); i++) {
		struct afpring_wish w = {
			.overhead = AFPRING_RX_SLOT_OVERHEAD,
			.frame_len = 1518,
			.nb_desc = 1024,
			.block_size = known[i].blocksz,
			.frame_size = known[i].framesz,
			.frame_nr = known[i].framecnt,
		};

		CHECK(plan(&w, &g), "row %zu\n", i);
		check_plan(&w, &g);
		check_walk(&g);
		CHECK(g.block_size == known[i].block_size, "row %zu: %u\n", i, g.block_size);
		CHECK(g.frame_nr == known[i].frame_nr, "row %zu: %u\n", i, g.frame_nr);
	}
}

static void
sizes_beyond_32_bits(void **state)
{
	struct afpring_geometry g;
	struct afpring_wish w = {
		.overhead = AFPRING_RX_SLOT_OVERHEAD,
		.frame_len = 1518,
		.frame_size = 1 << 16,
		.frame_nr = 1 << 20,
	};

	(void)state;
	assert_true(plan(&w, &g));
	assert_int_equal(afpring_geometry_bytes(&g), UINT64_C(1) << 36);
	check_walk(&g);
	/* more slots than the kernel's unsigned int holds */
	w.block_size = 1 << 30;
	w.frame_size = 1600;
	w.frame_nr = INT32_MAX - 1;
	assert_false(plan(&w, &g));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(driver_chosen_sizes),
		cmocka_unit_test(wished_sizes),
		cmocka_unit_test(halved_blocks_keep_the_slots),
		cmocka_unit_test(bad_wishes_say_why),
		cmocka_unit_test(known_strings),
		cmocka_unit_test(sizes_beyond_32_bits),
	};

	return cmocka_run_group_tests_name("geometry", tests, NULL, NULL);
}
