/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The program, from its beginning; it is written from its end (afpring_bpf.h):
 *
 *   flow rules ── queue
 *       │
 *   protocol ─┬─ IPv4 ─┬─ kind ── fields into words ─┬─ Toeplitz, 3 words ─┬─ table ── queue
 *             │        │                             │                     │
 *             ├─ IPv6 ─┴─ kind ── fields into words ─┼─ Toeplitz, 9 words ─┤
 *             │                                      │                     │
 *             └─ else ────────── addresses of Ethernet                     └─ else: first entry
 *
 * X is where the IP header begins while the fields are read, then the hash. The kernel runs the
 * program with the packet's data at its network header, and at its Ethernet header for what the
 * host sends (dev_queue_xmit_nit()).
 */
#include <errno.h>
#include <stdlib.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include <rte_common.h>

#include "afpring_bpf.h"
#include "afpring_flow_program.h"
#include "afpring_rss_program.h"

/* The words of the input are M[0], M[1], ... */
#define MEM_SPARE 15

struct writer {
	struct afpring_bpf bpf;
	const struct afpring_rss *rss;
	afpring_bpf_place none; /* no hash */
	afpring_bpf_place eth;
};

static afpring_bpf_place
put(struct writer *w, uint16_t code, uint32_t k, afpring_bpf_place next)
{
	return afpring_bpf_do(&w->bpf, code, k, next);
}

static afpring_bpf_place
put_if(struct writer *w, uint16_t test, uint32_t k, afpring_bpf_place yes, afpring_bpf_place no)
{
	return afpring_bpf_if(&w->bpf, test, k, yes, no);
}

/* ---- hash to queue ---- */

/* The entries from first on, nb of them; A is the index. */
static afpring_bpf_place
entries(struct writer *w, uint32_t first, uint32_t nb)
{
	const uint16_t *reta = w->rss->reta;
	afpring_bpf_place upper, lower;
	bool alike = true;

	for (uint32_t i = 1; i < nb; i++)
		alike &= reta[first + i] == reta[first];
	if (alike)
		return afpring_bpf_return(&w->bpf, reta[first]);
	upper = entries(w, first + nb / 2, nb - nb / 2);
	lower = entries(w, first, nb / 2);
	return put_if(w, BPF_JGE | BPF_K, first + nb / 2, upper, lower);
}

/* After how many entries the table repeats itself as 0, 1, 2, ...; 0: it does not. */
static uint32_t
period(const uint16_t reta[AFPRING_RSS_RETA])
{
	uint32_t nb = 1;

	while (nb < AFPRING_RSS_RETA && reta[nb] == nb)
		nb++;
	for (uint32_t i = 0; i < AFPRING_RSS_RETA; i++)
		if (reta[i] != i % nb)
			return 0;
	return nb;
}

/* As if the hash was 0. */
static afpring_bpf_place
no_hash(struct writer *w, const struct afpring_flow_set *flows)
{
	afpring_bpf_place next = afpring_bpf_return(&w->bpf, w->rss->reta[0]), hashed;

	hashed = afpring_flow_fanout_hashed(&w->bpf, flows, next);
	return hashed == next ? next : put(w, BPF_LDX | BPF_IMM, 0, hashed);
}

/* X is the hash. */
static afpring_bpf_place
table(struct writer *w)
{
	uint32_t nb = period(w->rss->reta);
	afpring_bpf_place next;

	if (nb == 0) {
		next = entries(w, 0, AFPRING_RSS_RETA);
	} else {
		next = afpring_bpf_return_a(&w->bpf);
		next = put(w, BPF_ALU | BPF_MOD | BPF_K, nb, next);
	}
	next = put(w, BPF_ALU | BPF_AND | BPF_K, AFPRING_RSS_RETA - 1, next);
	return put(w, BPF_MISC | BPF_TXA, 0, next);
}

/* ---- input to hash ---- */

/* One word of the input, whose first bit has the number at. Without jumps: which bits are set
 * differs from flow to flow, and no processor could foretell them. */
