/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The port as ethdev sees it.
 */
#ifndef AFPRING_ETHDEV_H
#define AFPRING_ETHDEV_H

#include "afpring_compat.h"

/** Slots of a ring when the application leaves the choice to the driver. */
#define AFPRING_DEFAULT_DESC 1024

/** Operations of the process that owns the sockets. */
extern const struct eth_dev_ops afpring_primary_ops;

/** Operations that only read shared state, for every other process. */
extern const struct eth_dev_ops afpring_secondary_ops;

/** This ethdev is a port of this driver. */
bool afpring_ethdev_is_ours(const struct rte_eth_dev *dev);

#endif /* AFPRING_ETHDEV_H */
