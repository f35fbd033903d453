/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <string.h>

#include <rte_mbuf_dyn.h>

#include "afpring_clock.h"
#include "afpring_tx_held.h"
#include "afpring_tx_owner.h"
#include "afpring_tx_path.h"
#include "afpring_tx_super.h"

uint64_t
afpring_held_flag(void)
{
	static const struct rte_mbuf_dynflag more = {.name = "rte_net_afpring_dynflag_more"};
	int bit = rte_mbuf_dynflag_register(&more);

	return bit < 0 ? 0 : RTE_BIT64(bit);
}

static void
release(struct afpring_txq *q)
{
	rte_pktmbuf_free_bulk(q->lane->held.pkts, q->nb_held);
	q->nb_held = 0;
	q->lane->held.sent = false;
}

bool
afpring_tx_is_open(const struct afpring_txq *q, const struct rte_mbuf *last,
		   const struct afpring_join *join)
{
	return (last->ol_flags & q->more_flag) != 0 && !join->closed &&
	       join->nb_segs < AFPRING_HELD_MBUFS;
}

void
afpring_tx_held_begin(struct afpring_txq *q, struct rte_mbuf **pkts,
		      const struct afpring_tx_run *run)
{
	struct afpring_tx_held *held = &q->lane->held;

	memcpy(held->pkts, pkts, run->join.nb_segs * sizeof(*pkts));
	held->run = *run;
	q->nb_held = run->join.nb_segs;
	afpring_tx_set_due(q, afpring_clock_now() + afpring_clock_us(AFPRING_HELD_US));
}

uint16_t
afpring_tx_held_continue(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	struct afpring_tx_held *held = &q->lane->held;
	uint16_t end = RTE_MIN(nb, AFPRING_HELD_MBUFS - q->nb_held);
	uint16_t i = 0;

	while (i < end && afpring_tx_run_append(q, &held->run, pkts[i]))
		held->pkts[q->nb_held++] = pkts[i++];
	if (i == 0 || i < nb || !afpring_tx_is_open(q, pkts[i - 1], &held->run.join))
		afpring_tx_held_send(q);
	return i;
}

void
afpring_tx_held_help(struct afpring_txq *q)
{
	struct afpring_tx_held *held = &q->lane->held;
	uint16_t done;

	if (q->nb_held == 0 || held->sent)
		return;
	afpring_tx_follow_device(q);
	afpring_tx_lane_add_join(q, held->pkts, &held->run.join);
	held->sent = afpring_tx_lane_flush(q, &done) == 0;
	/* no packet joins a run that the kernel has refused once */
	held->run.join.closed = true;
	afpring_tx_set_due(q, held->sent ? 0 : AFPRING_DEFERRED_NOW);
}

void
afpring_tx_held_send(struct afpring_txq *q)
{
	afpring_tx_held_help(q);
	if (q->lane->held.sent)
		release(q);
}

void
afpring_tx_held_cancel(struct afpring_txq *q)
{
	if (!q->lane->held.sent)
		afpring_count(&q->count[AFPRING_TX_CANCELLED], q->nb_held);
	release(q);
	afpring_tx_set_due(q, 0);
}
