/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the rooms of transmit give each other; the control layer has afpring_tx.h.
 *
 *     tx           the burst: packets into slots, into messages, into runs
 *     tx_check     what becomes of a packet that is sent by itself
 *     tx_run       segments that leave as one superframe, and wait for each other
 *     tx_message   the batch of messages of a burst
 *     tx_ring      request, kick, reap
 *     tx_path      past the qdisc or through it, the carrier, patience
 *     tx_thread    kick=thread
 *     tx_flush     flush, help, cleanup, drain
 */
#ifndef AFPRING_TRANSMIT_H
#define AFPRING_TRANSMIT_H

#include <sys/socket.h>
#include <sys/uio.h>

#include <rte_lcore.h>

#include "afpring_offload.h"
#include "afpring_process.h"
#include "afpring_segment.h"
#include "afpring_stamp.h"

/* ---- who is at the queue, and what it has put off ---- */

/** How much longer other threads leave put-off work to the lcore that has put it off: packets
 *  from two processors could overtake each other. */
#define AFPRING_TX_FOREIGN_US 1000

/**
 * Own the queue: fill, submit and, with kick=burst, kick. An application may share a queue
 * between lcores behind a lock of its own, of which the receive burst knows nothing.
 *
 * @return
 *   false: another thread owns the queue; go away, never wait.
 */
static inline bool
afpring_tx_own(struct afpring_txq *q)
{
	/* acquire: pairs with the release of the last owner, whose slots these were */
	return rte_atomic_exchange_explicit(&q->owned, 1, rte_memory_order_acquire) == 0;
}

/** The same for a control thread: waits for a burst under way, 20 ms at most. */
static inline bool
afpring_txq_take(struct afpring_txq *q)
{
	uint64_t end = afpring_clock_now() + afpring_clock_us(20 * 1000);

	do {
		if (afpring_tx_own(q))
			return true;
		rte_delay_us_sleep(10);
	} while (afpring_clock_now() < end);
	return false;
}

static inline void
afpring_tx_disown(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->owned, 0, rte_memory_order_release);
}

/** Put off what the queue has left to do. By the owner. */
static inline void
afpring_tx_set_due(struct afpring_txq *q, uint64_t due)
{
	rte_atomic_store_explicit(&q->due_lcore, rte_lcore_id(), rte_memory_order_relaxed);
	afpring_deferred_set(q->deferred, due);
}

/** Work that was put off is due for this thread: threads other than the lcore that put it off
 *  wait AFPRING_TX_FOREIGN_US longer. */
static inline bool
afpring_tx_is_due(struct afpring_txq *q)
{
	uint64_t due = afpring_deferred_get(q->deferred);

	if (due == 0)
		return false;
	if (due != AFPRING_DEFERRED_NOW &&
	    rte_atomic_load_explicit(&q->due_lcore, rte_memory_order_relaxed) != rte_lcore_id())
		due += afpring_clock_us(AFPRING_TX_FOREIGN_US);
	return (int64_t)(afpring_clock_now() - due) >= 0;
}

/* ---- the ring ---- */

/** Slots that are reaped. Acquires what was written before. */
static inline uint32_t
afpring_tx_reaped(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->reaped, rte_memory_order_acquire);
}

/** Filled slots wait for the kernel. By the owner. */
static inline bool
afpring_tx_is_waiting(struct afpring_txq *q)
{
	return q->filled != afpring_tx_reaped(q);
}

/**
 * Kick once and reap.
 *
 * @param requested
 *   Slots that are requested, since the start.
 * @param end
 *   The slot behind them.
 * @return
 *   false: the kernel takes nothing now, nor would it at once.
 */
bool afpring_tx_kick(struct afpring_txq *q, uint32_t requested, const struct afpring_cursor *end);

/** kick=burst: kick for all that is filled; what is left is put off. By the owner. */
void afpring_tx_kick_filled(struct afpring_txq *q);

/** Cancel what waits in the ring, counted. By the owner, without a thread. */
void afpring_tx_ring_cancel(struct afpring_txq *q);

/** kick=thread: submit what is filled, and wake the thread. By the owner. */
void afpring_tx_thread_submit(struct afpring_txq *q);

/** kick=thread: kick once in the thread's place. While the thread is in the middle of a call,
 *  not before that has ended, and not at all when the call takes longer than it should. By
 *  the owner. */
void afpring_tx_thread_flush(struct afpring_txq *q);

/** Submit, kick and reap once, if frames wait. By the owner. */
void afpring_tx_flush_ring(struct afpring_txq *q);

/* ---- the path: by whoever kicks ---- */

/** Take over what the device can do now. By the owner. */
void afpring_tx_learn_device(struct afpring_txq *q, union afpring_device now);

/** Take over what the device can do now, if that has changed, before a packet is looked at that
 *  may be a superframe. By the owner. */
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

/** Patience with a packet when the last one given up was itself at fault. */
#define AFPRING_TX_PATIENCE_MIN_US 20

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

/* ---- runs ---- */

/** Shorter packets are not worth a look. */
#define AFPRING_JOIN_MIN_LEN 128u

/** Flags of a packet that asks for something that a superframe made here cannot give. */
#define AFPRING_JOIN_NEVER                                                                         \
	(RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_QINQ | RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG | \
	 RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_IEEE1588_TMST | RTE_MBUF_F_RX_LRO |                \
	 AFPRING_OFFLOAD_REFUSED)

