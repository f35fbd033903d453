/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A run whose rest is still to come. A superframe of 45 segments goes through an
 * application in bursts of 32: sent burst by burst it would leave as two messages, each
 * with the price of a whole one. So the receive burst marks every segment of a
 * superframe but the last there are mbufs for (a dynamic mbuf flag), and a run that ends
 * a transmit burst with a marked segment waits for the next burst.
 *
 * The packets are taken, so the queue owns their mbufs, and everything behind them waits
 * for them. The next transmit burst continues or sends the run; tx_done_cleanup and stop
 * send it. When none of them comes, a receive burst on the queue of the same index does
 * AFPRING_HELD_US after the run began, on another lcore a millisecond later, or the
 * watchdog at its next look, a tenth of a second at most. Those only send: the mbufs are
 * freed where the application transmits, as its mempool expects.
 */
#ifndef AFPRING_TX_HELD_H
#define AFPRING_TX_HELD_H

#include "afpring_tx_join.h"

/** How long receive bursts leave a run to the next transmit burst, microseconds. */
#define AFPRING_HELD_US 50

/** The mark's bit in ol_flags; 0 when mbufs have none left: then nothing is held. */
uint64_t afpring_held_flag(void);

/** More segments of the run are on their way, and the run has place for them. */
bool afpring_tx_is_open(const struct afpring_txq *q, const struct rte_mbuf *last,
			const struct afpring_join *join);

/** Hold the run of these packets, the last ones of the burst: now the queue owns them.
 *  Ring and lane are empty. */
void afpring_tx_held_begin(struct afpring_txq *q, struct rte_mbuf **pkts,
			   const struct afpring_tx_run *run);

/**
 * Continue the held run with the first packets of a burst; send the run if it is complete.
 *
 * @return
 *   How many packets were added; the queue owns them. While q->nb_held is not 0,
 *   nothing else may be sent.
 */
uint16_t afpring_tx_held_continue(struct afpring_txq *q, struct rte_mbuf **pkts, uint16_t nb);

/** Send the held run. It stays held if the kernel does not take it now. */
void afpring_tx_held_send(struct afpring_txq *q);

/** Send the held run for the lcore that sends on the queue: its mbufs stay with the queue. */
void afpring_tx_held_help(struct afpring_txq *q);

/** Free the packets of the held run, counted as cancelled. */
void afpring_tx_held_cancel(struct afpring_txq *q);

#endif /* AFPRING_TX_HELD_H */
