/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The receive burst over a ring in plain memory.
 */
#include "fake_kernel.h"

#include <rte_mbuf_dyn.h>

#define BURST 32
#define NO_CHAIN 2048
#define MAX_LEN (FAKE_MTU + 14)

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

static void
exact_bytes_of_every_size(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	fake_setup(64, NO_CHAIN);
	for (uint32_t len = 14; len <= FAKE_MTU + 18; len++) {
		struct fake_rx rx = {.seed = len, .len = len};

		fake_pool_pattern();
		assert_true(fake_receive(&rx));
		assert_int_equal(poll(), 1);
		fake_check_mbuf(got[0], &rx, false);
		fake_check_margins(got[0]);
		assert_int_equal(got[0]->ol_flags, 0);
		free_all(1);
		bytes += len;
	}
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), FAKE_MTU + 18 - 13);
	assert_int_equal(fake_rx_counted(AFPRING_RX_BYTES), bytes);
	fake_teardown();
}

/* A burst larger than the ring takes each slot once. */
static void
burst_larger_than_the_ring(void **state)
{
	struct rte_mbuf *many[512];
	uint32_t n = 0;

	(void)state;
	fake_setup(512, NO_CHAIN);
	for (int lap = 0; lap < 3; lap++) {
		uint32_t first = n;

		while (fake_receive(&(struct fake_rx){.seed = n, .len = 60 + n}))
			n++;
		assert_int_equal(fake.rx_burst(fake.rxq, many, RTE_DIM(many)), n - first);
		for (uint32_t i = first; i < n; i++)
			fake_check_mbuf(many[i - first],
					&(struct fake_rx){.seed = i, .len = 60 + i}, false);
		rte_pktmbuf_free_bulk(many, n - first);
	}
	fake_teardown();
}

/* Full rings, part rings, more laps than a counter of slots would survive. */
static void
bursts_in_order(void **state)
{
	uint64_t random = 3;
	uint32_t in = 0, out = 0;

	(void)state;
	fake_setup(128, NO_CHAIN);
	while (out < 20000) {
		uint32_t want = unit_random(&random) % 40;
		uint16_t nb;

		for (uint32_t i = 0; i < want; i++) {
			struct fake_rx rx = {.seed = in, .len = 14 + in % 200};

			if (!fake_receive(&rx))
				break;
			in++;
		}
		nb = fake.rx_burst(fake.rxq, got, unit_random(&random) % (BURST + 1));
		for (uint16_t i = 0; i < nb; i++, out++)
			fake_check_mbuf(got[i],
					&(struct fake_rx){.seed = out, .len = 14 + out % 200},
					false);
		free_all(nb);
		assert_true(out <= in);
	}
	while (out < in) {
		uint16_t nb = poll();

		assert_int_not_equal(nb, 0);
		free_all(nb);
		out += nb;
	}
	assert_int_equal(poll(), 0);
	fake_teardown();
}

/* clang-format off */
static const struct {
	uint16_t tpid, tci;
	bool strip, tag_in_frame;
} vlans[] = {
	{0x8100, 0x0000, false, true},
	{0x8100, 0xefff, false, true},
	{0x88a8, 0x0123, false, true},
	{0x8100, 0x0000, true,  false},
	{0x8100, 0x6005, true,  false},
	{0x88a8, 0x0123, true,  true}, /* an mbuf has no place for its TPID */
};
/* clang-format on */

static void
vlan_tag(void **state)
{
	(void)state;
	fake_setup(64, NO_CHAIN);
	for (size_t i = 0; i < RTE_DIM(vlans); i++) {
		for (uint32_t len = 14; len <= MAX_LEN; len += 300) {
			struct fake_rx rx = {.seed = len,
					     .len = len,
					     .tci = vlans[i].tci,
					     .tpid = vlans[i].tpid};
			uint64_t flags = RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;

			fake_pool_pattern();
			fake.rxq->strip = vlans[i].strip;
			assert_true(fake_receive(&rx));
			assert_int_equal(poll(), 1);
			fake_check_mbuf(got[0], &rx, vlans[i].tag_in_frame);
			fake_check_margins(got[0]);
			if (!vlans[i].tag_in_frame) {
				assert_int_equal(got[0]->ol_flags & flags, flags);
				assert_int_equal(got[0]->vlan_tci, vlans[i].tci);
			} else {
				assert_int_equal(got[0]->ol_flags & flags, 0);
			}
			free_all(1);
		}
	}
	fake_teardown();
}

