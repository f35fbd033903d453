/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdint.h>

#include "afpring_bpf.h"
#include "afpring_filter.h"
#include "afpring_uapi.h"

static struct sock_filter closed_insns[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

const struct sock_fprog afpring_filter_closed = {
	.len = RTE_DIM(closed_insns),
	.filter = closed_insns,
};

/* Where the paths of the program end. */
struct verdicts {
	afpring_bpf_place pass;
	afpring_bpf_place drop;
};

static afpring_bpf_place
load_packet(struct afpring_bpf *bpf, uint16_t size, uint32_t offset, afpring_bpf_place next)
{
	return afpring_bpf_do(bpf, BPF_LD | size | BPF_ABS, offset, next);
}

/* The destination address is this one, or what comes next is to decide. */
static afpring_bpf_place
pass_destination(struct afpring_bpf *bpf, const struct rte_ether_addr *mac, afpring_bpf_place pass,
		 afpring_bpf_place next)
{
	uint32_t high = (uint32_t)mac->addr_bytes[0] << 24 | mac->addr_bytes[1] << 16 |
			mac->addr_bytes[2] << 8 | mac->addr_bytes[3];
	uint32_t low = mac->addr_bytes[4] << 8 | mac->addr_bytes[5];
	afpring_bpf_place place;

	place = afpring_bpf_if(bpf, BPF_JEQ, low, pass, next);
	place = load_packet(bpf, BPF_H, 4, place);
	place = afpring_bpf_if(bpf, BPF_JEQ, high, place, next);
	return load_packet(bpf, BPF_W, 0, place);
}

static afpring_bpf_place
check_destination(struct afpring_bpf *bpf, const struct afpring_filter_rule *rule,
		  const struct verdicts *verdicts)
{
	static const struct rte_ether_addr broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	afpring_bpf_place place;

	if (rule->promisc)
		return verdicts->pass;
	place = pass_destination(bpf, &rule->mac, verdicts->pass, verdicts->drop);
	if (!rule->allmulti)
		return pass_destination(bpf, &broadcast, verdicts->pass, place);
	place = afpring_bpf_if(bpf, BPF_JSET, RTE_ETHER_GROUP_ADDR, verdicts->pass, place);
	return load_packet(bpf, BPF_B, 0, place);
}

int
afpring_filter_open(const struct afpring_filter_rule *rule, struct sock_fprog *prog)
{
	struct afpring_bpf bpf = {0};
	struct verdicts verdicts;
	afpring_bpf_place place;

	*prog = (struct sock_fprog){0};
	if (rule->outgoing && rule->promisc)
		return 0;
	verdicts.drop = afpring_bpf_return(&bpf, 0);
	verdicts.pass = afpring_bpf_return(&bpf, UINT32_MAX);
	place = check_destination(&bpf, rule, &verdicts);
	place = afpring_bpf_if(&bpf, BPF_JEQ, PACKET_OUTGOING,
			       rule->outgoing ? verdicts.pass : verdicts.drop, place);
	place = load_packet(&bpf, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE), place);
	return afpring_bpf_finish(&bpf, place, prog);
}
