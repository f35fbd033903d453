/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_mbuf_dyn.h>

#include "afpring_headers.h"
#include "afpring_rx_split.h"

#define IP4 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4_EXT_UNKNOWN)
#define IP6 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV6_EXT_UNKNOWN)

const uint32_t afpring_split_ptypes[] = {
	RTE_PTYPE_L2_ETHER,
	IP4,
	IP6,
	IP4 | RTE_PTYPE_L4_TCP,
	IP4 | RTE_PTYPE_L4_UDP,
	IP6 | RTE_PTYPE_L4_TCP,
	IP6 | RTE_PTYPE_L4_UDP,
	RTE_PTYPE_UNKNOWN,
};

const size_t afpring_nb_split_ptypes = RTE_DIM(afpring_split_ptypes) - 1;

/* ---- mbufs ---- */

uint16_t
afpring_rx_split_prepare(struct afpring_rxq *q, uint16_t nb)
{
	struct afpring_rx_split *split = q->split;

	nb = RTE_MIN(nb, AFPRING_SPLIT_BURST);
	for (uint16_t i = 0; i + 1 < split->nb; i++) {
		uint16_t have = split->seg[i].nb_spare;

		if (have < nb && rte_pktmbuf_alloc_bulk(split->seg[i].pool,
							split->seg[i].spare + have, nb - have) == 0)
			have = nb;
		if (unlikely(have < nb))
			afpring_count(&q->count[AFPRING_RX_NOMBUF], 1);
		split->seg[i].nb_spare = have;
		nb = RTE_MIN(nb, have);
	}
	return nb;
}

void
afpring_rx_split_release(struct afpring_rx_split *split)
{
	for (uint16_t i = 0; i + 1 < split->nb; i++) {
		rte_pktmbuf_free_bulk(split->seg[i].spare, split->seg[i].nb_spare);
		split->seg[i].nb_spare = 0;
	}
}

/* What the burst has said of the packet. */
static void
copy_meta(struct rte_mbuf *to, const struct rte_mbuf *from)
{
	to->port = from->port;
	to->ol_flags =
		(to->ol_flags & RTE_MBUF_F_EXTERNAL) | (from->ol_flags & ~RTE_MBUF_F_EXTERNAL);
	to->packet_type = from->packet_type;
	to->vlan_tci = from->vlan_tci;
	to->vlan_tci_outer = from->vlan_tci_outer;
	to->hash = from->hash;
	to->tx_offload = from->tx_offload;
	to->timesync = from->timesync;
	rte_mbuf_dynfield_copy(to, from);
}

/* What is left of a chain without its first nb bytes; NULL: nothing. */
static struct rte_mbuf *
drop_front(struct rte_mbuf *m, uint32_t nb)
{
	while (m != NULL && nb >= m->data_len) {
		struct rte_mbuf *next = m->next;

		nb -= m->data_len;
		rte_pktmbuf_free_seg(m);
		m = next;
	}
	if (m == NULL)
		return NULL;
	m->data_off += nb;
	m->data_len -= nb;
	return m;
}

/* ---- where a segment ends ---- */

static uint32_t
headers_end(const struct rte_mbuf *m, uint32_t upto)
{
	uint32_t len = RTE_MIN(m->pkt_len, AFPRING_HEADERS_MAX);
	uint8_t copy[AFPRING_HEADERS_MAX], proto;
	const uint8_t *frame = rte_pktmbuf_read(m, 0, len, copy);
	struct afpring_headers h;
	uint32_t l4 = upto & RTE_PTYPE_L4_MASK;
	uint16_t l3;

	if ((upto & RTE_PTYPE_L3_MASK) == 0)
		return afpring_headers_skip_tags(frame, len, 2 * RTE_ETHER_ADDR_LEN, &l3) != 0 ?
			       l3 :
			       0;
	if (!afpring_headers_parse_ip(frame, len, &h, &proto) ||
	    h.ipv6 != ((upto & RTE_PTYPE_L3_MASK) == RTE_PTYPE_L3_IPV6_EXT_UNKNOWN))
		return 0;
	if (l4 == 0)
		return h.l4;
	if (!afpring_headers_parse_l4(frame, len, &h, proto) || h.tcp != (l4 == RTE_PTYPE_L4_TCP))
		return 0;
	return h.payload;
}

/* From start on; start itself where the packet has no such header. */
static uint32_t
segment_end(const struct afpring_rx_split *split, uint16_t i, const struct rte_mbuf *m,
	    uint32_t start)
{
	uint32_t end = m->pkt_len;

	if (split->seg[i].upto != 0)
		end = RTE_MAX(headers_end(m, split->seg[i].upto), start);
	else if (split->seg[i].length != 0)
		end = start + split->seg[i].length;
	return RTE_MIN(end, m->pkt_len);
}

/* ---- packets ---- */

static struct rte_mbuf *
split_packet(struct afpring_rx_split *split, struct rte_mbuf *m)
{
	struct rte_mbuf *first = NULL, **last = &first;
	uint32_t len = m->pkt_len, start = 0;

	for (uint16_t i = 0; i + 1 < split->nb && start < len; i++) {
		uint32_t take = segment_end(split, i, m, start) - start;
		struct rte_mbuf *front;
		const void *src;

		if (take == 0)
			break;
		front = split->seg[i].spare[--split->seg[i].nb_spare];
		take = RTE_MIN(take, rte_pktmbuf_tailroom(front));
		src = rte_pktmbuf_read(m, start, take, rte_pktmbuf_mtod(front, void *));
		if (src != rte_pktmbuf_mtod(front, void *))
			memcpy(rte_pktmbuf_mtod(front, void *), src, take);
		front->data_len = take;
		start += take;
		*last = front;
		last = &front->next;
	}
	if (first == NULL)
		return m;
	copy_meta(first, m);
	first->pkt_len = len;
	*last = drop_front(m, start);
	first->nb_segs = 0;
	for (struct rte_mbuf *seg = first; seg != NULL; seg = seg->next)
		first->nb_segs++;
	return first;
}

void
afpring_rx_split(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++)
		pkts[i] = split_packet(q->split, pkts[i]);
}
