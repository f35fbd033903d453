/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The receive burst when a frame cannot be delivered as it is: too large, cut, no
 * mbufs, checksum unfinished. Dropped ones are counted, the others not lost.
 */
#include "fake_kernel.h"

#define BURST 32
#define NO_CHAIN 2048

static struct rte_mbuf *got[BURST];

static uint16_t
poll(void)
{
	return fake.rx_burst(fake.rxq, got, BURST);
}

static void
free_all(uint16_t nb)
{
	rte_pktmbuf_free_bulk(got, nb);
}

/* The tag is put in before the frame is measured: 4 bytes decide. */
static void
frames_larger_than_an_mbuf_are_counted(void **state)
{
	struct fake_rx rx[] = {
		{.seed = 1, .len = 500},
		{.seed = 2, .len = 501},
		{.seed = 3, .len = 497, .tpid = 0x8100, .tci = 1},
		{.seed = 4, .len = 496, .tpid = 0x8100, .tci = 1},
	};

	(void)state;
	fake_setup(64, 500);
	fake.rxq->scatter = false;
	for (size_t i = 0; i < RTE_DIM(rx); i++)
		assert_true(fake_receive(&rx[i]));
	assert_int_equal(poll(), 2);
	fake_check_mbuf(got[0], &rx[0], false);
	fake_check_mbuf(got[1], &rx[3], true);
	assert_int_equal(fake_rx_counted(AFPRING_RX_OVERSIZE), 2);
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), 2);
	free_all(2);
	fake_teardown();
}

static void
cut_frames_are_counted_never_delivered(void **state)
{
	(void)state;
	fake_setup(64, NO_CHAIN);
	for (uint32_t i = 0; i < 200; i++) {
		struct fake_rx rx = {.seed = i, .len = 1000, .cut = i % 3};

		assert_true(fake_receive(&rx));
		assert_int_equal(poll(), i % 3 == 0);
		if (i % 3 == 0) {
			fake_check_mbuf(got[0], &rx, false);
			free_all(1);
		}
	}
	assert_int_equal(fake_rx_counted(AFPRING_RX_TRUNCATED), 133);
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), 67);
	fake_teardown();
}

/* With PACKET_COPY_THRESH the kernel queues what it cut: whole frames, in order. */
static void
queued_frames_come_whole_and_in_order(void **state)
{
	uint32_t out = 0;

	(void)state;
	fake_setup(256, 700);
	for (uint32_t n = 0; n < fake.rx_geo.frame_nr; n++)
		assert_true(fake_receive(&(struct fake_rx){.seed = n,
							   .len = 1000 + n,
							   .cut = n % 3 ? 0 : 4000 + n,
							   .queued = n % 3 == 0}));
	while (out < fake.rx_geo.frame_nr) {
		uint16_t nb = fake.rx_burst(fake.rxq, got, 5);

		assert_int_not_equal(nb, 0);
		for (uint16_t i = 0; i < nb; i++, out++) {
			struct fake_rx whole = {.seed = out,
						.len = 1000 + out + (out % 3 ? 0 : 4000 + out)};

			fake_check_mbuf(got[i], &whole, false);
		}
		free_all(nb);
	}
	assert_int_equal(fake.queue_in, fake.queue_out);
	fake_teardown();
}

/* A packet that does not fit the mbufs is taken off the socket nevertheless. */
static void
queued_frame_that_is_dropped_keeps_step(void **state)
{
	struct fake_rx large = {.seed = 1, .len = 1000, .cut = 4000, .queued = true};
	struct fake_rx second = {.seed = 2, .len = 1000, .cut = 900, .queued = true};
	struct fake_rx whole = {.seed = 2, .len = 1900};

	(void)state;
	fake_setup(64, NO_CHAIN);
	fake.rxq->scatter = false;
	assert_true(fake_receive(&large));
	assert_true(fake_receive(&second));
	assert_int_equal(poll(), 1);
	fake_check_mbuf(got[0], &whole, false);
	free_all(1);
	assert_int_equal(fake_rx_counted(AFPRING_RX_OVERSIZE), 1);
	fake_teardown();
}

