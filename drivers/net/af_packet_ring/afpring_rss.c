/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>

#include "afpring_compat.h"
#include "afpring_rss.h"

/* ---- types to fields ---- */

/* Modifiers leave the fields that they name. */
static uint8_t
named_fields(uint64_t types)
{
	uint8_t named = 0;

	if ((types & RTE_ETH_RSS_L3_SRC_ONLY) != 0)
		named |= AFPRING_RSS_SRC;
	if ((types & RTE_ETH_RSS_L3_DST_ONLY) != 0)
		named |= AFPRING_RSS_DST;
	if ((types & RTE_ETH_RSS_L4_SRC_ONLY) != 0)
		named |= AFPRING_RSS_SPORT;
	if ((types & RTE_ETH_RSS_L4_DST_ONLY) != 0)
		named |= AFPRING_RSS_DPORT;
	return named;
}

/* Fields of a kind that has these ones, less those that no modifier names. */
static uint8_t
narrow(uint8_t fields, uint8_t named)
{
	return (fields & named) != 0 ? fields & named : fields;
}

static void
ip_fields(uint8_t of[AFPRING_RSS_NB_KINDS], uint64_t types, uint64_t any,
	  const uint64_t of_kind[AFPRING_RSS_NB_KINDS])
{
	const uint8_t addresses = AFPRING_RSS_SRC | AFPRING_RSS_DST;
	uint8_t named = named_fields(types);

	for (int kind = 0; kind < AFPRING_RSS_NB_KINDS; kind++) {
		bool has_ports = kind == AFPRING_RSS_TCP || kind == AFPRING_RSS_UDP ||
				 kind == AFPRING_RSS_SCTP;

		if ((types & of_kind[kind]) != 0)
			of[kind] = narrow(addresses | (has_ports ? AFPRING_RSS_PORTS : 0), named);
		else if ((types & any) != 0)
			of[kind] = narrow(addresses, named);
	}
}

struct afpring_rss_fields
afpring_rss_fields(uint64_t types)
{
	static const uint64_t ip4[] = {
		[AFPRING_RSS_FRAG] = RTE_ETH_RSS_FRAG_IPV4,
		[AFPRING_RSS_TCP] = RTE_ETH_RSS_NONFRAG_IPV4_TCP,
		[AFPRING_RSS_UDP] = RTE_ETH_RSS_NONFRAG_IPV4_UDP,
		[AFPRING_RSS_SCTP] = RTE_ETH_RSS_NONFRAG_IPV4_SCTP,
		[AFPRING_RSS_OTHER] = RTE_ETH_RSS_NONFRAG_IPV4_OTHER,
	};
	static const uint64_t ip6[] = {
		[AFPRING_RSS_FRAG] = RTE_ETH_RSS_FRAG_IPV6,
		[AFPRING_RSS_TCP] = RTE_ETH_RSS_NONFRAG_IPV6_TCP,
		[AFPRING_RSS_UDP] = RTE_ETH_RSS_NONFRAG_IPV6_UDP,
		[AFPRING_RSS_SCTP] = RTE_ETH_RSS_NONFRAG_IPV6_SCTP,
		[AFPRING_RSS_OTHER] = RTE_ETH_RSS_NONFRAG_IPV6_OTHER,
	};
	struct afpring_rss_fields fields = {0};

	ip_fields(fields.ip4, types, RTE_ETH_RSS_IPV4, ip4);
	ip_fields(fields.ip6, types, RTE_ETH_RSS_IPV6, ip6);
	if ((types & RTE_ETH_RSS_ETH) != 0) {
		fields.eth = AFPRING_RSS_SRC | AFPRING_RSS_DST;
		if ((types & RTE_ETH_RSS_L2_SRC_ONLY) != 0)
			fields.eth = AFPRING_RSS_SRC;
		else if ((types & RTE_ETH_RSS_L2_DST_ONLY) != 0)
			fields.eth = AFPRING_RSS_DST;
	}
	return fields;
}

enum afpring_rss_kind
afpring_rss_kind(uint8_t ip_proto)
{
	switch (ip_proto) {
	case IPPROTO_TCP:
		return AFPRING_RSS_TCP;
	case IPPROTO_UDP:
		return AFPRING_RSS_UDP;
	case IPPROTO_SCTP:
		return AFPRING_RSS_SCTP;
	default:
		return AFPRING_RSS_OTHER;
	}
}

/* ---- frame to input ---- */

static uint32_t
word_at(const uint8_t *bytes)
{
	rte_be32_t word;

	memcpy(&word, bytes, sizeof(word));
	return rte_be_to_cpu_32(word);
}

static uint16_t
half_at(const uint8_t *bytes)
{
	return bytes[0] << 8 | bytes[1];
}

/* Source and destination in place of each other give the same input. */
static void
fold(uint32_t *words, uint32_t nb_address)
{
	uint32_t *ports = &words[2 * nb_address];

	for (uint32_t i = 0; i < nb_address; i++)
		words[i] = words[nb_address + i] = words[i] ^ words[nb_address + i];
	*ports ^= *ports << 16 | *ports >> 16;
}

