/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * All queues of a port, opened and closed side by side (one queue: afpring_queue_life.h): the
 * kernel waits for an RCU grace period (synchronize_net(), 7 to 16 ms) with each ring it
 * makes and each packet socket it closes, and threads can wait for the same one.
 */
#ifndef AFPRING_OPEN_H
#define AFPRING_OPEN_H

#include "afpring_port.h"

/** Open both halves of every queue as planned, gates closed. 0, or -errno of the first
 *  failure, logged; then some halves are open and afpring_close_all() is due. */
int afpring_open_all(struct rte_eth_dev *dev);

/** Close whatever is open. */
void afpring_close_all(struct rte_eth_dev *dev);

#endif /* AFPRING_OPEN_H */
