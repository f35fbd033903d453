/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The life of one half of a queue pair. Start, stop, another ring and recovery are loops
 * over these verbs.
 *
 *     CLOSED --- open: socket, ring, gate closed, outside the fanout group ---> OPEN
 *       ^                                                                        |  ^
 *       +------------------------------- close ----------------------------------+  | reset: the
 *                                                                                |  | ring is another
 *                                                                                +--+ one, or empty
 *
 * The ring has the shape of q->geo, planned before. sockets_lock is held, and no lcore uses
 * the queue: the port is stopped, or the queue is taken (afpring_quiesce.h, afpring_tx_own()).
 * Nothing but what a kernel lacks is logged.
 */
#ifndef AFPRING_QUEUE_LIFE_H
#define AFPRING_QUEUE_LIFE_H

#include "afpring_port.h"

/** Open and reset the receive half; the queue stays taken. On failure names the step and leaves
 *  nothing open. 0 or -errno. */
int afpring_rxq_open(struct afpring_rxq *q, const char **step);

/** Open another receive half for the queue, with virtio_net_hdrs or without, and leave the queue
 *  as it is. The caller owns the half. 0 or -errno of the step named. */
int afpring_rxq_open_half(const struct afpring_rxq *q, bool vnet, struct afpring_half *half,
			  struct afpring_geometry *geo, const char **step);

/** The queue's ring is a new one: its first slot is the next to be read. Counters stay. */
void afpring_rxq_reset(struct afpring_rxq *q, bool vnet);

/** The queue's wakeup looks at the socket that the queue has now; at none while the queue is
 *  stopped. */
void afpring_rxq_watch(struct afpring_rxq *q);

/** Close receive half i. Harmless on a closed one; the queue itself may be gone. What the ring
 *  holds is lost: afpring_rx_flush() counts it. */
void afpring_rxq_close(struct afpring_process *process, uint16_t i);

/** Open and reset the transmit half; the queue stays owned. On failure names the step and leaves
 *  nothing open. 0 or -errno. */
int afpring_txq_open(struct afpring_txq *q, const char **step);

/** The queue's ring is a new one and empty: nothing waits, nothing is held. Counters stay. */
void afpring_txq_reset(struct afpring_txq *q);

/** Close transmit half i. Harmless on a closed one; the queue itself may be gone. What waits in
 *  the ring is lost: afpring_tx_drain() sends or counts it. */
void afpring_txq_close(struct afpring_process *process, uint16_t i);

#endif /* AFPRING_QUEUE_LIFE_H */
