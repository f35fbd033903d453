/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Transmit, superframe lane: packets that stand for several segments, and what is
 * larger than a slot. They leave as messages with a virtio_net_hdr, through a
 * socket of their own (one with a TX ring ignores what sendmsg() carries), several
 * per system call, straight from the mbufs' segments.
 */
#ifndef AFPRING_TX_SUPER_H
#define AFPRING_TX_SUPER_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "afpring_offload.h"
#include "afpring_queue.h"
#include "afpring_tx_join.h"

#define AFPRING_LANE_MESSAGES 16
#define AFPRING_LANE_IOV 1024 /* IOV_MAX */

/** Pieces of a message in front of the packets' own: virtio_net_hdr and headers. */
#define AFPRING_LANE_IOV_HEAD 2

/** One message under construction. */
struct afpring_tx_message {
	struct virtio_net_hdr vnet;
	uint8_t header[AFPRING_HEADERS_MAX + 4]; /**< the frame's start, tag inserted */
	uint16_t nb_pkts;                        /**< packets of the burst in it */
	uint8_t tags;                            /**< 1 << VLAN tags of a superframe, else 0 */
	uint32_t bytes;                          /**< of them, as handed in */
};

#define AFPRING_HELD_MBUFS 128

/** A run that waits for its rest; q->nb_held packets of it. */
struct afpring_tx_held {
	struct afpring_tx_run run;
	bool sent; /**< only the mbufs are still here */
	struct rte_mbuf *pkts[AFPRING_HELD_MBUFS];
};

/** Messages of one burst, in its order. Empty between bursts, but for what is held. */
struct afpring_tx_lane {
	uint16_t nb;
	uint16_t nb_iov;
	uint16_t first; /**< index in the burst of the first packet */
	struct mmsghdr msgs[AFPRING_LANE_MESSAGES];
	struct afpring_tx_message info[AFPRING_LANE_MESSAGES];
	struct iovec iov[AFPRING_LANE_IOV];
	struct afpring_tx_held held;
};

/** There may be no place for a message of nb_iov pieces: flush first. */
static inline bool
afpring_tx_lane_is_full(const struct afpring_tx_lane *lane, uint32_t nb_iov)
{
	return lane->nb == AFPRING_LANE_MESSAGES || lane->nb_iov + nb_iov > AFPRING_LANE_IOV;
}

/** Add one packet that goes as a message (afpring_tx_check.h), with its request; the mbuf
 *  must live until the flush. */
void afpring_tx_lane_add(struct afpring_txq *q, struct rte_mbuf *m,
			 const struct afpring_offload *o);

/** Add the packets of a join, which start at pkts. */
void afpring_tx_lane_add_join(struct afpring_txq *q, struct rte_mbuf **pkts,
			      const struct afpring_join *join);

/**
 * Send all messages.
 *
 * @param done
 *   Receives how many packets are taken: sent, or dropped and counted.
 * @return
 *   0 when the lane is empty; -EAGAIN when the kernel did not want the rest now.
 *   The lane is empty in any case.
 */
int afpring_tx_lane_flush(struct afpring_txq *q, uint16_t *done);

#endif /* AFPRING_TX_SUPER_H */