/* Messages that no slot is for: all of them go, then slots and messages are in step. */
static void
strays_cost_one_frame(void **state)
{
	struct fake_rx stray = {.seed = 1, .len = 1000, .cut = 900};
	struct fake_rx queued = {.seed = 2, .len = 1000, .cut = 900, .queued = true};
	struct fake_rx whole = {.seed = 2, .len = 1900};

	(void)state;
	fake_setup(64, NO_CHAIN);
	for (int i = 0; i < 5; i++)
		fake.queue[fake.queue_in++] = stray;
	assert_true(fake_receive(&queued));
	assert_int_equal(poll(), 0);
	assert_int_equal(fake_rx_counted(AFPRING_RX_TRUNCATED), 1);
	assert_true(fake_receive(&queued));
	assert_int_equal(poll(), 1);
	fake_check_mbuf(got[0], &whole, false);
	free_all(1);
	fake_teardown();
}

/* Without mbufs the frames wait in their slots; nothing is lost, nothing doubled. */
static void
no_mbufs(void **state)
{
	struct rte_mbuf *held[64];
	uint32_t n = 0;

	(void)state;
	fake_setup(64, NO_CHAIN);
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 64), 0);
	while (fake_receive(&(struct fake_rx){.seed = n, .len = 60 + n}))
		n++;
	assert_int_equal(n, fake.rx_geo.frame_nr);
	for (int i = 0; i < 5; i++)
		assert_int_equal(poll(), 0);
	assert_true(fake_rx_counted(AFPRING_RX_NOMBUF) >= 5);

	/* one, then two, then all that is missing */
	for (uint32_t out = 0, spare = 0; out < n; spare++) {
		uint16_t nb;

		rte_pktmbuf_free_bulk(held + RTE_MIN(spare, 63u), spare < 64);
		nb = poll();
		assert_int_not_equal(nb, 0);
		for (uint16_t i = 0; i < nb; i++, out++)
			fake_check_mbuf(got[i], &(struct fake_rx){.seed = out, .len = 60 + out},
					false);
		free_all(nb);
		if (out == n)
			rte_pktmbuf_free_bulk(held + spare + 1, 64 - spare - 1);
	}
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), n);
	fake_teardown();
}

/* A chain that finds the pool empty half way: back to the slot, and not lost. */
static void
no_mbufs_for_a_chain(void **state)
{
	struct fake_rx rx = {.seed = 9, .len = 1000};
	struct rte_mbuf *held[64];

	(void)state;
	fake_setup(64, 100);
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 64), 0);
	assert_true(fake_receive(&rx));
	for (unsigned int spare = 1; spare < 10; spare++) {
		rte_pktmbuf_free(held[64 - spare]);
		assert_int_equal(poll(), 0);
		assert_int_equal(rte_mempool_avail_count(fake.pool), spare);
		assert_int_equal(fake_rx_counted(AFPRING_RX_NOMBUF), spare);
	}
	rte_pktmbuf_free(held[54]);
	assert_int_equal(poll(), 1);
	fake_check_mbuf(got[0], &rx, false);
	free_all(1);
	rte_pktmbuf_free_bulk(held, 54);
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), 1);
	fake_teardown();
}

