/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The whole life of a port, over and over, with one call failing in each, and what
 * is left behind afterwards. One JSON object a line on standard output.
 *
 * usage: lifecycle PLUGIN DEVARGS once
 *        lifecycle PLUGIN DEVARGS sweep CALL ERRNO     each call of that name in turn
 *        lifecycle PLUGIN DEVARGS sweep-on CALL ERRNO  and all behind it
 *        lifecycle PLUGIN DEVARGS repeat PROBES STARTS
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_log.h>
#include <rte_malloc.h>

#include "inject.h"

#define NAME "net_afpring0"
#define QUEUES 2
#define NB_MBUFS 2047

static struct rte_mempool *pool;
static const char *devargs;
static FILE *log_file; /* what was logged since the last life */

/* ---- what a port can leave behind ---- */

struct resources {
	long fds;
	long rings;   /* mappings of packet sockets */
	long sockets; /* packet sockets of the network namespace */
	long heap;    /* bytes of rte_malloc */
	long c_heap;  /* bytes of malloc */
	long mbufs;   /* free ones */
	long ports;
};

static long
count_lines(const char *file, const char *holding)
{
	FILE *f = fopen(file, "r");
	char line[1024];
	long n = 0;

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		n += strstr(line, holding) != NULL;
	fclose(f);
	return n;
}

static long
count_fds(void)
{
	DIR *d = opendir("/proc/self/fd");
	long n = 0;

	if (d == NULL)
		return -1;
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static struct resources
take_stock(void)
{
	struct rte_malloc_socket_stats heap;

	rte_malloc_get_socket_stats(0, &heap);
	return (struct resources){
		.fds = count_fds(),
		.rings = count_lines("/proc/self/maps", "socket:["),
		.sockets = count_lines("/proc/net/packet", ""),
		.heap = heap.heap_allocsz_bytes,
		.c_heap = mallinfo2().uordblks,
		.mbufs = rte_mempool_avail_count(pool),
		.ports = rte_eth_dev_count_total(),
	};
}

/* ---- one life ---- */

static int
exchange(uint16_t port)
{
	struct rte_mbuf *pkts[32];

	for (int round = 0; round < 4; round++) {
		uint16_t nb = 0, sent;

		while (nb < 8 && (pkts[nb] = rte_pktmbuf_alloc(pool)) != NULL)
			memset(rte_pktmbuf_append(pkts[nb++], 100), 0xff, 100);
		sent = rte_eth_tx_burst(port, round % QUEUES, pkts, nb);
		rte_pktmbuf_free_bulk(pkts + sent, nb - sent);
		nb = rte_eth_rx_burst(port, round % QUEUES, pkts, 32);
		rte_pktmbuf_free_bulk(pkts, nb);
	}
	return 0;
}

static int
start_and_stop(uint16_t port)
{
	struct rte_eth_stats stats;
	struct rte_eth_link link;
	int ret = rte_eth_dev_start(port);

	if (ret < 0)
		return ret;
	exchange(port);
	ret = rte_eth_stats_get(port, &stats);
	if (ret == 0)
		ret = rte_eth_link_get_nowait(port, &link);
	rte_eth_dev_stop(port);
	return ret;
}

static int
setup_queues(uint16_t port)
{
	int ret = 0;

	for (uint16_t i = 0; i < QUEUES && ret == 0; i++)
		ret = rte_eth_rx_queue_setup(port, i, 64, 0, NULL, pool);
	for (uint16_t i = 0; i < QUEUES && ret == 0; i++)
		ret = rte_eth_tx_queue_setup(port, i, 64, 0, NULL);
	return ret;
}

/* Everything up to *port being started nb_starts times. The step that failed, or NULL. */
static const char *
live(uint16_t port, unsigned int nb_starts)
{
	struct rte_eth_conf conf = {.rxmode.mtu = 1400};

	if (rte_eth_dev_configure(port, QUEUES, QUEUES, &conf) < 0)
		return "configure";
	if (setup_queues(port) < 0)
		return "queue setup";
	if (rte_eth_promiscuous_enable(port) < 0)
		return "promiscuous";
	if (rte_eth_allmulticast_enable(port) < 0)
		return "allmulticast";
	if (rte_eth_dev_set_mtu(port, 1400) < 0)
		return "mtu";
	for (unsigned int i = 0; i < nb_starts; i++)
		if (start_and_stop(port) < 0)
			return "start";
	return NULL;
}

static const char *
life(unsigned int nb_starts)
{
	const char *failed = "probe";
	uint16_t port;

	if (rte_eal_hotplug_add("vdev", NAME, devargs) == 0 &&
	    rte_eth_dev_get_port_by_name(NAME, &port) == 0) {
		failed = live(port, nb_starts);
		if (rte_eth_dev_close(port) < 0 && failed == NULL)
			failed = "close";
	}
	rte_eal_hotplug_remove("vdev", NAME);
	return failed;
}

/* ---- reports ---- */

static void
print_log(void)
{
	int c;

	rewind(log_file);
	putchar('"');
	while ((c = getc(log_file)) != EOF) {
		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c >= ' ')
			putchar(c);
		else
			printf("\\u%04x", c);
	}
	putchar('"');
}

