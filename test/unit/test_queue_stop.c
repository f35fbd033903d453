/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A queue is stopped while its lcore is inside a burst, and has no processor for a while.
 */
#include "fake_kernel.h"

#include <errno.h>

#include <rte_cycles.h>

#include "afpring_queue_stop.h"
#include "afpring_quiesce.h"

#define ROOM 2048
#define AWAY_MS 400 /* 2,000 sleeps of 10 us take up to 0.2 s */

static struct rte_eth_dev *const dev = &rte_eth_devices[0];

static void *
end_rx_burst(void *arg)
{
	rte_delay_us_sleep(AWAY_MS * 1000);
	afpring_rxq_leave(arg);
	return NULL;
}

static void *
end_tx_burst(void *arg)
{
	rte_delay_us_sleep(AWAY_MS * 1000);
	afpring_tx_disown(arg);
	return NULL;
}

static void
stop_waits_for_the_lcore(void **state)
{
	pthread_t lcore;

	(void)state;
	fake_setup(64, ROOM);
	afpring_rxq_enter(fake.rxq);
	assert_int_equal(pthread_create(&lcore, NULL, end_rx_burst, fake.rxq), 0);
	assert_int_equal(afpring_rx_queue_stop(dev, 0), 0);
	pthread_join(lcore, NULL);
	assert_true(afpring_tx_own(fake.txq));
	assert_int_equal(pthread_create(&lcore, NULL, end_tx_burst, fake.txq), 0);
	assert_int_equal(afpring_tx_queue_stop(dev, 0), 0);
	pthread_join(lcore, NULL);
	fake_teardown();
}

static void
stop_gives_up_in_the_end(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	afpring_rxq_enter(fake.rxq);
	assert_int_equal(afpring_rx_queue_stop(dev, 0), -EBUSY);
	assert_int_equal(fake.rxq->access, AFPRING_RX_RUN); /* goes on as it was */
	assert_true(afpring_tx_own(fake.txq));
	assert_int_equal(afpring_tx_queue_stop(dev, 0), -EBUSY);
	assert_false(fake.txq->is_stopped);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stop_waits_for_the_lcore),
		cmocka_unit_test(stop_gives_up_in_the_end),
	};

	return cmocka_run_group_tests_name("queue_stop", tests, fake_eal_init, NULL);
}
