/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * kick=thread: the lcore fills and submits, the queue's thread kicks. Each packet is sent once, or
 * counted once, in order, and both stay out of each other's way (also built with TSan).
 * What the fake kernel says is set while the thread does not run.
 */
#include <unistd.h>

#include "fake_super.h"

#include <errno.h>

#include <rte_cycles.h>

#include "afpring_transmit.h"

#define ROOM 2048
#define LEN 100
#define MANY 20000u

static void
wait_for_thread(void)
{
	uint64_t deadline = afpring_clock_now() + afpring_clock_s(20);

	while (afpring_tx_is_waiting(fake.txq)) {
		assert_true(afpring_clock_now() < deadline);
		rte_delay_us_sleep(10);
	}
}

static void
setup_with_thread(void)
{
	fake_super_setup(256, ROOM);
	fake.tx_burst = afpring_tx_burst_select(true, true);
}

static void
start(void)
{
	assert_int_equal(afpring_tx_thread_start(fake.txq), 0);
}

static void
teardown(void)
{
	afpring_tx_thread_stop(fake.txq);
	assert_false(fake.txq->has_thread);
	fake_teardown();
}

/* All of them, however often the burst takes only a part. */
static void
send_all(uint32_t seed, uint32_t nb, uint16_t burst)
{
	struct rte_mbuf *pkts[32];
	uint16_t taken;

	for (uint32_t i = 0; i < nb; i += taken) {
		uint16_t n = RTE_MIN((uint32_t)burst, nb - i);

		for (uint16_t k = 0; k < n; k++)
			pkts[k] = fake_mbuf(seed + i + k, LEN, 0);
		taken = fake.tx_burst(fake.txq, pkts, n);
		rte_pktmbuf_free_bulk(pkts + taken, n - taken);
	}
}

static void
check_sent(uint32_t nb)
{
	assert_int_equal(fake.nb_sent, nb);
	for (uint32_t i = 0; i < nb; i++)
		fake_check_sent(i, i + 1, LEN);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), nb);
	assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), nb * LEN);
}

/* Hundreds of times round the ring: the lcore may not fill a slot again that the kernel
 * has emptied and the thread not yet counted. */
static void
each_once_in_order(void **state)
{
	(void)state;
	setup_with_thread();
	start();
	for (uint16_t burst = 1; burst <= 32; burst *= 2)
		send_all(fake.txq->filled + 1, MANY / 6, burst);
	wait_for_thread();
	check_sent(fake.txq->filled);
	teardown();
}

static void
the_thread_makes_the_calls(void **state)
{
	(void)state;
	setup_with_thread();
	send_all(1, 3, 3); /* no thread yet: nobody sends, or lets another sendto() do it */
	assert_int_equal(fake.sendtos, 0);
	assert_false(afpring_tx_slot_is_waiting(fake.tx_ring));
	start();
	wait_for_thread();
	check_sent(3);
	assert_false(pthread_equal(fake.sender, pthread_self()));
	teardown();
}

static void
wait_for_sleep(void)
{
	uint64_t deadline = afpring_clock_now() + afpring_clock_s(20);

	while (rte_atomic_load_explicit(&fake.txq->thread_state, rte_memory_order_seq_cst) !=
	       AFPRING_THREAD_ASLEEP)
		assert_true(afpring_clock_now() < deadline);
}

static void
a_sleeping_thread_is_woken(void **state)
{
	(void)state;
	setup_with_thread();
	start();
	for (uint32_t i = 0; i < 50; i++) {
		wait_for_sleep();
		if (i % 2 != 0)
			usleep(100); /* announced is not yet asleep */
		send_all(i + 1, 1, 1);
		wait_for_thread();
	}
	check_sent(50);
	teardown();
}

/* Also one that has the ring full of cancelled frames. */
static void
a_dead_interface_is_left_alone(void **state)
{
	uint32_t slots, kicks;

	(void)state;
	setup_with_thread();
	slots = fake.tx_geo.frame_nr;
	fake.down = ENETDOWN;
	start();
	send_all(1, slots, 4);
	wait_for_sleep();
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), slots);
	kicks = fake.sendtos;
	usleep(5000);
	assert_int_equal(fake.sendtos, kicks);
	fake.down = 0;
	afpring_tx_thread_rouse(fake.txq);
	wait_for_thread(); /* and the lcore finds room before it sends */
	send_all(1, slots, 4);
	wait_for_thread();
	check_sent(slots);
	teardown();
}

