/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Bursts on DPDK ports of any driver, measured. Commands: perf.h.
 *
 *   portbench EAL_OPTIONS -- [-q QUEUES] [-r DESCRIPTORS] [-m MTU]
 *
 * Port 0 sends or receives, port 1 is where forwarded packets leave. Freeing the mbufs
 * that were received is the application's work and not counted.
 */
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "perf.h"

#define NB_MBUFS 16383

static struct rte_mempool *pool;
static uint32_t frame_size;
static uint16_t queues = 1, queue, descriptors = 1024, mtu;

static void
die(const char *what, int ret)
{
	rte_exit(EXIT_FAILURE, "%s: %s\n", what, rte_strerror(ret < 0 ? -ret : ret));
}

/* ---- ports ---- */

static void
port_start(uint16_t port)
{
	struct rte_eth_conf conf = {0};
	uint16_t nb_rx = descriptors, nb_tx = descriptors;
	int ret;

	conf.rxmode.mtu = mtu;
	ret = rte_eth_dev_configure(port, queues, queues, &conf);
	if (ret == -EINVAL && mtu != 0) { /* some drivers know one MTU and take all the same */
		conf.rxmode.mtu = 0;
		ret = rte_eth_dev_configure(port, queues, queues, &conf);
	}
	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(port, &nb_rx, &nb_tx);
	for (uint16_t q = 0; ret == 0 && q < queues; q++) {
		ret = rte_eth_rx_queue_setup(port, q, nb_rx, SOCKET_ID_ANY, NULL, pool);
		if (ret == 0)
			ret = rte_eth_tx_queue_setup(port, q, nb_tx, SOCKET_ID_ANY, NULL);
	}
	if (ret == 0)
		ret = rte_eth_dev_start(port);
	if (ret != 0)
		die("port", ret);
	rte_eth_promiscuous_enable(port);
}

static uint16_t
next_queue(void)
{
	queue = queue + 1 == queues ? 0 : queue + 1;
	return queue;
}

/* ---- commands ---- */

static void
fill_mbuf(struct rte_mempool *mp, void *opaque, void *obj, unsigned int i)
{
	struct rte_mbuf *m = obj;

	RTE_SET_USED(mp);
	RTE_SET_USED(opaque);
	perf_frame((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM, frame_size, i);
}

static void
do_tx(struct perf *p, uint32_t size, uint32_t burst, uint64_t count)
{
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint64_t start;
	uint16_t n;

	frame_size = size;
	rte_mempool_obj_iter(pool, fill_mbuf, NULL); /* nothing is on its way now */
	p->start_ns = perf_ns();
	do {
		if (rte_pktmbuf_alloc_bulk(pool, pkts, burst) != 0)
			die("no mbufs", ENOMEM);
		for (uint32_t i = 0; i < burst; i++)
			pkts[i]->data_len = pkts[i]->pkt_len = size;
		start = perf_cycles();
		n = rte_eth_tx_burst(0, next_queue(), pkts, burst);
		start = perf_cycles() - start;
		if (n < burst)
			rte_pktmbuf_free_bulk(pkts + n, burst - n);
	} while (perf_burst(p, n, start) && (count == 0 || p->packets < count));
}

static void
do_rx(struct perf *p, uint32_t burst)
{
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint64_t start;
	uint16_t n;

	do {
		start = perf_cycles();
		n = rte_eth_rx_burst(0, next_queue(), pkts, burst);
		start = perf_cycles() - start;
		rte_pktmbuf_free_bulk(pkts, n);
	} while (perf_burst(p, n, start));
}

static void
do_fwd(struct perf *p, uint32_t burst)
{
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint16_t n, sent, q;
	uint64_t start;

	do {
		q = next_queue();
		start = perf_cycles();
		n = rte_eth_rx_burst(0, q, pkts, burst);
		sent = n != 0 ? rte_eth_tx_burst(1, q, pkts, n) : 0;
		start = perf_cycles() - start;
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
	} while (perf_burst(p, n, start));
}

static void
parse(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "q:r:m:")) != -1) {
		uint16_t value = opt == '?' ? 0 : strtoul(optarg, NULL, 0);

		if (opt == 'q')
			queues = value;
		else if (opt == 'r')
			descriptors = value;
		else if (opt == 'm')
			mtu = value;
		else
			rte_exit(2, "see the head of portbench.c\n");
	}
}

int
main(int argc, char **argv)
{
	static const struct perf_ops ops = {.tx = do_tx, .rx = do_rx, .fwd = do_fwd};
	uint16_t room, port;
	int used = rte_eal_init(argc, argv);

	if (used < 0)
		die("EAL", rte_errno);
	parse(argc - used, argv + used);
	/* net_af_packet wants mbufs as large as its slots, tools/bench sets those */
	room = RTE_ALIGN(RTE_MAX(mtu + 1024, 2048), 2048) + RTE_PKTMBUF_HEADROOM;
	pool = rte_pktmbuf_pool_create("mbufs", NB_MBUFS, 256, 0, room, SOCKET_ID_ANY);
	if (pool == NULL)
		die("mbufs", rte_errno);
	RTE_ETH_FOREACH_DEV(port)
		port_start(port);
	perf_serve(&ops);
	RTE_ETH_FOREACH_DEV(port)
		rte_eth_dev_stop(port);
	rte_eal_cleanup();
	return 0;
}
