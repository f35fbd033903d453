/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The transmit burst and a kernel that says no: every packet is sent once, or
 * counted once, in order, and no answer stops the queue for good.
 */
#include "fake_kernel.h"

#include <errno.h>

#include <rte_cycles.h>

#define ROOM 2048
#define LEN 100

static uint16_t
send_many(uint32_t seed, uint16_t nb)
{
	struct rte_mbuf *pkts[64];
	uint16_t taken;

	for (uint16_t i = 0; i < nb; i++)
		pkts[i] = fake_mbuf(seed + i, LEN, 0);
	taken = fake.tx_burst(fake.txq, pkts, nb);
	rte_pktmbuf_free_bulk(pkts + taken, nb - taken); /* still the caller's */
	return taken;
}

static uint16_t
poke(void)
{
	return fake.tx_burst(fake.txq, NULL, 0);
}

static void
nothing_pending_no_call(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	poke();
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 0);
	assert_int_equal(fake.sendtos, 0);
	assert_int_equal(send_many(1, 8), 8);
	assert_int_equal(fake.sendtos, 1);
	poke();
	assert_int_equal(fake.sendtos, 1);
	assert_int_equal(fake_tx_counted(AFPRING_TX_KICKS), 1);
	fake_teardown();
}

/* A ring that the kernel does not empty: what fits, then nothing, then the rest. */
static void
full_ring(void **state)
{
	uint32_t slots;

	(void)state;
	fake_setup(128, ROOM);
	slots = fake.tx_geo.frame_nr;
	fake.budget = 0;
	assert_int_equal(send_many(1, slots - 3), slots - 3);
	assert_int_equal(send_many(slots - 2, 8), 3);
	assert_int_equal(send_many(999, 8), 0);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 0);
	assert_true(fake_tx_counted(AFPRING_TX_AGAIN) >= 3);

	fake.budget = 5;
	poke();
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 5);
	assert_int_equal(send_many(slots + 1, 8), 5);
	fake.budget = UINT32_MAX;
	poke();
	assert_int_equal(fake.nb_sent, slots + 5);
	for (uint32_t i = 0; i < fake.nb_sent; i++)
		fake_check_sent(i, i + 1, LEN);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), slots + 5);
	assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), (slots + 5) * LEN);
	fake_teardown();
}

/* The slots tell what was taken, whatever the call returned. */
static void
count_by_slots(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	fake.refuse = ENOBUFS;
	fake.refuse_if = 6;
	assert_int_equal(send_many(1, 8), 8);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 5);
	assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), 5 * LEN);
	fake.refuse = 0;
	poke();
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 8);
	assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 0);
	fake_teardown();
}

/* Slots that come back with time stamp bits (veth does that) are empty ones; slots
 * whose skb is still alive are sent, but not yet free. */
static void
stamped_and_sending(void **state)
{
	uint32_t slots;

	(void)state;
	fake_setup(128, ROOM);
	slots = fake.tx_geo.frame_nr;
	fake.done = TP_STATUS_TS_SOFTWARE | TP_STATUS_TS_RAW_HARDWARE;
	for (uint32_t i = 0; i < 3 * slots; i++)
		assert_int_equal(send_many(i, 1), 1);
	fake.done = TP_STATUS_SENDING;
	for (uint32_t i = 0; i < slots; i++)
		assert_int_equal(send_many(i, 1), 1);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 4 * slots);
	assert_int_equal(send_many(0, 1), 0);
	fake_teardown();
}

/* The refusal of now began that long ago. No test waits for the clock: it would go on
 * while another program has the processor. */
static void
patience_passes(void)
{
	fake.txq->refused_since -= fake.txq->patience + 1;
}

/* One frame that the device never takes: it goes, what is behind it is sent. */
static void
refused_frame(void **state)
{
	static const int answers[] = {ENOBUFS, ENOMEM, EINVAL, EMSGSIZE, EPERM};

	(void)state;
	for (size_t a = 0; a < RTE_DIM(answers); a++) {
		fake_setup(64, ROOM);
		fake.refuse = answers[a];
		fake.refuse_if = 3;
		assert_int_equal(send_many(1, 6), 6);
		assert_int_equal(fake.nb_sent, 2);
		poke();
		assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 0); /* patience */
		patience_passes();
		poke();
		poke();
		assert_int_equal(fake.nb_sent, 5);
		fake_check_sent(2, 4, LEN);
		assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 1);
		assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 5);
		assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), 5 * LEN);
		assert_true(fake_tx_counted(AFPRING_TX_PUSHBACK) >= 2);
		fake_teardown();
	}
}

/* All refused for long: a bounded number of calls a packet, none lost uncounted. */
static void
refused_all(void **state)
{
	uint32_t tries = 0;

	(void)state;
	fake_setup(64, ROOM);
	fake.refuse = ENOBUFS;
	assert_int_equal(send_many(1, 20), 20);
	patience_passes();
	while (fake_tx_counted(AFPRING_TX_REFUSED) < 20 && tries++ < 1000)
		poke();
	assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 20);
	assert_int_equal(fake.nb_sent, 0);
	/* the device is well again, and the next refusal gets its patience anew */
	fake.refuse = 0;
	assert_int_equal(send_many(50, 2), 2);
	assert_int_equal(fake.nb_sent, 2);
	assert_true(fake.txq->patience < fake.txq->patience_max);
	fake.txq->patience = fake.txq->patience_max;
	fake.refuse = ENOBUFS;
	assert_int_equal(send_many(60, 1), 1);
	poke();
	assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 20);
	fake.refuse = 0;
	poke();
	assert_int_equal(fake.nb_sent, 3);
	fake_teardown();
}

