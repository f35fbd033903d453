/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_memcpy.h>

#include "afpring_frame.h"
#include "afpring_socket.h"
#include "afpring_tx.h"
#include "afpring_vlan.h"

/* ---- mbuf: bytes of one packet into a slot ---- */

static bool
tx_copy_segs(uint8_t *dst, const struct rte_mbuf *m, uint32_t len)
{
	for (; m != NULL; m = m->next) {
		if (m->data_len > len)
			return false;
		rte_memcpy(dst, rte_pktmbuf_mtod(m, const void *), m->data_len);
		dst += m->data_len;
		len -= m->data_len;
	}
	return len == 0;
}

/* The mbuf is only read: it may be shared or indirect. */
static __rte_always_inline bool
tx_copy(uint8_t *dst, const struct rte_mbuf *m)
{
	if (unlikely(m->data_len != m->pkt_len))
		return tx_copy_segs(dst, m, m->pkt_len);
	rte_memcpy(dst, rte_pktmbuf_mtod(m, const void *), m->data_len);
	return true;
}

static bool
tx_copy_tagged(uint8_t *dst, const struct rte_mbuf *m)
{
	if (!tx_copy(dst + AFPRING_VLAN_LEN, m))
		return false;
	memmove(dst, dst + AFPRING_VLAN_LEN, AFPRING_VLAN_OFFSET);
	afpring_vlan_write(dst + AFPRING_VLAN_OFFSET, RTE_ETHER_TYPE_VLAN, m->vlan_tci);
	return true;
}

/* ---- frame: one packet into one slot ---- */

/* With a virtio_net_hdr the kernel does not look at the MTU (tpacket_snd()), so
 * this is its rule: a tag may come on top. */
static __rte_noinline bool
tx_fits_tagged(const struct afpring_txq *q, const struct rte_mbuf *m, bool tag, uint32_t len)
{
	if (len > q->max_len + AFPRING_VLAN_LEN || len > q->slot_len || len < m->pkt_len)
		return false;
	if (tag)
		return true;
	return m->data_len >= RTE_ETHER_HDR_LEN &&
	       afpring_vlan_is_tagged(rte_pktmbuf_mtod(m, const uint8_t *));
}

/* Fill and request a slot. false: the packet cannot be sent, counted. */
static __rte_always_inline bool
tx_frame(struct afpring_txq *q, uint8_t *slot, const struct rte_mbuf *m)
{
	bool tag = (m->ol_flags & RTE_MBUF_F_TX_VLAN) != 0;
	uint8_t *frame = afpring_tx_slot_frame(slot);
	uint32_t len = m->pkt_len + (tag ? AFPRING_VLAN_LEN : 0);

	/* len may have wrapped */
	if (unlikely(len > q->max_len || len < m->pkt_len) && !tx_fits_tagged(q, m, tag, len)) {
		q->count[AFPRING_TX_OVERSIZE]++;
		return false;
	}
	if (unlikely(m->pkt_len < RTE_ETHER_HDR_LEN ||
		     !(tag ? tx_copy_tagged(frame, m) : tx_copy(frame, m)))) {
		q->count[AFPRING_TX_MALFORMED]++;
		return false;
	}
	/* A header as long as the frame: the kernel copies all of it into the linear
	 * part of its skb. Without that the skb refers to the slot's pages, and a
	 * device that lets go of skbs early sends what is written there next. */
	afpring_tx_slot_vnet(slot)->hdr_len = len;
	afpring_tx_slot_request(slot, len);
	return true;
}

/* ---- what the kernel has taken ---- */

/* Step over the slots that the last sendto() took. Returns how many frames it sent. */
static __rte_always_inline uint32_t
tx_advance(struct afpring_txq *q, uint8_t *ring)
{
	uint32_t sent = 0;

	while (q->nb_waiting != 0) {
		uint8_t *slot = ring + q->kick.off;
		uint32_t len;

		if (unlikely(afpring_tx_slot_is_waiting(slot)))
			break;
		len = afpring_tx_slot_len(slot);
		sent += len != 0;
		q->count[AFPRING_TX_BYTES] += len;
		afpring_cursor_next(&q->kick, &q->walk);
		q->nb_waiting--;
	}
	q->count[AFPRING_TX_PACKETS] += sent;
	return sent;
}

