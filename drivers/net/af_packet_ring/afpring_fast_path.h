/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The functions of a port that applications reach by one indirect call, without
 * ethdev in between: bursts, and questions about a queue's ring.
 */
#ifndef AFPRING_FAST_PATH_H
#define AFPRING_FAST_PATH_H

#include "afpring_compat.h"

/** Those of a process without sockets: nothing comes, nothing goes, nobody knows. */
void afpring_fast_path_idle(struct rte_eth_dev *dev);

/** Those that fit the port's offloads and arguments. Before ethdev publishes them, which
 *  it does when dev_start has returned. */
void afpring_fast_path_select(struct rte_eth_dev *dev);

#endif /* AFPRING_FAST_PATH_H */
