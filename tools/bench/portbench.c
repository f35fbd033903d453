/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Bursts on DPDK ports of any driver, measured. Commands: perf.h and flowrules.h.
 *
 *   portbench EAL_OPTIONS -- [-q QUEUES] [-r DESCRIPTORS] [-m MTU] [-n MBUFS] [-a] [-i]
 *             [-o OFFLOADS] [-p] [-c]
 *
 * Port 0 sends or receives, port 1 is where forwarded packets leave. With -a forwarding
 * takes from all ports in turn (of one queue), the next one sends. With -i "rx" and "fwd" are
 * woken by interrupts of port 0 and do nothing in between. -o: bits of the receive offloads, -p: the
 * packet types are asked for, -c: "tx" asks for the checksums of its frames. Freeing the mbufs that were received is
 * the application's work and not counted.
 *
 * Prints "started" as soon as the ports are.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_interrupts.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "flowrules.h"
#include "perf.h"

#define NAP_MS 10 /* without an interrupt: a command has its end */

static struct rte_mempool *pool;
static uint32_t frame_size, mbufs = 16383;
static uint16_t queues = 1, queue, descriptors = 1024, mtu;
static uint64_t offloads;
static bool all_ports, interrupts, packet_types, cksum_requests;

static void
die(const char *what, int ret)
{
	rte_exit(EXIT_FAILURE, "%s: %s\n", what, rte_strerror(ret < 0 ? -ret : ret));
}

/* ---- ports ---- */

static uint64_t
tx_offloads(void)
{
	uint64_t cksum = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM;

	return RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE | (cksum_requests ? cksum : 0);
}

