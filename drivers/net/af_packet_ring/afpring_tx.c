/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_chain.h"
#include "afpring_offload.h"
#include "afpring_slot.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"
#include "afpring_tx_check.h"
#include "afpring_tx_tag.h"

/* ---- mbuf: bytes of one packet into a slot ---- */

static __rte_noinline bool
tx_copy_segs(uint8_t *dst, const struct rte_mbuf *m)
{
	return afpring_chain_copy(dst, m, m->pkt_len, true);
}

/* The mbuf is only read: it may be shared or indirect. */
static __rte_always_inline bool
tx_copy(uint8_t *dst, const struct rte_mbuf *m)
{
	if (unlikely(m->data_len != m->pkt_len))
		return tx_copy_segs(dst, m);
	afpring_copy(dst, rte_pktmbuf_mtod(m, const void *), m->data_len);
	return true;
}

static __rte_noinline bool
tx_copy_tagged(uint8_t *dst, const struct rte_mbuf *m)
{
	if (!tx_copy(dst + afpring_tx_tag_len(m), m))
		return false;
	afpring_tx_insert_tags(dst, m);
	return true;
}

/* ---- frame: one packet into one slot ---- */

/* Fill the slot at the tail, and request it where no thread does. o NULL: the packet asks for
 * no more than a tag, its length is plain, and nobody has checked it. false: the packet cannot
 * be sent, counted. */
static __rte_always_inline bool
tx_frame(struct afpring_txq *q, uint8_t *slot, const struct rte_mbuf *m,
	 const struct afpring_offload *o, const bool threaded)
{
	/* without a look there are no two tags: AFPRING_OFFLOAD_FLAGS */
	bool tag = (m->ol_flags & (o == NULL ? RTE_MBUF_F_TX_VLAN : AFPRING_TX_TAG_FLAGS)) != 0;
	struct virtio_net_hdr *vnet = afpring_tx_slot_vnet(slot);
	uint8_t *frame = afpring_tx_slot_frame(slot);
	uint32_t len = m->pkt_len + (tag ? AFPRING_VLAN_LEN : 0);

	if (o != NULL && unlikely((m->ol_flags & RTE_MBUF_F_TX_QINQ) != 0))
		len += AFPRING_VLAN_LEN;
	if (unlikely(m->pkt_len < RTE_ETHER_HDR_LEN ||
		     !(tag ? tx_copy_tagged(frame, m) : tx_copy(frame, m)))) {
		afpring_count(&q->count[AFPRING_TX_MALFORMED], 1);
		return false;
	}
	if (o == NULL)
		*vnet = (struct virtio_net_hdr){0};
	else
		afpring_offload_apply(o, frame, vnet);
	/* A header as long as the frame: the kernel copies all of it into the linear
	 * part of its skb. Without that the skb refers to the slot's pages, and a
	 * device that lets go of skbs early sends what is written there next. */
	vnet->hdr_len = len;
	afpring_tx_slot_fill(slot, len);
	if (!threaded) {
		afpring_tx_slot_request(slot);
		q->requested_bytes += len;
	}
	afpring_cursor_next(&q->tail, &q->walk);
	q->filled++;
	return true;
}

/* With a thread, a slot that the kernel has given back may not be reaped yet. */
static __rte_always_inline bool
tx_slot_is_free(struct afpring_txq *q, uint8_t *slot, const bool threaded)
{
	if (threaded && q->filled - afpring_tx_reaped(q) == q->walk.frame_nr)
		return false;
	return afpring_tx_slot_is_empty(slot);
}

/* ---- packets that want a closer look ---- */

/* How many of the packets make one superframe; less than 2: none. */
static uint16_t
tx_find_run(const struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb,
	    struct afpring_tx_run *run)
{
	uint16_t i = 1;

	if (!(q->device.join_tcp || q->device.join_udp) || !afpring_tx_run_begin(q, run, pkts[0]))
		return 0;
	while (i < nb && afpring_tx_run_append(q, run, pkts[i]))
		i++;
	return i;
}

/* A message must not overtake frames of the ring. true: none waits any more. */
static bool
tx_flush_ring(struct afpring_txq *q)
{
	afpring_tx_flush_ring(q);
	return !afpring_tx_is_waiting(q);
}

/* Send the batch, whose last packet is the one before packet *i. false: stop, *i is the first
 * packet that the kernel did not want. */
static __rte_noinline bool
tx_send_batch(struct afpring_txq *q, uint16_t *i)
{
	uint16_t first = q->batch->first;
	uint16_t done;

	if (afpring_tx_batch_send(q, &done) == 0)
		return true;
	*i = first + done;
	return false;
}

/* Make room in the batch for a message of nb_iov pieces, of packet *i. false: stop. */
static bool
tx_make_room(struct afpring_txq *q, uint16_t *i, uint32_t nb_iov)
{
	if (q->batch->nb != 0) {
		if (!afpring_tx_batch_is_full(q->batch, nb_iov))
			return true;
		if (!tx_send_batch(q, i))
			return false;
	}
	q->batch->first = *i;
	return tx_flush_ring(q);
}

/* Packet *i into the ring, after what the batch holds. false: stop. */
static bool
tx_ring_frame(struct afpring_txq *q, struct rte_mbuf *m, const struct afpring_offload *o,
	      uint16_t *i)
{
	uint8_t *slot = afpring_txq_half(q)->ring + q->tail.off;

	if (q->batch->nb != 0 && !tx_send_batch(q, i))
		return false;
	if (!tx_slot_is_free(q, slot, true))
		return false;
	tx_frame(q, slot, m, o, q->has_thread);
	(*i)++;
	return true;
}

