/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_mbuf_dyn.h>
#include <rte_memcpy.h>

#include "afpring_chain.h"
#include "afpring_headers.h"
#include "afpring_process.h"
#include "afpring_rx_cksum.h"
#include "afpring_rx_plan.h"
#include "afpring_rx_super.h"
#include "afpring_rx_tag.h"
#include "afpring_socket.h"
#include "afpring_vlan.h"

/* ---- where the bytes go ---- */

/* Chain the next mbufs of *raw to hold len bytes; all but the first skip bytes come
 * from the packet. */
static struct rte_mbuf *
chain_fill(const struct afpring_rxq *q, struct rte_mbuf ***raw, uint32_t len, uint32_t skip,
	   struct iovec **iov)
{
	struct rte_mbuf *first = **raw;
	struct rte_mbuf *m = NULL;

	first->pkt_len = len;
	first->nb_segs = afpring_rx_nb_mbufs(q, len);
	while (len != 0) {
		uint32_t part = RTE_MIN(len, q->room);
		uint32_t gap = RTE_MIN(skip, part);
		struct rte_mbuf *next = *(*raw)++;

		if (m != NULL)
			m->next = next;
		m = next;
		m->data_len = part;
		*iov = afpring_iov_add(*iov, rte_pktmbuf_mtod_offset(m, void *, gap), part - gap);
		skip -= gap;
		len -= part;
	}
	return first;
}

/* Let the sink take bytes of the packet that have been delivered already. */
static struct iovec *
iov_skip(struct afpring_rx_lane *lane, struct iovec *iov, uint32_t len)
{
	while (len != 0) {
		uint32_t part = RTE_MIN(len, sizeof(lane->sink));

		iov = afpring_iov_add(iov, lane->sink, part);
		len -= part;
	}
	return iov;
}

/* Put the packet, a virtio_net_hdr in front, where iov says: the slot holds it, or the
 * socket does, which keeps it until the last part. */
static bool
fetch(const struct afpring_rxq *q, const struct afpring_rx_super *s, struct iovec *iov,
      uint32_t nb_iov, bool last)
{
	const uint8_t *src = s->meta.frame - s->vnet_len;
	uint32_t len = s->vnet_len + s->meta.len;
	int fd = afpring_rxq_half(q)->fd;

	if (afpring_rx_meta_is_queued(&s->meta))
		return (last ? afpring_socket_recv(fd, iov, nb_iov) :
			       afpring_socket_peek(fd, iov, nb_iov)) == (int)len;
	for (uint32_t i = 0; i < nb_iov; i++) {
		rte_memcpy(iov[i].iov_base, src, iov[i].iov_len);
		src += iov[i].iov_len;
	}
	return true;
}

/* Slots and messages are in step: the message begins as its slot does. Headers of one
 * packet on the payload of another would get a right checksum below. */
static bool
is_in_step(const struct afpring_rx_super *s, const uint8_t *start, const uint8_t *expected,
	   uint32_t len)
{
	return !afpring_rx_meta_is_queued(&s->meta) || memcmp(start, expected, len) == 0;
}

/* ---- what the mbufs say ---- */

