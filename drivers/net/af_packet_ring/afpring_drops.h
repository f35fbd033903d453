/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the kernel has dropped for want of a free slot, and what it has put into the rings.
 */
#ifndef AFPRING_DROPS_H
#define AFPRING_DROPS_H

#include "afpring_compat.h"

/** Move the kernel's drop counts into the queues' counters. Never waits: while another thread
 *  starts, stops or changes the port's sockets, the counters stay as they were. */
void afpring_drops_collect(struct rte_eth_dev *dev);

/** The same with sockets_lock held. */
void afpring_drops_read(struct rte_eth_dev *dev);

#endif /* AFPRING_DROPS_H */
