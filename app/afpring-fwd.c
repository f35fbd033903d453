/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The smallest complete program that uses the port well. It forwards between two ports, or
 * sends back what one port receives, with one queue pair for each lcore:
 *
 *   afpring-fwd -l 0,1 --vdev=net_afpring0,iface=eth0,qpairs=2 \
 *               --vdev=net_afpring1,iface=eth1,qpairs=2 -- --lro --rx-cksum
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#define BURST 32
#define NB_DESC 1024
#define NB_MBUFS 16384 /* for each queue: a packet of 64 KB, split, takes 45 at once */
#define NB_XSTATS 512
#define IDLE_ROUNDS 100 /* without a packet, until --sleep has an lcore sleep */
#define SLEEP_MS 100    /* until it looks whether it shall end */

static const struct {
	const char *option;
	uint64_t rx, tx; /* offloads that it switches on */
} modes[] = {
	{"--lro", RTE_ETH_RX_OFFLOAD_TCP_LRO, 0},
	{"--rx-cksum", RTE_ETH_RX_OFFLOAD_CHECKSUM, 0},
	{"--scatter", RTE_ETH_RX_OFFLOAD_SCATTER, 0},
	{"--vlan-strip", RTE_ETH_RX_OFFLOAD_VLAN_STRIP, 0},
	{"--fast-free", 0, RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE},
};

static struct rte_eth_conf conf = {
	/* Checksums and segmentation that a packet carries along are finished by the kernel. */
	.txmode.offloads = RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_VLAN_INSERT |
			   RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
			   RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
};
static uint16_t nb_ports;
static uint64_t not_sent[RTE_MAX_LCORE]; /* packets that found the transmit ring full */
static volatile sig_atomic_t stopped;

static void
stop(int signum)
{
	stopped = signum;
}

static void
add_mode(const char *option)
{
	if (strcmp(option, "--sleep") == 0) {
		conf.intr_conf.rxq = 1;
		return;
	}
	for (size_t i = 0; i < RTE_DIM(modes); i++) {
		if (strcmp(option, modes[i].option) != 0)
			continue;
		conf.rxmode.offloads |= modes[i].rx;
		conf.txmode.offloads |= modes[i].tx;
		return;
	}
	rte_exit(
		EXIT_FAILURE,
		"%s: unknown; --lro, --rx-cksum, --scatter, --vlan-strip, --fast-free, --sleep work\n",
		option);
}

static void
must(int ret, const char *what, uint16_t port)
{
	if (ret < 0)
		rte_exit(EXIT_FAILURE, "port %u: %s: %s\n", port, what, rte_strerror(-ret));
}

static void
start_port(uint16_t port, uint16_t nb_queues, struct rte_mempool *pool)
{
	must(rte_eth_dev_configure(port, nb_queues, nb_queues, &conf), "configure", port);
	for (uint16_t q = 0; q < nb_queues; q++) {
		must(rte_eth_rx_queue_setup(port, q, NB_DESC, SOCKET_ID_ANY, NULL, pool),
		     "rx queue", port);
		must(rte_eth_tx_queue_setup(port, q, NB_DESC, SOCKET_ID_ANY, NULL), "tx queue",
		     port);
	}
	must(rte_eth_dev_start(port), "start", port);
	must(rte_eth_promiscuous_enable(port), "promiscuous mode", port);
}

/* Back to its sender, or on with the VLAN tag that --vlan-strip took out of the frame. */
static void
address(struct rte_mbuf *m, bool back)
{
	struct rte_ether_hdr *eth = rte_pktmbuf_mtod(m, struct rte_ether_hdr *);

	if (back)
		RTE_SWAP(eth->src_addr, eth->dst_addr);
	if ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
}

static uint16_t
forward_burst(uint16_t in, uint16_t out, uint16_t queue)
{
	struct rte_mbuf *pkts[BURST];
	uint16_t nb = rte_eth_rx_burst(in, queue, pkts, BURST);
	uint16_t sent;

	if (nb == 0)
		return 0;
	for (uint16_t i = 0; i < nb; i++)
		address(pkts[i], in == out);
	sent = rte_eth_tx_burst(out, queue, pkts, nb);
	/* A full transmit ring makes the burst short; a forwarder drops the rest and says so. */
	rte_pktmbuf_free_bulk(pkts + sent, nb - sent);
	not_sent[rte_lcore_id()] += nb - sent;
	return nb;
}

