/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the host does with the interface, and how ethdev is told of it.
 */
#ifndef AFPRING_HOST_H
#define AFPRING_HOST_H

#include "afpring_compat.h"

/** eth_dev_ops.link_update. A secondary, which may live in another network namespace,
 *  leaves dev->data->dev_link as the primary saw the link last. */
int afpring_host_link_update(struct rte_eth_dev *dev, int wait);

/** The interface has this MTU: the queues go by it from now on. */
void afpring_host_set_mtu(struct rte_eth_dev *dev, uint16_t mtu);

/** The interface has this address: the gates let it in from now on. 0 or -errno, logged. */
int afpring_host_set_mac(struct rte_eth_dev *dev, const struct rte_ether_addr *mac);

#endif /* AFPRING_HOST_H */
