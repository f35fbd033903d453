/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * How full rings are and what their slots hold, at every place of head and tail.
 */
#include <errno.h>

#include "fake_kernel.h"

#include "afpring_queue_info.h"

#define ROOM 2048
#define SLOTS FAKE_SLOTS

static void
receive_one(void)
{
	struct rte_mbuf *m;

	assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), 1);
	rte_pktmbuf_free(m);
}

/* nb frames wait behind the head. */
static void
check_rx(uint32_t nb, uint32_t slots)
{
	assert_int_equal((int)afpring_rx_queue_count(fake.rxq), nb);
	for (uint32_t i = 0; i < slots; i++)
		assert_int_equal(afpring_rx_descriptor_status(fake.rxq, i),
				 i < nb ? RTE_ETH_RX_DESC_DONE : RTE_ETH_RX_DESC_AVAIL);
	assert_int_equal(afpring_rx_descriptor_status(fake.rxq, slots), -EINVAL);
}

static void
rx_at_every_place(void **state)
{
	uint32_t slots;

	(void)state;
	fake_setup(64, ROOM);
	slots = fake.rx_geo.frame_nr;
	for (uint32_t head = 0; head < slots + 1; head++) {
		struct fake_rx rx = {.seed = head, .len = 60};
		uint32_t nb = 0;

		check_rx(0, slots);
		for (; fake_receive(&rx); nb++)
			check_rx(nb + 1, slots);
		assert_int_equal(nb, slots);
		for (; nb != 0; nb--) {
			check_rx(nb, slots);
			receive_one();
		}
		assert_true(fake_receive(&rx));
		receive_one();
	}
	fake_teardown();
}

/* Segments that have left the ring and wait for a burst. */
static void
rx_counts_segments(void **state)
{
	struct fake_rx rx = {.seed = 1, .len = 60};

	(void)state;
	fake_setup(64, ROOM);
	assert_true(fake_receive(&rx));
	for (fake.rxq->lane->nb = 3; fake.rxq->lane->next < 3; fake.rxq->lane->next++)
		check_rx(4 - fake.rxq->lane->next, fake.rx_geo.frame_nr + 3 - fake.rxq->lane->next);
	fake.rxq->lane->nb = fake.rxq->lane->next = 0;
	receive_one();
	fake_teardown();
}

/* nb frames are not sent, the newest just before the tail. */
static void
check_tx(uint32_t nb, uint32_t slots)
{
	assert_int_equal(afpring_tx_queue_count(fake.txq), nb);
	for (uint32_t i = 0; i < slots; i++)
		assert_int_equal(afpring_tx_descriptor_status(fake.txq, i),
				 i < slots - nb ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL);
	assert_int_equal(afpring_tx_descriptor_status(fake.txq, slots), -EINVAL);
}

static void
tx_at_every_place(void **state)
{
	uint32_t slots;

	(void)state;
	fake_setup(64, ROOM);
	slots = fake.tx_geo.frame_nr;
	for (uint32_t tail = 0; tail < slots + 1; tail++) {
		check_tx(0, slots);
		fake.budget = 0;
		for (uint32_t nb = 1; nb <= slots; nb++) {
			assert_int_equal(fake_send(fake_mbuf(nb, 60, 0)), 1);
			check_tx(nb, slots);
		}
		fake.budget = UINT32_MAX;
		afpring_tx_done_cleanup(fake.txq, 0);
		check_tx(0, slots);
		assert_int_equal(fake_send(fake_mbuf(1, 60, 0)), 1);
	}
	fake_teardown();
}

/* Frames that the kernel has taken and not sent. */
static void
tx_counts_what_is_being_sent(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	fake.done = TP_STATUS_SENDING;
	for (uint32_t nb = 1; nb <= 5; nb++) {
		assert_int_equal(fake_send(fake_mbuf(nb, 60, 0)), 1);
		check_tx(nb, fake.tx_geo.frame_nr);
	}
	fake_teardown();
}

static void
monitor_sees_the_next_frame(void **state)
{
	struct fake_rx rx = {.seed = 1, .len = 60};

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t i = 0; i < 2 * fake.rx_geo.frame_nr; i++) {
		struct rte_power_monitor_cond cond = {0};

		assert_int_equal(afpring_get_monitor_addr(fake.rxq, &cond), 0);
		assert_int_equal(cond.size, 4);
		assert_int_equal(cond.fn(*(volatile uint32_t *)cond.addr, cond.opaque), 0);
		assert_true(fake_receive(&rx));
		assert_int_equal(cond.fn(*(volatile uint32_t *)cond.addr, cond.opaque), -1);
		receive_one();
	}
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rx_at_every_place),
		cmocka_unit_test(rx_counts_segments),
		cmocka_unit_test(tx_at_every_place),
		cmocka_unit_test(tx_counts_what_is_being_sent),
		cmocka_unit_test(monitor_sees_the_next_frame),
	};

	return cmocka_run_group_tests_name("queue_info", tests, fake_eal_init, NULL);
}
