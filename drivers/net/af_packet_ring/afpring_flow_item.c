/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_geneve.h>
#include <rte_gtp.h>
#include <rte_vxlan.h>

#include "afpring_flow_item.h"

#define NETWORK AFPRING_FLOW_NETWORK
#define TRANSPORT AFPRING_FLOW_TRANSPORT
#define TUNNEL AFPRING_FLOW_TUNNEL

/* clang-format off */
static const struct afpring_flow_header headers[] = {
	{RTE_FLOW_ITEM_TYPE_IPV4, NETWORK, RTE_ETHER_TYPE_IPV4, 0, 0, 0,
	 {1, 1, 2, 2, 2, 1, 1, 2, 4, 4}, &rte_flow_item_ipv4_mask, 0, 0x0f, 5},
	{RTE_FLOW_ITEM_TYPE_IPV6, NETWORK, RTE_ETHER_TYPE_IPV6, 0, 0, 0,
	 {4, 2, 1, 1, 16, 16}, &rte_flow_item_ipv6_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_ARP_ETH_IPV4, NETWORK, RTE_ETHER_TYPE_ARP, 0, 0, 0,
	 {2, 2, 1, 1, 2, 6, 4, 6, 4}, &rte_flow_item_arp_eth_ipv4_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_MPLS, NETWORK, RTE_ETHER_TYPE_MPLS, 0, 0, 0,
	 {4}, &rte_flow_item_mpls_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_TCP, TRANSPORT, IPPROTO_TCP, 0, 16, 2,
	 {2, 2, 4, 4, 1, 1, 2, 2, 2}, &rte_flow_item_tcp_mask, 12, 0xf0, 0x50},
	{RTE_FLOW_ITEM_TYPE_UDP, TRANSPORT, IPPROTO_UDP, 0, 6, 2,
	 {2, 2, 2, 2}, &rte_flow_item_udp_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_SCTP, TRANSPORT, IPPROTO_SCTP, 0, 8, 4,
	 {2, 2, 4, 4}, &rte_flow_item_sctp_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_ICMP, TRANSPORT, IPPROTO_ICMP, RTE_ETHER_TYPE_IPV4, 0, 0,
	 {1, 1, 2, 2, 2}, &rte_flow_item_icmp_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_ICMP6, TRANSPORT, IPPROTO_ICMPV6, RTE_ETHER_TYPE_IPV6, 0, 0,
	 {1, 1, 2}, &rte_flow_item_icmp6_mask, 0, 0, 0},
	/* checksum, routing, key, sequence number */
	{RTE_FLOW_ITEM_TYPE_GRE, TRANSPORT, IPPROTO_GRE, 0, 0, 0,
	 {2, 2}, &rte_flow_item_gre_mask, 0, 0xf0, 0},
	{RTE_FLOW_ITEM_TYPE_ESP, TRANSPORT, IPPROTO_ESP, 0, 0, 0,
	 {4, 4}, &rte_flow_item_esp_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_VXLAN, TUNNEL, RTE_VXLAN_DEFAULT_PORT, 0, 0, 0,
	 {4, 4}, &rte_flow_item_vxlan_mask, 0, 0, 0},
	{RTE_FLOW_ITEM_TYPE_GENEVE, TUNNEL, RTE_GENEVE_DEFAULT_PORT, 0, 0, 0,
	 {2, 2, 4}, &rte_flow_item_geneve_mask, 0, 0x3f, 0},
	/* extension header, sequence number, N-PDU number */
	{RTE_FLOW_ITEM_TYPE_GTPU, TUNNEL, RTE_GTPU_UDP_PORT, 0, 0, 0,
	 {1, 1, 2, 4}, &rte_flow_item_gtp_mask, 0, 0x07, 0},
};
/* clang-format on */

const struct afpring_flow_header *
afpring_flow_header_of(enum rte_flow_item_type type)
{
	for (size_t i = 0; i < RTE_DIM(headers); i++)
		if (headers[i].type == type)
			return &headers[i];
	return NULL;
}

uint16_t
afpring_flow_header_len(const struct afpring_flow_header *header)
{
	uint16_t len = 0;

	for (const uint8_t *size = header->fields; *size != 0; size++)
		len += *size;
	return len;
}

