/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a transmit queue has left to do: frames in its ring that the kernel did not want, and
 * a held run, which came later than these. A transmit burst does it, an empty one too; when
 * none comes, one of these does:
 *
 *     help      a receive burst on the queue of the same index, or the watchdog, when the
 *               work is due
 *     cleanup   the application, by rte_eth_tx_done_cleanup()
 *     drain     stop
 */
#include "afpring_port.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

/* How long drain sleeps before it tries again. */
#define DRAIN_NAP_US 50

void
afpring_tx_flush_ring(struct afpring_txq *q)
{
	if (!afpring_tx_is_waiting(q))
		return;
	if (q->has_thread)
		afpring_tx_thread_flush(q);
	else
		afpring_tx_kick_filled(q);
}

static void
flush(struct afpring_txq *q)
{
	afpring_tx_flush_ring(q);
	afpring_tx_run_send(q);
}

static bool
is_flushed(struct afpring_txq *q)
{
	return !afpring_tx_is_waiting(q) && q->run == AFPRING_RUN_NONE;
}

/* First a look that takes nothing, so that a polling lcore is not in the way of the one that
 * sends. */
void
afpring_tx_help(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct afpring_txq *q = afpring_port_txq(dev, queue_id);

	if (!afpring_tx_is_due(q) || !afpring_tx_own(q))
		return;
	if (afpring_tx_is_due(q)) {
		afpring_tx_flush_ring(q);
		afpring_tx_run_help(q);
	}
	afpring_tx_disown(q);
}

int
afpring_tx_done_cleanup(void *txq, uint32_t nb)
{
	struct afpring_txq *q = txq;
	uint32_t held;

	if (!afpring_tx_own(q))
		return 0;
	held = q->nb_held;
	afpring_tx_flush_ring(q);
	if (nb == 0 || held <= nb)
		afpring_tx_run_send(q);
	held -= q->nb_held;
	afpring_tx_disown(q);
	return held;
}

void
afpring_tx_drain(struct afpring_txq *q, uint64_t deadline)
{
	for (;;) {
		flush(q);
		if (is_flushed(q) || afpring_clock_now() > deadline)
			break;
		rte_delay_us_sleep(DRAIN_NAP_US);
	}
	afpring_tx_ring_cancel(q);
	afpring_tx_run_cancel(q);
}
