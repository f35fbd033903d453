/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive, superframe lane: what is larger than a slot or than an mbuf, and what
 * stands for several segments. With PACKET_COPY_THRESH the kernel queues a packet
 * that its slot cuts also as a message, in slot order, so that one recvmsg() puts
 * it where it belongs: into a chain, or piece by piece into segments.
 */
#ifndef AFPRING_RX_SUPER_H
#define AFPRING_RX_SUPER_H

#include "afpring_rx_lane.h"

enum afpring_super {
	AFPRING_SUPER_DONE,  /**< stashed, or dropped and counted; the slot can go back */
	AFPRING_SUPER_PART,  /**< some of its segments stashed; the slot stays for the rest */
	AFPRING_SUPER_RETRY, /**< no mbufs; nothing taken */
};

/** Take the superframe of a slot that is ours into the stash, which is empty. */
enum afpring_super afpring_rx_super(struct afpring_rxq *q, uint8_t *slot);

#endif /* AFPRING_RX_SUPER_H */
