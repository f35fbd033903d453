/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_geneve.h>
#include <rte_gtp.h>
#include <rte_vxlan.h>

#include "afpring_flow_action.h"
#include "afpring_flow_fields.h"
#include "afpring_flow_parse.h"

/* How far the pattern has come. */
enum layer {
	NOTHING,
	ETHERNET,
	TAG, /* one */
	TAGS,
	NETWORK,
	TRANSPORT,
	TUNNEL,
};

struct parser {
	struct afpring_flow_pattern pattern;
	enum layer layer;
	uint16_t l3; /* the Ethernet type of its item; 0: any, or none yet */
	uint16_t l4; /* the same of the protocol */
};

/* What items have, as it is on the wire, and in which fields. */
#define FIELDS_MAX 10
#define UDP_LEN 8

struct header {
	enum rte_flow_item_type type;
	enum layer layer;
	uint16_t code;            /* Ethernet type or protocol */
	uint16_t l3;              /* 0: any */
	uint8_t cksum, cksum_len; /* of L4, which may be unfinished */
	uint8_t fields[FIELDS_MAX + 1];
	const void *mask;
};

/* clang-format off */
static const struct header headers[] = {
	{RTE_FLOW_ITEM_TYPE_IPV4, NETWORK, RTE_ETHER_TYPE_IPV4, 0, 0, 0,
	 {1, 1, 2, 2, 2, 1, 1, 2, 4, 4}, &rte_flow_item_ipv4_mask},
	{RTE_FLOW_ITEM_TYPE_IPV6, NETWORK, RTE_ETHER_TYPE_IPV6, 0, 0, 0,
	 {4, 2, 1, 1, 16, 16}, &rte_flow_item_ipv6_mask},
	{RTE_FLOW_ITEM_TYPE_ARP_ETH_IPV4, NETWORK, RTE_ETHER_TYPE_ARP, 0, 0, 0,
	 {2, 2, 1, 1, 2, 6, 4, 6, 4}, &rte_flow_item_arp_eth_ipv4_mask},
	{RTE_FLOW_ITEM_TYPE_MPLS, NETWORK, RTE_ETHER_TYPE_MPLS, 0, 0, 0,
	 {4}, &rte_flow_item_mpls_mask},
	{RTE_FLOW_ITEM_TYPE_TCP, TRANSPORT, IPPROTO_TCP, 0, 16, 2,
	 {2, 2, 4, 4, 1, 1, 2, 2, 2}, &rte_flow_item_tcp_mask},
	{RTE_FLOW_ITEM_TYPE_UDP, TRANSPORT, IPPROTO_UDP, 0, 6, 2,
	 {2, 2, 2, 2}, &rte_flow_item_udp_mask},
	{RTE_FLOW_ITEM_TYPE_SCTP, TRANSPORT, IPPROTO_SCTP, 0, 8, 4,
	 {2, 2, 4, 4}, &rte_flow_item_sctp_mask},
	{RTE_FLOW_ITEM_TYPE_ICMP, TRANSPORT, IPPROTO_ICMP, RTE_ETHER_TYPE_IPV4, 0, 0,
	 {1, 1, 2, 2, 2}, &rte_flow_item_icmp_mask},
	{RTE_FLOW_ITEM_TYPE_ICMP6, TRANSPORT, IPPROTO_ICMPV6, RTE_ETHER_TYPE_IPV6, 0, 0,
	 {1, 1, 2}, &rte_flow_item_icmp6_mask},
	{RTE_FLOW_ITEM_TYPE_GRE, TRANSPORT, IPPROTO_GRE, 0, 0, 0,
	 {2, 2}, &rte_flow_item_gre_mask},
	{RTE_FLOW_ITEM_TYPE_ESP, TRANSPORT, IPPROTO_ESP, 0, 0, 0,
	 {4, 4}, &rte_flow_item_esp_mask},
	{RTE_FLOW_ITEM_TYPE_VXLAN, TUNNEL, RTE_VXLAN_DEFAULT_PORT, 0, 0, 0,
	 {4, 4}, &rte_flow_item_vxlan_mask},
	{RTE_FLOW_ITEM_TYPE_GENEVE, TUNNEL, RTE_GENEVE_DEFAULT_PORT, 0, 0, 0,
	 {2, 2, 4}, &rte_flow_item_geneve_mask},
	{RTE_FLOW_ITEM_TYPE_GTPU, TUNNEL, RTE_GTPU_UDP_PORT, 0, 0, 0,
	 {1, 1, 2, 4}, &rte_flow_item_gtp_mask},
};
/* clang-format on */