/* The pseudo-header's sum is in the field; the tag moves everything by four. */
static void
unfinished_checksums(void **state)
{
	(void)state;
	for (uint16_t room = 101; room <= 2048; room += 1947) {
		fake_setup(64, room);
		for (uint32_t tpid = 0; tpid <= 0x8100; tpid += 0x8100) {
			struct fake_rx rx = {.seed = 5,
					     .len = 1001,
					     .tpid = tpid,
					     .csum_start = 34,
					     .csum_offset = 6};
			uint32_t sum = 0, start = 34 + (tpid != 0 ? 4 : 0), at = 0;

			assert_true(fake_receive(&rx));
			assert_int_equal(poll(), 1);
			for (struct rte_mbuf *s = got[0]; s != NULL; s = s->next)
				for (uint32_t i = 0; i < s->data_len; i++, at++)
					if (at >= start)
						sum += (at - start) % 2 ?
							       *rte_pktmbuf_mtod_offset(s,
											uint8_t *,
											i) :
							       *rte_pktmbuf_mtod_offset(s,
											uint8_t *,
											i)
								       << 8;
			/* the field took the rest's sum in, so what is left is its own */
			while (sum >> 16)
				sum = (sum & 0xffff) + (sum >> 16);
			assert_int_equal((uint16_t)~sum,
					 unit_pattern(5, 40) << 8 | unit_pattern(5, 41));
			free_all(1);
		}
		assert_int_equal(fake_rx_counted(AFPRING_RX_CKSUM_DONE), 2);
		fake_teardown();
	}
}

static void
checksum_outside_the_frame(void **state)
{
	struct fake_rx bad = {.seed = 1, .len = 60, .csum_start = 59, .csum_offset = 6};
	struct fake_rx good = {.seed = 2, .len = 60};

	(void)state;
	fake_setup(64, NO_CHAIN);
	assert_true(fake_receive(&bad));
	assert_true(fake_receive(&good));
	assert_int_equal(poll(), 1);
	fake_check_mbuf(got[0], &good, false);
	assert_int_equal(fake_rx_counted(AFPRING_RX_BAD_CKSUM_REQ), 1);
	free_all(1);
	fake_teardown();
}

/* What a dropped frame left in an mbuf does not reach the next frame. */
static void
dropped_frame_leaves_no_flags(void **state)
{
	struct fake_rx bad = {.seed = 1,
			      .len = 60,
			      .tpid = 0x8100,
			      .tci = 9,
			      .csum_start = 59,
			      .csum_offset = 6};
	struct fake_rx good = {.seed = 2, .len = 60};

	(void)state;
	fake_setup(64, NO_CHAIN);
	fake.rxq->strip = true;
	assert_true(fake_receive(&bad));
	assert_true(fake_receive(&good));
	assert_int_equal(poll(), 1);
	assert_int_equal(got[0]->ol_flags, 0);
	fake_check_mbuf(got[0], &good, false);
	free_all(1);
	fake_teardown();
}

static void
flush_counts_and_empties(void **state)
{
	(void)state;
	fake_setup(64, NO_CHAIN);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(fake_receive(&(struct fake_rx){.seed = i, .len = 60}));
	afpring_rx_flush(fake.rxq);
	assert_int_equal(fake_rx_counted(AFPRING_RX_FLUSHED), 10);
	assert_int_equal(poll(), 0);
	assert_true(fake_receive(&(struct fake_rx){.seed = 11, .len = 60}));
	assert_int_equal(poll(), 1);
	free_all(1);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_larger_than_an_mbuf_are_counted),
		cmocka_unit_test(cut_frames_are_counted_never_delivered),
		cmocka_unit_test(queued_frames_come_whole_and_in_order),
		cmocka_unit_test(queued_frame_that_is_dropped_keeps_step),
		cmocka_unit_test(strays_cost_one_frame),
		cmocka_unit_test(no_mbufs),
		cmocka_unit_test(no_mbufs_for_a_chain),
		cmocka_unit_test(unfinished_checksums),
		cmocka_unit_test(checksum_outside_the_frame),
		cmocka_unit_test(dropped_frame_leaves_no_flags),
		cmocka_unit_test(flush_counts_and_empties),
	};

	return cmocka_run_group_tests_name("rx_drops", tests, fake_eal_init, NULL);
}