/** Packets that follow each other in a burst and will be one message. */
struct afpring_tx_run {
	struct afpring_join join;
	uint32_t nb_iov; /**< pieces of the message */
};

/** The L4 checksum was right when the packet came (GOOD, and NONE, which has the same bit and
 *  says that it was left out), or is made on the way out. All segments of a superframe get a
 *  right checksum, so a segment with a wrong one must not be joined. */
static __rte_always_inline bool
afpring_tx_is_joinable(const struct rte_mbuf *m)
{
	return (m->ol_flags & AFPRING_JOIN_NEVER) == 0 &&
	       (m->ol_flags & (RTE_MBUF_F_RX_L4_CKSUM_GOOD | RTE_MBUF_F_TX_L4_MASK)) != 0;
}

/** A packet may be worth joining: a cheap test, made for every packet. */
static __rte_always_inline bool
afpring_tx_may_join(const struct rte_mbuf *m, const struct rte_mbuf *next)
{
	return m->pkt_len >= AFPRING_JOIN_MIN_LEN && next->pkt_len <= m->pkt_len &&
	       afpring_tx_is_joinable(m) && afpring_tx_is_joinable(next);
}

/** Begin a run with packet m. false: m cannot be joined with other packets. */
bool afpring_tx_run_begin(const struct afpring_txq *q, struct afpring_tx_run *run,
			  const struct rte_mbuf *m);

/** Append m, if it is the very next segment. */
bool afpring_tx_run_append(const struct afpring_txq *q, struct afpring_tx_run *run,
			   const struct rte_mbuf *m);

/** More segments of the run, which ends with this packet, are on their way, and the queue has
 *  place for them. */
bool afpring_tx_run_is_open(const struct afpring_txq *q, const struct rte_mbuf *last,
			    const struct afpring_tx_run *run);

/** Hold the run of these packets, the last ones of the burst: now the queue owns them. Ring
 *  and batch are empty. */
void afpring_tx_run_hold(struct afpring_txq *q, struct rte_mbuf **pkts,
			 const struct afpring_tx_run *run);

/**
 * Continue the held run with the first packets of a burst; send it if it is complete.
 *
 * @return
 *   How many packets were added; the queue owns them. While q->run is not
 *   AFPRING_RUN_NONE, nothing else may be sent.
 */
uint16_t afpring_tx_run_continue(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb);

/** Send the held run and free its mbufs. It stays held if the kernel does not take it now. */
void afpring_tx_run_send(struct afpring_txq *q);

/** Send the held run in the place of the lcore that transmits, which frees the mbufs. */
void afpring_tx_run_help(struct afpring_txq *q);

/** Free the held run, counted as cancelled. */
void afpring_tx_run_cancel(struct afpring_txq *q);

/* ---- the batch of messages ---- */

#define AFPRING_BATCH_MESSAGES 16
#define AFPRING_BATCH_IOV 1024 /* IOV_MAX */

/** Pieces of a message in front of the packets' own: virtio_net_hdr and headers. */
#define AFPRING_BATCH_IOV_HEAD 2

/** One message under construction. */
struct afpring_tx_message {
	struct virtio_net_hdr vnet;
	uint8_t header[AFPRING_HEADERS_MAX + 8]; /**< the frame's start, tags inserted */
	uint16_t nb_pkts;                        /**< packets of the burst in it */
	uint8_t tags;                            /**< 1 << VLAN tags of a superframe, else 0 */
	uint32_t bytes;                          /**< of the packets, as handed in */
};

#define AFPRING_HELD_MBUFS 128

/** Messages of one burst, in its order, empty between bursts; and the held run. */
struct afpring_tx_batch {
	uint16_t nb;
	uint16_t nb_iov;
	uint16_t first; /**< index in the burst of the first packet */
	struct mmsghdr msgs[AFPRING_BATCH_MESSAGES];
	struct afpring_tx_message info[AFPRING_BATCH_MESSAGES];
	struct iovec iov[AFPRING_BATCH_IOV];
	struct afpring_stamp_request stamp; /**< of all messages that ask for one */
	struct afpring_tx_run held;
	struct rte_mbuf *held_pkts[AFPRING_HELD_MBUFS]; /**< q->nb_held of them */
};

/** There may be no place for a message of nb_iov pieces: send first. */
static inline bool
afpring_tx_batch_is_full(const struct afpring_tx_batch *batch, uint32_t nb_iov)
{
	return batch->nb == AFPRING_BATCH_MESSAGES || batch->nb_iov + nb_iov > AFPRING_BATCH_IOV;
}

/** Add one packet that goes as a message (afpring_tx_check.h), with its request; the mbuf
 *  must live until the batch is sent. */
void afpring_tx_batch_add(struct afpring_txq *q, struct rte_mbuf *m,
			  const struct afpring_offload *o);

/** Add the packets of a run, which start at pkts. */
void afpring_tx_batch_add_run(struct afpring_txq *q, struct rte_mbuf **pkts,
			      const struct afpring_tx_run *run);

/**
 * Send all messages.
 *
 * @param done
 *   Receives how many packets have had their fate: sent, or dropped and counted.
 * @return
 *   0, or -EAGAIN when the kernel did not want the rest now. The batch is empty in any case.
 */
int afpring_tx_batch_send(struct afpring_txq *q, uint16_t *done);

#endif /* AFPRING_TRANSMIT_H */
