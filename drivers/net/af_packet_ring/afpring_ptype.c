/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>
#include <stdbool.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_mbuf_ptype.h>

#include "afpring_headers.h"
#include "afpring_ptype.h"

#define INNER_MASK (RTE_PTYPE_INNER_L2_MASK | RTE_PTYPE_INNER_L3_MASK | RTE_PTYPE_INNER_L4_MASK)

/* IANA's ports of tunnels over UDP */
#define PORT_GTPU 2152
#define PORT_VXLAN 4789
#define PORT_VXLAN_GPE 4790
#define PORT_GENEVE 6081

#define TYPE_LLDP 0x88cc
#define IP_PROTO_IGMP 2

const uint32_t afpring_ptypes[] = {
	RTE_PTYPE_L2_ETHER,
	RTE_PTYPE_L2_ETHER_TIMESYNC,
	RTE_PTYPE_L2_ETHER_ARP,
	RTE_PTYPE_L2_ETHER_LLDP,
	RTE_PTYPE_L2_ETHER_VLAN,
	RTE_PTYPE_L2_ETHER_QINQ,
	RTE_PTYPE_L2_ETHER_PPPOE,
	RTE_PTYPE_L2_ETHER_MPLS,
	RTE_PTYPE_L3_IPV4,
	RTE_PTYPE_L3_IPV4_EXT,
	RTE_PTYPE_L3_IPV6,
	RTE_PTYPE_L3_IPV6_EXT,
	RTE_PTYPE_L4_TCP,
	RTE_PTYPE_L4_UDP,
	RTE_PTYPE_L4_FRAG,
	RTE_PTYPE_L4_SCTP,
	RTE_PTYPE_L4_ICMP,
	RTE_PTYPE_L4_NONFRAG,
	RTE_PTYPE_L4_IGMP,
	RTE_PTYPE_TUNNEL_IP,
	RTE_PTYPE_TUNNEL_GRE,
	RTE_PTYPE_TUNNEL_VXLAN,
	RTE_PTYPE_TUNNEL_NVGRE,
	RTE_PTYPE_TUNNEL_GENEVE,
	RTE_PTYPE_TUNNEL_GTPU,
	RTE_PTYPE_TUNNEL_ESP,
	RTE_PTYPE_TUNNEL_VXLAN_GPE,
	RTE_PTYPE_INNER_L2_ETHER,
	RTE_PTYPE_INNER_L2_ETHER_VLAN,
	RTE_PTYPE_INNER_L2_ETHER_QINQ,
	RTE_PTYPE_INNER_L3_IPV4,
	RTE_PTYPE_INNER_L3_IPV4_EXT,
	RTE_PTYPE_INNER_L3_IPV6,
	RTE_PTYPE_INNER_L3_IPV6_EXT,
	RTE_PTYPE_INNER_L4_TCP,
	RTE_PTYPE_INNER_L4_UDP,
	RTE_PTYPE_INNER_L4_FRAG,
	RTE_PTYPE_INNER_L4_SCTP,
	RTE_PTYPE_INNER_L4_ICMP,
	RTE_PTYPE_INNER_L4_NONFRAG,
	RTE_PTYPE_UNKNOWN,
};

const size_t afpring_nb_ptypes = RTE_DIM(afpring_ptypes) - 1;

/* Where the parser is. */
struct parse {
	const uint8_t *frame;
	uint32_t len;
	uint32_t at;   /* the next header */
	uint16_t type; /* Ethernet type of the header there; 0: nothing that is known */
	uint8_t proto; /* IP protocol of the header there */
	bool inner;    /* inside a tunnel */
};

static inline bool
has(const struct parse *p, uint32_t nb)
{
	return p->at + nb <= p->len;
}

static inline uint16_t
half_at(const struct parse *p, uint32_t offset)
{
	return afpring_headers_load_be16(p->frame + p->at + offset);
}

/* ---- L2 ---- */

static uint32_t
untagged(uint16_t type)
{
	switch (type) {
	case RTE_ETHER_TYPE_ARP:
		return RTE_PTYPE_L2_ETHER_ARP;
	case RTE_ETHER_TYPE_1588:
		return RTE_PTYPE_L2_ETHER_TIMESYNC;
	case TYPE_LLDP:
		return RTE_PTYPE_L2_ETHER_LLDP;
	case RTE_ETHER_TYPE_PPPOE_DISCOVERY:
	case RTE_ETHER_TYPE_PPPOE_SESSION:
		return RTE_PTYPE_L2_ETHER_PPPOE;
	case RTE_ETHER_TYPE_MPLS:
	case RTE_ETHER_TYPE_MPLSM:
		return RTE_PTYPE_L2_ETHER_MPLS;
	default:
		return RTE_PTYPE_L2_ETHER;
	}
}

