/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A secondary process that asks port 0 for all that it may, without a pause, until its stdin ends:
 *
 *     onlooker EAL-ARGUMENTS -- QUEUES
 *
 * At the end it prints how often it asked, how often a queue was not there, and the rest that was
 * not as it should be; then 0 means that nothing was.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_ethdev.h>

#define MAX_SLOTS 65535

static unsigned long rounds, absent, wrong;

/* ethdev has no queue while the primary sets it up. */
static void
check(const char *what, int ret, int slots)
{
	if (ret == -EINVAL) {
		absent++;
	} else if (ret < 0 || slots < 1 || slots > MAX_SLOTS) {
		if (wrong++ == 0)
			printf("%s: %d, %d slots\n", what, ret, slots);
	}
}

static void
ask_queue(uint16_t q)
{
	struct rte_eth_rxq_info rxq = {0};
	struct rte_eth_txq_info txq = {0};
	int ret = rte_eth_rx_queue_info_get(0, q, &rxq);

	check("rx_queue_info", ret, rxq.nb_desc);
	ret = rte_eth_tx_queue_info_get(0, q, &txq);
	check("tx_queue_info", ret, txq.nb_desc);
	/* a secondary has no ring */
	check("rx_queue_count", rte_eth_rx_queue_count(0, q) > 0 ? -EIO : 0, 1);
	check("rx_descriptor_status", rte_eth_rx_descriptor_status(0, q, 0) >= 0 ? -EIO : 0, 1);
	check("tx_descriptor_status", rte_eth_tx_descriptor_status(0, q, 0) >= 0 ? -EIO : 0, 1);
}

static void
ask_port(void)
{
	static struct rte_eth_xstat xstats[8192];
	static uint64_t before;
	struct rte_eth_stats stats;
	struct rte_eth_link link;

	check("stats", rte_eth_stats_get(0, &stats), 1);
	check("counters that fall", stats.ipackets + stats.imissed < before ? -ERANGE : 0, 1);
	before = stats.ipackets + stats.imissed;
	check("xstats", rte_eth_xstats_get(0, xstats, RTE_DIM(xstats)), 1);
	check("link", rte_eth_link_get_nowait(0, &link), 1);
}

int
main(int argc, char **argv)
{
	struct pollfd end = {.fd = 0, .events = POLLIN};
	int args = rte_eal_init(argc, argv);
	uint16_t queues;

	if (args < 0 || args + 1 >= argc)
		return 2;
	queues = atoi(argv[args + 1]);
	printf("asks\n");
	fflush(stdout);
	for (; poll(&end, 1, 0) == 0; rounds++) {
		ask_port();
		for (uint16_t q = 0; q < queues; q++)
			ask_queue(q);
	}
	printf("%lu rounds, %lu absent, %lu wrong\n", rounds, absent, wrong);
	return wrong != 0;
}
