/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_mbuf_dyn.h>

#include "afpring_copy.h"
#include "afpring_process.h"
#include "afpring_quiesce.h"
#include "afpring_rx.h"
#include "afpring_rx_classify.h"
#include "afpring_rx_guess.h"
#include "afpring_rx_split.h"
#include "afpring_rx_super.h"
#include "afpring_rx_tag.h"
#include "afpring_socket.h"
#include "afpring_vlan.h"

/* Variants of the burst; bits of the constant argument "flags". */
#define RX_STAMP 1u
#define RX_NO_VNET 2u
#define RX_CHECK 4u  /* an RX checksum offload is on */
#define RX_DEVICE 8u /* beside RX_STAMP: some stamps are the device's, some the kernel's */

enum verdict {
	RX_DELIVER,
	RX_DROP,  /* counted; the slot can go back */
	RX_SUPER, /* for the superframe lane; nothing taken */
};

/* ---- mbuf: bytes of one frame into one mbuf ---- */

static __rte_always_inline void
rx_copy(struct rte_mbuf *m, const struct afpring_rx_meta *meta, bool put_tag)
{
	uint8_t *dst = rte_pktmbuf_mtod(m, uint8_t *);
	uint32_t len = meta->caplen;

	if (likely(!put_tag)) {
		afpring_copy(dst, meta->frame, len);
	} else {
		memcpy(dst, meta->frame, AFPRING_VLAN_OFFSET);
		afpring_vlan_write(dst + AFPRING_VLAN_OFFSET, meta->vlan_tpid, meta->vlan_tci);
		afpring_copy(dst + AFPRING_VLAN_OFFSET + AFPRING_VLAN_LEN,
			     meta->frame + AFPRING_VLAN_OFFSET, len - AFPRING_VLAN_OFFSET);
		len += AFPRING_VLAN_LEN;
	}
	m->data_len = len;
	m->pkt_len = len;
}

/* Write what a raw mbuf lacks; it has one segment, one reference and no next already. */
static __rte_always_inline void
rx_reset(struct rte_mbuf *m, uint16_t port_id)
{
	m->data_off = RTE_PKTMBUF_HEADROOM;
	m->port = port_id;
	m->ol_flags &= RTE_MBUF_F_EXTERNAL; /* a pool of pinned external buffers */
	m->packet_type = 0;
	m->vlan_tci = 0;
}

/* ---- frame: one slot into one mbuf ---- */

/* A frame that needs more than a copy, or that belongs to the superframe lane. */
static __rte_noinline enum verdict
rx_frame_special(struct afpring_rxq *q, uint8_t *slot, struct rte_mbuf *m,
		 const struct virtio_net_hdr *vnet)
{
	struct afpring_rx_meta meta = afpring_rx_slot_meta(slot);
	bool put_tag = afpring_rx_puts_tag(q, &meta);

	if (afpring_rx_meta_is_cut(&meta)) {
		afpring_count(&q->count[AFPRING_RX_TRUNCATED], 1);
		return RX_DROP;
	}
	if (vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE ||
	    meta.caplen + (put_tag ? AFPRING_VLAN_LEN : 0) > q->room)
		return RX_SUPER;

	rx_reset(m, q->port_id);
	rx_copy(m, &meta, put_tag);
	if (afpring_rx_meta_has_vlan(&meta) && !put_tag)
		afpring_rx_set_tag(m, &meta);
	if (afpring_rx_cksum(q, m, vnet, put_tag ? AFPRING_VLAN_LEN : 0))
		return RX_DELIVER;
	afpring_count(&q->count[AFPRING_RX_BAD_CKSUM_REQ], 1);
	return RX_DROP;
}

