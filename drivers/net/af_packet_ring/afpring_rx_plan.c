/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_rx_guess.h"
#include "afpring_rx_lane.h"
#include "afpring_rx_plan.h"
#include "afpring_rx_tag.h"

/* How many bytes the headers may take: to the end of the L4 header, whose beginning the kernel
 * names. */
static uint32_t
header_bytes(const struct afpring_rx_super *s)
{
	const uint32_t longest_tcp = 60;

	if ((s->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return AFPRING_HEADERS_MAX;
	return RTE_MIN(s->vnet.csum_start + longest_tcp, AFPRING_TUNNEL_HEADERS_MAX);
}

/* All offsets are those of the frame as delivered: behind a tag that is put back, and
 * before bytes that are taken out. */
static void
move_offsets(struct afpring_rx_super *s, int32_t by)
{
	s->header_len += by;
	s->len += by;
	s->vnet.csum_start = RTE_MIN((uint32_t)s->vnet.csum_start + by, (uint32_t)UINT16_MAX);
}

void
afpring_rx_super_read(const struct afpring_rxq *q, uint8_t *slot, struct afpring_rx_super *s)
{
	uint32_t caplen;

	s->meta = afpring_rx_slot_meta(slot);
	if (q->vnet)
		s->vnet = *afpring_rx_meta_vnet(&s->meta);
	else
		afpring_rx_guess_vnet(q, &s->meta, &s->vnet);
	s->vnet_len = q->vnet ? sizeof(s->vnet) : 0;
	s->first = q->lane->nb_given;
	s->ns = afpring_rx_slot_ns(slot);
	s->put_tag = afpring_rx_puts_tag(q, &s->meta);
	s->jumbo = 0;
	s->len = s->meta.len;
	caplen = RTE_MIN(s->meta.caplen, header_bytes(s));
	s->header_len = caplen;
	if (s->put_tag) {
		move_offsets(s, AFPRING_VLAN_LEN);
		memcpy(s->header + AFPRING_VLAN_LEN, s->meta.frame, caplen);
		afpring_vlan_insert(s->header, s->meta.vlan_tpid, s->meta.vlan_tci);
	} else {
		memcpy(s->header, s->meta.frame, caplen);
	}
}

/* An application that takes superframes gets TCP ones whole, up to its limit. Superframes
 * that an mbuf cannot describe are split: those in a tunnel, and BIG TCP, which has no IP
 * length. */
static bool
wants_whole(const struct afpring_rxq *q, const struct afpring_rx_super *s)
{
	uint8_t type = s->vnet.gso_type & ~VIRTIO_NET_HDR_GSO_ECN;

	return s->len <= q->max_lro_len &&
	       (type == VIRTIO_NET_HDR_GSO_TCPV4 || type == VIRTIO_NET_HDR_GSO_TCPV6) &&
	       s->split.tunnel.kind == AFPRING_TUNNEL_NONE && s->jumbo == 0 &&
	       s->len - s->split.h.l3 <= UINT16_MAX;
}

static bool
plan_segments(const struct afpring_rxq *q, struct afpring_rx_super *s)
{
	s->jumbo = afpring_split_unjumbo(s->header, s->header_len, s->len);
	move_offsets(s, -(int32_t)s->jumbo);
	if (!afpring_split_plan(s->header, s->header_len, s->len, &s->vnet, &s->split))
		return false;
	s->whole = s->first == 0 && wants_whole(q, s) && !afpring_rx_is_short(q->lane) &&
		   afpring_rx_nb_mbufs(q, s->len) <= q->pool->size;
	return true;
}

uint32_t
afpring_rx_nb_mbufs_segments(const struct afpring_rxq *q, const struct afpring_rx_super *s,
			     uint32_t nb)
{
	const struct afpring_split *split = &s->split;
	uint32_t last = s->first + nb - 1;

	return (nb - 1) * afpring_rx_nb_mbufs(q, split->h.payload + split->seg_size) +
	       afpring_rx_nb_mbufs(q, split->h.payload + afpring_split_seg_len(split, last));
}

uint32_t
afpring_rx_super_plan(struct afpring_rxq *q, struct afpring_rx_super *s)
{
	bool chains = q->scatter || q->max_lro_len != 0;
	uint32_t nb = afpring_rx_nb_mbufs(q, s->len);
	uint32_t nb_packets = 1;

	s->whole = true;
	if (s->vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE && !plan_segments(q, s)) {
		rte_atomic_store_explicit(&q->unknown_kind, 1, rte_memory_order_relaxed);
		afpring_count(&q->count[AFPRING_RX_UNSPLIT], 1);
		return 0;
	}
	if (!s->whole) {
		chains = q->scatter;
		nb = afpring_rx_nb_mbufs_segments(q, s, s->split.nb_segs - s->first);
		nb_packets = s->split.nb_segs - s->first;
	}
	if ((nb > nb_packets && !chains) || (!s->whole && s->split.h.payload > q->room)) {
		afpring_count(&q->count[AFPRING_RX_OVERSIZE], 1);
		return 0;
	}
	if (nb > AFPRING_LANE_MBUFS) {
		afpring_count(&q->count[AFPRING_RX_UNSPLIT], 1);
		return 0;
	}
	return nb;
}