/* ---- items ---- */

/* What the application has set. 1: nothing; the item only says that the header is there. */
static int
item_bytes(struct parser *p, const void *mask, struct afpring_flow_bytes *b)
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

static int
parse_eth(struct parser *p)
{
	static const uint8_t addresses[] = {6, 6, 0}, type[] = {2, 0};
	const struct rte_flow_item_eth *spec = p->pattern.item->spec, *mask;
	struct afpring_flow_bytes b;
	int ret;

	if (p->layer != NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "Ethernet stands at the beginning of a pattern only");
	p->layer = ETHERNET;
	ret = item_bytes(p, &rte_flow_item_eth_mask, &b);
	if (ret != 0)
		return RTE_MIN(ret, 0);
	mask = (const void *)b.mask;
	if (mask->reserved != 0)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "reserved bits are set");
	if (mask->has_vlan != 0)
		ret = afpring_flow_add_tags(&p->pattern, spec->has_vlan,
					    spec->has_vlan != 0 ? UINT32_MAX : 0);
	if (ret == 0)
		ret = afpring_flow_add_fields(&p->pattern, AFPRING_FLOW_ETH, &b, 0, 0, addresses);
	if (ret == 0)
		ret = afpring_flow_add_fields(&p->pattern, AFPRING_FLOW_TYPE0, &b, 12, 0, type);
	return ret;
}

/* The outer tag, then the inner one. */
static int
parse_vlan(struct parser *p)
{
	static const uint8_t field[] = {2, 0};
	const struct rte_flow_item_vlan *spec = p->pattern.item->spec, *mask;
	bool inner = p->layer == TAG, asked, more;
	struct afpring_flow_bytes b;
	int ret, added;

	if (p->layer != ETHERNET && p->layer != TAG)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "one or two VLAN tags stand behind Ethernet");
	p->layer++;
	ret = item_bytes(p, &rte_flow_item_vlan_mask, &b);
	mask = (const void *)b.mask;
	if (ret < 0)
		return ret;
	if (ret == 0 && mask->reserved != 0)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "reserved bits are set");
	asked = ret == 0 && mask->has_more_vlan != 0;
	if (asked && inner)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "no third VLAN tag is looked for");
	more = asked && spec->has_more_vlan != 0;
	added = afpring_flow_add_tags(&p->pattern, inner || more ? 2 : 1,
				      asked && !more ? 1 : UINT32_MAX);
	if (ret != 0 || added < 0)
		return added;
	ret = afpring_flow_add_fields(&p->pattern, inner ? AFPRING_FLOW_TCI1 : AFPRING_FLOW_TCI0,
				      &b, 0, 0, field);
	if (ret == 0)
		ret = afpring_flow_add_fields(&p->pattern,
					      inner ? AFPRING_FLOW_TYPE2 : AFPRING_FLOW_TYPE1, &b,
					      2, 0, field);
	return ret;
}

static int
parse_any(struct parser *p)
{
	const struct rte_flow_item_any *spec = p->pattern.item->spec;
	uint32_t nb = spec == NULL || spec->num == 0 ? 1 : spec->num;

	if (p->layer == NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "begin the pattern with eth");
	p->layer = p->layer < NETWORK ? NETWORK - 1 : p->layer;
	if (nb > (uint32_t)(TRANSPORT - p->layer))
		return afpring_flow_refuse(
			&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
			"any stands for an L3 or an L4 header, or with num 2 for both");
	p->layer += nb;
	return 0;
}

static int
check_layer(struct parser *p, const struct header *h)
{
	if (p->layer == NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "begin the pattern with eth");
	if (h->layer == NETWORK && p->layer >= NETWORK)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "one L3 header; what is in a tunnel is not looked at");
	if (h->layer == TRANSPORT && p->layer != NETWORK)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "an L4 header stands behind an L3 header");
	if (h->layer == TRANSPORT && p->l3 != 0 && p->l3 != RTE_ETHER_TYPE_IPV4 &&
	    p->l3 != RTE_ETHER_TYPE_IPV6)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "nothing follows ARP or MPLS");
	if (h->layer == TUNNEL && (p->layer != TRANSPORT || p->l4 != IPPROTO_UDP))
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "the header of this tunnel stands behind UDP");
	if (h->l3 != 0 && p->l3 != 0 && h->l3 != p->l3)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "ICMP stands behind IPv4, ICMPv6 behind IPv6");
	return 0;
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

