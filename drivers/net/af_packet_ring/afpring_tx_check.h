/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Transmit: what becomes of a packet that is sent by itself. tx_prepare and the burst
 * ask the same function, so what one lets pass the other sends.
 *
 *                         +-- a request or lengths that contradict it: malformed
 *     packet -- check ----+-- larger than the MTU: oversize
 *                         +-- fits a slot, asks for neither segments nor a stamp: ring
 *                         +-- else: message
 *
 * A packet without any AFPRING_OFFLOAD_FLAGS, of at most q->plain_len bytes, belongs to
 * the ring; the burst finds out whether it is whole when it copies it.
 */
#ifndef AFPRING_TX_CHECK_H
#define AFPRING_TX_CHECK_H

#include "afpring_offload.h"
#include "afpring_queue.h"

enum afpring_tx_way {
	AFPRING_TX_WAY_RING,
	AFPRING_TX_WAY_MESSAGE,
};

/**
 * Read the packet's request, and decide.
 *
 * @param o
 *   Receives the request; afpring_offload_apply() can carry it out.
 * @return
 *   enum afpring_tx_way; -EMSGSIZE: larger than the MTU; -EINVAL: the packet contradicts
 *   itself; -ENOTSUP: it asks for what no packet socket can do.
 */
int afpring_tx_check(const struct afpring_txq *q, const struct rte_mbuf *m,
		     struct afpring_offload *o);

/** eth_dev_ops.tx_pkt_prepare: how many packets from the first on would not be
 *  refused; rte_errno says why the next one would. */
uint16_t afpring_tx_prepare(void *txq, struct rte_mbuf **pkts, uint16_t nb);

#endif /* AFPRING_TX_CHECK_H */
