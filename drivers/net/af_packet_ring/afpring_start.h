/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The queues of a port as sockets in the kernel, from start to stop. The sockets live only
 * while the port runs, so that they are always created in queue order and sized by the MTU
 * of the moment, and a stopped port holds nothing.
 */
#ifndef AFPRING_START_H
#define AFPRING_START_H

#include "afpring_compat.h"

/** Open all queues and then their gates. 0 or -errno, logged; all or nothing. */
int afpring_start(struct rte_eth_dev *dev);

/** Close the gates, drain and account, close the sockets. */
void afpring_stop(struct rte_eth_dev *dev);

/** Plan and open all queues, join the group, open the gates, start the threads, and give the
 *  queues to their lcores, but those that the application has stopped. All queues are taken
 *  and closed, and still are on failure; sockets_lock is held. 0 or -errno, logged. */
int afpring_start_queues(struct rte_eth_dev *dev);

/** Close all queues, which are taken: what waits is sent by the deadline, or counted. sockets_lock
 *  is held. */
void afpring_stop_queues(struct rte_eth_dev *dev, uint64_t deadline);

#endif /* AFPRING_START_H */