struct parse {
	const struct afpring_rss_fields *fields;
	bool symmetric;
	const uint8_t *frame;
	const uint8_t *l3;
	uint32_t len; /* from l3 on */
	uint32_t *words;
};

static uint32_t
eth_input(const struct parse *p)
{
	uint8_t addresses[2 * RTE_ETHER_ADDR_LEN] = {0}; /* as in the frame, destination first */
	const uint32_t nb = sizeof(addresses) / sizeof(*p->words);

	if (p->fields->eth == 0)
		return 0;
	if ((p->fields->eth & AFPRING_RSS_DST) != 0)
		memcpy(addresses, p->frame, RTE_ETHER_ADDR_LEN);
	if ((p->fields->eth & AFPRING_RSS_SRC) != 0)
		memcpy(addresses + RTE_ETHER_ADDR_LEN, p->frame + RTE_ETHER_ADDR_LEN,
		       RTE_ETHER_ADDR_LEN);
	for (uint32_t i = 0; i < nb; i++)
		p->words[i] = word_at(addresses + i * sizeof(*p->words));
	return nb;
}

/* nb words of each address, source first; the ports are where L4 begins. */
static uint32_t
ip_input(const struct parse *p, uint8_t fields, uint32_t addresses, uint32_t nb, uint32_t l4)
{
	const uint8_t *address = p->l3 + addresses;
	uint32_t *words = p->words;

	if (fields == 0)
		return eth_input(p);
	words[2 * nb] = 0;
	if ((fields & AFPRING_RSS_PORTS) != 0) {
		if (p->len < l4 + sizeof(*words))
			return 0;
		words[2 * nb] = word_at(p->l3 + l4) & afpring_rss_port_mask(fields);
	}
	for (uint32_t i = 0; i < nb; i++, address += sizeof(*words)) {
		words[i] = (fields & AFPRING_RSS_SRC) != 0 ? word_at(address) : 0;
		words[nb + i] = (fields & AFPRING_RSS_DST) != 0 ?
					word_at(address + nb * sizeof(*words)) :
					0;
	}
	if (p->symmetric)
		fold(words, nb);
	return 2 * nb + 1;
}

static uint32_t
ip4_input(const struct parse *p)
{
	enum afpring_rss_kind kind;

	if (p->len < sizeof(struct rte_ipv4_hdr))
		return 0;
	kind = (half_at(p->l3 + 6) & 0x3fff) != 0 ? AFPRING_RSS_FRAG : afpring_rss_kind(p->l3[9]);
	return ip_input(p, p->fields->ip4[kind], 12, 1, (p->l3[0] & 0xf) * 4);
}

static uint32_t
ip6_input(const struct parse *p)
{
	enum afpring_rss_kind kind;

	if (p->len < sizeof(struct rte_ipv6_hdr))
		return 0;
	kind = p->l3[6] == IPPROTO_FRAGMENT ? AFPRING_RSS_FRAG : afpring_rss_kind(p->l3[6]);
	return ip_input(p, p->fields->ip6[kind], 8, 4, sizeof(struct rte_ipv6_hdr));
}

uint32_t
afpring_rss_input(const struct afpring_rss_fields *fields, bool symmetric, const uint8_t *frame,
		  uint32_t len, uint32_t nb_tags, uint32_t words[AFPRING_RSS_WORDS])
{
	struct parse p = {fields, symmetric, frame, NULL, 0, words};
	uint32_t l3 = RTE_ETHER_HDR_LEN;
	uint16_t type = 0;

	for (;; l3 += RTE_VLAN_HLEN) {
		if (len < l3)
			return 0;
		type = half_at(frame + l3 - sizeof(type));
		if ((type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ) || nb_tags-- == 0)
			break;
	}
	p.l3 = frame + l3;
	p.len = len - l3;
	if (type == RTE_ETHER_TYPE_IPV4)
		return ip4_input(&p);
	if (type == RTE_ETHER_TYPE_IPV6)
		return ip6_input(&p);
	return eth_input(&p);
}

uint32_t
afpring_rss_port_mask(uint8_t fields)
{
	return ((fields & AFPRING_RSS_SPORT) != 0 ? UINT32_MAX << 16 : 0) |
	       ((fields & AFPRING_RSS_DPORT) != 0 ? UINT16_MAX : 0);
}

/* ---- key ---- */

uint32_t
afpring_rss_key_window(const struct afpring_rss *rss, uint32_t bit)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < 5; i++) {
		uint32_t byte = bit / 8 + i;

		bits = bits << 8 | (byte < rss->key_len ? rss->key[byte] : 0);
	}
	return bits >> (8 - bit % 8);
}

void
afpring_rss_toeplitz_set(struct afpring_rss_toeplitz *t, const struct afpring_rss *rss)
{
	for (uint32_t nibble = 0; nibble < AFPRING_RSS_NIBBLES; nibble++) {
		uint32_t *of = t->of[nibble];

		of[0] = 0;
		for (uint32_t bit = 0; bit < 4; bit++) {
			uint32_t value = 8 >> bit;

			of[value] = afpring_rss_key_window(rss, 4 * nibble + bit);
		}
		for (uint32_t value = 1; value < 16; value++)
			of[value] = of[value & 8] ^ of[value & 4] ^ of[value & 2] ^ of[value & 1];
	}
}
