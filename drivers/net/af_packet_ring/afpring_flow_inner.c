/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <netinet/in.h>

#include <rte_ether.h>

#include "afpring_flow_inner.h"

#define GTPU_TYPE_AT 1
#define GTPU_PDU 0xff /* the message that carries a packet */

static int
refuse(struct afpring_flow_parser *p, const char *why)
{
	return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM, why);
}

/* Bits of what the tunnel carries. */
static int
add_bits(struct afpring_flow_parser *p, uint16_t at, uint8_t size, uint32_t mask, uint32_t value)
{
	return afpring_flow_add_bits(&p->pattern, AFPRING_FLOW_L4_BYTES, at,
				     (struct afpring_flow_bits){size, mask, value});
}

bool
afpring_flow_is_inner(const struct afpring_flow_parser *p)
{
	return p->is_inner || p->layer == AFPRING_FLOW_TUNNEL ||
	       (p->layer == AFPRING_FLOW_TRANSPORT && p->l4 == IPPROTO_GRE);
}

/* Go behind the header of the tunnel, which is the last one. */
static int
enter(struct afpring_flow_parser *p)
{
	enum rte_flow_item_type type = p->header->type;
	int ret = 0;

	if (type == RTE_FLOW_ITEM_TYPE_GTPU)
		ret = add_bits(p, p->at + GTPU_TYPE_AT, 1, UINT8_MAX, GTPU_PDU);
	p->type_at =
		type == RTE_FLOW_ITEM_TYPE_GRE || type == RTE_FLOW_ITEM_TYPE_GENEVE ? p->at + 2 : 0;
	if (ret == 0)
		ret = afpring_flow_item_end(p, &p->at);
	p->is_inner = true;
	p->layer = AFPRING_FLOW_NOTHING;
	p->l3 = 0;
	p->l4 = 0;
	return ret;
}

/* What comes before says that this Ethernet type comes next. */
static int
add_type(struct afpring_flow_parser *p, uint16_t type)
{
	if (p->type_at != 0)
		return add_bits(p, p->type_at, 2, UINT16_MAX, type);
	if (p->header->type == RTE_FLOW_ITEM_TYPE_VXLAN)
		return type == RTE_ETHER_TYPE_TEB ? 0 : refuse(p, "eth stands behind vxlan");
	if (type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6)
		return add_bits(p, p->at, 1, 0xf0, type == RTE_ETHER_TYPE_IPV4 ? 0x40 : 0x60);
	return refuse(p, "ipv4 or ipv6 stand behind gtpu");
}

static int
parse_eth(struct afpring_flow_parser *p)
{
	static const uint8_t fields[] = {6, 6, 2, 0};
	const struct rte_flow_item_eth *mask;
	struct afpring_flow_bytes b;
	int ret;

	if (p->layer != AFPRING_FLOW_NOTHING)
		return refuse(p, "Ethernet stands at the beginning of what a tunnel carries");
	ret = add_type(p, RTE_ETHER_TYPE_TEB);
	if (ret == 0)
		ret = afpring_flow_item_room(p, p->at + RTE_ETHER_HDR_LEN);
	if (ret == 0)
		ret = afpring_flow_item_bytes(p, &rte_flow_item_eth_mask, &b);
	mask = (const void *)b.mask;
	if (ret == 0 && (mask->has_vlan != 0 || mask->reserved != 0))
		return refuse(p, "a tag in a tunnel is asked for by the item vlan");
	if (ret == 0)
		ret = afpring_flow_add_fields(&p->pattern, AFPRING_FLOW_L4_BYTES, &b, 0, p->at,
					      fields);
	p->layer = AFPRING_FLOW_ETHERNET;
	p->header = NULL;
	p->type_at = p->at + 2 * RTE_ETHER_ADDR_LEN;
	p->at += RTE_ETHER_HDR_LEN;
	return RTE_MIN(ret, 0);
}