static afpring_bpf_place
toeplitz_word(struct writer *w, uint32_t mem, uint32_t at, afpring_bpf_place next)
{
	afpring_bpf_place end = next;

	for (uint32_t bit = 0; bit < 32; bit++) {
		uint32_t key = afpring_rss_key_window(w->rss, at + 31 - bit);
		next = put(w, BPF_MISC | BPF_TAX, 0, next);
		next = put(w, BPF_ALU | BPF_XOR | BPF_X, 0, next);
		next = put(w, BPF_ALU | BPF_MUL | BPF_K, key, next);
		if (bit != 31)
			next = put(w, BPF_ALU | BPF_AND | BPF_K, 1, next);
		if (bit != 0)
			next = put(w, BPF_ALU | BPF_RSH | BPF_K, bit, next);
		next = put(w, BPF_LD | BPF_MEM, mem, next);
	}
	next = put_if(w, BPF_JEQ | BPF_K, 0, end, next);
	return put(w, BPF_LD | BPF_MEM, mem, next);
}

static afpring_bpf_place
toeplitz(struct writer *w, uint32_t nb_words, afpring_bpf_place next)
{
	for (uint32_t i = nb_words; i-- != 0;)
		next = toeplitz_word(w, i, i * 32, next);
	return put(w, BPF_LDX | BPF_IMM, 0, next);
}

static bool
has_any(const uint8_t fields[AFPRING_RSS_NB_KINDS])
{
	uint8_t any = 0;

	for (int kind = 0; kind < AFPRING_RSS_NB_KINDS; kind++)
		any |= fields[kind];
	return any != 0;
}

/* ---- fields to input ---- */

/* Where the fields of an IP packet are, in bytes from its header on. */
struct layout {
	uint32_t addresses;
	uint32_t nb; /* words of an address */
	uint32_t l4; /* 0: where the IPv4 header says */
};

/* BIG TCP has a jumbo payload option between the headers (RFC 2675). */
#define JUMBO_LEN 8
#define JUMBO_TCP ((uint32_t)IPPROTO_TCP << 24 | 0xc204)

static const struct layout of_ip4 = {12, 1, 0};
static const struct layout of_ip6 = {8, 4, 40};
static const struct layout of_jumbo = {8, 4, 40 + JUMBO_LEN};

/* Bytes that begin k behind X, if they are among the fields, into M[mem]. */
static afpring_bpf_place
field(struct writer *w, bool wanted, uint32_t k, uint32_t mem, afpring_bpf_place next)
{
	next = put(w, BPF_ST, mem, next);
	return wanted ? put(w, BPF_LD | BPF_W | BPF_IND, k, next) :
			put(w, BPF_LD | BPF_IMM, 0, next);
}

static afpring_bpf_place
ports(struct writer *w, uint8_t fields, uint32_t l4, uint32_t mem, afpring_bpf_place next)
{
	if ((fields & AFPRING_RSS_PORTS) == 0)
		return field(w, false, 0, mem, next);
	next = put(w, BPF_ST, mem, next);
	next = put(w, BPF_ALU | BPF_AND | BPF_K, afpring_rss_port_mask(fields), next);
	next = put(w, BPF_LD | BPF_W | BPF_IND, l4, next);
	if (l4 != 0)
		return next;
	next = put(w, BPF_MISC | BPF_TAX, 0, next);
	next = put(w, BPF_ALU | BPF_ADD | BPF_X, 0, next);
	next = put(w, BPF_ALU | BPF_LSH | BPF_K, 2, next);
	next = put(w, BPF_ALU | BPF_AND | BPF_K, 0xf, next);
	return put(w, BPF_LD | BPF_B | BPF_IND, 0, next);
}

static afpring_bpf_place
ip_fields(struct writer *w, uint8_t fields, const struct layout *ip, afpring_bpf_place next)
{
	uint32_t nb = ip->nb;

	if (w->rss->symmetric) {
		next = afpring_bpf_fold_halves(&w->bpf, 2 * nb, next);
		for (uint32_t i = 0; i < nb; i++)
			next = afpring_bpf_fold_pair(&w->bpf, i, nb + i, next);
	}
	next = ports(w, fields, ip->l4, 2 * nb, next);
	for (uint32_t i = 2 * nb; i-- != 0;)
		next = field(w, (fields & (i < nb ? AFPRING_RSS_SRC : AFPRING_RSS_DST)) != 0,
			     ip->addresses + 4 * i, i, next);
	return next;
}

