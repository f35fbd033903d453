/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A program that makes a port, goes into another network namespace and there asks the
 * port for everything that touches its interface. Results as one JSON object.
 *
 * usage: setns PLUGIN DEVARGS NETNS
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_eal.h>
#include <rte_ethdev.h>

#define NAME "net_afpring0"

static int
enter(const char *file)
{
	return setns(open(file, O_RDONLY), CLONE_NEWNET);
}

static int
packet_sockets(void)
{
	FILE *f = fopen("/proc/thread-self/net/packet", "r");
	char line[256];
	int n = -1;

	if (f == NULL)
		return -1;
	while (fgets(line, sizeof(line), f) != NULL)
		n++;
	fclose(f);
	return n;
}

static int
set_up(const char *plugin, const char *devargs, uint16_t *port)
{
	char *argv[] = {(char[]){"setns"}, (char[]){"--no-huge"}, (char[]){"-m"},
			(char[]){"64"},    (char[]){"--no-pci"},  (char[]){"--no-shconf"},
			(char[]){"-l"},    (char[]){"0"},         (char[]){"--no-telemetry"},
			(char[]){"-d"},    strdup(plugin)};
	struct rte_eth_conf conf = {0};
	struct rte_mempool *pool;

	if (rte_eal_init(sizeof(argv) / sizeof(argv[0]), argv) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("pool", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (pool == NULL || rte_eal_hotplug_add("vdev", NAME, devargs) < 0 ||
	    rte_eth_dev_get_port_by_name(NAME, port) < 0)
		return -1;
	return rte_eth_dev_configure(*port, 1, 1, &conf) < 0 ||
			       rte_eth_rx_queue_setup(*port, 0, 64, 0, NULL, pool) < 0 ||
			       rte_eth_tx_queue_setup(*port, 0, 64, 0, NULL) < 0 ?
		       -1 :
		       0;
}

int
main(int argc, char **argv)
{
	struct rte_ether_addr mac = {{2, 0, 0, 0, 0, 0x77}};
	struct rte_eth_link link = {0};
	int home = open("/proc/thread-self/ns/net", O_RDONLY);
	uint16_t port;

	if (argc != 4 || set_up(argv[1], argv[2], &port) < 0 || enter(argv[3]) < 0)
		return 2;
	printf("{\"mtu\": %d, ", rte_eth_dev_set_mtu(port, 1400));
	printf("\"mac\": %d, ", rte_eth_dev_default_mac_addr_set(port, &mac));
	printf("\"promisc\": %d, ", rte_eth_promiscuous_enable(port));
	rte_eth_link_get_nowait(port, &link);
	printf("\"link_up\": %d, ", link.link_status);
	printf("\"start_away\": %d, ", rte_eth_dev_start(port));
	printf("\"sockets_away\": %d, ", packet_sockets());
	if (setns(home, CLONE_NEWNET) < 0)
		return 3;
	printf("\"start_home\": %d}\n", rte_eth_dev_start(port));
	rte_eth_dev_close(port);
	return 0;
}