/* What has come since the last poll wakes at once, and so does what waits to be sent. */
static void
sleep_until_packet(uint16_t queue)
{
	struct rte_epoll_event event;

	for (uint16_t port = 0; port < nb_ports; port++)
		must(rte_eth_dev_rx_intr_enable(port, queue), "Rx interrupt", port);
	rte_epoll_wait(RTE_EPOLL_PER_THREAD, &event, 1, SLEEP_MS);
	for (uint16_t port = 0; port < nb_ports; port++)
		rte_eth_dev_rx_intr_disable(port, queue);
}

/* Each lcore has one queue pair of each port to itself. It polls as long as packets come:
 * that also sends what the kernel had no room for before. */
static int
forward(__rte_unused void *arg)
{
	uint16_t queue = rte_lcore_index(-1);
	unsigned int idle = 0;

	for (uint16_t port = 0; port < nb_ports && conf.intr_conf.rxq != 0; port++)
		must(rte_eth_dev_rx_intr_ctl_q(port, queue, RTE_EPOLL_PER_THREAD,
					       RTE_INTR_EVENT_ADD, NULL),
		     "Rx interrupt", port);
	while (!stopped) {
		uint16_t nb = 0;

		for (uint16_t port = 0; port < nb_ports; port++)
			nb += forward_burst(port, nb_ports == 1 ? port : port ^ 1, queue);
		idle = nb == 0 ? idle + 1 : 0;
		if (conf.intr_conf.rxq != 0 && idle > IDLE_ROUNDS)
			sleep_until_packet(queue);
	}
	return 0;
}

static void
print_statistics(uint16_t port)
{
	static struct rte_eth_xstat_name names[NB_XSTATS];
	static struct rte_eth_xstat values[NB_XSTATS];
	int nb = rte_eth_xstats_get_names(port, names, NB_XSTATS);

	if (nb > NB_XSTATS || rte_eth_xstats_get(port, values, NB_XSTATS) != nb)
		return;
	for (int i = 0; i < nb; i++)
		if (values[i].value != 0)
			printf("port %u %s %" PRIu64 "\n", port, names[i].name, values[i].value);
}

int
main(int argc, char **argv)
{
	int nb_eal = rte_eal_init(argc, argv);
	uint64_t nb_not_sent = 0;
	struct rte_mempool *pool;
	unsigned int lcore;

	if (nb_eal < 0)
		rte_exit(EXIT_FAILURE, "rte_eal_init: %s\n", rte_strerror(rte_errno));
	for (int i = nb_eal + 1; i < argc; i++)
		add_mode(argv[i]);
	nb_ports = rte_eth_dev_count_avail();
	if (nb_ports != 1 && nb_ports != 2)
		rte_exit(EXIT_FAILURE, "%u ports, need one or two: --vdev=net_afpring0,iface=...\n",
			 nb_ports);
	signal(SIGINT, stop);
	signal(SIGTERM, stop);

	pool = rte_pktmbuf_pool_create("mbufs", NB_MBUFS * nb_ports * rte_lcore_count(), 256, 0,
				       RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	if (pool == NULL)
		rte_exit(EXIT_FAILURE, "no memory for mbufs: %s; EAL's -m gives more\n",
			 rte_strerror(rte_errno));
	for (uint16_t port = 0; port < nb_ports; port++)
		start_port(port, rte_lcore_count(), pool);
	printf("forwarding with %u lcores until SIGINT or SIGTERM\n", rte_lcore_count());
	fflush(stdout);
	rte_eal_mp_remote_launch(forward, NULL, CALL_MAIN);
	rte_eal_mp_wait_lcore();

	for (uint16_t port = 0; port < nb_ports; port++) {
		must(rte_eth_dev_stop(port), "stop", port); /* sends what still waits */
		print_statistics(port);
		rte_eth_dev_close(port);
	}
	RTE_LCORE_FOREACH(lcore)
		nb_not_sent += not_sent[lcore];
	printf("not sent, transmit ring full %" PRIu64 "\n", nb_not_sent);
	return rte_eal_cleanup();
}
