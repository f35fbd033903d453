/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Transmit: mbufs into ring slots, or into messages for what no slot can say. Runs
 * on the lcore that sends on the queue. Packets leave in the order of the burst:
 * each lane is emptied before the other one is used.
 */
#ifndef AFPRING_TX_H
#define AFPRING_TX_H

#include "afpring_queue.h"

/** Transmit offloads of both lanes, but for UDP segmentation, which needs Linux 6.2. */
#define AFPRING_TX_OFFLOADS                                                                        \
	(RTE_ETH_TX_OFFLOAD_MULTI_SEGS | RTE_ETH_TX_OFFLOAD_VLAN_INSERT |                          \
	 RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |                            \
	 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |                               \
	 RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE)

/** The burst function, with or without joining segments into superframes, for queues
 *  with or without a thread (afpring_tx_thread.h). */
eth_tx_burst_t afpring_tx_burst_select(bool join, bool threaded);

#endif /* AFPRING_TX_H */