/* The fields of each kind, alike ones once. */
static void
kinds(struct writer *w, const uint8_t fields[AFPRING_RSS_NB_KINDS], const struct layout *ip,
      afpring_bpf_place hash, afpring_bpf_place of[AFPRING_RSS_NB_KINDS])
{
	for (int kind = 0; kind < AFPRING_RSS_NB_KINDS; kind++) {
		int same = 0;

		while (fields[same] != fields[kind])
			same++;
		if (same != kind)
			of[kind] = of[same];
		else if (fields[kind] == 0)
			of[kind] = w->eth;
		else
			of[kind] = ip_fields(w, fields[kind], ip, hash);
	}
}

static afpring_bpf_place
by_proto(struct writer *w, uint32_t at, const afpring_bpf_place of[AFPRING_RSS_NB_KINDS],
	 afpring_bpf_place otherwise)
{
	afpring_bpf_place next;

	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_SCTP, of[AFPRING_RSS_SCTP], otherwise);
	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_UDP, of[AFPRING_RSS_UDP], next);
	next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_TCP, of[AFPRING_RSS_TCP], next);
	if (at == 6) /* IPv6 has its fragments among the protocols */
		next = put_if(w, BPF_JEQ | BPF_K, IPPROTO_FRAGMENT, of[AFPRING_RSS_FRAG], next);
	return put(w, BPF_LD | BPF_B | BPF_IND, at, next);
}

static afpring_bpf_place
ip4(struct writer *w, const uint8_t fields[AFPRING_RSS_NB_KINDS], afpring_bpf_place hash)
{
	afpring_bpf_place of[AFPRING_RSS_NB_KINDS], next;

	if (!has_any(fields))
		return w->eth;
	kinds(w, fields, &of_ip4, hash, of);
	next = by_proto(w, 9, of, of[AFPRING_RSS_OTHER]);
	next = put_if(w, BPF_JSET | BPF_K, 0x3fff, of[AFPRING_RSS_FRAG], next);
	return put(w, BPF_LD | BPF_H | BPF_IND, 6, next);
}

/* A is the protocol. A packet of BIG TCP is delivered as the segments that it stands for
 * (afpring_split_unjumbo()), and goes where they would. */
static afpring_bpf_place
jumbo(struct writer *w, uint8_t fields, afpring_bpf_place hash, afpring_bpf_place otherwise)
{
	afpring_bpf_place next = fields == 0 ? w->eth : ip_fields(w, fields, &of_jumbo, hash);

	next = put_if(w, BPF_JEQ | BPF_K, JUMBO_TCP, next, otherwise);
	next = put(w, BPF_LD | BPF_W | BPF_IND, 40, next);
	next = put_if(w, BPF_JGT | BPF_K, UINT16_MAX + 1, next, otherwise);
	next = put(w, BPF_LD | BPF_W | BPF_LEN, 0, next);
	return put_if(w, BPF_JEQ | BPF_K, IPPROTO_HOPOPTS, next, otherwise);
}

static afpring_bpf_place
ip6(struct writer *w, const uint8_t fields[AFPRING_RSS_NB_KINDS], afpring_bpf_place hash)
{
	afpring_bpf_place of[AFPRING_RSS_NB_KINDS], otherwise;

	if (!has_any(fields))
		return w->eth;
	kinds(w, fields, &of_ip6, hash, of);
	otherwise = of[AFPRING_RSS_OTHER];
	if (fields[AFPRING_RSS_TCP] != fields[AFPRING_RSS_OTHER])
		otherwise = jumbo(w, fields[AFPRING_RSS_TCP], hash, otherwise);
	return by_proto(w, 6, of, otherwise);
}

/* Addresses as in the frame, destination first: three words, each address one and a half. */
static afpring_bpf_place
eth(struct writer *w, uint8_t fields, afpring_bpf_place hash)
{
	const uint32_t masks[3] = {
		(fields & AFPRING_RSS_DST) != 0 ? UINT32_MAX : 0,
		((fields & AFPRING_RSS_DST) != 0 ? UINT32_MAX << 16 : 0) |
			((fields & AFPRING_RSS_SRC) != 0 ? UINT16_MAX : 0),
		(fields & AFPRING_RSS_SRC) != 0 ? UINT32_MAX : 0,
	};
	afpring_bpf_place next = hash;

	if (fields == 0)
		return w->none;
	for (uint32_t i = 0; i < RTE_DIM(masks); i++) {
		next = put(w, BPF_ST, i, next);
		next = put(w, BPF_ALU | BPF_AND | BPF_K, masks[i], next);
		next = put(w, BPF_LD | BPF_W | BPF_ABS, SKF_LL_OFF + 4 * i, next);
	}
	return next;
}