/* What the item alone says: its header is there. */
static int
add_header(struct parser *p, const struct header *h)
{
	uint32_t len = 0;
	int ret;

	if (h->layer == NETWORK || h->layer == TRANSPORT)
		return afpring_flow_add_exact(&p->pattern,
					      h->layer == NETWORK ? AFPRING_FLOW_L3 :
								    AFPRING_FLOW_L4,
					      h->code);
	for (const uint8_t *size = h->fields; *size != 0; size++)
		len += *size;
	ret = afpring_flow_add_room(&p->pattern, UDP_LEN + len);
	if (ret == 0 && !afpring_flow_has_port(p->pattern.rule))
		ret = afpring_flow_add_port(&p->pattern, h->code);
	return ret;
}

static int
parse_header(struct parser *p, const struct header *h)
{
	enum afpring_flow_where where =
		h->layer == NETWORK ? AFPRING_FLOW_L3_BYTES : AFPRING_FLOW_L4_BYTES;
	uint8_t wire[3][AFPRING_FLOW_ARP_LEN];
	int ret = check_layer(p, h);
	struct afpring_flow_bytes b;

	if (ret == 0)
		ret = add_header(p, h);
	p->layer = h->layer;
	p->l3 = h->layer == NETWORK ? h->code : p->l3;
	p->l4 = h->layer == TRANSPORT ? h->code : p->l4;
	if (ret == 0)
		ret = item_bytes(p, h->mask, &b);
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
	return afpring_flow_add_fields(&p->pattern, where, &b, 0, h->layer == TUNNEL ? UDP_LEN : 0,
				       h->fields);
}

static int
parse_item(struct parser *p)
{
	switch (p->pattern.item->type) {
	case RTE_FLOW_ITEM_TYPE_VOID:
		return 0;
	case RTE_FLOW_ITEM_TYPE_ANY:
		return parse_any(p);
	case RTE_FLOW_ITEM_TYPE_ETH:
		return parse_eth(p);
	case RTE_FLOW_ITEM_TYPE_VLAN:
		return parse_vlan(p);
	default:
		for (size_t i = 0; i < RTE_DIM(headers); i++)
			if (headers[i].type == p->pattern.item->type)
				return parse_header(p, &headers[i]);
		return afpring_flow_refuse(
			&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
			"items are eth, vlan, arp_eth_ipv4, mpls, ipv4, ipv6, tcp, udp, sctp, "
			"icmp, icmp6, gre, esp, vxlan, geneve, gtpu, any, void");
	}
}

/* ---- the whole ---- */

static int
check_attributes(const struct rte_flow_attr *attr, struct rte_flow_error *error)
{
	if (attr->egress != 0)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_EGRESS, attr,
					  "only what the port receives has rules");
	if (attr->transfer != 0)
		return rte_flow_error_set(error, ENOTSUP, RTE_FLOW_ERROR_TYPE_ATTR_TRANSFER, attr,
					  "the port is no part of a switch");
	if (attr->ingress == 0)
		return rte_flow_error_set(error, EINVAL, RTE_FLOW_ERROR_TYPE_ATTR_INGRESS, attr,
					  "a rule is for ingress");
	return 0;
}

int
afpring_flow_parse(const struct rte_flow_attr *attr, const struct rte_flow_item items[],
		   const struct rte_flow_action actions[], uint16_t nb_queues,
		   struct afpring_flow_rule *rule, struct rte_flow_error *error)
{
	struct parser p = {.pattern = {.rule = rule, .error = error}};
	int ret = check_attributes(attr, error);

	memset(rule, 0, sizeof(*rule));
	rule->group = attr->group;
	rule->priority = attr->priority;
	for (p.pattern.item = items; ret == 0 && p.pattern.item->type != RTE_FLOW_ITEM_TYPE_END;
	     p.pattern.item++)
		ret = parse_item(&p);
	return ret == 0 ? afpring_flow_parse_actions(actions, nb_queues, rule, error) : ret;
}
