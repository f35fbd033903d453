/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <net/if.h>
#include <linux/if.h> /* IFF_LOWER_UP; after net/if.h, which it completes */
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_string_fns.h>

#include "afpring_link.h"

/* One link with all its attributes: the kernel sizes its own dumps at 32 KiB. */
#define REPLY_SIZE 32768

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
				.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
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

/* Send one request and receive the first message of its answer. */
static int
request_run(struct request *req, char *reply)
{
	struct nlmsghdr *nlh = (struct nlmsghdr *)reply;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	ssize_t len;
	int ret;

	if (fd < 0)
		return -errno;
	len = send(fd, req, req->nlh.nlmsg_len, 0);
	if (len >= 0)
		len = recv(fd, reply, REPLY_SIZE, 0);
	ret = len < 0 ? -errno : 0;
	close(fd);
	if (ret < 0)
		return ret;
	if (!NLMSG_OK(nlh, (size_t)len))
		return -EBADMSG;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
	return 0;
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
	}
}

int
afpring_link_find(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	return ifindex != 0 ? (int)ifindex : -ENODEV;
}

int
afpring_link_get(int ifindex, struct afpring_link *link)
{
	char reply[REPLY_SIZE] __rte_aligned(NLMSG_ALIGNTO);
	struct nlmsghdr *nlh = (struct nlmsghdr *)reply;
	struct ifinfomsg *ifi = NLMSG_DATA(nlh);
	struct request req;
	struct rtattr *rta;
	int left, ret;

	request_init(&req, RTM_GETLINK, ifindex);
	ret = request_run(&req, reply);
	if (ret < 0)
		return ret;
	if (nlh->nlmsg_type != RTM_NEWLINK)
		return -EBADMSG;

	*link = (struct afpring_link){
		.type = ifi->ifi_type,
		.admin_up = (ifi->ifi_flags & IFF_UP) != 0,
		.carrier = (ifi->ifi_flags & IFF_LOWER_UP) != 0,
	};
	left = IFLA_PAYLOAD(nlh);
	for (rta = IFLA_RTA(ifi); RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
		link_attr(link, rta);
	return 0;
}

static int
link_set(int ifindex, uint16_t attr, const void *data, uint16_t len)
{
	char reply[REPLY_SIZE] __rte_aligned(NLMSG_ALIGNTO);
	struct request req;

	request_init(&req, RTM_NEWLINK, ifindex);
	request_add(&req, attr, data, len);
	return request_run(&req, reply);
}

int
afpring_link_set_mtu(int ifindex, uint32_t mtu)
{
	return link_set(ifindex, IFLA_MTU, &mtu, sizeof(mtu));
}

int
afpring_link_set_mac(int ifindex, const struct rte_ether_addr *mac)
{
	return link_set(ifindex, IFLA_ADDRESS, mac, sizeof(*mac));
}
