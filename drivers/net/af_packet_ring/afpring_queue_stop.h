/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Queues that the application stops and starts while the port runs.
 *
 *     port starts                      rx_queue_stop, tx_queue_stop
 *    ------------> STARTED  ------------------------------------------->  STOPPED
 *        |                  <------------------------------------------      ^
 *        | deferred start      rx_queue_start, tx_queue_start                |
 *        +-------------------------------------------------------------------+
 *
 * A stopped receive queue stays taken from its lcore (afpring_quiesce.h) and its socket keeps
 * its place in the fanout group, so the flows of the other queues stay where they are. The
 * kernel goes on giving it packets until its ring is full: these are counted as flushed when
 * the queue or the port is started or stopped, and the packets after them as missed
 * (imissed), or they go to the other queues with fanout_flags=rollover. Nothing is received.
 *
 * A stopped transmit queue is owned (afpring_tx_own()), so bursts on it take nothing.
 *
 * A stopped queue may be set up anew, with another ring or mempool (afpring_setup.h).
 */
#ifndef AFPRING_QUEUE_STOP_H
#define AFPRING_QUEUE_STOP_H

#include "afpring_compat.h"

/** eth_dev_ops; the port is started. 0 or -errno, logged: -EBUSY when an lcore has stayed
 *  inside a burst for a second and the queue goes on as it was. */
int afpring_rx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int afpring_rx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);
int afpring_tx_queue_start(struct rte_eth_dev *dev, uint16_t queue_id);
int afpring_tx_queue_stop(struct rte_eth_dev *dev, uint16_t queue_id);

/** Give a stopped queue a ring of q->nb_desc; the port is started. A receive queue keeps its place
 *  in the fanout group; while it is out of that for a moment, its packets go to the others. Without
 *  the interface recovery makes the ring. 0 or -errno, logged: the queue stays stopped, and may
 *  have no ring. */
int afpring_rx_queue_renew(struct rte_eth_dev *dev, uint16_t queue_id);
int afpring_tx_queue_renew(struct rte_eth_dev *dev, uint16_t queue_id);

/** The port has started: show ethdev the queues' states. */
void afpring_queue_states_set(struct rte_eth_dev *dev);

#endif /* AFPRING_QUEUE_STOP_H */