/* Interface down or gone: what waits is of no use later; it is counted and never sent. */
static void
interface_down(void **state)
{
	static const int answers[] = {ENETDOWN, ENXIO, ENODEV};
	struct rte_mbuf *got[4];
	uint32_t slots;

	(void)state;
	for (size_t a = 0; a < RTE_DIM(answers); a++) {
		fake_setup(128, ROOM);
		slots = fake.tx_geo.frame_nr;
		fake.down = answers[a];
		for (uint32_t i = 0; i < slots; i++)
			assert_int_equal(send_many(1, 1), 1);
		for (uint32_t i = 0; i < slots; i++) /* and is not left in the ring */
			assert_int_equal(send_many(1, 1), 1);
		assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 2 * slots);
		fake.sendtos = 0;
		poke();
		assert_int_equal(fake.rx_burst(fake.rxq, got, RTE_DIM(got)), 0);
		assert_int_equal(fake.sendtos, 0);
		fake.down = 0;
		assert_int_equal(send_many(77, 3), 3);
		assert_int_equal(fake.nb_sent, 3);
		fake_check_sent(0, 77, LEN);
		assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 3);
		assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 2 * slots);
		fake_teardown();
	}
}

static void
who_kicks_again(void **state)
{
	struct rte_mbuf *got[4];

	(void)state;
	fake_setup(64, ROOM);
	fake.budget = 0;
	assert_int_equal(send_many(1, 4), 4);
	fake.budget = 1;
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 0);
	assert_int_equal(fake.nb_sent, 1);
	fake.budget = 1;
	assert_int_equal(fake.rx_burst(fake.rxq, got, 4), 0); /* same lcore */
	assert_int_equal(fake.nb_sent, 2);
	fake.budget = 1;
	poke();
	assert_int_equal(fake.nb_sent, 3);
	/* while another lcore is at it, nobody else touches the queue */
	assert_true(afpring_tx_own(fake.txq));
	fake.budget = 1;
	assert_int_equal(fake.rx_burst(fake.rxq, got, 4), 0);
	assert_int_equal(send_many(9, 1), 0);
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 0);
	assert_int_equal(fake.nb_sent, 3);
	afpring_tx_disown(fake.txq);
	poke();
	assert_int_equal(fake.nb_sent, 4);
	/* nothing left: the receive burst makes no call */
	fake.sendtos = 0;
	assert_int_equal(fake.rx_burst(fake.rxq, got, 4), 0);
	assert_int_equal(fake.sendtos, 0);
	fake_teardown();
}

static void
drain_at_stop(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	fake.budget = 2;
	assert_int_equal(send_many(1, 6), 6);
	afpring_tx_drain(fake.txq, afpring_clock_now() + afpring_clock_ms(10));
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 2);
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 4);
	fake_teardown();

	fake_setup(64, ROOM);
	fake.budget = 2;
	assert_int_equal(send_many(1, 6), 6);
	fake.budget = UINT32_MAX;
	afpring_tx_drain(fake.txq, 0); /* no time, but what can go goes */
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 6);
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 0);
	fake_teardown();
}

/* Answers at random: each packet sent or counted, once, in the order given. */
static void
every_packet_has_one_fate(void **state)
{
	static const int downs[] = {0, 0, 0, 0, 0, 0, 0, ENETDOWN};
	static const int refusals[] = {0, 0, 0, 0, 0, 0, ENOBUFS, ENOMEM};
	uint64_t random = 11, given = 0, accounted;
	uint32_t last = 0;

	(void)state;
	fake_setup(64, ROOM);
	fake.txq->patience = 1;
	fake.txq->patience_max = 1;
	for (int i = 0; i < 20000; i++) {
		fake.budget = unit_random(&random) % 12;
		fake.refuse = refusals[unit_random(&random) % RTE_DIM(refusals)];
		fake.down = downs[unit_random(&random) % RTE_DIM(downs)];
		given += send_many(given + 1, unit_random(&random) % 5);
	}
	fake.budget = UINT32_MAX;
	fake.refuse = 0;
	fake.down = 0;
	poke();
	accounted = fake_tx_counted(AFPRING_TX_PACKETS) + fake_tx_counted(AFPRING_TX_REFUSED) +
		    fake_tx_counted(AFPRING_TX_CANCELLED);
	assert_int_equal(accounted, given);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), fake.nb_sent);
	assert_true(fake_tx_counted(AFPRING_TX_REFUSED) > 0 &&
		    fake_tx_counted(AFPRING_TX_CANCELLED) > 0);
	for (uint32_t i = 0; i < fake.nb_sent; i++) {
		uint32_t seed;

		memcpy(&seed, fake.sent[i].bytes, sizeof(seed));
		assert_true(seed > last);
		fake_check_sent(i, seed, LEN);
		last = seed;
	}
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_pending_no_call),
		cmocka_unit_test(full_ring),
		cmocka_unit_test(count_by_slots),
		cmocka_unit_test(stamped_and_sending),
		cmocka_unit_test(refused_frame),
		cmocka_unit_test(refused_all),
		cmocka_unit_test(interface_down),
		cmocka_unit_test(who_kicks_again),
		cmocka_unit_test(drain_at_stop),
		cmocka_unit_test(every_packet_has_one_fate),
	};

	return cmocka_run_group_tests_name("tx_kernel", tests, fake_eal_init, NULL);
}
