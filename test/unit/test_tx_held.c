/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Runs that wait for the next burst: one message of them, nothing before its turn,
 * nothing kept for ever.
 */
#include <errno.h>

#include <rte_cycles.h>

#include "afpring_transmit.h"
#include "fake_super.h"

#define ROOM 2048
#define SEGS 45
#define SIZE 1000
#define MARKED (RTE_MBUF_F_RX_L4_CKSUM_GOOD | FAKE_MORE)

static const struct packet super = {.ttl = 9, .flags = ACK, .payload = SEGS * SIZE};

/* Segments of the superframe, as the receive burst hands them out. */
static void
make_segments(struct rte_mbuf **pkts, uint16_t first, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++) {
		struct packet p = packet_segment(&super, SIZE, first + i);

		pkts[i] = fake_mbuf_packet(&p, 0);
		pkts[i]->ol_flags = first + i + 1 < SEGS ? MARKED : RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	}
}

static void
check_segments(uint32_t sent, uint16_t first, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++) {
		struct packet p = packet_segment(&super, SIZE, first + i);

		fake_check_wire_packet(sent + i, &p);
	}
}

/* The first segments have been handed in and wait. */
static void
setup_held(uint16_t nb)
{
	struct rte_mbuf *pkts[SEGS];

	fake_super_setup(128, ROOM);
	make_segments(pkts, 0, nb);
	assert_int_equal(fake_join_burst(pkts, nb), nb);
	assert_int_equal(fake.nb_sent, 0);
	assert_int_equal(fake.txq->nb_held, nb);
	assert_true(fake.rxq->deferred.due > AFPRING_DEFERRED_NOW);
}

static void
check_idle(void)
{
	assert_int_equal(fake.txq->nb_held, 0);
	assert_int_equal(fake.rxq->deferred.due, 0);
}

static void
one_message_for_bursts_of_any_size(void **state)
{
	(void)state;
	for (uint16_t size = 2; size <= SEGS; size++) {
		struct rte_mbuf *pkts[SEGS];

		fake_super_setup(128, ROOM);
		make_segments(pkts, 0, SEGS);
		for (uint16_t i = 0; i < SEGS; i += size) {
			uint16_t nb = RTE_MIN(size, SEGS - i);

			assert_int_equal(fake_join_burst(pkts + i, nb), nb);
		}
		CHECK(fake_super.messages == 1, "bursts of %u: %u messages\n", size,
		      fake_super.messages);
		assert_int_equal(fake.nb_sent, SEGS);
		check_segments(0, 0, SEGS);
		assert_int_equal(fake_tx_counted(AFPRING_TX_JOINED), SEGS);
		check_idle();
		fake_teardown();
	}
}

/* What does not continue the run comes behind it. */
static void
another_packet_comes_behind(void **state)
{
	struct rte_mbuf *other;

	(void)state;
	setup_held(20);
	other = fake_mbuf(77, 200, 0);
	assert_int_equal(fake_join_burst(&other, 1), 1);
	assert_int_equal(fake.nb_sent, 21);
	check_segments(0, 0, 20);
	fake_check_sent(20, 77, 200);
	check_idle();
	fake_teardown();
}

static void
an_empty_burst_sends(void **state)
{
	(void)state;
	setup_held(20);
	assert_int_equal(fake_join_burst(NULL, 0), 0);
	assert_int_equal(fake.nb_sent, 20);
	check_idle();
	fake_teardown();
}

/* A run as long as the queue can hold does not wait for what it cannot take. */
static void
no_more_than_there_is_place_for(void **state)
{
	struct packet p = {.ttl = 9, .flags = ACK, .payload = 200};
	struct rte_mbuf *m[2];

	(void)state;
	fake_super_setup(2 * AFPRING_HELD_MBUFS, ROOM);
	for (uint16_t i = 0; i < AFPRING_HELD_MBUFS; i += 2) {
		for (uint16_t k = 0; k < 2; k++) {
			m[k] = fake_mbuf_packet(&p, 0);
			m[k]->ol_flags = MARKED;
			p.seq += p.payload;
			p.at += p.payload;
			p.id++;
		}
		assert_int_equal(fake_join_burst(m, 2), 2);
	}
	assert_int_equal(fake.nb_sent, AFPRING_HELD_MBUFS);
	assert_int_equal(fake_super.messages, 1);
	check_idle();
	fake_teardown();
}

/* The kernel does not want it now: it stays first, and nothing goes past it. */
static void
socket_buffer_full(void **state)
{
	struct rte_mbuf *pkts[SEGS];

	(void)state;
	setup_held(20);
	make_segments(pkts, 20, SEGS - 20);
	fake_super.budget = 0;
	assert_int_equal(fake_join_burst(pkts, 5), 5); /* they still wait */
	assert_int_equal(fake_join_burst(NULL, 0), 0);
	assert_int_equal(fake.txq->nb_held, 25);
	assert_int_equal(fake_join_burst(pkts + 5, 5), 0);
	assert_int_equal(fake.txq->nb_held, 25);
	assert_int_equal(fake.nb_sent, 0);
	assert_true(fake_tx_counted(AFPRING_TX_AGAIN) != 0);
	fake_super.budget = UINT32_MAX;
	assert_int_equal(fake_join_burst(pkts + 5, SEGS - 25), SEGS - 25);
	assert_int_equal(fake.nb_sent, SEGS);
	check_segments(0, 0, SEGS);
	check_idle();
	fake_teardown();
}

