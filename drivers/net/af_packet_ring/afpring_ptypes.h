/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Packet types are told to an application that has asked: dev_ptypes_set() says which, and
 * who reads the list of what there is and sets nothing (l3fwd) goes by all of them. A port
 * of whose packet types nobody has asked pays nothing for them.
 */
#ifndef AFPRING_PTYPES_H
#define AFPRING_PTYPES_H

#include "afpring_port.h"

/** eth_dev_ops. The list, and its length in *nb. */
const uint32_t *afpring_ptypes_get(struct rte_eth_dev *dev, size_t *nb);

/**
 * eth_dev_ops, also while the port runs.
 *
 * @param mask
 *   RTE_PTYPE_*_MASK of the layers that are told from now on; 0: none.
 * @return
 *   0, or -EBUSY: an lcore is inside a burst and does not run; nothing has changed.
 */
int afpring_ptypes_set(struct rte_eth_dev *dev, uint32_t mask);

#endif /* AFPRING_PTYPES_H */
