/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What flow rules ask for beside a packet's fate, behind the burst: mark, flag, count, age.
 *
 * A packet that a counting rule is for has passed the gate for that, also if rules drop it. So
 * all rules are asked again here, and what they drop is freed and counted.
 */
#ifndef AFPRING_RX_FLOW_H
#define AFPRING_RX_FLOW_H

#include "afpring_queue.h"

/** Returns how many packets are left, in their order; all others are freed. */
uint16_t afpring_rx_flow(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb);

#endif /* AFPRING_RX_FLOW_H */
