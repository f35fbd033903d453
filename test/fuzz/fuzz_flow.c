/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Any bytes as flow rules and a frame: rules that the parser takes become a program that the kernel
 * takes too, and that lets in what the burst, which asks the same rules in C, lets in.
 */
#include "../unit/unit.h"

#include <linux/if_packet.h>
#include <stdlib.h>

#include "../unit/classic_bpf.h"
#include "afpring_filter.h"
#include "afpring_flow_match.h"
#include "afpring_flow_parse.h"
#include "afpring_flow_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RULES 6
#define GROUPS 4
#define ITEMS 9
#define ITEM_BYTES 48 /* no item of these has more */

static const enum rte_flow_item_type types[] = {
	RTE_FLOW_ITEM_TYPE_ETH,   RTE_FLOW_ITEM_TYPE_VLAN,   RTE_FLOW_ITEM_TYPE_IPV4,
	RTE_FLOW_ITEM_TYPE_IPV6,  RTE_FLOW_ITEM_TYPE_MPLS,   RTE_FLOW_ITEM_TYPE_TCP,
	RTE_FLOW_ITEM_TYPE_UDP,   RTE_FLOW_ITEM_TYPE_SCTP,   RTE_FLOW_ITEM_TYPE_ICMP,
	RTE_FLOW_ITEM_TYPE_ICMP6, RTE_FLOW_ITEM_TYPE_GRE,    RTE_FLOW_ITEM_TYPE_ESP,
	RTE_FLOW_ITEM_TYPE_VXLAN, RTE_FLOW_ITEM_TYPE_GENEVE, RTE_FLOW_ITEM_TYPE_GTPU,
	RTE_FLOW_ITEM_TYPE_VOID,  RTE_FLOW_ITEM_TYPE_RAW,    RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT,
};

struct input {
	const uint8_t *at;
	size_t left;
};

static uint8_t
next(struct input *in)
{
	if (in->left == 0)
		return 0;
	in->left--;
	return *in->at++;
}

/* The item has its bytes; of raw they are the pattern. */
static void
draw_spec(struct rte_flow_item *item, uint8_t what, uint8_t bytes[3][ITEM_BYTES])
{
	static struct rte_flow_item_raw raw[ITEMS][2];
	static uint32_t nb;
	struct rte_flow_item_raw *spec = raw[nb++ % ITEMS];

	item->spec = bytes[0];
	item->last = (what & 0x20) != 0 ? bytes[1] : NULL;
	item->mask = (what & 0x40) != 0 ? bytes[2] : NULL;
	if (item->type != RTE_FLOW_ITEM_TYPE_RAW)
		return;
	spec[0] = (struct rte_flow_item_raw){.relative = bytes[0][0],
					     .offset = (int8_t)bytes[0][1],
					     .length = bytes[0][2] % (ITEM_BYTES - 3),
					     .pattern = bytes[0] + 3};
	spec[1] = rte_flow_item_raw_mask;
	spec[1].pattern = bytes[2];
	item->spec = &spec[0];
	item->last = NULL;
	item->mask = (what & 0x40) != 0 ? &spec[1] : NULL;
}

static bool
draw_rule(struct input *in, struct afpring_flow_rule *rule)
{
	static uint8_t bytes[ITEMS][3][ITEM_BYTES];
	struct rte_flow_item items[ITEMS + 1] = {0};
	const uint8_t how = next(in), where = next(in);
	const struct rte_flow_attr attr = {.ingress = 1, .group = where % GROUPS};
	const struct rte_flow_action_queue queue = {0};
	const struct rte_flow_action_jump jump = {.group = (where >> 2) % GROUPS};
	const struct rte_flow_action actions[] = {
		{.type = how & 1 ? RTE_FLOW_ACTION_TYPE_COUNT : RTE_FLOW_ACTION_TYPE_VOID},
		{.type = (where & 0x10) != 0 ? RTE_FLOW_ACTION_TYPE_JUMP :
			 (how & 2) != 0      ? RTE_FLOW_ACTION_TYPE_DROP :
			 (how & 4) != 0      ? RTE_FLOW_ACTION_TYPE_QUEUE :
					       RTE_FLOW_ACTION_TYPE_PASSTHRU,
		 .conf = (where & 0x10) != 0 ? (const void *)&jump : &queue},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};
	struct rte_flow_error error;

	memset(bytes, 0, sizeof(bytes));
	items[0].type = RTE_FLOW_ITEM_TYPE_ETH;
	for (uint32_t i = 0; i < (how >> 3) % (ITEMS + 1u); i++) {
		uint8_t what = next(in), nb = next(in) % ITEM_BYTES;

		items[i].type = i == 0 ? RTE_FLOW_ITEM_TYPE_ETH : types[what % RTE_DIM(types)];
		for (uint32_t b = 0; b < nb; b++) {
			bytes[i][0][b] = next(in);
			bytes[i][1][b] = (what & 0x20) != 0 ? next(in) : 0;
			bytes[i][2][b] = next(in);
		}
		if ((what & 0x10) != 0)
			draw_spec(&items[i], what, bytes[i]);
	}
	return afpring_flow_parse(&attr, items, actions, 1, rule, &error) == 0;
}

