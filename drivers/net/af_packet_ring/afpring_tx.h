/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Transmit, for the control layer: mbufs into ring slots, or into messages for what no slot
 * can say. A burst runs on the lcore that sends on the queue. Packets leave in the order of
 * the burst: each lane is emptied before the other one is used.
 */
#ifndef AFPRING_TX_H
#define AFPRING_TX_H

#include "afpring_queue.h"

/** Transmit offloads of both lanes, but for UDP segmentation, which needs Linux 6.2. */
#define AFPRING_TX_OFFLOADS                                                                        \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_VLAN_INSERT |                          \
	 RTE_ETH_TX_OFFLOAD_QINQ_INSERT | RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |                          \
	 RTE_ETH_TX_OFFLOAD_TCP_CKSUM | RTE_ETH_TX_OFFLOAD_UDP_CKSUM |                             \
	 RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE)

/** The burst function, with or without joining segments into superframes, for queues with
 *  or without a thread. */
eth_tx_burst_t afpring_tx_burst_select(bool join, bool threaded);

/** Bytes of the queue's batch of messages, for q->batch. */
size_t afpring_tx_batch_size(void);

/** The queue starts: past the qdisc, or through it for good. */
void afpring_tx_path_begin(struct afpring_txq *q, bool bypass);

/** The bit in ol_flags with which the receive burst marks segments that others follow, to be
 *  held by the transmit burst; 0 when mbufs have none left: then no run is held. */
uint64_t afpring_held_flag(void);

/** The process's afpring_deferred_fn: do what is due of a transmit queue, unless another
 *  thread is at it. */
void afpring_tx_help(struct rte_eth_dev *dev, uint16_t queue_id);

/** eth_dev_ops.tx_done_cleanup: flush. Mbufs of frames are free once copied; the queue owns
 *  those of a held run alone, which leaves as a whole or, of more than nb packets (0: any
 *  number), not.
 *
 * @return
 *   Packets whose mbufs have been freed.
 */
int afpring_tx_done_cleanup(void *txq, uint32_t nb);

/** How long whoever stops a queue waits for the kernel to take what was handed to it. */
#define AFPRING_TX_DRAIN_MS 100

/** Flush until nothing waits or the clock passes the deadline, then cancel what is left,
 *  counted. Only while no lcore sends on the queue, and without a thread. */
void afpring_tx_drain(struct afpring_txq *q, uint64_t deadline);

/**
 * kick=thread: start the queue's thread, on the processors that EAL leaves to control
 * threads.
 *
 * @return
 *   0 or -errno.
 */
int afpring_tx_thread_start(struct afpring_txq *q);

/** An lcore may run on each processor that the thread may run on. */
bool afpring_tx_thread_is_crowded(const struct afpring_txq *q);

/** Stop the thread, when no lcore sends any more. What the kernel has not taken waits in the
 *  ring. Harmless on a queue without a thread. */
void afpring_tx_thread_stop(struct afpring_txq *q);

/** An interface that was down may be up: the thread, if the queue has one, kicks for the frames that
 *  were cancelled, else their slots stay full until the lcore sends. sockets_lock is held. */
void afpring_tx_thread_rouse(struct afpring_txq *q);

#endif /* AFPRING_TX_H */
