/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "afpring_bpf.h"
#include "afpring_filter.h"
#include "afpring_flow_program.h"
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
	/* so many comparisons one after the other; more of them are halved first */
	uint32_t chain;
};

static afpring_bpf_place
load_packet(struct afpring_bpf *bpf, uint16_t size, uint32_t offset, afpring_bpf_place next)
{
	return afpring_bpf_do(bpf, BPF_LD | size | BPF_ABS, offset, next);
}

/* ---- addresses ---- */

/* Sorted, and in two parts, because a load has four bytes at most. */
struct address {
	uint16_t high; /* bytes 0 and 1: most multicast addresses have one of two */
	uint32_t low;
};

struct addresses {
	struct address list[AFPRING_FILTER_UNICAST + AFPRING_FILTER_MULTICAST + 1];
	uint32_t nb;
};

static void
add_address(struct addresses *set, const struct rte_ether_addr *mac)
{
	const uint8_t *b = mac->addr_bytes;

	set->list[set->nb++] = (struct address){
		.high = b[0] << 8 | b[1],
		.low = (uint32_t)b[2] << 24 | b[3] << 16 | b[4] << 8 | b[5],
	};
}

static int
compare_addresses(const void *left, const void *right)
{
	const struct address *a = left, *b = right;

	if (a->high != b->high)
		return a->high < b->high ? -1 : 1;
	return a->low < b->low ? -1 : a->low > b->low;
}

static void
sort_addresses(struct addresses *set)
{
	uint32_t nb = 0;

	qsort(set->list, set->nb, sizeof(set->list[0]), compare_addresses);
	for (uint32_t i = 0; i < set->nb; i++)
		if (nb == 0 || compare_addresses(&set->list[nb - 1], &set->list[i]) != 0)
			set->list[nb++] = set->list[i];
	set->nb = nb;
}

/* Of addresses with one high part: the low part in A is one of theirs. */
static afpring_bpf_place
find_low(struct afpring_bpf *bpf, const struct address *list, uint32_t nb,
	 const struct verdicts *verdicts)
{
	afpring_bpf_place place = verdicts->drop, below;

	if (nb > verdicts->chain) {
		place = find_low(bpf, list + nb / 2, nb - nb / 2, verdicts);
		below = find_low(bpf, list, nb / 2, verdicts);
		return afpring_bpf_if(bpf, BPF_JGE, list[nb / 2].low, place, below);
	}
	while (nb-- != 0)
		place = afpring_bpf_if(bpf, BPF_JEQ, list[nb].low, verdicts->pass, place);
	return place;
}

/* The first of the addresses with the high part of this one. */
static uint32_t
group_start(const struct address *list, uint32_t i)
{
	while (i != 0 && list[i - 1].high == list[i].high)
		i--;
	return i;
}

/* The high part in A is one of theirs, and then the low part in X: the group that is
 * looked through next lies behind the comparison that leads there, or it would be too far. */
static afpring_bpf_place
find_high(struct afpring_bpf *bpf, const struct address *list, uint32_t nb,
	  const struct verdicts *verdicts)
{
	uint32_t half = nb == 0 ? 0 : group_start(list, nb / 2);
	afpring_bpf_place place = verdicts->drop, below;

	if (nb > verdicts->chain && half != 0) {
		place = find_high(bpf, list + half, nb - half, verdicts);
		below = find_high(bpf, list, half, verdicts);
		return afpring_bpf_if(bpf, BPF_JGE, list[half].high, place, below);
	}
	for (uint32_t end = nb, start; end != 0; end = start) {
		start = group_start(list, end - 1);
		below = find_low(bpf, list + start, end - start, verdicts);
		below = afpring_bpf_do(bpf, BPF_MISC | BPF_TXA, 0, below);
		place = afpring_bpf_if(bpf, BPF_JEQ, list[start].high, below, place);
	}
	return place;
}

static afpring_bpf_place
check_destination(struct afpring_bpf *bpf, const struct afpring_filter_rule *rule,
		  const struct verdicts *verdicts)
{
	static const struct rte_ether_addr broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct addresses set = {.nb = 0};
	afpring_bpf_place place;

	for (uint32_t i = 0; i < RTE_DIM(rule->unicast); i++)
		if (!rte_is_zero_ether_addr(&rule->unicast[i]))
			add_address(&set, &rule->unicast[i]);
	for (uint32_t i = 0; i < rule->nb_multicast; i++)
		add_address(&set, &rule->multicast[i]);
	add_address(&set, &broadcast);
	sort_addresses(&set);
	place = find_high(bpf, set.list, set.nb, verdicts);
	place = load_packet(bpf, BPF_H, 0, place);
	place = afpring_bpf_do(bpf, BPF_MISC | BPF_TAX, 0, place);
	place = load_packet(bpf, BPF_W, 2, place);
	if (rule->allmulti) {
		place = afpring_bpf_if(bpf, BPF_JSET, RTE_ETHER_GROUP_ADDR, verdicts->pass, place);
		place = load_packet(bpf, BPF_B, 0, place);
	}
	return place;
}

/* ---- VLANs ---- */

/* What is to be shifted by the identifier's low bits goes into the register; words that
 * are the same need no comparison in between. */
