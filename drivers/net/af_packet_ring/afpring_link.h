/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's network interface: what it is and how it stands (rtnetlink(7),
 * RTM_GETLINK), and the two things an application may change on request. Knows
 * interfaces by index: a name can move to another interface.
 */
#ifndef AFPRING_LINK_H
#define AFPRING_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include <net/if.h>
#include <rte_ether.h>

#include "afpring_netlink.h"

struct afpring_link {
	char name[IF_NAMESIZE];
	struct rte_ether_addr mac;
	uint32_t mtu;
	uint32_t min_mtu;      /**< 0: the kernel does not say */
	uint32_t max_mtu;      /**< 0: the kernel does not say */
	uint32_t gso_max_size; /**< superframes are shorter; 0: the kernel does not say */
	uint16_t type;         /**< ARPHRD_* */
	uint64_t tx_dropped;   /**< packets; not those that its qdisc drops */
	bool admin_up;
	bool carrier;
};

/** Index of the interface with this name or alternative name, or -ENODEV. */
int afpring_link_find(const char *name);

/** What a message of the kernel says: 0, -ENODEV when it says that the interface is gone
 *  (from this network namespace), -EBADMSG when it says nothing of an interface. The news
 *  may be in part (wireless): what they leave out is zero here. */
int afpring_link_read(struct nlmsghdr *msg, struct afpring_link *link);

/** Ask the kernel. 0 or -errno; -ENODEV when the interface is gone. */
int afpring_link_get(struct afpring_netlink *nl, int ifindex, struct afpring_link *link);

/** Change the interface's state, MTU (bytes) or address. 0 or -errno: -EPERM without
 *  CAP_NET_ADMIN, -EINVAL or -ERANGE out of the device's bounds, -EBUSY. */
int afpring_link_set_up(struct afpring_netlink *nl, int ifindex, bool up);
int afpring_link_set_mtu(struct afpring_netlink *nl, int ifindex, uint32_t mtu);
int afpring_link_set_mac(struct afpring_netlink *nl, int ifindex, const struct rte_ether_addr *mac);

#endif /* AFPRING_LINK_H */