/* ---- packet to fields ---- */

static afpring_bpf_place
by_type(struct writer *w, afpring_bpf_place to_ip4, afpring_bpf_place to_ip6,
	afpring_bpf_place otherwise)
{
	afpring_bpf_place next = put_if(w, BPF_JEQ | BPF_K, ETH_P_IPV6, to_ip6, otherwise);

	return put_if(w, BPF_JEQ | BPF_K, ETH_P_IP, to_ip4, next);
}

/* X is where the IP header begins, or a tag: the kernel puts the outer one beside the packet. */
static afpring_bpf_place
protocol(struct writer *w, afpring_bpf_place to_ip4, afpring_bpf_place to_ip6)
{
	afpring_bpf_place next, tag;

	tag = by_type(w, to_ip4, to_ip6, w->eth);
	tag = put(w, BPF_LD | BPF_MEM, MEM_SPARE, tag);
	tag = put(w, BPF_MISC | BPF_TAX, 0, tag);
	tag = put(w, BPF_ALU | BPF_ADD | BPF_K, 4, tag);
	tag = put(w, BPF_MISC | BPF_TXA, 0, tag);
	tag = put(w, BPF_ST, MEM_SPARE, tag);
	tag = put(w, BPF_LD | BPF_H | BPF_IND, 2, tag);
	next = put_if(w, BPF_JEQ | BPF_K, ETH_P_8021AD, tag, w->eth);
	next = put_if(w, BPF_JEQ | BPF_K, ETH_P_8021Q, tag, next);
	next = by_type(w, to_ip4, to_ip6, next);
	return put(w, BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL, next);
}

static afpring_bpf_place
network_header(struct writer *w, const struct afpring_flow_set *flows, uint32_t chain,
	       afpring_bpf_place next)
{
	afpring_bpf_place sent;

	next = put(w, BPF_MISC | BPF_TAX, 0, next);
	sent = put(w, BPF_LD | BPF_IMM, ETH_HLEN, next);
	sent = afpring_flow_no_rule(&w->bpf, flows, sent);
	next = put(w, BPF_LD | BPF_IMM, 0, next);
	next = afpring_flow_fanout(&w->bpf, flows, chain, next);
	next = put_if(w, BPF_JEQ | BPF_K, PACKET_OUTGOING, sent, next);
	return put(w, BPF_LD | BPF_B | BPF_ABS, SKF_AD_OFF + SKF_AD_PKTTYPE, next);
}

/* The kernel's check of M[] (check_load_and_stores()) looks at what nothing leads to as well, and
 * takes what stands behind a verdict for its continuation. So no hash stands behind one, and what is
 * not needed is not there. */
static int
write_program(const struct afpring_rss *rss, const struct afpring_flow_set *flows, uint32_t chain,
	      struct sock_fprog *prog)
{
	struct afpring_rss_fields fields = afpring_rss_fields(rss->types);
	struct writer w = {.rss = rss};
	afpring_bpf_place to_queue, hash3, hash9, to_ip4, to_ip6, first;

	w.none = no_hash(&w, flows);
	to_queue = afpring_flow_fanout_hashed(&w.bpf, flows, table(&w));
	hash3 = has_any(fields.ip4) || fields.eth != 0 ? toeplitz(&w, 3, to_queue) : w.none;
	hash9 = has_any(fields.ip6) ? toeplitz(&w, 9, to_queue) : w.none;
	w.eth = eth(&w, fields.eth, hash3);
	to_ip4 = ip4(&w, fields.ip4, hash3);
	to_ip6 = ip6(&w, fields.ip6, hash9);
	first = protocol(&w, to_ip4, to_ip6);
	first = network_header(&w, flows, chain, first);
	return afpring_bpf_finish(&w.bpf, first, prog);
}

int
afpring_rss_program(const struct afpring_rss *rss, const struct afpring_flow_set *flows,
		    struct sock_fprog *prog)
{
	int ret = write_program(rss, flows, AFPRING_FLOW_CHAIN_FAST, prog);

	if (ret == -ENOSPC)
		ret = write_program(rss, flows, AFPRING_FLOW_CHAIN_SHORT, prog);
	return ret;
}
