/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The interface that belongs to a port.
 */
#ifndef AFPRING_IFACE_H
#define AFPRING_IFACE_H

#include "afpring_compat.h"
#include "afpring_link.h"

/** The port's interface as it stands. 0 or -errno; -ENODEV when it is gone. */
int afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link);

#endif /* AFPRING_IFACE_H */
