/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Which packets the application wants: receive modes, VLAN filter; and VLAN stripping. This file,
 * afpring_address.c, afpring_link_state.c and afpring_mtu.c alone change the host's configuration,
 * and only when called. eth_dev_ops; 0 or -errno, logged.
 */
#ifndef AFPRING_MODE_H
#define AFPRING_MODE_H

#include "afpring_compat.h"

int afpring_promiscuous_enable(struct rte_eth_dev *dev);
int afpring_promiscuous_disable(struct rte_eth_dev *dev);
int afpring_allmulticast_enable(struct rte_eth_dev *dev);
int afpring_allmulticast_disable(struct rte_eth_dev *dev);
int afpring_vlan_offload_set(struct rte_eth_dev *dev, int mask);
int afpring_vlan_filter_set(struct rte_eth_dev *dev, uint16_t id, int on);

#endif /* AFPRING_MODE_H */