/* What the rules let in, by the burst's way of asking them. */
static bool
passes(const struct afpring_flow_table *table, const uint8_t *frame, uint32_t len)
{
	struct afpring_flow_asked asked = {0};
	const struct afpring_flow_rule *rule;
	struct afpring_flow_packet packet;
	struct rte_mbuf m;

	memset(&m, 0, sizeof(m));
	m.buf_addr = (void *)(uintptr_t)frame;
	m.data_len = m.pkt_len = len;
	afpring_flow_packet_find(&packet, &m, table->needs_l4);
	while ((rule = afpring_flow_next(table, &packet, &asked)) != NULL)
		if (afpring_flow_is_counted(rule) || rule->fate != AFPRING_FLOW_PASSTHRU)
			break;
	if (rule == NULL || rule->fate == AFPRING_FLOW_MISS)
		return !table->isolated;
	return !afpring_flow_drops_early(rule);
}

static void
check(const struct afpring_flow_set *set, const uint8_t *frame, uint32_t len)
{
	static const struct afpring_filter_rule all = {.promisc = true};
	bool tag =
		(frame[12] == 0x81 && frame[13] == 0) || (frame[12] == 0x88 && frame[13] == 0xa8);
	struct afpring_flow_table *table = afpring_flow_table_make(set);
	uint8_t *seen = malloc(len);
	struct classic_packet packet = {
		.bytes = seen,
		.nb_bytes = len - 4 * tag,
		.len = len - 4 * tag,
		.type = PACKET_HOST,
		.tagged = tag,
		.tpid = frame[12] << 8 | frame[13],
		.tci = frame[14] << 8 | frame[15],
	};
	struct sock_fprog gate;

	if (afpring_filter_open(&all, set, &gate) == 0) {
		memcpy(seen, frame, 12);
		memcpy(seen + 12, frame + 12 + 4 * tag, len - 12 - 4 * tag);
		if (!classic_bpf_is_taken(&gate) ||
		    (classic_bpf_run(&gate, &packet) != 0) != passes(table, frame, len))
			abort();
	}
	free(gate.filter);
	free(seen);
	afpring_flow_table_free(table);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct afpring_flow_rule rules[RULES], *order[RULES];
	struct input in = {.at = data, .left = size};
	uint8_t how = next(&in);
	struct afpring_flow_set set = {.isolated = (how & 0x80) != 0};
	struct afpring_flow_list list = {.rules = order};
	uint32_t nb = 0;
	struct rte_flow_error error;
	uint8_t *frame;

	for (uint32_t i = 0; i < how % (RULES + 1u); i++)
		nb += draw_rule(&in, &rules[nb]);
	for (uint32_t group = 0; group < GROUPS; group++)
		for (uint32_t i = 0; i < nb; i++)
			if (rules[i].group == group)
				order[list.nb++] = &rules[i];
	if (in.left < 18 || afpring_flow_set_make(&list, &set, &error) != 0)
		return 0;
	frame = malloc(in.left);
	memcpy(frame, in.at, in.left);
	check(&set, frame, in.left);
	free(frame);
	afpring_flow_set_free(&set);
	return 0;
}
