/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "afpring_flow_packet.h"

#define NONE 0x10000 /* no Ethernet type and no protocol */

#define IP4_MIN 20
#define IP6_LEN 40
#define EXT_MIN 8

/* Of bytes that are there. */
static uint32_t
number_at(const struct afpring_flow_packet *p, uint32_t at, uint32_t size)
{
	uint32_t number = 0;

	afpring_flow_packet_read(p, at, size, &number);
	return number;
}

static bool
is_there(const struct afpring_flow_packet *p, uint32_t at, uint32_t size)
{
	return at <= p->m->pkt_len && p->m->pkt_len - at >= size;
}

static bool
is_tpid(uint32_t type)
{
	return type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ;
}

/* Where the L3 header would begin. */
static uint32_t
find_tags(struct afpring_flow_packet *p)
{
	uint32_t at = 2 * RTE_ETHER_ADDR_LEN, type = number_at(p, at, 2), nb = 0;

	p->number[AFPRING_FLOW_TYPE0] = type;
	p->number[AFPRING_FLOW_TCI0] = 0;
	p->number[AFPRING_FLOW_TCI1] = 0;
	if ((p->m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) {
		p->number[AFPRING_FLOW_TYPE0] = RTE_ETHER_TYPE_VLAN;
		p->number[AFPRING_FLOW_TCI0] = p->m->vlan_tci;
		nb = 1;
	} else if (is_tpid(type) && is_there(p, at, 2 + RTE_VLAN_HLEN)) {
		p->number[AFPRING_FLOW_TCI0] = number_at(p, at + 2, 2);
		at += RTE_VLAN_HLEN;
		type = number_at(p, at, 2);
		nb = 1;
	}
	p->number[AFPRING_FLOW_TYPE1] = type;
	if (nb == 1 && is_tpid(type) && is_there(p, at, 2 + RTE_VLAN_HLEN)) {
		p->number[AFPRING_FLOW_TCI1] = number_at(p, at + 2, 2);
		at += RTE_VLAN_HLEN;
		type = number_at(p, at, 2);
		nb = 2;
	}
	p->number[AFPRING_FLOW_TYPE2] = type;
	p->number[AFPRING_FLOW_TAGS] = nb;
	return at + 2;
}

static uint32_t
find_l3(struct afpring_flow_packet *p, uint32_t at)
{
	uint32_t type = p->number[AFPRING_FLOW_TYPE2], len;

	switch (type) {
	case RTE_ETHER_TYPE_IPV4:
		len = IP4_MIN;
		break;
	case RTE_ETHER_TYPE_IPV6:
		len = IP6_LEN;
		break;
	case RTE_ETHER_TYPE_ARP:
		len = 28;
		break;
	case RTE_ETHER_TYPE_MPLS:
		len = 4;
		break;
	default:
		return NONE;
	}
	return is_there(p, at, len) ? type : NONE;
}

/* The protocol that begins at *at, or NONE. */
static uint32_t
skip_ip4(const struct afpring_flow_packet *p, uint32_t *at)
{
	uint32_t words = number_at(p, *at, 1) & 0xf, proto = number_at(p, *at + 9, 1);

	if (words < IP4_MIN / 4 || (number_at(p, *at + 6, 2) & 0x1fff) != 0)
		return NONE;
	*at += 4 * words;
	return proto;
}

static uint32_t
skip_ip6(const struct afpring_flow_packet *p, uint32_t *at)
{
	uint32_t proto = number_at(p, *at + 6, 1);

	*at += IP6_LEN;
	for (int i = 0; i < AFPRING_FLOW_EXT; i++) {
		bool fragment = proto == IPPROTO_FRAGMENT;

		if (!fragment && proto != IPPROTO_HOPOPTS && proto != IPPROTO_ROUTING &&
		    proto != IPPROTO_DSTOPTS)
			break;
		if (!is_there(p, *at, EXT_MIN) ||
		    (fragment && (number_at(p, *at + 2, 2) & 0xfff8) != 0))
			return NONE;
		proto = number_at(p, *at, 1);
		*at += EXT_MIN + (fragment ? 0 : EXT_MIN * number_at(p, *at + 1, 1));
	}
	return proto;
}

static uint32_t
find_l4(const struct afpring_flow_packet *p, uint32_t *at)
{
	static const uint8_t sizes[256] = {
		[IPPROTO_TCP] = 20,   [IPPROTO_UDP] = 8, [IPPROTO_ICMP] = 8, [IPPROTO_SCTP] = 12,
		[IPPROTO_ICMPV6] = 4, [IPPROTO_GRE] = 4, [IPPROTO_ESP] = 8,
	};
	uint32_t proto = NONE;

	if (p->number[AFPRING_FLOW_L3] == RTE_ETHER_TYPE_IPV4)
		proto = skip_ip4(p, at);
	else if (p->number[AFPRING_FLOW_L3] == RTE_ETHER_TYPE_IPV6)
		proto = skip_ip6(p, at);
	if (proto == NONE || sizes[proto] == 0 || !is_there(p, *at, sizes[proto]))
		return NONE;
	return proto;
}

void
afpring_flow_packet_find(struct afpring_flow_packet *p, const struct rte_mbuf *m, bool needs_l4)
{
	uint32_t l3;

	p->m = m;
	p->bytes = rte_pktmbuf_mtod(m, const uint8_t *);
	p->nb_bytes = m->data_len;
	if (unlikely(p->nb_bytes < sizeof(p->copy) && p->nb_bytes < m->pkt_len)) {
		p->nb_bytes = RTE_MIN(m->pkt_len, sizeof(p->copy));
		p->bytes = rte_pktmbuf_read(m, 0, p->nb_bytes, p->copy);
	}
	l3 = find_tags(p);
	p->number[AFPRING_FLOW_L3] = find_l3(p, l3);
	p->number[AFPRING_FLOW_L3_ROOM] = m->pkt_len - l3;
	p->number[AFPRING_FLOW_L4] = NONE;
	p->number[AFPRING_FLOW_L4_ROOM] = 0;
	p->at[0] = 0;
	p->at[AFPRING_FLOW_L3_BYTES - AFPRING_FLOW_ETH] = l3;
	p->at[AFPRING_FLOW_L4_BYTES - AFPRING_FLOW_ETH] = 0;
	if (!needs_l4)
		return;
	p->number[AFPRING_FLOW_L4] = find_l4(p, &l3);
	if (p->number[AFPRING_FLOW_L4] == NONE)
		return;
	p->at[AFPRING_FLOW_L4_BYTES - AFPRING_FLOW_ETH] = l3;
	p->number[AFPRING_FLOW_L4_ROOM] = m->pkt_len - l3;
}
