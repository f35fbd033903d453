/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive bursts larger than what the burst looks at together, and what ends a look: at
 * its edges every frame comes once and in order, or is counted.
 */
#include "fake_kernel.h"

#define CHUNK 64 /* RX_CHUNK of afpring_rx.c */
#define SLOTS (4 * CHUNK)
#define ROOM 2048
#define NB_MBUFS 1024

enum oddity {
	NONE,
	CUT,      /* and lost */
	QUEUED,   /* its packet comes as a message */
	UNFITTED, /* in its slot, but too large for the mbufs of the case */
};

static const uint32_t places[] = {0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK};
static const uint16_t bursts[] = {1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, SLOTS, 2 * SLOTS};

static struct fake_rx
frame(uint32_t i, enum oddity oddity)
{
	struct fake_rx rx = {.seed = i, .len = oddity == UNFITTED ? 500 : 60 + i % 200};

	if (oddity == CUT || oddity == QUEUED)
		rx.cut = 3000;
	rx.queued = oddity == QUEUED;
	return rx;
}

/* nb frames, the one at `place` odd, in bursts of `burst`. */
static void
check(uint32_t nb, uint32_t place, enum oddity oddity, uint16_t burst)
{
	struct rte_mbuf *pkts[2 * SLOTS];
	uint32_t i = 0;
	uint16_t n;

	for (uint32_t k = 0; k < nb; k++) {
		struct fake_rx rx = frame(k, k == place ? oddity : NONE);

		assert_true(fake_receive(&rx));
	}
	for (int empty = 0; empty < 2; empty += n == 0) {
		n = fake.rx_burst(fake.rxq, pkts, burst);
		assert_true(n <= burst);
		for (uint16_t k = 0; k < n; k++, i++) {
			struct fake_rx rx;

			i += i == place && oddity == CUT;
			rx = frame(i, i == place ? oddity : NONE);
			rx.len += rx.cut; /* what was queued comes whole */
			CHECK(pkts[k]->pkt_len == rx.len, "frame %u of %u, burst %u, odd %u\n", i,
			      nb, burst, place);
			fake_check_mbuf(pkts[k], &rx, false);
			assert_null(rte_pktmbuf_lastseg(pkts[k])->next);
		}
		rte_pktmbuf_free_bulk(pkts, n);
	}
	i += i == place && oddity == CUT;
	assert_int_equal(i, nb);
}

static void
every_frame_once_at_every_edge(void **state)
{
	uint64_t packets = 0, cut = 0;

	(void)state;
	fake_setup_slots(NB_MBUFS, ROOM, SLOTS);
	for (size_t b = 0; b < RTE_DIM(bursts); b++)
		for (size_t p = 0; p < RTE_DIM(places); p++)
			for (enum oddity odd = NONE; odd < UNFITTED; odd++) {
				uint32_t nb = SLOTS - (uint32_t)p;

				check(nb, places[p], odd, bursts[b]);
				packets += nb - (odd == CUT);
				cut += odd == CUT;
			}
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), packets);
	assert_int_equal(fake_rx_counted(AFPRING_RX_TRUNCATED), cut);
	fake_teardown();
}

/* The frame is in its slot, but wants two mbufs. */
static void
frames_of_two_mbufs_at_every_edge(void **state)
{
	(void)state;
	fake_setup_slots(NB_MBUFS, 300, SLOTS);
	for (size_t b = 0; b < RTE_DIM(bursts); b++)
		for (size_t p = 0; p < RTE_DIM(places); p++)
			check(SLOTS - 1, places[p], UNFITTED, bursts[b]);
	fake_teardown();
}

/* A second chunk for which the pool has too few: the frames wait. */
static void
pool_that_ends_in_the_second_chunk(void **state)
{
	struct rte_mbuf *pkts[SLOTS];
	uint32_t i = 0;

	(void)state;
	fake_setup_slots(CHUNK + 10, ROOM, SLOTS);
	for (uint32_t k = 0; k < SLOTS; k++) {
		struct fake_rx rx = frame(k, NONE);

		assert_true(fake_receive(&rx));
	}
	while (i < SLOTS) {
		uint16_t n = fake.rx_burst(fake.rxq, pkts, SLOTS);

		assert_true(n > 0 && n <= CHUNK + 10);
		for (uint16_t k = 0; k < n; k++, i++) {
			struct fake_rx rx = frame(i, NONE);

			fake_check_mbuf(pkts[k], &rx, false);
		}
		rte_pktmbuf_free_bulk(pkts, n);
	}
	assert_true(fake_rx_counted(AFPRING_RX_NOMBUF) > 0);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_once_at_every_edge),
		cmocka_unit_test(frames_of_two_mbufs_at_every_edge),
		cmocka_unit_test(pool_that_ends_in_the_second_chunk),
	};

	return cmocka_run_group_tests_name("rx_chunk", tests, fake_eal_init, NULL);
}
