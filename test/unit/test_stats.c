/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Whoever reads counters waits for nobody who starts, stops or changes the port's sockets.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "fake_drops.h"
#include "unit.h"

#include "afpring_port.h"
#include "afpring_stats.h"

/* More than a loaded machine needs for some additions. */
#define DEADLINE_S 10

static struct afpring_port port;
static struct rte_eth_dev_data data = {.dev_private = &port};
static struct rte_eth_dev dev = {.data = &data};
static struct afpring_rxq *rxqs[FAKE_SOCKETS];

static void
setup_port(void)
{
	struct afpring_process *process = afpring_process_alloc(FAKE_SOCKETS);

	assert_non_null(process);
	for (uint16_t i = 0; i < FAKE_SOCKETS; i++) {
		rxqs[i] = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*rxqs[i]));
		memset(rxqs[i], 0, sizeof(*rxqs[i]));
		process->rx[i].fd = i;
	}
	dev.process_private = process;
	data.rx_queues = (void **)rxqs;
	data.nb_rx_queues = FAKE_SOCKETS;
	fake_drops[0] = 3;
	fake_drops[1] = 4;
}

static void
teardown_port(void)
{
	struct afpring_process *process = dev.process_private;

	for (uint16_t i = 0; i < FAKE_SOCKETS; i++) {
		free(rxqs[i]);
		process->rx[i].fd = -1;
	}
	afpring_process_free(process);
}

static uint64_t
imissed(void)
{
	struct rte_eth_stats stats = {0};

	assert_int_equal(afpring_stats_get(&dev, &stats, NULL), 0);
	return stats.imissed;
}

static void *
read_all(void *arg)
{
	struct rte_eth_xstat xstats[64];

	*(uint64_t *)arg = imissed();
	afpring_xstats_get(&dev, xstats, RTE_DIM(xstats));
	return NULL;
}

/* A thread that has the sockets to itself takes a tenth of a second to drain the queues, or
 * as long as the kernel makes it wait. */
static void
readers_do_not_wait(void **state)
{
	struct afpring_process *process;
	struct timespec deadline;
	uint64_t missed = 0;
	pthread_t reader;

	(void)state;
	setup_port();
	process = dev.process_private;
	assert_int_equal(imissed(), 7);
	fake_drops[1] = 5;
	pthread_mutex_lock(&process->sockets_lock);
	assert_int_equal(pthread_create(&reader, NULL, read_all, &missed), 0);
	clock_gettime(CLOCK_REALTIME, &deadline);
	deadline.tv_sec += DEADLINE_S;
	assert_int_equal(pthread_timedjoin_np(reader, NULL, &deadline), 0);
	assert_int_equal(missed, 7); /* what was collected last */
	pthread_mutex_unlock(&process->sockets_lock);
	assert_int_equal(imissed(), 12);
	teardown_port();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_do_not_wait),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
