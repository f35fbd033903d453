/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The addresses of a port: the interface's own, and lists of others that it receives too.
 * The device is asked to let them in (PACKET_ADD_MEMBERSHIP, which the kernel undoes when
 * the process ends), and the gates let them in and keep the rest out, for devices that
 * deliver everything. What is added is asked for before the gates change, what is removed
 * after, so that an address in both lists never misses a packet.
 *
 * eth_dev_ops; 0 or -errno, logged.
 */
#ifndef AFPRING_ADDRESS_H
#define AFPRING_ADDRESS_H

#include "afpring_compat.h"

/** Changes the host's interface. */
int afpring_mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac);

int afpring_mac_addr_add(struct rte_eth_dev *dev, struct rte_ether_addr *mac, uint32_t index,
			 uint32_t pool);
void afpring_mac_addr_remove(struct rte_eth_dev *dev, uint32_t index);

/** Replace the list. */
int afpring_set_mc_addr_list(struct rte_eth_dev *dev, struct rte_ether_addr *list, uint32_t nb);

#endif /* AFPRING_ADDRESS_H */
