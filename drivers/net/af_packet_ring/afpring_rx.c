/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_mbuf_dyn.h>
#include <rte_memcpy.h>
#include <rte_prefetch.h>

#include "afpring_frame.h"
#include "afpring_rx.h"
#include "afpring_tx.h"
#include "afpring_vlan.h"
#include "afpring_vnet.h"

/* Variants of the burst; bits of the constant argument "flags". */
#define RX_STAMP 1u

enum verdict {
	RX_DELIVER,
	RX_DROP,  /* counted; the slot can go back */
	RX_RETRY, /* no mbuf; the frame stays in its slot */
};

/* ---- mbuf: bytes of one frame into one mbuf or a chain ---- */

/* Where the next byte of a chain goes. */
struct chain {
	struct rte_mbuf *first;
	struct rte_mbuf *last;
};

static bool
chain_append(struct afpring_rxq *q, struct chain *c, const uint8_t *src, uint32_t len)
{
	while (len != 0) {
		uint32_t part = RTE_MIN(len, (uint32_t)(q->room - c->last->data_len));

		if (part == 0) {
			struct rte_mbuf *m = rte_pktmbuf_alloc(q->pool);

			if (m == NULL)
				return false;
			c->last->next = m;
			c->last = m;
			c->first->nb_segs++;
			continue;
		}
		rte_memcpy(rte_pktmbuf_mtod_offset(c->last, uint8_t *, c->last->data_len), src,
			   part);
		c->last->data_len += part;
		c->first->pkt_len += part;
		src += part;
		len -= part;
	}
	return true;
}

/* A frame larger than one mbuf. On failure m is empty again. */
static __rte_noinline bool
rx_copy_chain(struct afpring_rxq *q, struct rte_mbuf *m, const struct afpring_rx_meta *meta,
	      bool put_tag)
{
	struct chain c = {m, m};
	uint32_t addrs = put_tag ? AFPRING_VLAN_OFFSET : 0;
	uint8_t tag[AFPRING_VLAN_LEN];

	afpring_vlan_write(tag, meta->vlan_tpid, meta->vlan_tci);
	if (chain_append(q, &c, meta->frame, addrs) &&
	    chain_append(q, &c, tag, put_tag ? sizeof(tag) : 0) &&
	    chain_append(q, &c, meta->frame + addrs, meta->caplen - addrs))
		return true;
	rte_pktmbuf_free(m->next);
	m->next = NULL;
	m->nb_segs = 1;
	m->data_len = 0;
	m->pkt_len = 0;
	return false;
}

static __rte_always_inline void
rx_copy(struct rte_mbuf *m, const struct afpring_rx_meta *meta, bool put_tag)
{
	uint8_t *dst = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t len = meta->caplen;

	if (likely(!put_tag)) {
		rte_memcpy(dst, meta->frame, len);
	} else {
		memcpy(dst, meta->frame, AFPRING_VLAN_OFFSET);
		afpring_vlan_write(dst + AFPRING_VLAN_OFFSET, meta->vlan_tpid, meta->vlan_tci);
		rte_memcpy(dst + AFPRING_VLAN_OFFSET + AFPRING_VLAN_LEN,
			   meta->frame + AFPRING_VLAN_OFFSET, len - AFPRING_VLAN_OFFSET);
		len += AFPRING_VLAN_LEN;
	}
	m->data_len = len;
	m->pkt_len = len;
}

/* ---- frame: one slot into one mbuf ---- */

static __rte_noinline enum verdict
rx_finish_cksum(struct afpring_rxq *q, struct rte_mbuf *m, const struct afpring_rx_meta *meta,
		bool put_tag)
{
	const struct virtio_net_hdr *vnet = afpring_rx_meta_vnet(meta);
	uint32_t start = vnet->csum_start + (put_tag ? AFPRING_VLAN_LEN : 0);

	if (!afpring_vnet_finish_cksum(m, start, vnet->csum_offset)) {
		q->count[AFPRING_RX_BAD_CKSUM_REQ]++;
		return RX_DROP;
	}
	q->count[AFPRING_RX_CKSUM_DONE]++;
	return RX_DELIVER;
}

/* Stripping is for the customer tag; a service tag (0x88a8) would lose its TPID,
 * for which an mbuf has no place, so it always stays in the frame. */
static __rte_always_inline bool
rx_strip_tag(struct rte_mbuf *m, const struct afpring_rx_meta *meta)
{
	if (meta->vlan_tpid != RTE_ETHER_TYPE_VLAN)
		return false;
	m->vlan_tci = meta->vlan_tci;
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
	return true;
}

