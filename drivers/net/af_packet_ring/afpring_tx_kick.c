/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_frame.h"
#include "afpring_socket.h"
#include "afpring_tx_kick.h"
#include "afpring_tx_patience.h"

/* Step over the slots that the last sendto() took of those that were waiting. Returns how
 * many frames it sent. */
static __rte_always_inline uint32_t
tx_advance(struct afpring_txq *q, uint8_t *ring, uint32_t *nb_waiting)
{
	uint64_t bytes = 0;
	uint32_t sent = 0;

	while (*nb_waiting != 0) {
		uint8_t *slot = ring + q->kick.off;
		uint32_t len;

		if (unlikely(afpring_tx_slot_is_waiting(slot)))
			break;
		len = afpring_tx_slot_len(slot);
		sent += len != 0;
		bytes += len;
		afpring_cursor_next(&q->kick, &q->walk);
		--*nb_waiting;
		q->nb_cancelled = 0;
	}
	q->count[AFPRING_TX_PACKETS] += sent;
	q->count[AFPRING_TX_BYTES] += bytes;
	return sent;
}

static void
tx_cancel(struct afpring_txq *q, uint8_t *ring, uint32_t nb_waiting)
{
	struct afpring_cursor c = q->kick;

	if (q->nb_cancelled == nb_waiting)
		return; /* all of them, at an earlier kick */
	for (uint32_t i = 0; i < nb_waiting; i++) {
		if (afpring_tx_slot_len(ring + c.off) != 0) {
			afpring_tx_slot_cancel(ring + c.off);
			q->count[AFPRING_TX_CANCELLED]++;
		}
		afpring_cursor_next(&c, &q->walk);
	}
	q->nb_cancelled = nb_waiting;
}

/* true: the refused frame is given up, the next call gets past it. */
static bool
tx_pushed_back(struct afpring_txq *q, uint8_t *ring)
{
	if (!afpring_tx_patience_is_over(q) || afpring_tx_slot_len(ring + q->kick.off) == 0)
		return false;
	afpring_tx_slot_cancel(ring + q->kick.off);
	q->count[AFPRING_TX_REFUSED]++;
	return true;
}

/* true: the next call gets further, whatever the kernel says. */
static __rte_noinline bool
tx_left_waiting(struct afpring_txq *q, uint8_t *ring, uint32_t nb_waiting, int err)
{
	switch (err) {
	case 0: /* the socket buffer was full after some frames */
		return false;
	case -EAGAIN:
		q->count[AFPRING_TX_AGAIN]++;
		return false;
	case -ENETDOWN: /* and frames of now are of no use when it is up again */
	case -ENXIO:
	case -ENODEV:
		tx_cancel(q, ring, nb_waiting);
		return false;
	default:
		return tx_pushed_back(q, ring);
	}
}

bool
afpring_tx_offer(struct afpring_txq *q, uint32_t offered)
{
	const struct afpring_half *half = afpring_txq_half(q);
	uint32_t nb_waiting = offered - afpring_tx_taken(q);
	int err = afpring_socket_kick(half->fd);
	uint32_t nb_left = nb_waiting;
	bool progress;

	q->count[AFPRING_TX_KICKS]++;
	if (likely(tx_advance(q, half->ring, &nb_left) != 0))
		afpring_tx_patience_renew(q);
	progress = nb_left != nb_waiting;
	if (unlikely(nb_left != 0))
		progress |= tx_left_waiting(q, half->ring, nb_left, err);
	/* release: pairs with afpring_tx_taken() of whoever fills those slots again */
	rte_atomic_store_explicit(&q->taken, offered - nb_left, rte_memory_order_release);
	return progress;
}

void
afpring_tx_kick(struct afpring_txq *q)
{
	bool left_before = rte_atomic_load_explicit(&q->due_tsc, rte_memory_order_relaxed) != 0;

	afpring_tx_offer(q, q->filled);
	if (unlikely(afpring_tx_is_waiting(q) || left_before))
		afpring_tx_set_due(q, afpring_tx_is_waiting(q) ? AFPRING_TX_DUE_NOW : 0);
}

void
afpring_tx_cancel_all(struct afpring_txq *q)
{
	tx_cancel(q, afpring_txq_half(q)->ring, q->filled - afpring_tx_taken(q));
}