static void
tx_cancel_all(struct afpring_txq *q, uint8_t *ring)
{
	struct afpring_cursor c = q->kick;

	for (uint32_t i = 0; i < q->nb_waiting; i++) {
		if (afpring_tx_slot_len(ring + c.off) != 0) {
			afpring_tx_slot_cancel(ring + c.off);
			q->count[AFPRING_TX_CANCELLED]++;
		}
		afpring_cursor_next(&c, &q->walk);
	}
}

/* The device would not have the head frame. That may be a full queue behind it,
 * or this frame for good (nft egress, a smaller MTU at the far end of a veth, no
 * carrier), and the kernel gives the same errno for both. So the frame is offered
 * again for a while; then it goes, and with it each further one that is refused,
 * until the kernel takes one again. */
static void
tx_pushed_back(struct afpring_txq *q, uint8_t *ring)
{
	uint64_t now = rte_rdtsc();

	q->count[AFPRING_TX_PUSHBACK]++;
	if (q->refused_since_tsc == 0) {
		q->refused_since_tsc = now;
	} else if (now - q->refused_since_tsc > q->patience_tsc &&
		   afpring_tx_slot_len(ring + q->kick.off) != 0) {
		afpring_tx_slot_cancel(ring + q->kick.off);
		q->count[AFPRING_TX_REFUSED]++;
	}
}

static __rte_noinline void
tx_left_waiting(struct afpring_txq *q, uint8_t *ring, int err)
{
	switch (err) {
	case 0: /* the socket buffer was full after some frames */
		break;
	case -EAGAIN:
		q->count[AFPRING_TX_AGAIN]++;
		break;
	case -ENETDOWN: /* and frames of now are of no use when it is up again */
	case -ENXIO:
	case -ENODEV:
		tx_cancel_all(q, ring);
		break;
	default:
		tx_pushed_back(q, ring);
	}
}

static void
tx_remember_lcore(struct afpring_txq *q)
{
	uint32_t lcore = q->nb_waiting != 0 ? rte_lcore_id() : AFPRING_NO_LCORE;

	/* threads that are no lcores share one id, so none can know its own queue */
	if (lcore == LCORE_ID_ANY)
		lcore = AFPRING_NO_LCORE;
	/* relaxed: only the lcore that wrote it acts on it */
	rte_atomic_store_explicit(&q->waiting_lcore, lcore, rte_memory_order_relaxed);
}

/* One sendto(), and the account of it. */
static __rte_always_inline void
tx_kick(struct afpring_txq *q, uint8_t *ring, int fd)
{
	int err = afpring_socket_kick(fd);
	bool left_before = q->waiting_lcore != AFPRING_NO_LCORE;

	q->count[AFPRING_TX_KICKS]++;
	if (likely(tx_advance(q, ring) != 0))
		q->refused_since_tsc = 0;
	if (unlikely(q->nb_waiting != 0))
		tx_left_waiting(q, ring, err);
	if (unlikely(q->nb_waiting != 0 || left_before))
		tx_remember_lcore(q);
}

/* ---- burst ---- */

uint16_t
afpring_tx_burst(void *txq, struct rte_mbuf **pkts, uint16_t nb)
{
	struct afpring_txq *q = txq;
	const struct afpring_half *half = afpring_txq_half(q);
	uint16_t i;

	for (i = 0; i < nb; i++) {
		uint8_t *slot = half->ring + q->tail.off;

		if (unlikely(!afpring_tx_slot_is_empty(slot)))
			break;
		if (unlikely(!tx_frame(q, slot, pkts[i])))
			continue;
		afpring_cursor_next(&q->tail, &q->walk);
		q->nb_waiting++;
	}
	if (i != 0)
		rte_pktmbuf_free_bulk(pkts, i);
	if (q->nb_waiting != 0)
		tx_kick(q, half->ring, half->fd);
	return i;
}

void
afpring_tx_rekick(struct afpring_txq *q)
{
	const struct afpring_half *half = afpring_txq_half(q);

	if (q->nb_waiting != 0)
		tx_kick(q, half->ring, half->fd);
}

int
afpring_tx_done_cleanup(void *txq, uint32_t nb)
{
	RTE_SET_USED(nb);
	afpring_tx_rekick(txq);
	return 0;
}

void
afpring_tx_drain(struct afpring_txq *q, uint64_t deadline_cycles)
{
	for (;;) {
		afpring_tx_rekick(q);
		if (q->nb_waiting == 0 || rte_get_timer_cycles() > deadline_cycles)
			break;
		rte_delay_us_sleep(50);
	}
	tx_cancel_all(q, afpring_txq_half(q)->ring);
}
