/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Ask the kernel what a port's device can do with superframes, and tell the transmit queues
 * (union afpring_device).
 */
#ifndef AFPRING_FEATURES_H
#define AFPRING_FEATURES_H

#include "afpring_compat.h"

/** Ask and tell. Waits for the kernel's RTNL: hold no lock. */
void afpring_features_read(struct rte_eth_dev *dev);

/** Transmit may make superframes of the application's segments, now or when the device
 *  learns to segment them. */
bool afpring_features_join(const struct rte_eth_dev *dev);

#endif /* AFPRING_FEATURES_H */
