/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the host does with the interface, and how ethdev is told of it: link, address and
 * MTU in dev->data, at configure, at start, and while the port runs from the kernel's news.
 *
 * An application reads these without a lock. Link and MTU are one word each, so it sees the
 * old one or the new one. The address is six bytes: read in the moment of a change, it may
 * mix both addresses.
 */
#ifndef AFPRING_HOST_H
#define AFPRING_HOST_H

#include "afpring_compat.h"
#include "afpring_link.h"
#include "afpring_port.h"

/** Which MTUs the interface takes, and the rings: what ethdev and applications are told. */
void afpring_host_note_mtu_bounds(struct afpring_port *port, const struct afpring_link *link);

/** The interface has this MTU: the queues go by it from now on. */
void afpring_host_set_mtu(struct rte_eth_dev *dev, uint16_t mtu);

/** Bring the port in line with its interface. What has changed is logged, once a minute. */
void afpring_host_follow(struct rte_eth_dev *dev, const struct afpring_link *link);

/** The link is up or down: tell ethdev, and the application if that is new. */
void afpring_host_follow_link(struct rte_eth_dev *dev, bool up);

/** Follow if there is news, or if it is always to be done. Waits for the kernel's RTNL
 *  then, and not otherwise: hold no lock. */
void afpring_host_watch(struct rte_eth_dev *dev, bool always);

#endif /* AFPRING_HOST_H */
