/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A port of four queues with one flow rule, which counts UDP over IPv4 and gives it to queue 3:
 * what testpmd cannot be asked for, since it flushes the rules at stop and never resets a count.
 * JSON lines on standard output: "ready", then one for each line on standard input:
 *
 * take     "took": packets of each queue, until there are none for 0.3 s
 * restart  "restarted": stop and start
 * count    "hits" and "bytes" of the rule
 * reset    the same, which begin at 0 again
 *
 * usage: rules PLUGIN DEVARGS
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_flow.h>

#define QUEUES 4

static void
check(int ret, const char *what)
{
	if (ret == 0)
		return;
	fprintf(stderr, "%s: %s\n", what, rte_strerror(-ret));
	exit(2);
}

static void
setup(void)
{
	struct rte_eth_conf conf = {0};
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("pool", 8191, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);

	check(rte_eth_dev_configure(0, QUEUES, QUEUES, &conf), "configure");
	for (uint16_t q = 0; q < QUEUES; q++) {
		check(rte_eth_rx_queue_setup(0, q, 512, 0, NULL, pool), "rx queue");
		check(rte_eth_tx_queue_setup(0, q, 256, 0, NULL), "tx queue");
	}
}

static struct rte_flow *
make_rule(void)
{
	const struct rte_flow_attr attr = {.ingress = 1};
	const struct rte_flow_item items[] = {{.type = RTE_FLOW_ITEM_TYPE_ETH},
					      {.type = RTE_FLOW_ITEM_TYPE_IPV4},
					      {.type = RTE_FLOW_ITEM_TYPE_UDP},
					      {.type = RTE_FLOW_ITEM_TYPE_END}};
	const struct rte_flow_action_queue queue = {.index = 3};
	const struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_COUNT},
						  {.type = RTE_FLOW_ACTION_TYPE_QUEUE,
						   .conf = &queue},
						  {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_error error = {0};
	struct rte_flow *flow = rte_flow_create(0, &attr, items, actions, &error);

	if (flow == NULL)
		fprintf(stderr, "rule: %s\n", error.message);
	check(flow == NULL ? -rte_errno : 0, "rule");
	return flow;
}

static void
take(void)
{
	uint64_t last = rte_get_timer_cycles(), took[QUEUES] = {0};

	while (rte_get_timer_cycles() - last < rte_get_timer_hz() * 3 / 10) {
		for (uint16_t q = 0; q < QUEUES; q++) {
			struct rte_mbuf *pkts[32];
			uint16_t nb = rte_eth_rx_burst(0, q, pkts, 32);

			took[q] += nb;
			last = nb != 0 ? rte_get_timer_cycles() : last;
			rte_pktmbuf_free_bulk(pkts, nb);
		}
	}
	printf("{\"took\": [%" PRIu64 ", %" PRIu64 ", %" PRIu64 ", %" PRIu64 "]}\n", took[0],
	       took[1], took[2], took[3]);
}

static void
count(struct rte_flow *flow, bool reset)
{
	const struct rte_flow_action actions[] = {{.type = RTE_FLOW_ACTION_TYPE_COUNT},
						  {.type = RTE_FLOW_ACTION_TYPE_END}};
	struct rte_flow_query_count count = {.reset = reset};
	struct rte_flow_error error;

	check(rte_flow_query(0, flow, actions, &count, &error), "query");
	if (!count.hits_set || !count.bytes_set)
		exit(3);
	printf("{\"hits\": %" PRIu64 ", \"bytes\": %" PRIu64 "}\n", count.hits, count.bytes);
}

int
main(int argc, char **argv)
{
	char vdev[512], line[32];
	char *eal[] = {argv[0], "-l", "0",  "--no-pci", "--no-shconf", "--no-huge",
		       "-m",    "64", "-d", argv[1],    "--vdev",      vdev};
	struct rte_flow *flow;

	if (argc != 3)
		return 1;
	snprintf(vdev, sizeof(vdev), "net_afpring0,%s", argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	setup();
	flow = make_rule();
	check(rte_eth_promiscuous_enable(0), "promiscuous");
	check(rte_eth_dev_start(0), "start");
	printf("{\"ready\": 1}\n");
	while (fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, "take\n") == 0)
			take();
		else if (strcmp(line, "restart\n") != 0)
			count(flow, strcmp(line, "reset\n") == 0);
		else {
			check(rte_eth_dev_stop(0), "stop");
			check(rte_eth_dev_start(0), "start");
			printf("{\"restarted\": 1}\n");
		}
	}
	return 0;
}