static __rte_always_inline enum verdict
rx_frame(struct afpring_rxq *q, uint8_t *slot, struct rte_mbuf *m, const unsigned int flags)
{
	struct afpring_rx_meta meta = afpring_rx_slot_meta(slot);
	bool put_tag = false;

	if (unlikely(afpring_rx_meta_is_cut(&meta))) {
		q->count[AFPRING_RX_TRUNCATED]++;
		return RX_DROP;
	}
	if (unlikely(afpring_rx_meta_has_vlan(&meta)))
		put_tag = !q->strip || !rx_strip_tag(m, &meta);

	if (unlikely(meta.caplen + (put_tag ? AFPRING_VLAN_LEN : 0) > q->room)) {
		if (!q->scatter) {
			q->count[AFPRING_RX_OVERSIZE]++;
			return RX_DROP;
		}
		if (!rx_copy_chain(q, m, &meta, put_tag))
			return RX_RETRY;
	} else {
		rx_copy(m, &meta, put_tag);
	}

	m->port = q->port_id;
	if ((flags & RX_STAMP) != 0) {
		*RTE_MBUF_DYNFIELD(m, q->ts_offset, rte_mbuf_timestamp_t *) =
			afpring_rx_slot_ns(slot);
		m->ol_flags |= q->ts_flag;
	}
	if (afpring_rx_meta_needs_cksum(&meta))
		return rx_finish_cksum(q, m, &meta, put_tag);
	return RX_DELIVER;
}

/* ---- burst ---- */

/* How many of the next nb slots are ours. Looks ahead only: taking a slot's status
 * brings its header into the cache, and its frame is asked for meanwhile. */
static __rte_always_inline uint16_t
rx_ready(const struct afpring_rxq *q, uint8_t *ring, uint16_t nb)
{
	struct afpring_cursor c = q->head;
	uint16_t i;

	for (i = 0; i < nb; i++) {
		uint8_t *slot = ring + c.off;

		if (!afpring_rx_slot_is_ours(slot))
			break;
		rte_prefetch0(slot + RTE_CACHE_LINE_SIZE);
		afpring_cursor_next(&c, &q->walk);
	}
	return i;
}

/* Mbufs for all ready slots, or for as many as the pool still has. */
static __rte_always_inline uint16_t
rx_alloc(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	while (nb != 0 && unlikely(rte_pktmbuf_alloc_bulk(q->pool, pkts, nb) != 0)) {
		q->count[AFPRING_RX_NOMBUF]++;
		nb /= 2;
	}
	return nb;
}

static __rte_always_inline uint16_t
rx_burst(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb, const unsigned int flags)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;
	uint64_t bytes = 0;
	uint16_t nb_rx = 0;

	if (unlikely(afpring_tx_left_waiting(q->txq)))
		afpring_tx_rekick(q->txq);

	nb = rx_alloc(q, pkts, rx_ready(q, ring, nb));
	for (uint16_t i = 0; i < nb; i++) {
		uint8_t *slot = ring + q->head.off;
		enum verdict verdict = rx_frame(q, slot, pkts[nb_rx], flags);

		if (unlikely(verdict == RX_RETRY)) {
			q->count[AFPRING_RX_NOMBUF]++;
			break;
		}
		afpring_rx_slot_return(slot);
		afpring_cursor_next(&q->head, &q->walk);
		if (likely(verdict == RX_DELIVER))
			bytes += pkts[nb_rx++]->pkt_len;
	}
	if (unlikely(nb_rx != nb))
		rte_pktmbuf_free_bulk(pkts + nb_rx, nb - nb_rx);

	q->count[AFPRING_RX_PACKETS] += nb_rx;
	q->count[AFPRING_RX_BYTES] += bytes;
	return nb_rx;
}

static uint16_t
rx_burst_plain(void *q, struct rte_mbuf **pkts, uint16_t nb)
{
	return rx_burst(q, pkts, nb, 0);
}

static uint16_t
rx_burst_stamp(void *q, struct rte_mbuf **pkts, uint16_t nb)
{
	return rx_burst(q, pkts, nb, RX_STAMP);
}

eth_rx_burst_t
afpring_rx_burst_select(uint64_t offloads)
{
	return (offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0 ? rx_burst_stamp : rx_burst_plain;
}

void
afpring_rx_flush(struct afpring_rxq *q)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;

	while (afpring_rx_slot_is_ours(ring + q->head.off)) {
		afpring_rx_slot_return(ring + q->head.off);
		afpring_cursor_next(&q->head, &q->walk);
		q->count[AFPRING_RX_FLUSHED]++;
	}
}