/* No place in the socket buffer: what waits at stop is cancelled, and counted. */
static void
stop_leaves_nothing(void **state)
{
	(void)state;
	setup_with_thread();
	fake.budget = 5;
	start();
	send_all(1, 12, 4);
	while (fake.txq->filled - afpring_tx_reaped(fake.txq) > 7)
		rte_delay_us_sleep(10);
	afpring_tx_thread_stop(fake.txq);
	afpring_tx_drain(fake.txq, 0);
	check_sent(5);
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 7);
	assert_true(fake_tx_counted(AFPRING_TX_AGAIN) > 0);
	teardown();
}

/* A frame that nobody takes holds up those behind it as long as patience lasts. */
static void
refused_frames_go(void **state)
{
	(void)state;
	setup_with_thread();
	fake.txq->patience = fake.txq->patience_max = 1;
	fake.refuse = ENOBUFS;
	fake.refuse_if = 3;
	start();
	send_all(1, 8, 8);
	wait_for_thread();
	afpring_tx_thread_stop(fake.txq);
	assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 1);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 7);
	assert_int_equal(fake.nb_sent, 7);
	fake_check_sent(2, 4, LEN);
	teardown();
}

/* Frames, two segments that make a superframe, frames, in one burst and over again:
 * one order on the wire. */
static void
superframes_keep_their_place(void **state)
{
	const struct packet super = {.ttl = 9, .flags = ACK, .payload = 2000};
	const struct packet segs[] = {packet_segment(&super, 1000, 0),
				      packet_segment(&super, 1000, 1)};
	uint32_t n = 0;

	(void)state;
	setup_with_thread();
	start();
	for (uint32_t round = 0; round < 300; round++) {
		struct rte_mbuf *pkts[8];
		uint16_t taken = 0;

		for (uint32_t i = 0; i < 8; i++)
			pkts[i] = fake_mbuf(round * 8 + i, LEN, 0);
		for (uint32_t i = 0; i < 2; i++) {
			rte_pktmbuf_free(pkts[3 + i]);
			pkts[3 + i] = fake_mbuf_packet(&segs[i], 0);
			pkts[3 + i]->ol_flags =
				RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		}
		while (taken < 8)
			taken += fake.tx_burst(fake.txq, pkts + taken, 8 - taken);
	}
	wait_for_thread();
	assert_int_equal(fake.nb_sent, 300 * 8);
	for (uint32_t round = 0; round < 300; round++)
		for (uint32_t i = 0; i < 8; i++, n++)
			if (i != 3 && i != 4)
				fake_check_sent(n, round * 8 + i, LEN);
			else
				fake_check_wire_packet(n, &segs[i - 3]);
	assert_int_equal(fake_tx_counted(AFPRING_TX_JOINED), 300 * 2);
	teardown();
}

/* The lcore makes the call itself for what a superframe must not overtake, unless the
 * thread is in the middle of one; then it goes away soon. */
static void
frames_in_front_of_a_superframe(void **state)
{
	const struct packet super = {.ttl = 9, .flags = ACK, .payload = 2000};

	(void)state;
	for (uint32_t busy = 0; busy < 2; busy++) {
		struct rte_mbuf *pkts[3];

		setup_with_thread();
		fake.txq->has_thread = true; /* one that never gets the processor */
		fake.txq->kicking = busy;
		pkts[0] = fake_mbuf(1, LEN, 0);
		for (uint32_t i = 0; i < 2; i++) {
			struct packet seg = packet_segment(&super, 1000, i);

			pkts[1 + i] = fake_mbuf_packet(&seg, 0);
			pkts[1 + i]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		}
		assert_int_equal(fake.tx_burst(fake.txq, pkts, 3), busy ? 1 : 3);
		assert_int_equal(fake.nb_sent, busy ? 0 : 3);
		if (busy)
			rte_pktmbuf_free_bulk(pkts + 1, 2);
		fake.txq->has_thread = false;
		teardown();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_once_in_order),
		cmocka_unit_test(the_thread_makes_the_calls),
		cmocka_unit_test(a_sleeping_thread_is_woken),
		cmocka_unit_test(a_dead_interface_is_left_alone),
		cmocka_unit_test(stop_leaves_nothing),
		cmocka_unit_test(refused_frames_go),
		cmocka_unit_test(superframes_keep_their_place),
		cmocka_unit_test(frames_in_front_of_a_superframe),
	};

	return cmocka_run_group_tests(tests, fake_eal_init, NULL);
}
