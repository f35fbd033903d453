/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "afpring_ethtool_news.h"
#include "afpring_netlink.h"

/* In every message of the family, whatever it is about. */
#define HEADER ETHTOOL_A_LINKMODES_HEADER

struct question {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	struct rtattr name;
	char family[sizeof(ETHTOOL_GENL_NAME)];
};

struct news {
	uint32_t ifindex;
	bool are_of;
};

static struct rtattr *
find(void *attrs, int left, uint16_t type)
{
	for (struct rtattr *rta = attrs; RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			return rta;
	return NULL;
}

static struct rtattr *
find_in(struct rtattr *nest, uint16_t type)
{
	return nest == NULL ? NULL : find(RTA_DATA(nest), RTA_PAYLOAD(nest), type);
}

static struct rtattr *
find_in_msg(struct nlmsghdr *msg, uint16_t type)
{
	int left = (int)msg->nlmsg_len - (int)NLMSG_LENGTH(GENL_HDRLEN);

	return find((char *)NLMSG_DATA(msg) + GENL_HDRLEN, left, type);
}

static bool
has_word(const struct rtattr *rta)
{
	return rta != NULL && RTA_PAYLOAD(rta) == sizeof(uint32_t);
}

static int
monitor_group(struct nlmsghdr *msg, void *arg)
{
	struct rtattr *groups = find_in_msg(msg, CTRL_ATTR_MCAST_GROUPS);
	int left = groups == NULL ? 0 : (int)RTA_PAYLOAD(groups);

	for (struct rtattr *rta = groups == NULL ? NULL : RTA_DATA(groups); RTA_OK(rta, left);
	     rta = RTA_NEXT(rta, left)) {
		struct rtattr *name = find_in(rta, CTRL_ATTR_MCAST_GRP_NAME);
		struct rtattr *id = find_in(rta, CTRL_ATTR_MCAST_GRP_ID);

		if (name != NULL && has_word(id) &&
		    strncmp(RTA_DATA(name), ETHTOOL_MCGRP_MONITOR_NAME, RTA_PAYLOAD(name)) == 0)
			memcpy(arg, RTA_DATA(id), sizeof(uint32_t));
	}
	return 0;
}

/* The question gives the socket its port number: the kernel sends no news to one without. */
static int
join(struct afpring_netlink *nl)
{
	struct question question = {
		.nlh = {.nlmsg_len = sizeof(question), .nlmsg_type = GENL_ID_CTRL},
		.genl = {.cmd = CTRL_CMD_GETFAMILY, .version = 1},
		.name = {.rta_type = CTRL_ATTR_FAMILY_NAME,
			 .rta_len = RTA_LENGTH(sizeof(question.family))},
		.family = ETHTOOL_GENL_NAME,
	};
	uint32_t group = 0;
	int ret = afpring_netlink_ask(nl, &question.nlh, monitor_group, &group);

	if (ret == 0 && group == 0)
		ret = -ENOENT;
	if (ret == 0 &&
	    setsockopt(nl->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
		ret = -errno;
	return ret;
}

int
afpring_ethtool_news_open(void)
{
	struct afpring_netlink nl;
	int ret = afpring_netlink_open(&nl, NETLINK_GENERIC);

	if (ret == 0)
		ret = join(&nl);
	if (ret == 0) {
		ret = nl.fd;
		nl.fd = -1;
	}
	afpring_netlink_close(&nl);
	return ret;
}

static int
note_index(struct nlmsghdr *msg, void *arg)
{
	struct rtattr *rta = find_in(find_in_msg(msg, HEADER), ETHTOOL_A_HEADER_DEV_INDEX);
	struct news *news = arg;

	if (has_word(rta) && memcmp(RTA_DATA(rta), &news->ifindex, sizeof(news->ifindex)) == 0)
		news->are_of = true;
	return 0;
}

bool
afpring_ethtool_news_are_of(int fd, int ifindex)
{
	struct news news = {.ifindex = ifindex};

	if (fd < 0)
		return false;
	return afpring_netlink_listen(fd, note_index, &news) < 0 || news.are_of;
}