/* Count packet *i, which has not passed the check, in its turn. false: stop. */
static bool
tx_drop(struct afpring_txq *q, int err, uint16_t *i)
{
	if (q->batch->nb != 0 && !tx_send_batch(q, i))
		return false;
	afpring_count(&q->count[err == -EMSGSIZE ? AFPRING_TX_OVERSIZE : AFPRING_TX_MALFORMED], 1);
	(*i)++;
	return true;
}

/* Packets from *i on are a run: send it with the batch, or hold it. false: stop. */
static bool
tx_take_run(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb, uint16_t *i,
	    const struct afpring_tx_run *run)
{
	bool last = *i + run->join.nb_segs == nb;

	if (!tx_make_room(q, i, run->nb_iov))
		return false;
	if (last && afpring_tx_run_is_open(q, pkts[nb - 1], run)) {
		if (q->batch->nb != 0 && !tx_send_batch(q, i))
			return false;
		afpring_tx_run_hold(q, pkts + *i, run);
	} else {
		afpring_tx_batch_add_run(q, pkts + *i, run);
	}
	*i += run->join.nb_segs;
	return true;
}

/* Packet *i asks for something, is large, or may be joined with the packets behind it.
 * false: stop, the kernel takes no more. */
static __rte_noinline bool
tx_special(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb, uint16_t *i)
{
	struct rte_mbuf *m = pkts[*i];
	struct afpring_offload o;
	struct afpring_tx_run run;
	int way;

	afpring_tx_follow_device(q);
	if (tx_find_run(q, pkts + *i, nb - *i, &run) > 1)
		return tx_take_run(q, pkts, nb, i, &run);
	way = afpring_tx_check(q, m, &o);
	if (way < 0)
		return tx_drop(q, way, i);
	if (way == AFPRING_TX_WAY_RING)
		return tx_ring_frame(q, m, &o, i);
	if (!tx_make_room(q, i, AFPRING_BATCH_IOV_HEAD + m->nb_segs))
		return false;
	afpring_tx_batch_add(q, m, &o);
	(*i)++;
	return true;
}

/* ---- burst ---- */

/* Each packet is one segment in a buffer of its own. */
static __rte_always_inline bool
tx_are_simple(struct rte_mbuf **pkts, uint16_t nb)
{
	uint64_t flags = 0;
	uint32_t odd = 0;

	for (uint16_t i = 0; i < nb; i++) {
		const struct rte_mbuf *m = pkts[i];

		odd |= (m->nb_segs ^ 1u) | (m->data_len ^ m->pkt_len);
		flags |= m->ol_flags;
	}
	return odd == 0 && (flags & (RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL)) == 0;
}

/* An application that asks for fast free may still send chains: testpmd does. DPDK 22.11 asks
 * for one pool and one reference only, so a buffer may be foreign. And an mbuf that lies about
 * its segments must not come back raw on receive. */
static __rte_always_inline void
tx_free(const struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	if (nb == 0)
		return;
	if (q->fast_free && tx_are_simple(pkts, nb))
		rte_mbuf_raw_free_bulk(pkts[0]->pool, pkts, nb);
	else
		rte_pktmbuf_free_bulk(pkts, nb);
}

static __rte_always_inline uint16_t
tx_burst(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb, const bool join,
	 const bool threaded)
{
	uint8_t *ring = afpring_txq_half(q)->ring;
	uint16_t i = 0;

	while (i < nb) {
		const struct rte_mbuf *m = pkts[i];
		uint8_t *slot = ring + q->tail.off;

		if (unlikely((m->ol_flags & AFPRING_OFFLOAD_FLAGS) != 0 ||
			     m->pkt_len > afpring_txq_plain_len(q) ||
			     (join && i + 1 < nb && afpring_tx_may_join(m, pkts[i + 1])))) {
			if (!tx_special(q, pkts, nb, &i))
				break;
			continue;
		}
		if (unlikely(q->batch->nb != 0 && !tx_send_batch(q, &i)))
			break;
		if (unlikely(!tx_slot_is_free(q, slot, threaded)))
			break;
		tx_frame(q, slot, m, NULL, threaded);
		i++;
	}
	if (unlikely(q->batch->nb != 0))
		tx_send_batch(q, &i);
	if (threaded)
		afpring_tx_thread_submit(q);
	else if (afpring_tx_is_waiting(q))
		afpring_tx_kick_filled(q);
	tx_free(q, pkts, i - q->nb_held); /* the held packets are the last of them */
	return i;
}

/* While another lcore does what this one had put off, which is rare, nothing is taken. */
static __rte_always_inline uint16_t
tx_burst_owned(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb, const bool join,
	       const bool threaded)
{
	uint16_t i = 0;

	if (unlikely(!afpring_tx_own(q)))
		return 0;
	if (unlikely(q->run != AFPRING_RUN_NONE))
		i = afpring_tx_run_continue(q, pkts, nb);
	if (likely(q->run == AFPRING_RUN_NONE))
		i += tx_burst(q, pkts + i, nb - i, join, threaded);
	afpring_tx_disown(q);
	return i;
}

#define TX_BURST(name, join, threaded)                                                             \
	static uint16_t name(void *q, struct rte_mbuf **pkts, uint16_t nb)                         \
	{                                                                                          \
		return tx_burst_owned(q, pkts, nb, join, threaded);                                \
	}

TX_BURST(tx_burst_plain, false, false)
TX_BURST(tx_burst_join, true, false)
TX_BURST(tx_burst_plain_thread, false, true)
TX_BURST(tx_burst_join_thread, true, true)

eth_tx_burst_t
afpring_tx_burst_select(bool join, bool threaded)
{
	if (threaded)
		return join ? tx_burst_join_thread : tx_burst_plain_thread;
	return join ? tx_burst_join : tx_burst_plain;
}
