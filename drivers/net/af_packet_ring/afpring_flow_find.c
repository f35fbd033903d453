/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A packet that comes in has its outer tag beside it (skb_vlan_untag()), and in front of its
 * network header an Ethernet header of 14 bytes.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "afpring_flow_find.h"

/* Words of M[], whatever has been found. */
enum mem {
	MEM_L3 = 0, /* Ethernet type of a whole L3 header, or NONE */
	MEM_L4,     /* protocol of a whole L4 header, or NONE */
	MEM_TAGS,   /* number of tags */
	MEM_TYPE0,  /* as enum afpring_flow_where has them */
	MEM_TCI1,   /* 0: no inner tag */
	MEM_TYPE2,  /* the same */
	MEM_L3_AT,  /* where it begins */
	MEM_L4_AT,  /* the same; 0 if it is NONE */
};

#define NONE 0x10000 /* no Ethernet type and no protocol */

#define IP4_MIN 20
#define IP6_LEN 40
#define ARP_LEN 28
#define MPLS_LEN 4
#define EXT_MIN 8

struct writer {
	struct afpring_bpf *bpf;
	uint32_t base;
	bool needs_l4;
	afpring_bpf_place no_l4; /* the L4 header is not there */
	afpring_bpf_place rules;
};

static afpring_bpf_place
put(struct writer *w, uint16_t code, uint32_t k, afpring_bpf_place next)
{
	return afpring_bpf_do(w->bpf, code, k, next);
}

static afpring_bpf_place
put_if(struct writer *w, uint16_t test, uint32_t k, afpring_bpf_place yes, afpring_bpf_place no)
{
	return afpring_bpf_if(w->bpf, test, k, yes, no);
}

static afpring_bpf_place
keep(struct writer *w, enum mem mem, uint32_t value, afpring_bpf_place next)
{
	return put(w, BPF_LD | BPF_IMM, value, put(w, BPF_ST, mem, next));
}

/* ---- where the headers are ---- */

/* So many bytes are there from X on. */
static afpring_bpf_place
if_there(struct writer *w, uint32_t bytes, afpring_bpf_place yes, afpring_bpf_place no)
{
	afpring_bpf_place next = put_if(w, BPF_JGE | BPF_K, bytes, yes, no);

	next = put(w, BPF_ALU | BPF_SUB | BPF_X, 0, next);
	next = put_if(w, BPF_JGE | BPF_X, 0, next, no); /* X may be behind the end */
	return put(w, BPF_LD | BPF_W | BPF_LEN, 0, next);
}

/* A is the protocol, and its header would begin at M[MEM_L4_AT]. */
static afpring_bpf_place
l4(struct writer *w)
{
	static const struct {
		uint8_t proto;
		uint8_t len;
	} headers[] = {
		{IPPROTO_ESP, 8},  {IPPROTO_GRE, 4}, {IPPROTO_ICMPV6, 4}, {IPPROTO_SCTP, 12},
		{IPPROTO_ICMP, 8}, {IPPROTO_UDP, 8}, {IPPROTO_TCP, 20},
	};
	afpring_bpf_place next = w->no_l4, found;

	for (size_t i = 0; i < RTE_DIM(headers); i++) {
		found = keep(w, MEM_L4, headers[i].proto, w->rules);
		found = if_there(w, headers[i].len, found, w->no_l4);
		found = put(w, BPF_LDX | BPF_MEM, MEM_L4_AT, found);
		next = put_if(w, BPF_JEQ | BPF_K, headers[i].proto, found, next);
	}
	return next;
}

/* A is the type of what begins at M[MEM_L4_AT], maybe one of so many extension headers. */
static afpring_bpf_place
ip6_next(struct writer *w, uint32_t nb, afpring_bpf_place to_l4)
{
	afpring_bpf_place next, ext, frag;

	if (nb == 0)
		return to_l4;
	next = ip6_next(w, nb - 1, to_l4);

	frag = put(w, BPF_LD | BPF_B | BPF_IND, 0, next);
	frag = put(w, BPF_ST, MEM_L4_AT, frag);
	frag = put(w, BPF_ALU | BPF_ADD | BPF_K, EXT_MIN, frag);
	frag = put(w, BPF_MISC | BPF_TXA, 0, frag);
	frag = put_if(w, BPF_JSET | BPF_K, 0xfff8, w->no_l4, frag);
	frag = put(w, BPF_LD | BPF_H | BPF_IND, 2, frag);
	frag = if_there(w, EXT_MIN, frag, w->no_l4);
	frag = put(w, BPF_LDX | BPF_MEM, MEM_L4_AT, frag);

	ext = put(w, BPF_LD | BPF_B | BPF_IND, 0, next);
	ext = put(w, BPF_ST, MEM_L4_AT, ext);
	ext = put(w, BPF_ALU | BPF_ADD | BPF_X, 0, ext);
	ext = put(w, BPF_ALU | BPF_ADD | BPF_K, EXT_MIN, ext);
	ext = put(w, BPF_ALU | BPF_LSH | BPF_K, 3, ext);
	ext = put(w, BPF_LD | BPF_B | BPF_IND, 1, ext);
	ext = if_there(w, EXT_MIN, ext, w->no_l4);
	ext = put(w, BPF_LDX | BPF_MEM, MEM_L4_AT, ext);

	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_FRAGMENT, frag, to_l4);
	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_DSTOPTS, ext, next);
	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_ROUTING, ext, next);
	return put_if(w, BPF_JEQ | BPF_K, IPPROTO_HOPOPTS, ext, next);
}

