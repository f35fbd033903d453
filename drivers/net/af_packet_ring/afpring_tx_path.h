/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Which way the packets of both transmit lanes leave, and what the device makes of them:
 * past the qdisc or through it, with a carrier or without, and how long a packet that the
 * device refuses is tried again. Used by whoever kicks.
 */
#ifndef AFPRING_TX_PATH_H
#define AFPRING_TX_PATH_H

#include "afpring_clock.h"
#include "afpring_queue.h"
#include "afpring_uapi.h"

/** Patience with a packet when the last one given up was itself at fault. */
#define AFPRING_TX_PATIENCE_MIN_US 20

/** The queue starts: past the qdisc, or through it for good. */
void afpring_tx_path_begin(struct afpring_txq *q, bool bypass);

/** Take over what the device can do now. By the owner. */
void afpring_tx_learn_device(struct afpring_txq *q, union afpring_device now);

/** The same if it has changed, before a packet is looked at that may be a superframe. */
static inline void
afpring_tx_follow_device(struct afpring_txq *q)
{
	union afpring_device now = {
		.word = rte_atomic_load_explicit(&q->device_now, rte_memory_order_relaxed)};

	if (unlikely(now.word != q->device.word))
		afpring_tx_learn_device(q, now);
}

/** Before a superframe of this type and length: leave the bypass if the device cannot
 *  segment it, come back if the device has learnt to. Behind the qdisc the kernel segments. */
void afpring_tx_path_choose(struct afpring_txq *q, const struct virtio_net_hdr *vnet, uint32_t len);

/** A superframe was refused. true: it may be its VLAN tags, and the queue has left the bypass
 *  for that; try again. tags: 1 << the number of them. */
bool afpring_tx_path_leave_for_tags(struct afpring_txq *q, const struct virtio_net_hdr *vnet,
				    uint8_t tags);

/** The device has taken a superframe with these tags, or without; tags 0: no superframe. */
static inline void
afpring_tx_path_taken(struct afpring_txq *q, const struct virtio_net_hdr *vnet, uint8_t tags)
{
	if (q->path == AFPRING_PATH_BYPASS)
		q->tags_ok[vnet->gso_type % RTE_DIM(q->tags_ok)] |= tags;
}

/** Ask the kernel, every 100 us at most. */
bool afpring_tx_path_look_at_carrier(struct afpring_txq *q);

/** What is sent now would be dropped, and look sent. By whoever is about to send. */
static inline bool
afpring_tx_is_cut_off(struct afpring_txq *q)
{
	return unlikely(q->path != AFPRING_PATH_BYPASS) && afpring_tx_path_look_at_carrier(q);
}

/** The device has refused a packet. true: it has been tried for long enough, give it up. */
bool afpring_tx_refuse(struct afpring_txq *q);

/** The kernel has taken a packet. */
static inline void
afpring_tx_calm(struct afpring_txq *q)
{
	if (likely(q->refusal == AFPRING_CALM))
		return;
	q->patience = q->refusal == AFPRING_GAVE_UP ? afpring_clock_us(AFPRING_TX_PATIENCE_MIN_US) :
						      q->patience_max;
	q->refusal = AFPRING_CALM;
}

#endif /* AFPRING_TX_PATH_H */
