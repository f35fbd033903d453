/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_ip.h>

#include "flowrules.h"
#include "perf.h"

#define PORT 0
#define MOST 4096

#define SENDER RTE_IPV4(198, 18, 0, 1) /* of perf_frame() */
#define NO_SENDER RTE_IPV4(10, 0, 0, 0)
#define NO_RECEIVER RTE_IPV4(10, 64, 0, 0)
#define NO_PORT 10000

enum kind {
	KIND_ADDRESS,
	KIND_FLOW,
	KIND_MIXED,
};

enum action {
	ACTION_DROP,
	ACTION_COUNT,
};

enum what {
	WHAT_UNICAST,
	WHAT_MULTICAST,
	WHAT_VLANS,
	WHAT_EVERY_SECOND_VLAN,
};

static struct rte_flow *rules[MOST];
static uint32_t nb_rules;
static enum kind kind;
static enum action action;

/* ---- rules ---- */

/* What the rule of this number is for. */
static void
fill_items(uint32_t nth, bool is_last, struct rte_flow_item_ipv4 *ip,
	   struct rte_flow_item_ipv4 *ip_mask, struct rte_flow_item_udp *udp,
	   struct rte_flow_item_udp *udp_mask)
{
	uint32_t sender = action == ACTION_COUNT && is_last ? SENDER : NO_SENDER + nth;
	bool every = kind == KIND_FLOW && sender != SENDER;
	uint32_t turn = kind == KIND_MIXED && sender != SENDER ? nth % 3 : 0;

	if (turn == 0) {
		ip->hdr.src_addr = rte_cpu_to_be_32(sender);
		ip_mask->hdr.src_addr = UINT32_MAX;
	}
	if (turn == 1 || every) {
		ip->hdr.dst_addr = rte_cpu_to_be_32(NO_RECEIVER + nth);
		ip_mask->hdr.dst_addr = UINT32_MAX;
	}
	if (turn == 2 || every) {
		udp->hdr.dst_port = rte_cpu_to_be_16(NO_PORT + nth);
		udp_mask->hdr.dst_port = UINT16_MAX;
	}
	if (every) {
		udp->hdr.src_port = rte_cpu_to_be_16(2 * NO_PORT + nth);
		udp_mask->hdr.src_port = UINT16_MAX;
	}
}

static struct rte_flow *
make_rule(uint32_t nth, bool is_last, struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = {.ingress = 1};
	struct rte_flow_item_ipv4 ip = {0}, ip_mask = {0};
	struct rte_flow_item_udp udp = {0}, udp_mask = {0};
	const struct rte_flow_item items[] = {
		{.type = RTE_FLOW_ITEM_TYPE_ETH},
		{.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &ip, .mask = &ip_mask},
		{.type = RTE_FLOW_ITEM_TYPE_UDP, .spec = &udp, .mask = &udp_mask},
		{.type = RTE_FLOW_ITEM_TYPE_END},
	};
	const struct rte_flow_action_count count = {0};
	const struct rte_flow_action actions[] = {
		action == ACTION_DROP ?
			(struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_DROP} :
			(struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_COUNT,
						 .conf = &count},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};

	*error = (struct rte_flow_error){0};
	fill_items(nth, is_last, &ip, &ip_mask, &udp, &udp_mask);
	return rte_flow_create(PORT, &attr, items, actions, error);
}

static void
do_rules(uint32_t nb)
{
	struct rte_flow_error error = {0};
	uint64_t start;

	rte_flow_flush(PORT, &error);
	nb = RTE_MIN(nb, (uint32_t)MOST);
	start = perf_ns();
	for (nb_rules = 0; nb_rules < nb; nb_rules++) {
		rules[nb_rules] = make_rule(nb_rules, nb_rules + 1 == nb, &error);
		if (rules[nb_rules] == NULL)
			break;
	}
	printf("{\"rules\": %u, \"us\": %.1f, \"why\": \"%s\"}\n", nb_rules,
	       (perf_ns() - start) * 1e-3 / RTE_MAX(nb_rules, 1u),
	       nb_rules == nb        ? "" :
	       error.message != NULL ? error.message :
				       rte_strerror(rte_errno));
}

static void
do_change(uint32_t nb)
{
	struct rte_flow_error error;
	uint64_t start = perf_ns();

	for (uint32_t i = 0; nb_rules != 0 && i < nb; i++) {
		if (rte_flow_destroy(PORT, rules[nb_rules - 1], &error) == 0)
			rules[nb_rules - 1] = make_rule(nb_rules - 1, true, &error);
		if (rules[nb_rules - 1] == NULL)
			nb_rules--;
	}
	printf("{\"rules\": %u, \"us\": %.1f}\n", nb_rules,
	       (perf_ns() - start) * 1e-3 / (2 * RTE_MAX(nb, 1u)));
}

/* ---- filters ---- */

static struct rte_ether_addr
address(uint8_t first, uint32_t nth)
{
	return (struct rte_ether_addr){{first, 0, 0x5e, nth >> 16, nth >> 8, nth}};
}

static int
add_unicast(uint32_t nb)
{
	struct rte_ether_addr mac = {{2, 0, 0, 0, 0, 0x99}}; /* of perf_frame() */
	int ret = rte_eth_dev_mac_addr_add(PORT, &mac, 0);

	for (uint32_t i = 1; ret == 0 && i < nb; i++) {
		mac = address(2, i);
		ret = rte_eth_dev_mac_addr_add(PORT, &mac, 0);
	}
	return ret;
}

static int
add_multicast(uint32_t nb)
{
	static struct rte_ether_addr list[MOST];

	nb = RTE_MIN(nb, (uint32_t)MOST);
	for (uint32_t i = 0; i < nb; i++)
		list[i] = address(1, i);
	return rte_eth_dev_set_mc_addr_list(PORT, list, nb);
}

static int
add_vlans(uint32_t nb, uint32_t step)
{
	int ret = rte_eth_dev_set_vlan_offload(PORT, RTE_ETH_VLAN_FILTER_OFFLOAD);

	for (uint32_t id = FLOWRULES_VLAN % step; ret == 0 && id < RTE_MIN(nb * step, 4096u);
	     id += step)
		ret = rte_eth_dev_vlan_filter(PORT, id, 1);
	return ret;
}

static void
do_filter(enum what what, uint32_t nb)
{
	bool is_vlan = what == WHAT_VLANS || what == WHAT_EVERY_SECOND_VLAN;
	int ret = is_vlan ? add_vlans(nb, what == WHAT_VLANS ? 1 : 2) :
			    rte_eth_promiscuous_disable(PORT);

	if (ret == 0 && !is_vlan)
		ret = add_unicast(what == WHAT_UNICAST ? nb : 1);
	if (ret == 0 && what == WHAT_MULTICAST)
		ret = add_multicast(nb);
	printf("{\"why\": \"%s\"}\n", ret == 0 ? "" : rte_strerror(-ret));
}

/* ---- commands ---- */

int
flowrules_command(const char *word, const unsigned int *numbers)
{
	if (strcmp(word, "rules") == 0) {
		kind = numbers[0];
		action = numbers[1];
		do_rules(numbers[2]);
	} else if (strcmp(word, "change") == 0) {
		do_change(numbers[0]);
	} else if (strcmp(word, "filter") == 0) {
		do_filter(numbers[0], numbers[1]);
	} else {
		return 0;
	}
	fflush(stdout);
	return 1;
}