static void
refused_for_good(void **state)
{
	struct rte_mbuf *other;

	(void)state;
	setup_held(20);
	other = fake_mbuf(78, 200, 0);
	fake_super.refuse = ENETDOWN;
	assert_int_equal(fake_join_burst(&other, 1), 1);
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 20);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 1);
	fake_check_sent(0, 78, 200);
	check_idle();
	fake_teardown();
}

static void
poll_rx(void)
{
	struct rte_mbuf *pkts[4];

	assert_int_equal(fake.rx_burst(fake.rxq, pkts, 4), 0);
}

/* Receive bursts leave it to the sender for a while, and no longer. They only send: the
 * application's next transmit frees. */
static void
a_receive_burst_sends_what_is_due(void **state)
{
	uint64_t second = afpring_clock_s(1);

	(void)state;
	setup_held(20);
	fake.rxq->deferred.due = afpring_clock_now() + 10 * second;
	poll_rx();
	assert_int_equal(fake.nb_sent, 0);

	fake.rxq->deferred.due = afpring_clock_now() - second;
	poll_rx();
	assert_int_equal(fake.nb_sent, 20);
	check_segments(0, 0, 20);
	assert_int_equal(fake.txq->nb_held, 20);
	assert_int_equal(fake.rxq->deferred.due, 0);
	poll_rx();
	assert_int_equal(fake.nb_sent, 20);
	assert_int_equal(fake_join_burst(NULL, 0), 0);
	assert_int_equal(fake.nb_sent, 20);
	check_idle();
	fake_teardown();
}

/* The rest comes when somebody else has sent the beginning. */
static void
the_rest_comes_late(void **state)
{
	struct rte_mbuf *pkts[SEGS];

	(void)state;
	setup_held(20);
	fake.rxq->deferred.due = AFPRING_DEFERRED_NOW;
	poll_rx();
	make_segments(pkts, 20, SEGS - 20);
	assert_int_equal(fake_join_burst(pkts, SEGS - 20), SEGS - 20);
	assert_int_equal(fake.nb_sent, SEGS);
	check_segments(0, 0, SEGS);
	check_idle();
	fake_teardown();
}

/* While a sender is at the queue, others go away; who is not the sender waits longer. */
static void
others_keep_out_of_the_way(void **state)
{
	uint64_t grace = afpring_clock_us(AFPRING_TX_FOREIGN_US);
	uint64_t due;
	bool help;

	(void)state;
	setup_held(20);
	fake.rxq->deferred.due = AFPRING_DEFERRED_NOW;
	assert_true(afpring_tx_own(fake.txq));
	poll_rx();
	assert_int_equal(fake.nb_sent, 0);
	afpring_tx_disown(fake.txq);

	do { /* until the clock stands still enough to tell */
		due = afpring_clock_now() - grace / 2;
		fake.rxq->deferred.due = due;
		fake.txq->due_lcore = rte_lcore_id();
		assert_true(afpring_tx_is_due(fake.txq));
		fake.txq->due_lcore = rte_lcore_id() + 1;
		help = afpring_tx_is_due(fake.txq);
	} while (afpring_clock_now() >= due + grace);
	assert_false(help);
	fake.rxq->deferred.due = afpring_clock_now() - 2 * grace;
	assert_true(afpring_tx_is_due(fake.txq));
	afpring_tx_done_cleanup(fake.txq, 0);
	assert_int_equal(fake.nb_sent, 20);
	check_idle();
	fake_teardown();
}

static void
cleanup_says_how_many_packets_it_freed(void **state)
{
	(void)state;
	setup_held(20);
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 19), 0);
	assert_int_equal(fake.nb_sent, 0);
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 20), 20);
	assert_int_equal(fake.nb_sent, 20);
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 0);
	check_idle();
	fake_teardown();

	setup_held(20);
	fake_super.budget = 0;
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 0);
	fake_super.budget = 1;
	assert_int_equal(afpring_tx_done_cleanup(fake.txq, 0), 20);
	fake_teardown();
}

static void
stop_sends_or_counts(void **state)
{
	(void)state;
	setup_held(20);
	afpring_tx_drain(fake.txq, 0);
	assert_int_equal(fake.nb_sent, 20);
	check_idle();
	fake_teardown();

	setup_held(20);
	fake_super.budget = 0;
	afpring_tx_drain(fake.txq, 0);
	assert_int_equal(fake.nb_sent, 0);
	assert_int_equal(fake_tx_counted(AFPRING_TX_CANCELLED), 20);
	check_idle();
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_message_for_bursts_of_any_size),
		cmocka_unit_test(another_packet_comes_behind),
		cmocka_unit_test(an_empty_burst_sends),
		cmocka_unit_test(no_more_than_there_is_place_for),
		cmocka_unit_test(socket_buffer_full),
		cmocka_unit_test(refused_for_good),
		cmocka_unit_test(a_receive_burst_sends_what_is_due),
		cmocka_unit_test(cleanup_says_how_many_packets_it_freed),
		cmocka_unit_test(the_rest_comes_late),
		cmocka_unit_test(others_keep_out_of_the_way),
		cmocka_unit_test(stop_sends_or_counts),
	};

	return cmocka_run_group_tests_name("tx_held", tests, fake_eal_init, NULL);
}
