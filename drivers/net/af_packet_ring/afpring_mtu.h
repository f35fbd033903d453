/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The MTU that the application wants, the interface's, and whether mbufs hold its frames.
 *
 *     configure (rxmode.mtu)        start                      close
 *     wished, unless the default -> the interface is raised -> it gets back what it had
 *
 * The default never changes the interface, and no wish of configure lowers it. After
 * afpring_mtu_set() the interface has what the application wants, and keeps it.
 */
#ifndef AFPRING_MTU_H
#define AFPRING_MTU_H

#include "afpring_link.h"
#include "afpring_process.h"

/** Configure: what ethdev has from the application. */
void afpring_mtu_wish(struct rte_eth_dev *dev, uint32_t mtu, const struct afpring_link *link);

/** Frames of the MTU that the application asked for come in chains where mbufs are smaller,
 *  whatever it says of scatter. NIC drivers do the same, and applications rely on it. */
bool afpring_mtu_wants_chains(const struct rte_eth_dev *dev, uint32_t room);

/** Queue setup: the frames that the application expects fit the queue's mbufs, or scatter is
 *  on; else -EINVAL, logged. */
int afpring_mtu_check_wish(const struct rte_eth_dev *dev, const struct afpring_rxq *q);

/** Start: raise the interface's MTU to what the application wishes. If it cannot be, one line
 *  says so, and the interface's holds. */
void afpring_mtu_raise(struct rte_eth_dev *dev, struct afpring_link *link);

/** Close: the interface gets back the MTU that it had, unless others have set it since. */
void afpring_mtu_restore(struct rte_eth_dev *dev);

/** Frames of this MTU fit the queue's mbufs, or scatter is on; else -EINVAL, logged. */
int afpring_mtu_check_room(const struct rte_eth_dev *dev, const struct afpring_rxq *q,
			   uint32_t mtu);

/** eth_dev_ops. 0 or -errno, logged. */
int afpring_mtu_set(struct rte_eth_dev *dev, uint16_t mtu);

#endif /* AFPRING_MTU_H */