static void
timestamp(void **state)
{
	struct fake_rx rx = {.seed = 1700000000, .len = 60};

	(void)state;
	fake_setup(64, NO_CHAIN);
	assert_int_equal(rte_mbuf_dyn_rx_timestamp_register(&fake.rxq->ts_offset,
							    &fake.rxq->ts_flag),
			 0);
	fake.rx_burst = afpring_rx_burst_select(RTE_ETH_RX_OFFLOAD_TIMESTAMP, true, false);
	assert_true(fake_receive(&rx));
	assert_int_equal(poll(), 1);
	fake_check_mbuf(got[0], &rx, false);
	assert_int_equal(got[0]->ol_flags, fake.rxq->ts_flag);
	assert_int_equal(*RTE_MBUF_DYNFIELD(got[0], fake.rxq->ts_offset, rte_mbuf_timestamp_t *),
			 UINT64_C(1700000000999999999));
	free_all(1);
	fake_teardown();
}

/* Where the device stamps some packets and the kernel the others, the mbufs of one of both kinds have
 * their stamp: those of the clock that the port tells. In a chain too. */
static void
stamps_of_another_clock_are_none(void **state)
{
	(void)state;
	for (int n = 0; n < 16; n++) {
		bool device = (n & 1) != 0, stamped = (n & 2) != 0, chain = (n & 4) != 0;
		struct fake_rx rx = {
			.seed = n,
			.len = chain ? 900 : 60,
			.status = stamped ? TP_STATUS_TS_RAW_HARDWARE : 0,
		};

		fake_setup(64, 256);
		assert_int_equal(rte_mbuf_dyn_rx_timestamp_register(&fake.rxq->ts_offset,
								    &fake.rxq->ts_flag),
				 0);
		fake.rxq->offloads = RTE_ETH_RX_OFFLOAD_TIMESTAMP;
		fake.rxq->scatter = true;
		fake.rxq->device_stamps = device;
		fake.rx_burst = afpring_rx_burst_select(RTE_ETH_RX_OFFLOAD_TIMESTAMP, true, true);
		assert_true(fake_receive(&rx));
		assert_int_equal(poll(), 1);
		assert_int_equal(got[0]->nb_segs > 1, chain);
		assert_int_equal((got[0]->ol_flags & fake.rxq->ts_flag) != 0, device == stamped);
		free_all(1);
		fake_teardown();
	}
}

/* Segments of many sizes, odd ones too, down to the least that the driver takes. */
static void
chains(void **state)
{
	static const uint16_t rooms[] = {64, 65, 101, 127, 512, 1500, 1517};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(rooms); i++) {
		fake_setup(1600, rooms[i]);
		for (uint32_t len = 14; len <= MAX_LEN; len += 37) {
			for (uint32_t tpid = 0; tpid <= 0x8100; tpid += 0x8100) {
				struct fake_rx rx = {.seed = len,
						     .len = len,
						     .tpid = tpid,
						     .tci = 77};

				assert_true(fake_receive(&rx));
				assert_int_equal(poll(), 1);
				fake_check_mbuf(got[0], &rx, tpid != 0);
				free_all(1);
			}
		}
		fake_pool_pattern();
		assert_true(fake_receive(&(struct fake_rx){.seed = 1, .len = MAX_LEN}));
		assert_int_equal(poll(), 1);
		fake_check_margins(got[0]);
		free_all(1);
		fake_teardown();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_bytes_of_every_size),
		cmocka_unit_test(burst_larger_than_the_ring),
		cmocka_unit_test(bursts_in_order),
		cmocka_unit_test(vlan_tag),
		cmocka_unit_test(timestamp),
		cmocka_unit_test(stamps_of_another_clock_are_none),
		cmocka_unit_test(chains),
	};

	return cmocka_run_group_tests_name("rx", tests, fake_eal_init, NULL);
}
