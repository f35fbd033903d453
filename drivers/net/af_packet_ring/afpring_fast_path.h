/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The functions of a port that applications reach by one indirect call, without
 * ethdev in between: bursts, and questions about a queue's ring.
 */
#ifndef AFPRING_FAST_PATH_H
#define AFPRING_FAST_PATH_H

#include "afpring_compat.h"

/** Select the functions of a process without sockets: bursts move nothing, questions have no
 *  answer. */
void afpring_fast_path_idle(struct rte_eth_dev *dev);

/** Select the functions that fit the port's offloads and arguments. To be called within
 *  dev_start: ethdev publishes the functions when that has returned. */
void afpring_fast_path_select(struct rte_eth_dev *dev);

#endif /* AFPRING_FAST_PATH_H */
