/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive: ring slots into mbufs. Runs on the lcore that polls the queue.
 */
#ifndef AFPRING_RX_H
#define AFPRING_RX_H

#include "afpring_queue.h"
#include "afpring_rx_cksum.h"

#define AFPRING_RX_OFFLOADS                                                                        \
	(RTE_ETH_RX_OFFLOAD_VLAN_STRIP | RTE_ETH_RX_OFFLOAD_QINQ_STRIP |                           \
	 RTE_ETH_RX_OFFLOAD_VLAN_FILTER | RTE_ETH_RX_OFFLOAD_TIMESTAMP |                           \
	 RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_LRO | RTE_ETH_RX_OFFLOAD_RSS_HASH |   \
	 RTE_ETH_RX_OFFLOAD_BUFFER_SPLIT | AFPRING_RX_CKSUM_OFFLOADS)

/** The burst function for a set of offloads, for sockets with or without virtio_net_hdrs, and for
 *  slots of which the device may have stamped some: each function tests for nothing that its set
 *  does not need. */
eth_rx_burst_t afpring_rx_burst_select(uint64_t offloads, bool vnet, bool device);

/** What that function does, in less than RTE_ETH_BURST_MODE_INFO_SIZE characters. */
const char *afpring_rx_burst_info(uint64_t offloads, bool vnet, bool device);

/** Discard what the queue holds, counted. Only while no lcore polls the queue. */
void afpring_rx_flush(struct afpring_rxq *q);

/** Discard the frames in the ring only. The mbufs of a superframe that has been taken stay for
 *  the next burst, and so do messages. */
void afpring_rx_flush_ring(struct afpring_rxq *q);

#endif /* AFPRING_RX_H */