/* X is where the IPv4 header begins. */
static afpring_bpf_place
ip4(struct writer *w, afpring_bpf_place to_l4)
{
	afpring_bpf_place next;

	if (!w->needs_l4)
		return w->no_l4;
	next = put(w, BPF_LD | BPF_B | BPF_IND, 9, to_l4);
	next = put(w, BPF_ST, MEM_L4_AT, next);
	next = put(w, BPF_ALU | BPF_ADD | BPF_X, 0, next);
	next = put(w, BPF_ALU | BPF_LSH | BPF_K, 2, next);
	next = put_if(w, BPF_JGE | BPF_K, IP4_MIN / 4, next, w->no_l4);
	next = put(w, BPF_ALU | BPF_AND | BPF_K, 0xf, next);
	next = put(w, BPF_LD | BPF_B | BPF_IND, 0, next);
	next = put_if(w, BPF_JSET | BPF_K, 0x1fff, w->no_l4, next);
	return put(w, BPF_LD | BPF_H | BPF_IND, 6, next);
}

/* X is where the IPv6 header begins. */
static afpring_bpf_place
ip6(struct writer *w, afpring_bpf_place to_l4)
{
	afpring_bpf_place next;

	if (!w->needs_l4)
		return w->no_l4;
	next = ip6_next(w, AFPRING_FLOW_EXT, to_l4);
	next = put(w, BPF_LD | BPF_B | BPF_IND, 6, next);
	next = put(w, BPF_ST, MEM_L4_AT, next);
	next = put(w, BPF_ALU | BPF_ADD | BPF_K, IP6_LEN, next);
	return put(w, BPF_MISC | BPF_TXA, 0, next);
}

/* A is the Ethernet type behind the tags, and its header would begin at M[MEM_L3_AT]. */
static afpring_bpf_place
l3(struct writer *w)
{
	afpring_bpf_place to_l4 = w->needs_l4 ? l4(w) : w->no_l4;
	afpring_bpf_place none = keep(w, MEM_L3, NONE, w->no_l4);
	const struct {
		uint16_t type;
		uint8_t len;
		afpring_bpf_place next;
	} headers[] = {
		{ETH_P_MPLS_UC, MPLS_LEN, w->no_l4},
		{ETH_P_ARP, ARP_LEN, w->no_l4},
		{ETH_P_IPV6, IP6_LEN, ip6(w, to_l4)},
		{ETH_P_IP, IP4_MIN, ip4(w, to_l4)},
	};
	afpring_bpf_place next = none, found;

	for (size_t i = 0; i < RTE_DIM(headers); i++) {
		found = keep(w, MEM_L3, headers[i].type, headers[i].next);
		found = if_there(w, headers[i].len, found, none);
		found = put(w, BPF_LDX | BPF_MEM, MEM_L3_AT, found);
		next = put_if(w, BPF_JEQ | BPF_K, headers[i].type, found, next);
	}
	return next;
}

static afpring_bpf_place
beside(struct writer *w, uint32_t what, afpring_bpf_place next)
{
	return put(w, BPF_LD | BPF_W | BPF_ABS, (uint32_t)SKF_AD_OFF + what, next);
}

/* A byte of the Ethernet header, which has no tag. */
static uint32_t
in_ethernet(const struct writer *w, uint32_t offset)
{
	return w->base == ETH_HLEN ? offset : (uint32_t)SKF_LL_OFF + offset;
}

static afpring_bpf_place
frame_type(struct writer *w, afpring_bpf_place next)
{
	return put(w, BPF_LD | BPF_H | BPF_ABS, in_ethernet(w, 2 * ETH_ALEN), next);
}

