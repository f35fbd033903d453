/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The ring of a queue as the port wants it: devargs, MTU and descriptors to a geometry.
 */
#ifndef AFPRING_PLAN_H
#define AFPRING_PLAN_H

#include "afpring_compat.h"
#include "afpring_devargs.h"
#include "afpring_geometry.h"

/** The MTU that slots are made for now: the interface's, or what configure has asked for. */
uint32_t afpring_plan_mtu(const struct rte_eth_dev *dev);

/**
 * Plan the ring of one queue for frames of an MTU.
 *
 * @return
 *   0, or -EINVAL with *why set (see afpring_geometry_plan()).
 */
int afpring_plan_rx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		    struct afpring_geometry *geo, const char **why);
int afpring_plan_tx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		    struct afpring_geometry *geo, const char **why);

#endif /* AFPRING_PLAN_H */
