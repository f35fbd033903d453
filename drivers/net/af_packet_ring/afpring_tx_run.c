/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Runs: consecutive segments of a burst that leave as one superframe, and the held run
 * (enum afpring_tx_run_state). A superframe of 45 segments goes through an application in
 * bursts of 32: sent burst by burst it would leave as two messages, each with the price of a
 * whole one. So the receive burst marks every segment of a superframe but the last that there
 * are mbufs for (a dynamic mbuf flag), and a run that ends a transmit burst with a marked
 * segment is held for the next burst.
 *
 *            a burst ends with an open run          another thread has sent it
 *     NONE -------------------------------> HELD --------------------------------> SENT
 *      ^                                     |                                      |
 *      +-- a burst has continued and sent it +---- a burst, or cleanup, or stop ----+
 *                                                  has freed the mbufs
 *
 * The queue owns the mbufs of a held run, and everything behind them waits. Another thread
 * sends it (afpring_tx_flush.c) AFPRING_HELD_US after it began, on another lcore than the one
 * that held it a millisecond later, the watchdog a tenth of a second later at most. It only
 * sends: the mbufs are freed where the application transmits, as its mempool expects. A held
 * run that the kernel has refused once takes no more packets.
 */
#include <string.h>

#include <rte_mbuf_dyn.h>

#include "afpring_chain.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

/* How long other threads leave a held run to the next transmit burst. */
#define AFPRING_HELD_US 50

/* ---- which packets ---- */

/* By itself the packet would pass the check: the MTU is that of each segment. */
static bool
fits(const struct afpring_txq *q, const struct rte_mbuf *m, const struct afpring_headers *h)
{
	return m->pkt_len <=
		       afpring_txq_max_len(q) + (h->l3 > RTE_ETHER_HDR_LEN ? RTE_VLAN_HLEN : 0) &&
	       afpring_offload_agrees(m, h);
}

bool
afpring_tx_run_begin(const struct afpring_txq *q, struct afpring_tx_run *run,
		     const struct rte_mbuf *m)
{
	run->nb_iov = AFPRING_BATCH_IOV_HEAD + m->nb_segs;
	return afpring_tx_is_joinable(m) && afpring_chain_is_whole(m) &&
	       afpring_join_begin(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				  m->pkt_len) &&
	       (run->join.h.tcp ? q->device.join_tcp : q->device.join_udp) &&
	       fits(q, m, &run->join.h);
}

bool
afpring_tx_run_append(const struct afpring_txq *q, struct afpring_tx_run *run,
		      const struct rte_mbuf *m)
{
	if (!afpring_tx_is_joinable(m) || !afpring_chain_is_whole(m) ||
	    !afpring_offload_agrees(m, &run->join.h) ||
	    run->nb_iov + m->nb_segs > AFPRING_BATCH_IOV ||
	    !afpring_join_append(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				 m->pkt_len, q->join_max))
		return false;
	run->nb_iov += m->nb_segs;
	return true;
}

/* ---- held ---- */

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
	rte_pktmbuf_free_bulk(q->batch->held_pkts, q->nb_held);
	q->nb_held = 0;
	q->run = AFPRING_RUN_NONE;
}

bool
afpring_tx_run_is_open(const struct afpring_txq *q, const struct rte_mbuf *last,
		       const struct afpring_tx_run *run)
{
	return (last->ol_flags & q->more_flag) != 0 && !run->join.closed &&
	       run->join.nb_segs < AFPRING_HELD_MBUFS;
}

void
afpring_tx_run_hold(struct afpring_txq *q, struct rte_mbuf **pkts, const struct afpring_tx_run *run)
{
	memcpy(q->batch->held_pkts, pkts, run->join.nb_segs * sizeof(*pkts));
	q->batch->held = *run;
	q->nb_held = run->join.nb_segs;
	q->run = AFPRING_RUN_HELD;
	afpring_tx_set_due(q, afpring_clock_now() + afpring_clock_us(AFPRING_HELD_US));
}

uint16_t
afpring_tx_run_continue(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	struct afpring_tx_batch *batch = q->batch;
	uint16_t end = RTE_MIN(nb, AFPRING_HELD_MBUFS - q->nb_held);
	uint16_t i = 0;

	while (i < end && afpring_tx_run_append(q, &batch->held, pkts[i]))
		batch->held_pkts[q->nb_held++] = pkts[i++];
	if (i == 0 || i < nb || !afpring_tx_run_is_open(q, pkts[i - 1], &batch->held))
		afpring_tx_run_send(q);
	return i;
}

void
afpring_tx_run_help(struct afpring_txq *q)
{
	struct afpring_tx_batch *batch = q->batch;
	uint16_t done;

	if (q->run != AFPRING_RUN_HELD)
		return;
	afpring_tx_follow_device(q);
	afpring_tx_batch_add_run(q, batch->held_pkts, &batch->held);
	batch->held.join.closed = true;
	if (afpring_tx_batch_send(q, &done) == 0) {
		q->run = AFPRING_RUN_SENT;
		afpring_tx_set_due(q, 0);
	} else {
		afpring_tx_set_due(q, AFPRING_DEFERRED_NOW);
	}
}

void
afpring_tx_run_send(struct afpring_txq *q)
{
	afpring_tx_run_help(q);
	if (q->run == AFPRING_RUN_SENT)
		release(q);
}

void
afpring_tx_run_cancel(struct afpring_txq *q)
{
	if (q->run == AFPRING_RUN_HELD)
		afpring_count(&q->count[AFPRING_TX_CANCELLED], q->nb_held);
	release(q);
	afpring_tx_set_due(q, 0);
}