int
afpring_flow_item_bytes(struct afpring_flow_parser *p, const void *mask,
			struct afpring_flow_bytes *b)
{
	const struct rte_flow_item *item = p->pattern.item;

	*b = (struct afpring_flow_bytes){.spec = item->spec,
					 .last = item->last,
					 .mask = item->mask};
	if (item->spec == NULL && item->mask != NULL)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "a mask without spec");
	if (item->spec == NULL && item->last != NULL)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_LAST,
					   "last without spec");
	if (b->mask == NULL)
		b->mask = mask;
	return item->spec == NULL;
}

/* The bits behind the header of IPv6 say which extension headers there are. */
static bool
asks_for_extensions(const struct rte_flow_item *item)
{
	const struct rte_flow_item_ipv6 *mask = item->mask;
	struct rte_flow_item_ipv6 flags = {0};

	if (item->type != RTE_FLOW_ITEM_TYPE_IPV6 || mask == NULL)
		return false;
	flags = *mask;
	memset(&flags.hdr, 0, sizeof(flags.hdr));
	return !afpring_flow_is_zero((const uint8_t *)&flags, sizeof(flags));
}

int
afpring_flow_item_fields(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	uint8_t wire[3][AFPRING_FLOW_ARP_LEN];
	struct afpring_flow_bytes b;
	int ret = afpring_flow_item_bytes(p, h->mask, &b);

	p->header = h;
	p->len_is_said = false;
	if (ret != 0)
		return RTE_MIN(ret, 0);
	if (h->type == RTE_FLOW_ITEM_TYPE_ARP_ETH_IPV4) {
		b.spec = afpring_flow_arp(b.spec, wire[0]);
		b.last = afpring_flow_arp(b.last, wire[1]);
		b.mask = afpring_flow_arp(b.mask, wire[2]);
	}
	if (asks_for_extensions(p->pattern.item))
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "which extension headers there are is not looked at");
	if (!afpring_flow_is_zero(b.mask + h->cksum, h->cksum_len))
		return afpring_flow_refuse(
			&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
			"the checksum may be unfinished when the rules are asked");
	p->len_is_said = b.last == NULL && (b.mask[h->len_at] & h->len_bits) == h->len_bits;
	p->len = b.spec[h->len_at] & h->len_bits;
	return afpring_flow_add_fields(&p->pattern, p->where, &b, 0, p->at, h->fields);
}

int
afpring_flow_item_room(struct afpring_flow_parser *p, uint32_t bytes)
{
	return afpring_flow_add_room(&p->pattern,
				     p->where == AFPRING_FLOW_L3_BYTES ? AFPRING_FLOW_L3_ROOM :
									 AFPRING_FLOW_L4_ROOM,
				     bytes);
}

/* Bytes of the header with its options; -1: they have lengths of their own. */
static int
length(const struct afpring_flow_header *h, uint8_t len)
{
	switch (h->type) {
	case RTE_FLOW_ITEM_TYPE_IPV4:
		return 4 * len;
	case RTE_FLOW_ITEM_TYPE_TCP:
		return 4 * (len >> 4);
	case RTE_FLOW_ITEM_TYPE_GENEVE:
		return 8 + 4 * len;
	case RTE_FLOW_ITEM_TYPE_GRE:
		return (len & 0x40) != 0 ? -1 : 4 + 4 * __builtin_popcount(len);
	case RTE_FLOW_ITEM_TYPE_GTPU:
		return (len & 0x04) != 0 ? -1 : len != 0 ? 12 : 8;
	default:
		return afpring_flow_header_len(h);
	}
}

int
afpring_flow_item_end(struct afpring_flow_parser *p, uint16_t *end)
{
	const struct afpring_flow_header *h = p->header;
	uint8_t len = p->len_is_said ? p->len : h->len_plain;
	int size = length(h, len), ret = 0;

	if (size < 0)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "nothing is found behind a source route of GRE or an "
					   "extension header of GTP");
	if (h->len_bits != 0 && !p->len_is_said)
		ret = afpring_flow_add_bits(&p->pattern, p->where, p->at + h->len_at,
					    (struct afpring_flow_bits){1, h->len_bits, len});
	*end = p->at + size;
	return ret;
}
