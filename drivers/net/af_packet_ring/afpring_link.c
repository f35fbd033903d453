/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <net/if.h>
#include <linux/if.h> /* IFF_LOWER_UP; after net/if.h, which it completes */
#include <linux/rtnetlink.h>
#include <string.h>

#include <rte_string_fns.h>

#include "afpring_link.h"

/* The structure grows at its end only. */
#define TX_DROPPED offsetof(struct rtnl_link_stats64, tx_dropped)

struct request {
	struct nlmsghdr nlh;
	struct ifinfomsg ifi;
	char attrs[64];
};

static void
request_init(struct request *req, uint16_t type, int ifindex)
{
	*req = (struct request){
		.nlh =
			{
				.nlmsg_len = NLMSG_LENGTH(sizeof(req->ifi)),
				.nlmsg_type = type,
			},
		.ifi =
			{
				.ifi_family = AF_UNSPEC,
				.ifi_index = ifindex,
			},
	};
}

static void
request_add(struct request *req, uint16_t type, const void *data, uint16_t len)
{
	struct rtattr *rta = (struct rtattr *)((char *)req + NLMSG_ALIGN(req->nlh.nlmsg_len));

	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	memcpy(RTA_DATA(rta), data, len);
	req->nlh.nlmsg_len = NLMSG_ALIGN(req->nlh.nlmsg_len) + RTA_ALIGN(rta->rta_len);
}

static void
link_attr(struct afpring_link *link, struct rtattr *rta)
{
	switch (rta->rta_type) {
	case IFLA_IFNAME:
		strlcpy(link->name, RTA_DATA(rta), sizeof(link->name));
		break;
	case IFLA_ADDRESS:
		if (RTA_PAYLOAD(rta) == sizeof(link->mac))
			memcpy(&link->mac, RTA_DATA(rta), sizeof(link->mac));
		break;
	case IFLA_MTU:
		link->mtu = *(uint32_t *)RTA_DATA(rta);
		break;
	case IFLA_MIN_MTU:
		link->min_mtu = *(uint32_t *)RTA_DATA(rta);
		break;
	case IFLA_GSO_MAX_SIZE:
		link->gso_max_size = *(uint32_t *)RTA_DATA(rta);
		break;
	case IFLA_MAX_MTU:
		link->max_mtu = *(uint32_t *)RTA_DATA(rta);
		break;
	case IFLA_STATS64:
		memcpy(&link->tx_dropped, (char *)RTA_DATA(rta) + TX_DROPPED,
		       sizeof(link->tx_dropped));
		break;
	}
}

int
afpring_link_find(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	return ifindex != 0 ? (int)ifindex : -ENODEV;
}

int
afpring_link_read(struct nlmsghdr *msg, struct afpring_link *link)
{
	struct ifinfomsg *ifi = NLMSG_DATA(msg);
	struct rtattr *rta;
	int left;

	/* a bridge announces its members in messages of this type (br_ifinfo_notify()) */
	if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*ifi)) || ifi->ifi_family != AF_UNSPEC)
		return -EBADMSG;
	if (msg->nlmsg_type == RTM_DELLINK)
		return -ENODEV;
	if (msg->nlmsg_type != RTM_NEWLINK)
		return -EBADMSG;
	*link = (struct afpring_link){
		.type = ifi->ifi_type,
		.admin_up = (ifi->ifi_flags & IFF_UP) != 0,
		.carrier = (ifi->ifi_flags & IFF_LOWER_UP) != 0,
	};
	left = IFLA_PAYLOAD(msg);
	for (rta = IFLA_RTA(ifi); RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
		link_attr(link, rta);
	return 0;
}

static int
link_answer(struct nlmsghdr *msg, void *arg)
{
	return afpring_link_read(msg, arg);
}

int
afpring_link_get(struct afpring_netlink *nl, int ifindex, struct afpring_link *link)
{
	struct request req;

	*link = (struct afpring_link){0};
	request_init(&req, RTM_GETLINK, ifindex);
	return afpring_netlink_ask(nl, &req.nlh, link_answer, link);
}

static int
link_set(struct afpring_netlink *nl, int ifindex, uint16_t attr, const void *data, uint16_t len)
{
	struct request req;

	request_init(&req, RTM_NEWLINK, ifindex);
	request_add(&req, attr, data, len);
	return afpring_netlink_ask(nl, &req.nlh, NULL, NULL);
}

int
afpring_link_set_up(struct afpring_netlink *nl, int ifindex, bool up)
{
	struct request req;

	request_init(&req, RTM_NEWLINK, ifindex);
	req.ifi.ifi_change = IFF_UP;
	req.ifi.ifi_flags = up ? IFF_UP : 0;
	return afpring_netlink_ask(nl, &req.nlh, NULL, NULL);
}

int
afpring_link_set_mtu(struct afpring_netlink *nl, int ifindex, uint32_t mtu)
{
	return link_set(nl, ifindex, IFLA_MTU, &mtu, sizeof(mtu));
}

int
afpring_link_set_mac(struct afpring_netlink *nl, int ifindex, const struct rte_ether_addr *mac)
{
	return link_set(nl, ifindex, IFLA_ADDRESS, mac, sizeof(*mac));
}
