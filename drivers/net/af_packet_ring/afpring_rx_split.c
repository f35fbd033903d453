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

static bool
knows_ptype(uint32_t upto)
{
	for (size_t i = 0; i < afpring_nb_split_ptypes; i++)
		if (afpring_split_ptypes[i] == upto)
			return true;
	return false;
}

/* ethdev looks at segments that have a pool only. */
const char *
afpring_rx_split_set(struct afpring_rx_split *split, const struct rte_eth_rxconf *conf,
		     struct rte_mempool **pool)
{
	uint32_t upto = 0;
	uint16_t last = conf->rx_nseg - 1;
	const struct rte_eth_rxseg_split *seg;

	*pool = NULL;
	split->nb = conf->rx_nseg;
	for (uint16_t i = 0; i < split->nb; i++) {
		seg = &conf->rx_seg[i].split;
		upto |= seg->proto_hdr;
		split->seg[i].pool = seg->mp;
		split->seg[i].length = seg->length;
		split->seg[i].upto = seg->proto_hdr != 0 ? upto : 0;
		if (seg->mp != NULL)
			*pool = seg->mp;
		else if (seg->proto_hdr != 0 && (seg->length != 0 || !knows_ptype(upto)))
			return "a segment without a pool ends with a header that is not supported, "
			       "or with a length, too";
	}
	seg = &conf->rx_seg[last].split;
	if (seg->proto_hdr == 0 &&
	    (seg->length == 0 || (seg->mp != NULL && seg->length + RTE_PKTMBUF_HEADROOM >=
							     rte_pktmbuf_data_room_size(seg->mp))))
		return NULL;
	return "the last segment ends after a length or with a header; it takes the rest: give it "
	       "the size of its mbufs, or 0";
}

/* ---- mbufs ---- */

uint16_t
afpring_rx_split_prepare(struct afpring_rxq *q, uint16_t nb)
{
	struct afpring_rx_split *split = q->split;

	nb = RTE_MIN(nb, AFPRING_SPLIT_BURST);
	for (uint16_t i = 0; i + 1 < split->nb; i++) {
		uint16_t have = split->seg[i].nb_spare;

		if (split->seg[i].pool == NULL)
			continue;
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

/* The chain without its first nb bytes; with nothing left an mbuf without bytes. What the burst
 * has said stays with it. */
static struct rte_mbuf *
drop_front(struct rte_mbuf *m, uint32_t nb)
{
	while (nb >= m->data_len && m->next != NULL) {
		struct rte_mbuf *next = m->next;

		nb -= m->data_len;
		copy_meta(next, m);
		rte_pktmbuf_free_seg(m);
		m = next;
	}
	nb = RTE_MIN(nb, m->data_len);
	m->data_off += nb;
	m->data_len -= nb;
	return m;
}

static void
count_segments(struct rte_mbuf *m)
{
	m->nb_segs = 0;
	m->pkt_len = 0;
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next) {
		m->nb_segs++;
		m->pkt_len += seg->data_len;
	}
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

/* The next segment of the packet, in an mbuf of its pool, which may hold less of it. */
static struct rte_mbuf *
copy_front(struct afpring_rx_split *split, uint16_t i, const struct rte_mbuf *m, uint32_t start,
	   uint32_t len)
{
	struct rte_mbuf *front = split->seg[i].spare[--split->seg[i].nb_spare];
	const void *src;

	len = RTE_MIN(len, rte_pktmbuf_tailroom(front));
	src = rte_pktmbuf_read(m, start, len, rte_pktmbuf_mtod(front, void *));
	if (src != rte_pktmbuf_mtod(front, void *))
		memcpy(rte_pktmbuf_mtod(front, void *), src, len);
	front->data_len = len;
	return front;
}

/* Bytes that go to no segment leave the packet. */
static struct rte_mbuf *
split_packet(struct afpring_rx_split *split, struct rte_mbuf *m)
{
	struct rte_mbuf *first = NULL, **last = &first;
	uint32_t len = m->pkt_len, start = 0;
	uint16_t i;

	for (i = 0; i + 1 < split->nb && start < len; i++) {
		uint32_t take = segment_end(split, i, m, start) - start;

		if (take == 0)
			break;
		if (split->seg[i].pool != NULL) {
			*last = copy_front(split, i, m, start, take);
			take = (*last)->data_len;
			last = &(*last)->next;
		}
		start += take;
	}
	if (start == 0)
		return m;
	if (i + 1 == split->nb && split->seg[i].pool == NULL)
		start = len;
	if (first == NULL) {
		first = drop_front(m, start);
	} else {
		copy_meta(first, m);
		*last = start < len ? drop_front(m, start) : NULL;
		if (start >= len)
			rte_pktmbuf_free(m);
	}
	count_segments(first);
	return first;
}

void
afpring_rx_split(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	uint64_t unwanted = 0;

	for (uint16_t i = 0; i < nb; i++) {
		uint32_t len = pkts[i]->pkt_len;

		pkts[i] = split_packet(q->split, pkts[i]);
		unwanted += len - pkts[i]->pkt_len;
	}
	if (unwanted != 0) /* which rte_eth_stats.ibytes leaves out */
		afpring_count(&q->count[AFPRING_RX_BYTES], -unwanted);
}
