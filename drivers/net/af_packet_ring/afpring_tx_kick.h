/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's attention to a transmit ring, and the account of what it took.
 *
 *        kick                  tail
 *         v                     v
 *   ... | waiting | waiting | empty | ...      waiting: requested, no sendto() has
 *                                              taken it yet (nb_waiting of them)
 *
 * One sendto() takes the slots from the kernel's own head, which is always kick,
 * in order, and stops at the first it cannot send. What it returns does not tell
 * how many it took; the slots do.
 */
#ifndef AFPRING_TX_KICK_H
#define AFPRING_TX_KICK_H

#include "afpring_tx_owner.h"

/** One sendto(), and the account of it. By the owner. */
void afpring_tx_kick(struct afpring_txq *q);

/** Offer waiting frames, if there are any, once more. By the owner. */
static inline void
afpring_tx_rekick(struct afpring_txq *q)
{
	if (q->nb_waiting != 0)
		afpring_tx_kick(q);
}

/** Cancel what waits in the ring, counted. By the owner. */
void afpring_tx_cancel_all(struct afpring_txq *q);

#endif /* AFPRING_TX_KICK_H */
