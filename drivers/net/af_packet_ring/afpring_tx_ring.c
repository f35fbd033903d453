/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The transmit ring: positions, the system call, and the account of what it took.
 *
 *       head                    request           tail
 *        v                         v                v
 *   ... | requested | requested | filled | filled | empty | ...
 *
 *   reaped <= requested <= submitted <= filled <= reaped + frame_nr
 *
 * Each position is a number of slots since the start, and those that are stepped from slot
 * to slot have a cursor beside them. The burst fills slots and submits them at its end. A kick
 * is one sendto(): the kernel takes requested slots from its own head, which is always ours,
 * in order, and stops at the first that it cannot send. What it returns does not tell how many
 * it took; the slots do, and reaping is the account of them.
 *
 * kick=burst: whoever owns the queue does it all. A slot is requested as it is filled, since a
 * second pass over the slots costs ten instructions a packet; so requested and submitted are
 * the same as filled, and have no field.
 *
 * kick=thread: the owner fills and submits; the thread requests, kicks and reaps, or the owner
 * in its place (afpring_tx_thread.c).
 */
#include <errno.h>

#include "afpring_slot.h"
#include "afpring_socket.h"
#include "afpring_transmit.h"

/* The kernel takes slots in order: when the last one is gone, all are. */
static __rte_always_inline bool
has_taken_all(const struct afpring_txq *q, uint8_t *ring, const struct afpring_cursor *end)
{
	return !afpring_tx_slot_is_waiting(ring + afpring_cursor_before(end, &q->walk));
}

/* All requested slots are taken. Returns how many frames were sent. */
static __rte_always_inline uint32_t
reap_all(struct afpring_txq *q, const struct afpring_cursor *end, uint32_t nb_waiting)
{
	uint32_t sent = nb_waiting - q->nb_cancelled;

	afpring_count(&q->count[AFPRING_TX_PACKETS], sent);
	afpring_count(&q->count[AFPRING_TX_BYTES], q->requested_bytes);
	q->nb_cancelled = 0;
	q->requested_bytes = 0;
	q->head = *end;
	return sent;
}

/* Reap the slots in front of the first that still waits. Returns how many frames were
 * sent. */
static __rte_noinline uint32_t
reap_some(struct afpring_txq *q, uint8_t *ring, uint32_t *nb_waiting)
{
	uint64_t bytes = 0;
	uint32_t sent = 0;

	for (; *nb_waiting != 0; --*nb_waiting) {
		uint8_t *slot = ring + q->head.off;
		uint32_t len;

		if (afpring_tx_slot_is_waiting(slot))
			break;
		len = afpring_tx_slot_len(slot);
		if (len != 0)
			sent++;
		else
			q->nb_cancelled--;
		bytes += len;
		afpring_cursor_next(&q->head, &q->walk);
	}
	afpring_count(&q->count[AFPRING_TX_PACKETS], sent);
	afpring_count(&q->count[AFPRING_TX_BYTES], bytes);
	q->requested_bytes -= bytes;
	return sent;
}

static void
cancel_slot(struct afpring_txq *q, uint8_t *slot, enum afpring_tx_counter counter)
{
	q->requested_bytes -= afpring_tx_slot_len(slot);
	q->nb_cancelled++;
	afpring_count(&q->count[counter], 1);
	afpring_tx_slot_cancel(slot);
}

/* All requested slots, of which some may have been cancelled before. */
static void
cancel(struct afpring_txq *q, uint8_t *ring, uint32_t nb_waiting)
{
	struct afpring_cursor c = q->head;

	if (q->nb_cancelled == nb_waiting)
		return;
	for (uint32_t i = 0; i < nb_waiting; i++) {
		if (afpring_tx_slot_len(ring + c.off) != 0)
			cancel_slot(q, ring + c.off, AFPRING_TX_CANCELLED);
		afpring_cursor_next(&c, &q->walk);
	}
}

/* true: the refused frame is given up, and the next kick gets past it. */
static bool
give_up_if_refused(struct afpring_txq *q, uint8_t *ring)
{
	if (!afpring_tx_refuse(q) || afpring_tx_slot_len(ring + q->head.off) == 0)
		return false;
	cancel_slot(q, ring + q->head.off, AFPRING_TX_REFUSED);
	return true;
}

/* What becomes of slots that the kernel has left. true: another kick would get further. */
static __rte_noinline bool
answer(struct afpring_txq *q, uint8_t *ring, uint32_t nb_waiting, int err)
{
	switch (err) {
	case 0: /* the socket buffer was full after some frames */
		return false;
	case -EAGAIN:
		afpring_count(&q->count[AFPRING_TX_AGAIN], 1);
		return false;
	case -ENETDOWN: /* frames of now are of no use when the interface is up again */
	case -ENXIO:
	case -ENODEV:
		cancel(q, ring, nb_waiting);
		return false;
	default:
		return give_up_if_refused(q, ring);
	}
}

bool
afpring_tx_kick(struct afpring_txq *q, uint32_t requested, const struct afpring_cursor *end)
{
	const struct afpring_half *half = afpring_txq_half(q);
	uint32_t nb_waiting = requested - afpring_tx_reaped(q);
	uint32_t nb_left = nb_waiting;
	uint32_t sent;
	bool progress;
	int err;

	if (afpring_tx_is_cut_off(q))
		cancel(q, half->ring, nb_waiting); /* and the kernel steps over them */
	err = afpring_socket_kick(half->fd);
	afpring_count(&q->count[AFPRING_TX_KICKS], 1);
	if (likely(has_taken_all(q, half->ring, end))) {
		sent = reap_all(q, end, nb_waiting);
		nb_left = 0;
	} else {
		sent = reap_some(q, half->ring, &nb_left);
	}
	if (likely(sent != 0))
		afpring_tx_calm(q);
	progress = nb_left != nb_waiting;
	if (unlikely(nb_left != 0))
		progress |= answer(q, half->ring, nb_left, err);
	/* release: pairs with afpring_tx_reaped() of whoever fills those slots again */
	rte_atomic_store_explicit(&q->reaped, requested - nb_left, rte_memory_order_release);
	return progress;
}

/* The kernel steps over cancelled slots only when it looks at any, which it does not on an
 * interface that is down or gone; asked at each poll, it would say so each time. Its head is
 * ours, so what waits can as well be taken back. */
static void
withdraw_cancelled(struct afpring_txq *q)
{
	uint8_t *ring = afpring_txq_half(q)->ring;
	struct afpring_cursor c = q->head;

	if (q->nb_cancelled != q->filled - afpring_tx_reaped(q))
		return;
	for (uint32_t i = 0; i < q->nb_cancelled; i++) {
		afpring_tx_slot_withdraw(ring + c.off);
		afpring_cursor_next(&c, &q->walk);
	}
	q->tail = q->head;
	q->filled -= q->nb_cancelled;
	q->nb_cancelled = 0;
}

void
afpring_tx_kick_filled(struct afpring_txq *q)
{
	bool left_before = afpring_deferred_get(q->deferred) != 0;

	afpring_tx_kick(q, q->filled, &q->tail);
	if (likely(!afpring_tx_is_waiting(q) && !left_before))
		return;
	withdraw_cancelled(q);
	afpring_tx_set_due(q, afpring_tx_is_waiting(q) ? AFPRING_DEFERRED_NOW : 0);
}

void
afpring_tx_ring_cancel(struct afpring_txq *q)
{
	cancel(q, afpring_txq_half(q)->ring, q->filled - afpring_tx_reaped(q));
}
