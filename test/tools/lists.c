/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Replaces whole lists of addresses while packets come, then closes the port and stays. JSON lines
 * on standard output: "ready"; how many packets came to the addresses that all lists have, once
 * there has been none for a second; "closed". Ends with standard input.
 *
 * usage: lists PLUGIN DEVARGS
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#define NB_LISTS 3
#define NB_ADDRESSES 64

static const struct rte_ether_addr in_all = {{0x01, 0x00, 0x5e, 0x00, 0x00, 0x17}};
static atomic_bool stop;
static atomic_uint nb_changes;

/* What stays is at another place of each list. */
static void
fill(struct rte_ether_addr list[NB_ADDRESSES], uint8_t which)
{
	for (uint8_t i = 0; i < NB_ADDRESSES; i++)
		list[i] = (struct rte_ether_addr){{0x33, 0x33, 0, 0, which, i}};
	list[which * (NB_ADDRESSES - 1) / (NB_LISTS - 1)] = in_all;
}

static void *
replace(void *arg)
{
	for (unsigned int n = 0; !stop; n++) {
		struct rte_ether_addr list[NB_ADDRESSES];
		struct rte_ether_addr added = {{2, 0, 0, 0, 1, n % 100}};

		fill(list, n % NB_LISTS);
		if (rte_eth_dev_set_mc_addr_list(0, list, NB_ADDRESSES) != 0 ||
		    rte_eth_dev_mac_addr_add(0, &added, 0) != 0 ||
		    (n % 2 != 0 && rte_eth_dev_mac_addr_remove(0, &added) != 0))
			exit(3);
		nb_changes++;
	}
	return arg;
}

/* Packets from the test, none for a second at last. */
static uint64_t
count(void)
{
	uint64_t last = rte_get_timer_cycles(), nb = 0;

	while (nb == 0 || rte_get_timer_cycles() - last < rte_get_timer_hz()) {
		struct rte_mbuf *pkts[32];
		uint16_t got = rte_eth_rx_burst(0, 0, pkts, 32);

		for (uint16_t i = 0; i < got; i++) {
			const struct rte_ether_hdr *eth =
				rte_pktmbuf_mtod(pkts[i], const struct rte_ether_hdr *);

			if (eth->ether_type != RTE_BE16(0x88b5))
				continue;
			nb++;
			last = rte_get_timer_cycles();
		}
		rte_pktmbuf_free_bulk(pkts, got);
	}
	return nb;
}

static void
start(void)
{
	struct rte_eth_conf conf = {0};
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("pool", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);

	if (rte_eth_dev_configure(0, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(0, 0, 1024, 0, NULL, pool) != 0 ||
	    rte_eth_tx_queue_setup(0, 0, 256, 0, NULL) != 0 || rte_eth_dev_start(0) != 0)
		exit(2);
}

int
main(int argc, char **argv)
{
	char vdev[512];
	char *eal[] = {argv[0], "-l", "0",  "--no-pci", "--no-shconf", "--no-huge",
		       "-m",    "64", "-d", argv[1],    "--vdev",      vdev};
	struct rte_ether_addr list[NB_ADDRESSES];
	struct rte_eth_stats stats;
	pthread_t thread;
	uint64_t nb;

	if (argc != 3)
		return 1;
	snprintf(vdev, sizeof(vdev), "net_afpring0,%s", argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	start();
	fill(list, 0);
	if (rte_eth_dev_set_mc_addr_list(0, list, NB_ADDRESSES) != 0 ||
	    pthread_create(&thread, NULL, replace, NULL) != 0)
		return 2;
	printf("{\"ready\": 1}\n");
	nb = count();
	stop = true;
	pthread_join(thread, NULL);
	rte_eth_stats_get(0, &stats);
	printf("{\"received\": %" PRIu64 ", \"missed\": %" PRIu64 ", \"changes\": %u}\n", nb,
	       stats.imissed, nb_changes);
	rte_eth_promiscuous_enable(0);
	rte_eth_allmulticast_enable(0);
	printf("{\"open\": 1}\n");
	getchar();
	rte_eth_dev_stop(0);
	rte_eth_dev_close(0);
	printf("{\"closed\": 1}\n");
	getchar();
	return 0;
}