/* With so many tags, of which a second one is in the packet: all that is known of them. */
static afpring_bpf_place
with_tags(struct writer *w, uint32_t nb, afpring_bpf_place next)
{
	if (nb == 2) {
		next = put(w, BPF_ST, MEM_TYPE2, next);
		next = put(w, BPF_LD | BPF_H | BPF_ABS, w->base + 2, next);
		next = put(w, BPF_ST, MEM_TCI1, next);
		next = put(w, BPF_LD | BPF_H | BPF_ABS, w->base, next);
	} else {
		next = frame_type(w, next);
		next = put(w, BPF_ST, MEM_TYPE2, next);
		next = keep(w, MEM_TCI1, 0, next);
	}
	next = put(w, BPF_ST, MEM_TYPE0, next);
	next = nb == 0 ? frame_type(w, next) : beside(w, SKF_AD_VLAN_TPID, next);
	next = keep(w, MEM_L3_AT, w->base + (nb == 2 ? RTE_VLAN_HLEN : 0), next);
	return keep(w, MEM_TAGS, nb, next);
}

static afpring_bpf_place
tags(struct writer *w, afpring_bpf_place to_l3)
{
	afpring_bpf_place none = with_tags(w, 0, to_l3);
	afpring_bpf_place one = with_tags(w, 1, to_l3);
	afpring_bpf_place two = with_tags(w, 2, to_l3), next;

	next = put_if(w, BPF_JGE | BPF_K, w->base + RTE_VLAN_HLEN, two, one);
	two = put(w, BPF_LD | BPF_W | BPF_LEN, 0, next);
	next = put_if(w, BPF_JEQ | BPF_K, ETH_P_8021AD, two, one);
	next = put_if(w, BPF_JEQ | BPF_K, ETH_P_8021Q, two, next);
	next = frame_type(w, next);
	next = put_if(w, BPF_JEQ | BPF_K, 0, none, next);
	return beside(w, SKF_AD_VLAN_TAG_PRESENT, next);
}

/* What the test looks at into A. */
static afpring_bpf_place
load(struct writer *w, const struct afpring_flow_test *test, afpring_bpf_place next)
{
	static const uint16_t sizes[] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W};
	static const uint8_t mems[] = {
		[AFPRING_FLOW_L3] = MEM_L3,          [AFPRING_FLOW_L4] = MEM_L4,
		[AFPRING_FLOW_TAGS] = MEM_TAGS,      [AFPRING_FLOW_TYPE0] = MEM_TYPE0,
		[AFPRING_FLOW_TCI1] = MEM_TCI1,      [AFPRING_FLOW_TYPE2] = MEM_TYPE2,
		[AFPRING_FLOW_L3_BYTES] = MEM_L3_AT, [AFPRING_FLOW_L4_BYTES] = MEM_L4_AT,
		[AFPRING_FLOW_L3_ROOM] = MEM_L3_AT,  [AFPRING_FLOW_L4_ROOM] = MEM_L4_AT,
	};
	uint16_t size = sizes[test->size];

	if (test->mask != UINT32_MAX >> (32 - 8 * test->size))
		next = put(w, BPF_ALU | BPF_AND | BPF_K, test->mask, next);
	switch (test->where) {
	case AFPRING_FLOW_L3_ROOM:
	case AFPRING_FLOW_L4_ROOM:
		next = put(w, BPF_ALU | BPF_SUB | BPF_X, 0, next);
		next = put(w, BPF_LD | BPF_W | BPF_LEN, 0, next);
		return put(w, BPF_LDX | BPF_MEM, mems[test->where], next);
	case AFPRING_FLOW_TCI0:
		return beside(w, SKF_AD_VLAN_TAG, next);
	case AFPRING_FLOW_TYPE1:
		return frame_type(w, next);
	case AFPRING_FLOW_ETH:
		return put(w, BPF_LD | size | BPF_ABS, in_ethernet(w, test->offset), next);
	case AFPRING_FLOW_L3_BYTES:
	case AFPRING_FLOW_L4_BYTES:
		next = put(w, BPF_LD | size | BPF_IND, test->offset, next);
		return put(w, BPF_LDX | BPF_MEM, mems[test->where], next);
	default:
		return put(w, BPF_LD | BPF_MEM, mems[test->where], next);
	}
}

afpring_bpf_place
afpring_flow_find(struct afpring_bpf *bpf, uint32_t base, bool needs_l4, afpring_bpf_place rules)
{
	struct writer w = {.bpf = bpf, .base = base, .needs_l4 = needs_l4, .rules = rules};

	w.no_l4 = keep(&w, MEM_L4, NONE, rules);
	w.no_l4 = keep(&w, MEM_L4_AT, 0, w.no_l4);
	return tags(&w, l3(&w));
}

afpring_bpf_place
afpring_flow_load(struct afpring_bpf *bpf, uint32_t base, const struct afpring_flow_test *test,
		  afpring_bpf_place next)
{
	struct writer w = {.bpf = bpf, .base = base};

	return load(&w, test, next);
}
