/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The link of a port, as ethdev shows it and as the application may set it.
 */
#ifndef AFPRING_LINK_STATE_H
#define AFPRING_LINK_STATE_H

#include "afpring_port.h"

/** Note what speeds the interface can have: those that it supports, else the one that it has, as
 *  veth and tap. 0: it does not tell. */
void afpring_link_state_note_speeds(struct afpring_port *port, int fd);

/** Show the link as up or down. 0: it has changed since: has come or gone, or its speed, duplex or
 *  autonegotiation are others; -1: not. */
int afpring_link_state_set(struct rte_eth_dev *dev, bool up);

/** Show the link as the kernel has it now. Returns as afpring_link_state_set(). */
int afpring_link_state_read(struct rte_eth_dev *dev);

/** eth_dev_ops.link_update. The link of a stopped port is down. A secondary, which may live in
 *  another network namespace, leaves dev->data->dev_link as the primary saw the link last. */
int afpring_link_state_update(struct rte_eth_dev *dev, int wait);

/* eth_dev_ops: the host's interface itself goes up or down. 0 or -errno, logged. */
int afpring_set_link_up(struct rte_eth_dev *dev);
int afpring_set_link_down(struct rte_eth_dev *dev);

#endif /* AFPRING_LINK_STATE_H */