static void
port_start(uint16_t port)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = {0};
	uint16_t nb_rx = descriptors, nb_tx = descriptors;
	int ret;

	if (rte_eth_dev_info_get(port, &info) == 0) /* as testpmd does */
		conf.txmode.offloads = info.tx_offload_capa & tx_offloads();
	conf.rxmode.mtu = mtu;
	conf.rxmode.offloads = offloads;
	if ((offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0) {
		conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
		conf.rx_adv_conf.rss_conf.rss_hf =
			info.flow_type_rss_offloads & (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP);
	}
	conf.intr_conf.rxq = interrupts;
	ret = rte_eth_dev_configure(port, queues, queues, &conf);
	if (ret == -EINVAL && mtu != 0) { /* some drivers have one MTU and take any frame */
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
	if (packet_types)
		rte_eth_dev_set_ptypes(port, RTE_PTYPE_ALL_MASK, NULL, 0);
}

/* A driver without the call to switch them on (net_tap) has them always on. */
static void
interrupts_start(void)
{
	uint16_t port;

	RTE_ETH_FOREACH_DEV(port) {
		int ret = rte_eth_dev_rx_intr_ctl_q(port, 0, RTE_EPOLL_PER_THREAD,
						    RTE_INTR_EVENT_ADD, NULL);

		if (ret != 0)
			die("Rx interrupts failed", ret);
	}
}

/* On the first ports. */
static void
nap(uint16_t ports)
{
	struct rte_epoll_event events[2];

	for (uint16_t port = 0; port < ports; port++)
		rte_eth_dev_rx_intr_enable(port, 0);
	rte_epoll_wait(RTE_EPOLL_PER_THREAD, events, RTE_DIM(events), NAP_MS);
	for (uint16_t port = 0; port < ports; port++)
		rte_eth_dev_rx_intr_disable(port, 0);
}

/* ---- commands ---- */

static uint16_t
next_queue(void)
{
	queue = queue + 1 == queues ? 0 : queue + 1;
	return queue;
}

static uint16_t
next_port(uint16_t port, uint16_t ports)
{
	return port + 1 == ports ? 0 : port + 1;
}

static void
fill_mbuf(struct rte_mempool *mp, void *opaque, void *obj, unsigned int i)
{
	struct rte_mbuf *m = obj;

	RTE_SET_USED(mp);
	RTE_SET_USED(opaque);
	perf_frame((uint8_t *)m->buf_addr + RTE_PKTMBUF_HEADROOM, frame_size, i);
}

static void
request_cksum(struct rte_mbuf *m)
{
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = sizeof(struct rte_ipv4_hdr);
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_UDP_CKSUM;
}

static void
do_tx(struct perf *p, uint32_t size, uint32_t burst, uint64_t count)
{
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint64_t start;
	uint16_t n;

	frame_size = size;
	rte_mempool_obj_iter(pool, fill_mbuf, NULL); /* nothing is on its way now */
	perf_begin(p);
	do {
		/* raw, as testpmd does: a free mbuf is as the last burst left it */
		if (rte_mempool_get_bulk(pool, (void **)pkts, burst) != 0)
			die("no mbufs", ENOMEM);
		for (uint32_t i = 0; i < burst; i++) {
			rte_pktmbuf_reset_headroom(pkts[i]);
			pkts[i]->data_len = pkts[i]->pkt_len = size;
			pkts[i]->ol_flags = 0;
			if (cksum_requests)
				request_cksum(pkts[i]);
		}
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
		if (interrupts && n == 0)
			nap(1);
	} while (perf_burst(p, n, start));
}

static void
do_fwd(struct perf *p, uint32_t burst)
{
	uint16_t ports = all_ports ? rte_eth_dev_count_avail() : 2;
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint16_t n, sent, q, in = 0;
	uint64_t start;

	do {
		if (all_ports)
			in = next_port(in, ports);
		q = next_queue();
		start = perf_cycles();
		n = rte_eth_rx_burst(in, q, pkts, burst);
		sent = n != 0 ? rte_eth_tx_burst(next_port(in, ports), q, pkts, n) : 0;
		start = perf_cycles() - start;
		rte_pktmbuf_free_bulk(pkts + sent, n - sent);
		if (interrupts && n == 0)
			nap(1);
	} while (perf_burst(p, n, start));
}

/* Between the first two ports, both ways. */
static void
do_hosts(struct perf *p, uint32_t burst)
{
	struct rte_mbuf *pkts[PERF_MAX_BURST];
	uint16_t moved;

	do {
		moved = 0;
		for (uint16_t in = 0; in < 2; in++) {
			uint16_t n = rte_eth_rx_burst(in, 0, pkts, burst);
			uint16_t sent = n != 0 ? rte_eth_tx_burst(in ^ 1, 0, pkts, n) : 0;

			rte_pktmbuf_free_bulk(pkts + sent, n - sent);
			moved += n;
		}
		if (interrupts && moved == 0)
			nap(2);
	} while (perf_burst(p, moved, 0));
}

static void
parse(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "q:r:m:n:o:aipc")) != -1) {
		uint64_t value = optarg == NULL ? 0 : strtoull(optarg, NULL, 0);

		if (opt == 'q')
			queues = value;
		else if (opt == 'r')
			descriptors = value;
		else if (opt == 'm')
			mtu = value;
		else if (opt == 'n')
			mbufs = value;
		else if (opt == 'o')
			offloads = value;
		else if (opt == 'p')
			packet_types = true;
		else if (opt == 'c')
			cksum_requests = true;
		else if (opt == 'a')
			all_ports = true;
		else if (opt == 'i')
			interrupts = true;
		else
			rte_exit(2, "see the head of portbench.c\n");
	}
}

int
main(int argc, char **argv)
{
	static const struct perf_ops ops = {.tx = do_tx,
					    .rx = do_rx,
					    .fwd = do_fwd,
					    .hosts = do_hosts,
					    .own = flowrules_command};
	uint16_t room, port;
	int used = rte_eal_init(argc, argv);

	if (used < 0)
		die("EAL", rte_errno);
	parse(argc - used, argv + used);
	/* net_af_packet wants mbufs as large as its slots, subjects.py sets those */
	room = RTE_ALIGN(RTE_MAX(mtu + 1024, 2048), 2048) + RTE_PKTMBUF_HEADROOM;
	pool = rte_pktmbuf_pool_create("mbufs", mbufs, 256, 0, room, SOCKET_ID_ANY);
	if (pool == NULL)
		die("mbufs", rte_errno);
	RTE_ETH_FOREACH_DEV(port)
		port_start(port);
	if (interrupts)
		interrupts_start();
	printf("started\n");
	fflush(stdout);
	perf_serve(&ops);
	RTE_ETH_FOREACH_DEV(port)
		rte_eth_dev_stop(port);
	rte_eal_cleanup();
	return 0;
}