static afpring_bpf_place
find_word(struct afpring_bpf *bpf, const uint32_t *vlans, uint32_t from, uint32_t nb,
	  afpring_bpf_place shift, const struct verdicts *verdicts)
{
	afpring_bpf_place upper, lower;
	uint32_t same = 1;

	while (same < nb && vlans[from + same] == vlans[from])
		same++;
	if (same == nb && vlans[from] == 0)
		return verdicts->drop;
	if (same == nb && vlans[from] == UINT32_MAX)
		return verdicts->pass;
	if (same == nb)
		return afpring_bpf_do(bpf, BPF_LD | BPF_IMM, vlans[from], shift);
	upper = find_word(bpf, vlans, from + nb / 2, nb - nb / 2, shift, verdicts);
	lower = find_word(bpf, vlans, from, nb / 2, shift, verdicts);
	return afpring_bpf_if(bpf, BPF_JGE, (from + nb / 2) * 32, upper, lower);
}

/* The tag is beside the packet, where the kernel has put it, or else still in front of
 * its type: the tag control information goes into the register, if there is one. */
static afpring_bpf_place
load_tci(struct afpring_bpf *bpf, afpring_bpf_place tagged, afpring_bpf_place untagged)
{
	afpring_bpf_place inside = load_packet(bpf, BPF_H, RTE_ETHER_HDR_LEN, tagged);
	afpring_bpf_place beside;

	untagged = afpring_bpf_if(bpf, BPF_JEQ, RTE_ETHER_TYPE_QINQ, inside, untagged);
	untagged = afpring_bpf_if(bpf, BPF_JEQ, RTE_ETHER_TYPE_VLAN, inside, untagged);
	untagged = load_packet(bpf, BPF_H, 2 * RTE_ETHER_ADDR_LEN, untagged);
	beside = load_packet(bpf, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG), tagged);
	beside = afpring_bpf_if(bpf, BPF_JEQ, 0, untagged, beside);
	return load_packet(bpf, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT), beside);
}

/* A table of 4096 bits in 128 words: a tree finds the word, a shift the bit. */
static afpring_bpf_place
check_vlan(struct afpring_bpf *bpf, const struct afpring_filter_rule *rule, afpring_bpf_place next,
	   afpring_bpf_place drop)
{
	const struct verdicts verdicts = {.pass = next, .drop = drop};
	afpring_bpf_place place;

	place = afpring_bpf_if(bpf, BPF_JSET, 1, next, drop);
	place = afpring_bpf_do(bpf, BPF_ALU | BPF_RSH | BPF_X, 0, place);
	place = find_word(bpf, rule->vlans, 0, RTE_DIM(rule->vlans), place, &verdicts);
	place = afpring_bpf_do(bpf, BPF_LD | BPF_MEM, 0, place);
	place = afpring_bpf_do(bpf, BPF_MISC | BPF_TAX, 0, place);
	place = afpring_bpf_do(bpf, BPF_ALU | BPF_AND | BPF_K, 31, place);
	place = afpring_bpf_do(bpf, BPF_ST, 0, place);
	place = afpring_bpf_do(bpf, BPF_ALU | BPF_AND | BPF_K, AFPRING_FILTER_VLANS - 1, place);
	return load_tci(bpf, place, next);
}

/* ---- the whole ---- */

static int
write_open(const struct afpring_filter_rule *rule, const struct afpring_flow_set *flows,
	   uint32_t chain, struct sock_fprog *prog)
{
	struct afpring_bpf bpf = {0};
	struct verdicts verdicts = {.chain = chain};
	afpring_bpf_place all = afpring_bpf_return(&bpf, UINT32_MAX), place;

	verdicts.drop = afpring_bpf_return(&bpf, 0);
	place = afpring_flow_gate(&bpf, flows, chain, all, verdicts.drop);
	/* The kernel's check of M[] takes what stands behind a verdict for its continuation: who
	 * comes here without the words that the rules keep there needs verdicts in front of them. */
	if (place != all) {
		verdicts.drop = afpring_bpf_return(&bpf, 0);
		all = afpring_bpf_return(&bpf, UINT32_MAX);
	}
	verdicts.pass = place;
	if (!rule->promisc && !flows->isolated)
		place = check_destination(&bpf, rule, &verdicts);
	if (rule->vlan && !flows->isolated)
		place = check_vlan(&bpf, rule, place, verdicts.drop);
	place = afpring_bpf_if(&bpf, BPF_JEQ, PACKET_OUTGOING, rule->outgoing ? all : verdicts.drop,
			       place);
	place = load_packet(&bpf, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE), place);
	return afpring_bpf_finish(&bpf, place, prog);
}

int
afpring_filter_open(const struct afpring_filter_rule *rule, const struct afpring_flow_set *flows,
		    struct sock_fprog *prog)
{
	int ret;

	*prog = (struct sock_fprog){0};
	if (rule->outgoing && rule->promisc && !rule->vlan && !flows->isolated &&
	    !afpring_flow_has(flows, AFPRING_FLOW_DROP) && flows->also == NULL)
		return 0;
	ret = write_open(rule, flows, AFPRING_FLOW_CHAIN_FAST, prog);
	return ret == -ENOSPC ? write_open(rule, flows, AFPRING_FLOW_CHAIN_SHORT, prog) : ret;
}
