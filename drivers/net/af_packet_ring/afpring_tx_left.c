/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_tx_held.h"
#include "afpring_tx_ring.h"
#include "afpring_tx_thread.h"
#include "afpring_tx_left.h"

/* The ring first: the packets of a held run came after its frames. */
void
afpring_tx_help(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct afpring_txq *q = dev->data->tx_queues[queue_id];

	/* first a look that takes nothing, so that a polling lcore is not in the way of the
	 * one that sends */
	if (!afpring_tx_is_due(q) || !afpring_tx_own(q))
		return;
	if (afpring_tx_is_due(q)) {
		afpring_tx_flush(q);
		afpring_tx_held_help(q);
	}
	afpring_tx_disown(q);
}

int
afpring_tx_done_cleanup(void *txq, uint32_t nb)
{
	struct afpring_txq *q = txq;

	RTE_SET_USED(nb);
	if (!afpring_tx_own(q))
		return 0;
	afpring_tx_flush(q);
	afpring_tx_held_send(q);
	afpring_tx_disown(q);
	return 0;
}

void
afpring_tx_drain(struct afpring_txq *q, uint64_t deadline)
{
	for (;;) {
		afpring_tx_flush(q);
		afpring_tx_held_send(q);
		if ((!afpring_tx_is_waiting(q) && q->nb_held == 0) ||
		    afpring_clock_now() > deadline)
			break;
		rte_delay_us_sleep(50);
	}
	afpring_tx_ring_cancel(q);
	afpring_tx_held_cancel(q);
}