static void
set_common(const struct afpring_rxq *q, const struct afpring_rx_super *s, struct rte_mbuf *m)
{
	m->port = q->port_id;
	if (afpring_rx_meta_has_vlan(&s->meta) && !s->put_tag)
		afpring_rx_set_tag(m, &s->meta);
	if ((q->offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0) {
		*RTE_MBUF_DYNFIELD(m, q->ts_offset, uint64_t *) = s->ns;
		if (afpring_rx_meta_is_stamped_by_device(&s->meta) == q->device_stamps)
			m->ol_flags |= q->ts_flag;
	}
}

/* ---- one chain ---- */

/* The counter of a packet that turns out undeliverable, or that of delivered ones. */
static enum afpring_rx_counter
deliver_whole(struct afpring_rxq *q, struct afpring_rx_super *s)
{
	struct afpring_rx_lane *lane = q->lane;
	struct rte_mbuf **raw = lane->stash;
	struct iovec *iov = afpring_iov_add(lane->iov, s->unused, s->vnet_len);
	uint32_t tag = s->put_tag ? AFPRING_VLAN_LEN : 0;
	struct rte_mbuf *m = *raw;

	lane->nb = 1;
	chain_fill(q, &raw, s->len, tag, &iov);
	if (!fetch(q, s, lane->iov, iov - lane->iov, true))
		return AFPRING_RX_TRUNCATED;

	if (s->put_tag)
		afpring_vlan_insert(rte_pktmbuf_mtod(m, uint8_t *), s->meta.vlan_tpid,
				    s->meta.vlan_tci);
	if (!is_in_step(s, rte_pktmbuf_mtod(m, const uint8_t *), s->header,
			RTE_MIN(s->header_len, (uint32_t)m->data_len)))
		return AFPRING_RX_TRUNCATED;
	set_common(q, s, m);
	if (s->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		m->ol_flags |= RTE_MBUF_F_RX_LRO;
		m->tso_segsz = s->vnet.gso_size;
	}
	return afpring_rx_cksum(q, m, &s->vnet, 0) ? AFPRING_RX_PACKETS : AFPRING_RX_BAD_CKSUM_REQ;
}

/* ---- segments ---- */

/* A UDP superframe may have no checksum; then its segments have none either. */
static bool
has_no_cksum(const struct afpring_rx_super *s)
{
	const struct afpring_headers *h = &s->split.h;
	uint16_t field;

	memcpy(&field, s->header + h->l4 + afpring_headers_cksum_offset(h), sizeof(field));
	return !h->tcp && field == 0 && (s->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0;
}

/* The flag speaks of the outermost L4 header. Around a packet in a tunnel that header is UDP or
 * there is none, and whether UDP over IPv6 may lack a checksum is for the application to judge. */
static bool
outermost_is_good(const struct afpring_tunnel *tunnel)
{
	return tunnel->kind == AFPRING_TUNNEL_NONE ||
	       (tunnel->kind == AFPRING_TUNNEL_UDP && (tunnel->cksum || !tunnel->h.ipv6));
}

static void
finish_segment(struct afpring_rxq *q, const struct afpring_rx_super *s, struct rte_mbuf *m,
	       uint32_t i)
{
	const struct afpring_headers *h = &s->split.h;
	uint32_t offset = afpring_headers_cksum_offset(h);

	afpring_split_header(&s->split, rte_pktmbuf_mtod(m, uint8_t *), s->header, i);
	set_common(q, s, m);
	if (i + 1 < s->first + s->nb) /* the next part may need the mbufs that would be held */
		m->ol_flags |= q->more_flag;
	if (!afpring_split_outer(&s->split)->ipv6)
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD;
	if (has_no_cksum(s))
		memset(rte_pktmbuf_mtod_offset(m, void *, h->l4 + offset), 0, sizeof(uint16_t));
	else if (s->split.tunnel.kind == AFPRING_TUNNEL_NONE && afpring_rx_keeps_cksum(q, h->tcp))
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
	else /* afpring_rx_super_plan() has ensured that the field is in the first mbuf */
		afpring_rx_cksum_finish(q, m, h->l4, offset);
	if (!outermost_is_good(&s->split.tunnel))
		m->ol_flags &= ~RTE_MBUF_F_RX_L4_CKSUM_GOOD;
}

static bool
is_last_part(const struct afpring_rx_super *s)
{
	return s->first + s->nb == s->split.nb_segs;
}

static enum afpring_rx_counter
deliver_segments(struct afpring_rxq *q, struct afpring_rx_super *s)
{
	const struct afpring_split *split = &s->split;
	struct afpring_rx_lane *lane = q->lane;
	struct rte_mbuf **raw = lane->stash;
	uint32_t tag = s->put_tag ? AFPRING_VLAN_LEN : 0;
	uint32_t header_len = split->h.payload - tag + s->jumbo;
	struct iovec *iov;

	iov = afpring_iov_add(lane->iov, s->unused, s->vnet_len + header_len);
	iov = iov_skip(lane, iov, s->first * split->seg_size);
	/* chain_fill() takes mbufs no slower than this puts chains back */
	for (uint32_t i = 0; i < s->nb; i++)
		lane->stash[i] =
			chain_fill(q, &raw,
				   split->h.payload + afpring_split_seg_len(split, s->first + i),
				   split->h.payload, &iov);
	lane->nb = s->nb;
	if (!fetch(q, s, lane->iov, iov - lane->iov, is_last_part(s)) ||
	    !is_in_step(s, s->unused + s->vnet_len, s->meta.frame, header_len))
		return AFPRING_RX_TRUNCATED;
	for (uint32_t i = 0; i < s->nb; i++)
		finish_segment(q, s, lane->stash[i], s->first + i);
	afpring_count(&q->count[AFPRING_RX_SEGMENTS], s->nb);
	if (is_last_part(s))
		afpring_count(&q->count[AFPRING_RX_SUPERFRAMES], 1);
	return AFPRING_RX_PACKETS;
}

/* ---- mbufs ---- */

/* As many of the segments as the pool has mbufs for, all of them most of the time. */
static bool
alloc_segments(struct afpring_rxq *q, struct afpring_rx_super *s)
{
	uint32_t all = s->split.nb_segs - s->first;

	for (s->nb = all; s->nb != 0; s->nb /= 2)
		if (rte_pktmbuf_alloc_bulk(q->pool, q->lane->stash,
					   afpring_rx_nb_mbufs_segments(q, s, s->nb)) == 0)
			break;
	return s->nb == all;
}

/* true: mbufs for what is to be delivered now, a part at least. */
static bool
alloc(struct afpring_rxq *q, struct afpring_rx_super *s, uint32_t nb)
{
	struct afpring_rx_lane *lane = q->lane;
	bool all = s->whole ? rte_pktmbuf_alloc_bulk(q->pool, lane->stash, nb) == 0 :
			      alloc_segments(q, s);

	if (likely(all)) {
		if (s->first == 0) /* the last part of a superframe says nothing of the pool */
			lane->short_since = 0;
		return true;
	}
	afpring_count(&q->count[AFPRING_RX_NOMBUF], 1);
	if (lane->short_since == 0)
		lane->short_since = afpring_clock_now();
	return !s->whole && s->nb != 0;
}

/* A packet of several mbufs has waited long enough for them, or would wait for ever. A packet of
 * one mbuf waits as a plain frame does, and a whole superframe is split before it is given up. */
static bool
is_to_give_up(const struct afpring_rxq *q, const struct afpring_rx_super *s, uint32_t nb)
{
	if (s->whole && s->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		return false;
	if (!s->whole)
		nb = afpring_rx_nb_mbufs_segments(q, s, 1);
	return nb > 1 && (afpring_rx_is_short(q->lane) || nb > q->pool->size);
}

/* Segments that are not delivered count as packets made, so that the counters add up. */
static void
give_up(struct afpring_rxq *q, const struct afpring_rx_super *s)
{
	uint32_t left = s->first != 0 ? s->split.nb_segs - s->first : 0;

	afpring_count(&q->count[AFPRING_RX_STARVED], RTE_MAX(left, 1u));
	afpring_count(&q->count[AFPRING_RX_SEGMENTS], left);
	afpring_count(&q->count[AFPRING_RX_SUPERFRAMES], left != 0);
}

/* ---- frame ---- */

/* Keep slots and messages in step: the message of a dropped slot is taken and dropped. */
static void
discard(const struct afpring_rxq *q, const struct afpring_rx_super *s)
{
	if (afpring_rx_meta_is_queued(&s->meta))
		afpring_socket_discard(afpring_rxq_half(q)->fd);
}

/* Slots and messages are out of step: drop all messages. Slots whose message is gone are then
 * counted, and later slots are in step again. */
static void
resync(const struct afpring_rxq *q)
{
	while (afpring_socket_discard(afpring_rxq_half(q)->fd) >= 0)
		;
}

static enum afpring_super
done(struct afpring_rxq *q)
{
	q->lane->nb_given = 0;
	return AFPRING_SUPER_DONE;
}

enum afpring_super
afpring_rx_super(struct afpring_rxq *q, uint8_t *slot)
{
	struct afpring_rx_lane *lane = q->lane;
	enum afpring_rx_counter counter;
	struct afpring_rx_super s;
	uint32_t nb;

	afpring_rx_super_read(q, slot, &s);
	nb = afpring_rx_super_plan(q, &s);
	if (nb != 0 && !alloc(q, &s, nb)) {
		if (!is_to_give_up(q, &s, nb))
			return AFPRING_SUPER_RETRY;
		give_up(q, &s);
		nb = 0;
	}
	if (nb == 0) {
		discard(q, &s);
		return done(q);
	}
	counter = s.whole ? deliver_whole(q, &s) : deliver_segments(q, &s);
	if (counter != AFPRING_RX_PACKETS) {
		afpring_count(&q->count[counter], 1);
		rte_pktmbuf_free_bulk(lane->stash, lane->nb);
		lane->nb = 0;
		if (counter == AFPRING_RX_TRUNCATED && afpring_rx_meta_is_queued(&s.meta))
			resync(q);
		return done(q);
	}
	if (s.whole || is_last_part(&s))
		return done(q);
	lane->nb_given += s.nb;
	return AFPRING_SUPER_PART;
}
