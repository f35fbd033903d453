/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Whoever reads counters waits for nobody who starts, stops or changes the port's sockets; and
 * extended statistics have the same numbers, names and values however they are asked for.
 */
#include <errno.h>
#include <pthread.h>
#include <time.h>

#include "fake_drops.h"
#include "unit.h"

#include "afpring_port.h"
#include "afpring_stats.h"
#include "afpring_xstats.h"

/* More than a loaded machine needs for some additions. */
#define DEADLINE_S 10

static struct afpring_port port;
static struct rte_eth_dev_data data = {.dev_private = &port};
static struct rte_eth_dev dev = {.data = &data};

static void
setup_port(void)
{
	struct afpring_process *process = afpring_process_alloc(FAKE_SOCKETS);

	assert_non_null(process);
	for (uint16_t i = 0; i < FAKE_SOCKETS; i++) {
		port.rx[i] = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(struct afpring_rxq));
		memset(port.rx[i], 0, sizeof(struct afpring_rxq));
		process->rx[i].fd = i;
	}
	dev.process_private = process;
	data.nb_rx_queues = FAKE_SOCKETS;
	fake_drops[0] = 3;
	fake_drops[1] = 4;
}

static void
teardown_port(void)
{
	struct afpring_process *process = dev.process_private;

	for (uint16_t i = 0; i < FAKE_SOCKETS; i++) {
		free(port.rx[i]);
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

/* ---- extended ---- */

#define QUEUES (RTE_ETHDEV_QUEUE_STAT_CNTRS + 3)
#define MAX_XSTATS 128

static struct afpring_rxq many_rxqs[QUEUES];
static struct afpring_txq many_txqs[QUEUES];

/* Each counter of each queue is another number. */
static void
setup_queues(uint16_t nb_rx, uint16_t nb_tx)
{
	uint64_t n = 1;

	memset(many_rxqs, 0, sizeof(many_rxqs));
	memset(many_txqs, 0, sizeof(many_txqs));
	for (uint16_t i = 0; i < QUEUES; i++) {
		port.rx[i] = &many_rxqs[i];
		port.tx[i] = &many_txqs[i];
		for (uint32_t c = 0; c < AFPRING_RX_NB_COUNTERS; c++)
			many_rxqs[i].count[c] = n++;
		for (uint32_t c = 0; c < AFPRING_TX_NB_COUNTERS; c++)
			many_txqs[i].count[c] = n++;
	}
	dev.process_private = NULL; /* a secondary: what was collected last */
	data.nb_rx_queues = nb_rx;
	data.nb_tx_queues = nb_tx;
}

static void
check_by_id(const uint64_t *ids, uint32_t nb, const struct rte_eth_xstat *all,
	    const struct rte_eth_xstat_name *names)
{
	struct rte_eth_xstat_name some[MAX_XSTATS];
	uint64_t values[MAX_XSTATS];

	assert_int_equal(afpring_xstats_get_by_id(&dev, ids, values, nb), nb);
	assert_int_equal(afpring_xstats_get_names_by_id(&dev, ids, some, nb), nb);
	for (uint32_t i = 0; i < nb; i++) {
		assert_int_equal(values[i], all[ids[i]].value);
		assert_string_equal(some[i].name, names[ids[i]].name);
	}
}

static void
by_id_says_the_same(void **state)
{
	static const uint16_t queues[][2] = {{0, 0},   {1, 1},   {16, 16},
					     {17, 16}, {16, 18}, {19, 19}};
	struct rte_eth_xstat_name names[MAX_XSTATS];
	struct rte_eth_xstat all[MAX_XSTATS];
	uint64_t ids[MAX_XSTATS], value;

	(void)state;
	for (uint32_t q = 0; q < RTE_DIM(queues); q++) {
		int nb;

		setup_queues(queues[q][0], queues[q][1]);
		nb = afpring_xstats_get(&dev, NULL, 0);
		assert_true(nb >= 1 && nb <= MAX_XSTATS);
		assert_int_equal(afpring_xstats_get_names(&dev, NULL, 0), nb);
		assert_int_equal(afpring_xstats_get(&dev, all, nb - 1), nb);
		assert_int_equal(afpring_xstats_get_names(&dev, names, nb - 1), nb);
		assert_int_equal(afpring_xstats_get(&dev, all, nb), nb);
		assert_int_equal(afpring_xstats_get_names(&dev, names, nb), nb);
		for (int i = 0; i < nb; i++) {
			assert_int_equal(all[i].id, i);
			ids[i] = i;
		}
		check_by_id(ids, nb, all, names);
		for (int i = 0; i < nb; i++) /* from the last on, every third */
			ids[i] = nb - 1 - i * 3 % nb;
		check_by_id(ids, nb, all, names);
		check_by_id(ids, 1, all, names);
		assert_int_equal(afpring_xstats_get_by_id(&dev, ids, &value, 0), 0);
		for (uint32_t i = 0; i < 3; i++) {
			const uint64_t wrong[] = {nb, UINT32_MAX + (uint64_t)1, UINT64_MAX};

			assert_int_equal(afpring_xstats_get_by_id(&dev, &wrong[i], &value, 1),
					 -EINVAL);
			assert_int_equal(afpring_xstats_get_names_by_id(&dev, &wrong[i], names, 1),
					 -EINVAL);
		}
	}
}

static void
queues_beyond_ethdevs_are_named_like_its(void **state)
{
	struct rte_eth_xstat_name names[MAX_XSTATS];
	struct rte_eth_xstat all[MAX_XSTATS];
	int nb, seen = 0;

	(void)state;
	setup_queues(18, 17);
	port.rx[16] = NULL; /* not set up */
	nb = afpring_xstats_get(&dev, all, MAX_XSTATS);
	afpring_xstats_get_names(&dev, names, MAX_XSTATS);
	for (int i = 0; i < nb; i++) {
		const struct {
			const char *name;
			uint64_t value;
		} want[] = {
			{"rx_q16_packets", 0},
			{"rx_q16_bytes", 0},
			{"rx_q16_errors", 0},
			{"rx_q17_packets", many_rxqs[17].count[AFPRING_RX_PACKETS]},
			{"rx_q17_bytes", many_rxqs[17].count[AFPRING_RX_BYTES]},
			{"rx_q17_errors", many_rxqs[17].count[AFPRING_RX_TRUNCATED] +
						  many_rxqs[17].count[AFPRING_RX_OVERSIZE] +
						  many_rxqs[17].count[AFPRING_RX_BAD_CKSUM_REQ] +
						  many_rxqs[17].count[AFPRING_RX_UNSPLIT] +
						  many_rxqs[17].count[AFPRING_RX_STARVED]},
			{"tx_q16_packets", many_txqs[16].count[AFPRING_TX_PACKETS]},
			{"tx_q16_bytes", many_txqs[16].count[AFPRING_TX_BYTES]},
		};

		if (strstr(names[i].name, "_q1") == NULL)
			continue;
		assert_true(seen < (int)RTE_DIM(want));
		assert_string_equal(names[i].name, want[seen].name);
		assert_int_equal(all[i].value, want[seen].value);
		seen++;
	}
	assert_int_equal(seen, 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_do_not_wait),
		cmocka_unit_test(by_id_says_the_same),
		cmocka_unit_test(queues_beyond_ethdevs_are_named_like_its),
	};

	return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