static void
forget_log(void)
{
	rewind(log_file);
	if (ftruncate(fileno(log_file), 0) < 0)
		perror("ftruncate");
}

static void
report(const char *call, unsigned int nth, const char *failed, const struct resources *a,
       const struct resources *b)
{
	printf("{\"call\": \"%s\", \"nth\": %u, \"failed\": \"%s\", ", call, nth,
	       failed != NULL ? failed : "");
	printf("\"left\": {\"fds\": %ld, \"rings\": %ld, \"sockets\": %ld, \"heap\": %ld, "
	       "\"c_heap\": %ld, \"mbufs\": %ld, \"ports\": %ld}, \"log\": ",
	       b->fds - a->fds, b->rings - a->rings, b->sockets - a->sockets, b->heap - a->heap,
	       b->c_heap - a->c_heap, a->mbufs - b->mbufs, b->ports - a->ports);
	print_log();
	printf("}\n");
	fflush(stdout);
}

static void
sweep(const char *call, int err, bool stays)
{
	bool hit = true;

	for (unsigned int nth = 1; hit && nth < 1000; nth++) {
		struct resources before, after;
		const char *failed;

		forget_log();
		before = take_stock();
		inject_arm(call, nth, err, stays);
		failed = life(1);
		hit = inject_disarm();
		after = take_stock();
		if (hit)
			report(call, nth, failed, &before, &after);
	}
}

static void
repeat(unsigned int nb_probes, unsigned int nb_starts)
{
	struct resources before, after;
	const char *failed = NULL;
	unsigned int i;

	forget_log();
	before = take_stock();
	for (i = 0; i < nb_probes && failed == NULL; i++)
		failed = life(nb_starts);
	after = take_stock();
	report("", i, failed, &before, &after);
}

static int
start_eal(const char *plugin)
{
	char *argv[] = {(char[]){"lifecycle"}, (char[]){"--no-huge"}, (char[]){"-m"},
			(char[]){"128"},       (char[]){"--no-pci"},  (char[]){"--no-shconf"},
			(char[]){"--lcores"},  (char[]){"0"},         (char[]){"--no-telemetry"},
			(char[]){"-d"},        strdup(plugin)};

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("pool", NB_MBUFS, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	log_file = tmpfile();
	return pool == NULL || log_file == NULL || rte_openlog_stream(log_file) < 0 ? -1 : 0;
}

int
main(int argc, char **argv)
{
	setvbuf(stdout, malloc(65536), _IOFBF, 65536);
	if (argc < 4 || start_eal(argv[1]) < 0)
		return 2;
	devargs = argv[2];
	if (strcmp(argv[3], "once") == 0) {
		repeat(1, 1);
	} else if (strcmp(argv[3], "repeat") == 0) {
		life(1); /* what is made once stays */
		repeat(atoi(argv[4]), atoi(argv[5]));
	} else {
		life(1);
		life(1);
		sweep(argv[4], atoi(argv[5]), strcmp(argv[3], "sweep-on") == 0);
	}
	return 0;
}
