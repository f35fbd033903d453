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

#endif /* AFPRING_START_H */