/* QinQ is what begins with a service tag, or has several. */
static uint32_t
l2(struct parse *p)
{
	uint32_t first = p->at + 2 * RTE_ETHER_ADDR_LEN;
	uint32_t nb_tags = 0;

	if (!has(p, RTE_ETHER_HDR_LEN)) {
		p->type = 0;
		return 0;
	}
	p->at = first;
	while (has(p, sizeof(p->type)) &&
	       (half_at(p, 0) == RTE_ETHER_TYPE_VLAN || half_at(p, 0) == RTE_ETHER_TYPE_QINQ)) {
		p->at += RTE_VLAN_HLEN;
		nb_tags++;
	}
	p->type = has(p, sizeof(p->type)) ? half_at(p, 0) : 0;
	p->at += sizeof(p->type);
	if (nb_tags == 0)
		return p->inner ? RTE_PTYPE_INNER_L2_ETHER : untagged(p->type);
	if (nb_tags > 1 || afpring_headers_load_be16(p->frame + first) == RTE_ETHER_TYPE_QINQ)
		return p->inner ? RTE_PTYPE_INNER_L2_ETHER_QINQ : RTE_PTYPE_L2_ETHER_QINQ;
	return p->inner ? RTE_PTYPE_INNER_L2_ETHER_VLAN : RTE_PTYPE_L2_ETHER_VLAN;
}

/* ---- L3 ---- */

static uint32_t
ip4(struct parse *p, bool *frag)
{
	uint32_t header_len;

	if (!has(p, 20))
		return 0;
	header_len = (p->frame[p->at] & 0xf) * 4;
	if (p->frame[p->at] >> 4 != 4 || header_len < 20 || !has(p, header_len))
		return 0;
	*frag = (half_at(p, 6) & 0x3fff) != 0;
	p->proto = p->frame[p->at + 9];
	p->at += header_len;
	if (header_len == 20)
		return p->inner ? RTE_PTYPE_INNER_L3_IPV4 : RTE_PTYPE_L3_IPV4;
	return p->inner ? RTE_PTYPE_INNER_L3_IPV4_EXT : RTE_PTYPE_L3_IPV4_EXT;
}

/* Bytes of the IPv6 extension header there; 0: it is none. */
static uint32_t
extension(const struct parse *p)
{
	switch (p->proto) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		return has(p, 8) ? (p->frame[p->at + 1] + 1) * 8 : 8;
	case IPPROTO_FRAGMENT:
		return 8;
	default:
		return 0;
	}
}

static uint32_t
ip6(struct parse *p, bool *frag)
{
	bool has_extensions;
	uint32_t nb;

	if (!has(p, 40) || p->frame[p->at] >> 4 != 6)
		return 0;
	p->proto = p->frame[p->at + 6];
	p->at += 40;
	has_extensions = extension(p) != 0;
	while (!*frag && (nb = extension(p)) != 0) {
		if (!has(p, nb)) {
			p->at = p->len; /* nothing behind it is told */
			break;
		}
		*frag = p->proto == IPPROTO_FRAGMENT;
		p->proto = p->frame[p->at];
		p->at += nb;
	}
	if (!has_extensions)
		return p->inner ? RTE_PTYPE_INNER_L3_IPV6 : RTE_PTYPE_L3_IPV6;
	return p->inner ? RTE_PTYPE_INNER_L3_IPV6_EXT : RTE_PTYPE_L3_IPV6_EXT;
}

/* ---- L4 ---- */

/* In the place of the outer layer; inside a tunnel the same values stand 16 bits higher. */
static uint32_t
l4_outer(const struct parse *p)
{
	switch (p->proto) {
	case IPPROTO_TCP:
		return has(p, 20) ? RTE_PTYPE_L4_TCP : 0;
	case IPPROTO_UDP:
		return has(p, 8) ? RTE_PTYPE_L4_UDP : 0;
	case IPPROTO_SCTP:
		return has(p, 12) ? RTE_PTYPE_L4_SCTP : 0;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return has(p, 4) ? RTE_PTYPE_L4_ICMP : 0;
	case IP_PROTO_IGMP:
		return p->inner ? RTE_PTYPE_L4_NONFRAG : RTE_PTYPE_L4_IGMP;
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
	case IPPROTO_GRE:
	case IPPROTO_ESP:
		return p->inner ? RTE_PTYPE_L4_NONFRAG : 0; /* outside it is a tunnel */
	default:
		return p->at < p->len ? RTE_PTYPE_L4_NONFRAG : 0;
	}
}

static_assert(RTE_PTYPE_INNER_L4_TCP == RTE_PTYPE_L4_TCP << 16 &&
		      RTE_PTYPE_INNER_L4_UDP == RTE_PTYPE_L4_UDP << 16 &&
		      RTE_PTYPE_INNER_L4_SCTP == RTE_PTYPE_L4_SCTP << 16 &&
		      RTE_PTYPE_INNER_L4_ICMP == RTE_PTYPE_L4_ICMP << 16 &&
		      RTE_PTYPE_INNER_L4_FRAG == RTE_PTYPE_L4_FRAG << 16 &&
		      RTE_PTYPE_INNER_L4_NONFRAG == RTE_PTYPE_L4_NONFRAG << 16,
	      "inner L4 types are the outer ones, higher");

