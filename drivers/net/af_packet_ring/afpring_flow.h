/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The flow rules of a port (rte_flow). Which packets are dropped the gates know, which queue
 * gets a packet the program of the fanout group knows; both are made of one list of rules.
 *
 * The rules belong to the primary process, outlive stop and start, and go with the port.
 */
#ifndef AFPRING_FLOW_H
#define AFPRING_FLOW_H

#include "afpring_port.h"

/** The operations that ethdev asks for; rte_flow calls one at a time. */
int afpring_flow_ops_get(struct rte_eth_dev *dev, const struct rte_flow_ops **ops);

/** The port has the queues that its rules name: 0, or -EINVAL, logged. */
int afpring_flow_check_queues(const struct rte_eth_dev *dev);

#endif /* AFPRING_FLOW_H */
