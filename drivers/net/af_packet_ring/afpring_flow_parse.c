/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_udp.h>

#include "afpring_flow_action.h"
#include "afpring_flow_inner.h"
#include "afpring_flow_parse.h"
#include "afpring_flow_raw.h"

#define UDP_LEN 8

static const struct rte_flow_item_ipv6_frag_ext frag_mask = {
	.hdr = {.next_header = 0xff, .frag_data = UINT16_MAX, .id = UINT32_MAX},
};

static const struct afpring_flow_header frag_header = {
	.type = RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT,
	.layer = AFPRING_FLOW_NETWORK,
	.fields = {1, 1, 2, 4},
	.mask = &frag_mask,
};

/* ---- items ---- */

static int
parse_eth(struct afpring_flow_parser *p)
{
	static const uint8_t addresses[] = {6, 6, 0}, type[] = {2, 0};
	const struct rte_flow_item_eth *spec = p->pattern.item->spec, *mask;
	struct afpring_flow_bytes b;
	int ret;

	if (p->layer != AFPRING_FLOW_NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "Ethernet stands at the beginning of a pattern only");
	p->layer = AFPRING_FLOW_ETHERNET;
	ret = afpring_flow_item_bytes(p, &rte_flow_item_eth_mask, &b);
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
parse_vlan(struct afpring_flow_parser *p)
{
	static const uint8_t field[] = {2, 0};
	const struct rte_flow_item_vlan *spec = p->pattern.item->spec, *mask;
	bool inner = p->layer == AFPRING_FLOW_TAG, asked, more;
	struct afpring_flow_bytes b;
	int ret, added;

	if (p->layer != AFPRING_FLOW_ETHERNET && p->layer != AFPRING_FLOW_TAG)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "one or two VLAN tags stand behind Ethernet");
	p->layer++;
	p->nb_tags++;
	ret = afpring_flow_item_bytes(p, &rte_flow_item_vlan_mask, &b);
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
parse_any(struct afpring_flow_parser *p)
{
	const struct rte_flow_item_any *spec = p->pattern.item->spec;
	uint32_t nb = spec == NULL || spec->num == 0 ? 1 : spec->num;

	if (p->layer == AFPRING_FLOW_NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "begin the pattern with eth");
	p->layer = p->layer < AFPRING_FLOW_NETWORK ? AFPRING_FLOW_NETWORK - 1 : p->layer;
	if (nb > (uint32_t)(AFPRING_FLOW_TRANSPORT - p->layer))
		return afpring_flow_refuse(
			&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
			"any stands for an L3 or an L4 header, or with num 2 for both");
	p->layer += nb;
	p->header = NULL;
	return 0;
}

static int
check_layer(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	if (p->layer == AFPRING_FLOW_NOTHING)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "begin the pattern with eth");
	if (h->layer == AFPRING_FLOW_NETWORK && p->layer >= AFPRING_FLOW_NETWORK)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "one L3 header, but in a tunnel");
	if (h->layer == AFPRING_FLOW_TRANSPORT && p->layer != AFPRING_FLOW_NETWORK)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "an L4 header stands behind an L3 header");
	if (h->layer == AFPRING_FLOW_TRANSPORT && p->l3 != 0 && p->l3 != RTE_ETHER_TYPE_IPV4 &&
	    p->l3 != RTE_ETHER_TYPE_IPV6)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "nothing follows ARP or MPLS");
	if (h->layer == AFPRING_FLOW_TUNNEL &&
	    (p->layer != AFPRING_FLOW_TRANSPORT || p->l4 != IPPROTO_UDP))
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "the header of this tunnel stands behind UDP");
	if (h->l3 != 0 && p->l3 != 0 && h->l3 != p->l3)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM,
					   "ICMP stands behind IPv4, ICMPv6 behind IPv6");
	return 0;
}