/* ---- tunnels ---- */

/* The header behind p, of this length, ends in front of a header of this type. */
static uint32_t
enter(struct parse *p, uint32_t header_len, uint16_t type, uint32_t tunnel)
{
	p->at += header_len;
	p->type = type;
	return tunnel;
}

static uint32_t
gre(struct parse *p)
{
	uint16_t flags, type;
	bool key;

	if (!has(p, 4))
		return 0;
	flags = half_at(p, 0);
	type = half_at(p, 2);
	key = (flags & 0x2000) != 0;
	return enter(p, 4 + 4 * ((flags >> 15) + key + (flags >> 12 & 1)), type,
		     key && type == RTE_ETHER_TYPE_TEB ? RTE_PTYPE_TUNNEL_NVGRE :
							 RTE_PTYPE_TUNNEL_GRE);
}

static uint16_t
type_by_version(const struct parse *p, uint32_t at)
{
	uint8_t version = p->at + at < p->len ? p->frame[p->at + at] >> 4 : 0;

	return version == 4 ? RTE_ETHER_TYPE_IPV4 : version == 6 ? RTE_ETHER_TYPE_IPV6 : 0;
}

static uint32_t
over_udp(struct parse *p)
{
	static const uint16_t gpe[] = {0, RTE_ETHER_TYPE_IPV4, RTE_ETHER_TYPE_IPV6,
				       RTE_ETHER_TYPE_TEB};
	const uint8_t *h = p->frame + p->at + 8;
	uint32_t nb;

	if (!has(p, 16))
		return 0;
	switch (half_at(p, 2)) {
	case PORT_VXLAN:
		return enter(p, 16, RTE_ETHER_TYPE_TEB, RTE_PTYPE_TUNNEL_VXLAN);
	case PORT_VXLAN_GPE:
		return enter(p, 16, h[3] < RTE_DIM(gpe) ? gpe[h[3]] : 0,
			     RTE_PTYPE_TUNNEL_VXLAN_GPE);
	case PORT_GENEVE:
		return enter(p, 16 + (h[0] & 0x3f) * 4, afpring_headers_load_be16(h + 2),
			     RTE_PTYPE_TUNNEL_GENEVE);
	case PORT_GTPU:
		nb = (h[0] & 7) != 0 ? 20 : 16;
		return enter(p, nb, h[1] == 0xff ? type_by_version(p, nb) : 0,
			     RTE_PTYPE_TUNNEL_GTPU);
	default:
		return 0;
	}
}

static uint32_t
tunnel(struct parse *p)
{
	switch (p->proto) {
	case IPPROTO_IPIP:
		return enter(p, 0, RTE_ETHER_TYPE_IPV4, RTE_PTYPE_TUNNEL_IP);
	case IPPROTO_IPV6:
		return enter(p, 0, RTE_ETHER_TYPE_IPV6, RTE_PTYPE_TUNNEL_IP);
	case IPPROTO_GRE:
		return gre(p);
	case IPPROTO_ESP:
		return enter(p, 0, 0, RTE_PTYPE_TUNNEL_ESP);
	case IPPROTO_UDP:
		return over_udp(p);
	default:
		return 0;
	}
}

/* ---- all ---- */

/* From L3 on. true: an L4 header or a tunnel is at p. */
static bool
l3_and_l4(struct parse *p, uint32_t *ptype)
{
	uint32_t l3 = 0, l4;
	bool frag = false;

	if (p->type == RTE_ETHER_TYPE_IPV4)
		l3 = ip4(p, &frag);
	else if (p->type == RTE_ETHER_TYPE_IPV6)
		l3 = ip6(p, &frag);
	if (l3 == 0)
		return false;
	l4 = frag ? RTE_PTYPE_L4_FRAG : l4_outer(p);
	*ptype |= l3 | (p->inner ? l4 << 16 : l4);
	return !frag;
}

uint32_t
afpring_ptype(const uint8_t *frame, uint32_t len, uint32_t layers)
{
	struct parse p = {.frame = frame, .len = len};
	uint32_t ptype = l2(&p);
	uint32_t outside;

	if (!l3_and_l4(&p, &ptype) || (layers & (RTE_PTYPE_TUNNEL_MASK | INNER_MASK)) == 0)
		return ptype & layers;
	outside = tunnel(&p);
	if (outside == 0)
		return ptype & layers;
	ptype |= outside;
	p.inner = true;
	if (p.type == RTE_ETHER_TYPE_TEB)
		ptype |= l2(&p);
	l3_and_l4(&p, &ptype);
	return ptype & layers;
}
