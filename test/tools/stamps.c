/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What an application reads of time stamps and clock. JSON lines on standard output: "ready", then
 * one for each packet received, for each packet sent, and for the clock after each change.
 *
 * usage: stamps PLUGIN DEVARGS OFFLOADS PACKETS
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf_dyn.h>
#include <rte_version.h>

#define SENT 3
#define DEADLINE INT64_C(10000000000) /* ns */

static struct rte_mempool *pool;
static int field = -1;
static uint64_t flag;

static int64_t
ns_of(struct timespec ts)
{
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static int64_t
realtime(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ns_of(ts);
}

static int64_t
port_time(uint16_t port)
{
	struct timespec ts = {0};

	return rte_eth_timesync_read_time(port, &ts) == 0 ? ns_of(ts) : -1;
}

static uint16_t
start(uint64_t offloads)
{
	struct rte_eth_conf conf = {.rxmode.offloads = offloads};
	uint16_t port = 0;

	if (rte_eth_dev_configure(port, 1, 1, &conf) != 0 ||
	    rte_eth_rx_queue_setup(port, 0, 256, 0, NULL, pool) != 0 ||
	    rte_eth_tx_queue_setup(port, 0, 256, 0, NULL) != 0 || rte_eth_dev_start(port) != 0 ||
	    rte_eth_promiscuous_enable(port) != 0)
		exit(2);
	return port;
}

static void
print_received(uint16_t port, const struct rte_mbuf *m)
{
	bool stamped = (m->ol_flags & RTE_MBUF_F_RX_IEEE1588_TMST) != 0;
	struct timespec ts = {0}, again;
	uint64_t clock = 0;
	int ret = -1, second = -1;

	rte_eth_read_clock(port, &clock);
	if (stamped) {
		ret = rte_eth_timesync_read_rx_timestamp(port, &ts, m->timesync);
		second = rte_eth_timesync_read_rx_timestamp(port, &again, m->timesync);
	}
	printf("{\"len\": %u, \"ptype\": %u, \"ns\": %" PRIu64 ", \"ptp\": %d, \"stamp\": %" PRId64
	       ", \"second\": %d, \"clock\": %" PRIu64 ", \"now\": %" PRId64 "}\n",
	       m->pkt_len, m->packet_type,
	       flag != 0 && (m->ol_flags & flag) != 0 ?
		       *RTE_MBUF_DYNFIELD(m, field, rte_mbuf_timestamp_t *) :
		       0,
	       (m->ol_flags & RTE_MBUF_F_RX_IEEE1588_PTP) != 0, ret == 0 ? ns_of(ts) : -1, second,
	       clock, realtime());
}

static void
receive(uint16_t port, int nb)
{
	int64_t end = realtime() + DEADLINE;

	while (nb > 0) {
		struct rte_mbuf *m;

		if (realtime() > end)
			exit(4);
		if (rte_eth_rx_burst(port, 0, &m, 1) == 0)
			continue;
		if (rte_pktmbuf_mtod(m, const uint8_t *)[6] == 2) {
			print_received(port, m);
			nb--;
		}
		rte_pktmbuf_free(m);
	}
}

static void
send_and_print(uint16_t port)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *frame = (uint8_t *)rte_pktmbuf_append(m, 100);
	struct timespec ts = {0};
	int64_t before = realtime(), after;
	int ret = -1;

	memset(frame, 0, 100);
	memset(frame, 0xff, 6);
	memcpy(frame + 12, "\x88\xf7", 2);
	m->ol_flags |= RTE_MBUF_F_TX_IEEE1588_TMST;
	if (rte_eth_tx_burst(port, 0, &m, 1) != 1)
		exit(3);
	after = realtime();
	for (int us = 0; us < 500000 && ret != 0; us += 10, rte_delay_us(10))
		ret = rte_eth_timesync_read_tx_timestamp(port, &ts);
	printf("{\"sent\": %" PRId64 ", \"before\": %" PRId64 ", \"after\": %" PRId64
	       ", \"more\": %d}\n",
	       ret == 0 ? ns_of(ts) : -1, before, after,
	       rte_eth_timesync_read_tx_timestamp(port, &ts));
}

static void
print_time(uint16_t port, const char *what, int ret)
{
	printf("{\"time\": \"%s\", \"ret\": %d, \"off\": %" PRId64 "}\n", what, ret,
	       port_time(port) - realtime());
}

/* How much faster than CLOCK_REALTIME the clock runs by itself, in ppm. */
static void
print_rate(uint16_t port, int64_t ppm)
{
	int ret = -ENOTSUP;
	int64_t before, from, to;

#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
	ret = rte_eth_timesync_adjust_freq(port, ppm * 65536);
#endif
	before = port_time(port);
	from = realtime();
	rte_delay_us_sleep(100000);
	to = realtime();
	printf("{\"ppm\": %" PRId64 ", \"ret\": %d, \"runs\": %" PRId64 "}\n", ppm, ret,
	       (port_time(port) - before - (to - from)) * 1000000 / (to - from));
}

int
main(int argc, char **argv)
{
	char vdev[512];
	char *eal[] = {argv[0], "-l", "0",  "--no-pci", "--no-shconf", "--no-huge",
		       "-m",    "64", "-d", argv[1],    "--vdev",      vdev};
	const struct timespec year_2000 = {.tv_sec = 946684800};
	uint16_t port;
	int enabled;

	if (argc != 5)
		return 1;
	snprintf(vdev, sizeof(vdev), "net_afpring0,%s", argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	pool = rte_pktmbuf_pool_create("pool", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	port = start(strtoull(argv[3], NULL, 0));
	rte_mbuf_dyn_rx_timestamp_register(&field, &flag);
	enabled = rte_eth_timesync_enable(port);
	printf("{\"ready\": %d}\n", enabled);
	receive(port, atoi(argv[4]));
	for (int i = 0; i < SENT; i++)
		send_and_print(port);
	print_time(port, "begin", 0);
	print_time(port, "adjusted", rte_eth_timesync_adjust_time(port, 1000000000));
	print_time(port, "adjusted back", rte_eth_timesync_adjust_time(port, -2999999999));
	print_time(port, "written", rte_eth_timesync_write_time(port, &year_2000));
	print_rate(port, 50000);
	print_rate(port, -50000);
	print_rate(port, 0);
	print_rate(port, 100001);
	printf("{\"disabled\": %d}\n", rte_eth_timesync_disable(port));
	rte_eth_dev_stop(port);
	rte_eth_dev_close(port);
	return 0;
}