static int
parse_vlan(struct afpring_flow_parser *p)
{
	static const uint8_t fields[] = {2, 2, 0};
	const struct rte_flow_item_vlan *mask;
	struct afpring_flow_bytes b;
	int ret;

	if (p->layer != AFPRING_FLOW_ETHERNET && p->layer != AFPRING_FLOW_TAG)
		return refuse(p, "one or two VLAN tags stand behind Ethernet");
	ret = add_type(p, RTE_ETHER_TYPE_VLAN);
	if (ret == 0)
		ret = afpring_flow_item_room(p, p->at + RTE_VLAN_HLEN);
	if (ret == 0)
		ret = afpring_flow_item_bytes(p, &rte_flow_item_vlan_mask, &b);
	mask = (const void *)b.mask;
	if (ret == 0 && (mask->has_more_vlan != 0 || mask->reserved != 0))
		return refuse(p, "a tag in a tunnel is asked for by the item vlan");
	if (ret == 0)
		ret = afpring_flow_add_fields(&p->pattern, AFPRING_FLOW_L4_BYTES, &b, 0, p->at,
					      fields);
	p->layer++;
	p->type_at = p->at + 2;
	p->at += RTE_VLAN_HLEN;
	return RTE_MIN(ret, 0);
}

/* The header of L3, which is not a fragment, says that this protocol comes next. */
static int
add_protocol(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	uint16_t l3 = p->at;
	int ret;

	if (p->layer != AFPRING_FLOW_NETWORK || p->l3 == RTE_ETHER_TYPE_ARP ||
	    p->l3 == RTE_ETHER_TYPE_MPLS)
		return refuse(p, "in a tunnel, an L4 header stands behind ipv4 or ipv6");
	if (h->l3 != 0 && h->l3 != p->l3)
		return refuse(p, "ICMP stands behind IPv4, ICMPv6 behind IPv6");
	ret = afpring_flow_item_end(p, &p->at);
	if (ret < 0 || p->l3 == RTE_ETHER_TYPE_IPV6)
		return ret < 0 ? ret : add_bits(p, l3 + 6, 1, UINT8_MAX, h->code);
	ret = add_bits(p, l3 + 6, 2, 0x1fff, 0);
	return ret < 0 ? ret : add_bits(p, l3 + 9, 1, UINT8_MAX, h->code);
}

static int
parse_header(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	int ret;

	if (h->layer == AFPRING_FLOW_TUNNEL)
		return refuse(p, "a tunnel in a tunnel is not looked at");
	if (h->layer == AFPRING_FLOW_NETWORK && p->layer >= AFPRING_FLOW_NETWORK)
		return refuse(p, "one L3 header in a tunnel");
	if (h->layer == AFPRING_FLOW_NETWORK)
		ret = add_type(p, h->code);
	else
		ret = add_protocol(p, h);
	if (ret == 0)
		ret = afpring_flow_item_room(p, p->at + afpring_flow_header_len(h));
	p->layer = h->layer;
	p->l3 = h->layer == AFPRING_FLOW_NETWORK ? h->code : p->l3;
	p->l4 = h->layer == AFPRING_FLOW_TRANSPORT ? h->code : p->l4;
	return ret < 0 ? ret : afpring_flow_item_fields(p, h);
}

int
afpring_flow_parse_inner(struct afpring_flow_parser *p)
{
	const struct afpring_flow_header *h = afpring_flow_header_of(p->pattern.item->type);
	int ret = p->is_inner ? 0 : enter(p);

	if (ret < 0)
		return ret;
	if (p->pattern.item->type == RTE_FLOW_ITEM_TYPE_ETH)
		return parse_eth(p);
	if (p->pattern.item->type == RTE_FLOW_ITEM_TYPE_VLAN)
		return parse_vlan(p);
	if (h != NULL)
		return parse_header(p, h);
	return refuse(p, "items in a tunnel are eth, vlan, arp_eth_ipv4, mpls, ipv4, ipv6, tcp, "
			 "udp, sctp, icmp, icmp6, gre, esp, raw, void");
}
