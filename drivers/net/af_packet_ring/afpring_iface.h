/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The interface that belongs to a port, and no other one that comes to have its index.
 *
 *            bound at probe                  deleted, or moved to another namespace
 *     HELD <----------------- (none)   HELD ----------------------------------> LOST
 *      ^                                                                         |
 *      +-------------- an interface of that name and type is there -------------+
 *
 * The port's control socket is bound to the interface. The kernel ends that for good when
 * the interface is deleted or leaves the network namespace (packet_notifier(),
 * NETDEV_UNREGISTER), and a rename does not touch it. So while the socket says it is
 * bound, the interface of that index is the port's, whatever its name, which is recorded.
 * Sockets of a started port are lost with the interface: it takes an interface of that name and
 * type again, which may have another index, by opening them anew (afpring_recover.h). A stopped
 * port takes it at the first call that touches the interface. With recover=0 only a stopped port
 * does, and only the same index.
 */
#ifndef AFPRING_IFACE_H
#define AFPRING_IFACE_H

#include "afpring_port.h"

/** At probe: find the interface of this name and hold it. 0 or -errno. */
int afpring_iface_open(struct afpring_process *process, const char *name, struct afpring_port *port,
		       struct afpring_link *link);

/** The port's interface as it stands. 0 or -errno; -ENODEV when it is lost. */
int afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link);

/** What the interface is called now. From the thread that hears the news: a started port's control
 *  thread, else the application's. */
void afpring_iface_note_name(struct rte_eth_dev *dev, const struct afpring_link *link);

/** As afpring_iface_get(), for a call that touches the interface: a stopped port takes its lost
 *  interface again if it is back, with the receive modes of the port. 0 or -errno, logged. */
int afpring_iface_claim(struct rte_eth_dev *dev, const char *call, struct afpring_link *link);

/** The interface has changed since the last call, or may have. Never waits. Notes renames. One
 *  thread at a time. */
bool afpring_iface_has_news(struct rte_eth_dev *dev);

/** The interface of a started port is lost: from now on the news are of all interfaces, until
 *  one of its name and type is found. */
void afpring_iface_await(struct rte_eth_dev *dev);

/** Hold the interface that has the lost one's name and type, with the receive modes of the port.
 *  From the port's control thread. 0, or -errno: there is none. Not logged. */
int afpring_iface_find_again(struct rte_eth_dev *dev, struct afpring_link *link);

/** The calling thread is in the network namespace of the interface. 0 or -errno, logged. */
int afpring_iface_check_netns(const struct rte_eth_dev *dev);

/** Log that the interface did not take a change, which fmt names, and what would help. Returns
 *  ret, a -errno. */
__rte_format_printf(3, 4) int afpring_iface_refused(const struct rte_eth_dev *dev, int ret,
						    const char *fmt, ...);

#endif /* AFPRING_IFACE_H */
