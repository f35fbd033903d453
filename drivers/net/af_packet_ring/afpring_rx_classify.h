/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The pass behind a receive burst: what is done with packets that lie in their mbufs,
 * frames and segments of superframes alike. A further step is a bit in afpring_classify.h and
 * a loop over the burst in afpring_rx_classify.c.
 */
#ifndef AFPRING_RX_CLASSIFY_H
#define AFPRING_RX_CLASSIFY_H

#include "afpring_queue.h"

/** Take the steps that are on, of each of the nb packets. Returns how many are left. */
uint16_t afpring_rx_classify(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb);

#endif /* AFPRING_RX_CLASSIFY_H */