static __rte_always_inline enum verdict
rx_frame(struct afpring_rxq *q, uint8_t *slot, struct rte_mbuf *m, const unsigned int flags)
{
	struct afpring_rx_meta meta = afpring_rx_slot_meta(slot);
	const struct virtio_net_hdr *vnet = afpring_rx_meta_vnet(&meta);
	enum verdict verdict = RX_DELIVER;
	struct virtio_net_hdr guess;

	if ((flags & RX_NO_VNET) != 0) {
		afpring_rx_guess_vnet(q, &meta, &guess);
		vnet = &guess;
	}
	if (likely(!afpring_rx_meta_is_cut(&meta) && !afpring_rx_meta_has_vlan(&meta) &&
		   meta.caplen <= q->room && (vnet->flags | vnet->gso_type) == 0)) {
		rx_reset(m, q->port_id);
		rx_copy(m, &meta, false);
		if ((flags & RX_CHECK) != 0)
			afpring_rx_cksum_check(q, m);
	} else {
		verdict = rx_frame_special(q, slot, m, vnet);
	}
	if ((flags & RX_STAMP) != 0 && likely(verdict == RX_DELIVER)) {
		*RTE_MBUF_DYNFIELD(m, q->ts_offset, rte_mbuf_timestamp_t *) =
			afpring_rx_slot_ns(slot);
		if ((flags & RX_DEVICE) == 0 ||
		    afpring_rx_meta_is_stamped_by_device(&meta) == q->device_stamps)
			m->ol_flags |= q->ts_flag;
	}
	return verdict;
}

/* ---- burst ---- */

/* Slots that are looked at together. */
#define RX_CHUNK 64

/* How many slots ahead of the copy a whole frame is asked for: one is too late, three are
 * no better. */
#define RX_AHEAD 2

struct chunk {
	uint8_t *slot[RX_CHUNK];   /* slots that hold a frame, in ring order */
	uint16_t nb;               /* number of those slots */
	struct afpring_cursor end; /* the slot behind the last of them */
	bool super;                /* that slot holds a superframe */
};

/* Up to nb slots with a frame. Looks ahead only: taking a slot's status brings its header
 * into the cache, and the start of its frame is asked for meanwhile. No slot counts twice,
 * however large the burst. */
static __rte_always_inline void
rx_look(const struct afpring_rxq *q, uint8_t *ring, uint16_t nb, struct chunk *chunk)
{
	struct afpring_cursor c = q->head;
	uint16_t i;

	nb = RTE_MIN(nb, RX_CHUNK);
	nb = RTE_MIN(nb, q->walk.frame_nr);
	chunk->super = false;
	for (i = 0; i < nb; i++) {
		uint8_t *slot = ring + c.off;
		enum afpring_rx_slot look = afpring_rx_slot_look(slot);

		if (look != AFPRING_RX_SLOT_FRAME) {
			chunk->super = look == AFPRING_RX_SLOT_QUEUED;
			break;
		}
		afpring_rx_slot_prefetch_start(slot);
		chunk->slot[i] = slot;
		afpring_cursor_next(&c, &q->walk);
	}
	chunk->nb = i;
	chunk->end = c;
}

/* Raw mbufs for nb frames, or for as many as the pool still has. */
static __rte_always_inline uint16_t
rx_alloc(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	while (nb != 0 && unlikely(rte_mbuf_raw_alloc_bulk(q->pool, pkts, nb) != 0)) {
		afpring_count(&q->count[AFPRING_RX_NOMBUF], 1);
		nb /= 2;
	}
	return nb;
}

/* The first nb slots of the chunk are done, the ring goes on behind them. */
static __rte_always_inline void
rx_advance(struct afpring_rxq *q, struct chunk *chunk, uint16_t nb)
{
	if (likely(nb == chunk->nb)) {
		q->head = chunk->end;
		return;
	}
	while (nb-- != 0)
		afpring_cursor_next(&q->head, &q->walk);
}

