/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A device without carrier, behind the qdisc. The kernel then puts the noop qdisc in
 * place of the device's own, which drops each frame and answers NET_XMIT_CN, and packet
 * sockets take that for success (net_xmit_errno()). So the transmit lanes look whether
 * the device is running, which the kernel revokes before it puts the noop qdisc in
 * place (linkwatch_do_dev()). Past the qdisc the kernel refuses each frame by itself.
 */
#ifndef AFPRING_TX_CARRIER_H
#define AFPRING_TX_CARRIER_H

#include "afpring_clock.h"
#include "afpring_queue.h"
#include "afpring_socket.h"

/** How long one look holds. */
#define AFPRING_TX_CARRIER_US 100

static __rte_noinline bool
afpring_tx_look_at_carrier(struct afpring_txq *q)
{
	const struct afpring_half *half = afpring_txq_half(q);
	uint64_t now = afpring_clock_now();

	if (now - q->carrier_tsc > afpring_clock_us(AFPRING_TX_CARRIER_US)) {
		q->carrier_tsc = now;
		q->no_carrier = afpring_socket_lacks_carrier(half->fd, half->ifindex);
	}
	return q->no_carrier;
}

/** What is sent now would be dropped, and look sent. By whoever is about to send. */
static inline bool
afpring_tx_is_cut_off(struct afpring_txq *q)
{
	return unlikely(!q->bypass) && afpring_tx_look_at_carrier(q);
}

#endif /* AFPRING_TX_CARRIER_H */