/* What the item alone says: its header is there. */
static int
add_header(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	int ret;

	if (h->layer == AFPRING_FLOW_NETWORK || h->layer == AFPRING_FLOW_TRANSPORT)
		return afpring_flow_add_exact(&p->pattern,
					      h->layer == AFPRING_FLOW_NETWORK ? AFPRING_FLOW_L3 :
										 AFPRING_FLOW_L4,
					      h->code);
	ret = afpring_flow_item_room(p, UDP_LEN + afpring_flow_header_len(h));
	if (ret == 0 && !afpring_flow_has_port(p->pattern.rule))
		ret = afpring_flow_add_bits(&p->pattern, AFPRING_FLOW_L4_BYTES,
					    offsetof(struct rte_udp_hdr, dst_port),
					    (struct afpring_flow_bits){2, UINT16_MAX, h->code});
	return ret;
}

static int
parse_header(struct afpring_flow_parser *p, const struct afpring_flow_header *h)
{
	int ret = check_layer(p, h);

	if (ret < 0)
		return ret;
	p->where = h->layer == AFPRING_FLOW_NETWORK ? AFPRING_FLOW_L3_BYTES : AFPRING_FLOW_L4_BYTES;
	p->at = h->layer == AFPRING_FLOW_TUNNEL ? UDP_LEN : 0;
	ret = add_header(p, h);
	p->layer = h->layer;
	p->l3 = h->layer == AFPRING_FLOW_NETWORK ? h->code : p->l3;
	p->l4 = h->layer == AFPRING_FLOW_TRANSPORT ? h->code : p->l4;
	return ret < 0 ? ret : afpring_flow_item_fields(p, h);
}

/* The extension header of a fragment, right behind that of IPv6. */
static int
parse_frag(struct afpring_flow_parser *p)
{
	int ret;

	if (p->is_inner || p->header == NULL || p->header->type != RTE_FLOW_ITEM_TYPE_IPV6)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "ipv6_frag_ext stands behind ipv6, in no tunnel");
	ret = afpring_flow_add_bits(&p->pattern, AFPRING_FLOW_L3_BYTES,
				    offsetof(struct rte_ipv6_hdr, proto),
				    (struct afpring_flow_bits){1, UINT8_MAX, IPPROTO_FRAGMENT});
	p->at = sizeof(struct rte_ipv6_hdr);
	if (ret == 0)
		ret = afpring_flow_item_room(p, p->at + afpring_flow_header_len(&frag_header));
	return ret < 0 ? ret : afpring_flow_item_fields(p, &frag_header);
}

static int
parse_item(struct afpring_flow_parser *p)
{
	enum rte_flow_item_type type = p->pattern.item->type;
	const struct afpring_flow_header *h = afpring_flow_header_of(type);

	if (type == RTE_FLOW_ITEM_TYPE_VOID)
		return 0;
	if (type == RTE_FLOW_ITEM_TYPE_RAW)
		return afpring_flow_parse_raw(p);
	if (p->layer == AFPRING_FLOW_PAYLOAD)
		return afpring_flow_refuse(&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "behind raw stands raw only");
	if (type == RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT)
		return parse_frag(p);
	if (afpring_flow_is_inner(p))
		return afpring_flow_parse_inner(p);
	if (type == RTE_FLOW_ITEM_TYPE_ANY)
		return parse_any(p);
	if (type == RTE_FLOW_ITEM_TYPE_ETH)
		return parse_eth(p);
	if (type == RTE_FLOW_ITEM_TYPE_VLAN)
		return parse_vlan(p);
	if (h != NULL)
		return parse_header(p, h);
	return afpring_flow_refuse(
		&p->pattern, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
		"items are eth, vlan, arp_eth_ipv4, mpls, ipv4, ipv6, ipv6_frag_ext, tcp, udp, "
		"sctp, icmp, icmp6, gre, esp, vxlan, geneve, gtpu, raw, any, void");
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
	struct afpring_flow_parser p = {.pattern = {.rule = rule, .error = error}};
	int ret = check_attributes(attr, error);

	memset(rule, 0, sizeof(*rule));
	rule->group = attr->group;
	rule->priority = attr->priority;
	for (p.pattern.item = items; ret == 0 && p.pattern.item->type != RTE_FLOW_ITEM_TYPE_END;
	     p.pattern.item++)
		ret = parse_item(&p);
	return ret == 0 ? afpring_flow_parse_actions(actions, nb_queues, rule, error) : ret;
}