/* Frames up to the first superframe, which *super then announces. */
static __rte_always_inline uint16_t
rx_frames(struct afpring_rxq *q, uint8_t *ring, struct rte_mbuf **pkts, uint16_t nb, bool *super,
	  const unsigned int flags)
{
	struct chunk chunk;
	uint64_t bytes = 0;
	uint16_t nb_rx = 0;
	uint16_t i;

	rx_look(q, ring, nb, &chunk);
	nb = rx_alloc(q, pkts, chunk.nb);
	*super = chunk.super && nb == chunk.nb;
	for (i = 0; i < nb; i++) {
		enum verdict verdict;

		if (i + RX_AHEAD < nb)
			afpring_rx_slot_prefetch_rest(chunk.slot[i + RX_AHEAD]);
		verdict = rx_frame(q, chunk.slot[i], pkts[nb_rx], flags);
		if (unlikely(verdict == RX_SUPER)) {
			*super = true;
			break;
		}
		afpring_rx_slot_return(chunk.slot[i]);
		if (likely(verdict == RX_DELIVER))
			bytes += pkts[nb_rx++]->pkt_len;
	}
	rx_advance(q, &chunk, i);
	if (unlikely(nb_rx != nb))
		rte_mbuf_raw_free_bulk(q->pool, pkts + nb_rx, nb - nb_rx);
	if (nb_rx == 0)
		return 0;
	afpring_count(&q->count[AFPRING_RX_PACKETS], nb_rx);
	afpring_count(&q->count[AFPRING_RX_BYTES], bytes);
	return nb_rx;
}

/* Hand out stashed segments of the last superframe, and count them. */
static __rte_noinline uint16_t
rx_stash(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	nb = afpring_rx_stash_take(q->lane, pkts, nb);
	for (uint16_t i = 0; i < nb; i++)
		afpring_count(&q->count[AFPRING_RX_BYTES], pkts[i]->pkt_len);
	afpring_count(&q->count[AFPRING_RX_PACKETS], nb);
	return nb;
}

/* A burst ends after this many bytes of superframes. The bytes of a second large superframe
 * would push the first out of the cache, and keep its receiver waiting. */
#define SUPER_BYTES (32 << 10)

/* Stash the superframe at the head, or a part of it. false: the pool has no mbufs, the
 * superframe stays. */
static __rte_noinline bool
rx_super(struct afpring_rxq *q, uint8_t *ring, int64_t *budget)
{
	uint8_t *slot = ring + q->head.off;
	enum afpring_super super;

	*budget -= afpring_rx_slot_meta(slot).len;
	super = afpring_rx_super(q, slot);
	if (super != AFPRING_SUPER_DONE)
		return super == AFPRING_SUPER_PART;
	afpring_rx_slot_return(slot);
	afpring_cursor_next(&q->head, &q->walk);
	return true;
}

static __rte_always_inline uint16_t
rx_run(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb, const unsigned int flags)
{
	uint8_t *ring;
	int64_t budget = SUPER_BYTES;
	uint16_t nb_rx = 0;
	uint16_t n;
	bool super;

	if (unlikely(afpring_deferred_is_due(&q->deferred)))
		afpring_process_do_deferred(q->port_id, q->queue_id);

	ring = afpring_rxq_half(q)->ring;
	do {
		if (unlikely(q->lane->nb != 0))
			nb_rx += rx_stash(q, pkts + nb_rx, nb - nb_rx);
		n = rx_frames(q, ring, pkts + nb_rx, nb - nb_rx, &super, flags);
		nb_rx += n;
	} while (nb_rx < nb &&
		 (unlikely(super) ? budget > 0 && rx_super(q, ring, &budget) : n == RX_CHUNK));
	return nb_rx;
}

/* With a pass behind the burst, or without virtio_net_hdrs for a time, or taken. */
static __rte_noinline uint16_t
rx_apart(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb, uint32_t access,
	 unsigned int flags)
{
	if (access == AFPRING_RX_TAKEN)
		return 0;
	if (q->split != NULL)
		nb = afpring_rx_split_prepare(q, nb);
	if ((access & AFPRING_RX_NO_VNET) != 0)
		nb = rx_run(q, pkts, nb, flags | RX_NO_VNET);
	else
		nb = rx_run(q, pkts, nb, flags);
	if ((access & AFPRING_RX_CLASSIFY) != 0)
		nb = afpring_rx_classify(q, pkts, nb);
	if (q->split != NULL)
		afpring_rx_split(q, pkts, nb);
	return nb;
}

static __rte_always_inline uint16_t
rx_burst(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb, const unsigned int flags)
{
	uint32_t access = afpring_rxq_enter(q);

	if (likely(access == AFPRING_RX_RUN))
		nb = rx_run(q, pkts, nb, flags);
	else
		nb = rx_apart(q, pkts, nb, access, flags);
	afpring_rxq_leave(q);
	return nb;
}

#define RX_VARIANTS(X)                                                                             \
	X(plain, 0, "ring")                                                                        \
	X(stamp, RX_STAMP, "ring, timestamps")                                                     \
	X(no_vnet, RX_NO_VNET, "ring without vnet headers")                                        \
	X(no_vnet_stamp, RX_NO_VNET | RX_STAMP, "ring without vnet headers, timestamps")           \
	X(check, RX_CHECK, "ring, checksums")                                                      \
	X(check_stamp, RX_CHECK | RX_STAMP, "ring, checksums, timestamps")                         \
	X(check_no_vnet, RX_CHECK | RX_NO_VNET, "ring without vnet headers, checksums")            \
	X(check_no_vnet_stamp, RX_CHECK | RX_NO_VNET | RX_STAMP,                                   \
	  "ring without vnet headers, checksums, timestamps")                                      \
	X(device, RX_STAMP | RX_DEVICE, "ring, device timestamps")                                 \
	X(no_vnet_device, RX_NO_VNET | RX_STAMP | RX_DEVICE,                                       \
	  "ring without vnet headers, device timestamps")                                          \
	X(check_device, RX_CHECK | RX_STAMP | RX_DEVICE, "ring, checksums, device timestamps")     \
	X(check_no_vnet_device, RX_CHECK | RX_NO_VNET | RX_STAMP | RX_DEVICE,                      \
	  "ring without vnet headers, checksums, device timestamps")

#define RX_BURST(name, flags, info)                                                                \
	static uint16_t rx_burst_##name(void *q, struct rte_mbuf **pkts, uint16_t nb)              \
	{                                                                                          \
		return rx_burst(q, pkts, nb, flags);                                               \
	}

#define RX_ENTRY(name, flags, info) [flags] = {rx_burst_##name, info},

RX_VARIANTS(RX_BURST)

static const struct {
	eth_rx_burst_t burst;
	const char *info;
} variants[] = {RX_VARIANTS(RX_ENTRY)};

static unsigned int
rx_variant(uint64_t offloads, bool vnet, bool device)
{
	bool stamp = (offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0;

	return (stamp ? RX_STAMP : 0) | (stamp && device ? RX_DEVICE : 0) |
	       (vnet ? 0 : RX_NO_VNET) |
	       ((offloads & AFPRING_RX_CKSUM_OFFLOADS) != 0 ? RX_CHECK : 0);
}

eth_rx_burst_t
afpring_rx_burst_select(uint64_t offloads, bool vnet, bool device)
{
	return variants[rx_variant(offloads, vnet, device)].burst;
}

const char *
afpring_rx_burst_info(uint64_t offloads, bool vnet, bool device)
{
	return variants[rx_variant(offloads, vnet, device)].info;
}

void
afpring_rx_flush(struct afpring_rxq *q)
{
	rte_pktmbuf_free_bulk(q->lane->stash + q->lane->next, q->lane->nb - q->lane->next);
	afpring_count(&q->count[AFPRING_RX_FLUSHED], q->lane->nb - q->lane->next);
	q->lane->next = q->lane->nb = 0;
	afpring_rx_flush_ring(q);
}

void
afpring_rx_flush_ring(struct afpring_rxq *q)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;
	int fd = afpring_rxq_half(q)->fd;
	uint32_t nb = q->walk.frame_nr; /* the kernel may fill on */

	q->lane->nb_given = 0;
	while (ring != NULL && nb-- != 0) {
		uint8_t *slot = ring + q->head.off;
		enum afpring_rx_slot what = afpring_rx_slot_look(slot);

		if (what == AFPRING_RX_SLOT_KERNEL)
			break;
		if (what == AFPRING_RX_SLOT_QUEUED)
			afpring_socket_discard(fd);
		afpring_rx_slot_return(slot);
		afpring_cursor_next(&q->head, &q->walk);
		afpring_count(&q->count[AFPRING_RX_FLUSHED], 1);
	}
}
