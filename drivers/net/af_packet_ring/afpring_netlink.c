/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afpring_netlink.h"

static int
netlink_socket(int protocol)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	return fd < 0 ? -errno : fd;
}

int
afpring_netlink_open(struct afpring_netlink *nl, int protocol)
{
	int fd = netlink_socket(protocol);

	*nl = (struct afpring_netlink){.lock = PTHREAD_MUTEX_INITIALIZER, .fd = fd};
	return fd < 0 ? fd : 0;
}

void
afpring_netlink_close(struct afpring_netlink *nl)
{
	if (nl->fd >= 0)
		close(nl->fd);
	free(nl->buf);
	*nl = (struct afpring_netlink){.fd = -1};
}

/* The next datagram that waits, whatever its size; its length, or -errno. */
static ssize_t
receive(int fd, void **buf, size_t *size)
{
	ssize_t len = recv(fd, NULL, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
	void *larger;

	if (len < 0)
		return -errno;
	if ((size_t)len > *size) {
		larger = realloc(*buf, len);
		if (larger == NULL)
			return -ENOMEM;
		*buf = larger;
		*size = len;
	}
	len = recv(fd, *buf, *size, MSG_DONTWAIT);
	return len < 0 ? -errno : len;
}

/* The padding of the last message may be missing: left is below 0 behind it. */
static bool
has_message(const struct nlmsghdr *msg, ssize_t left)
{
	return left > 0 && NLMSG_OK(msg, (size_t)left);
}

/* false: another message follows. */
static bool
is_last(struct nlmsghdr *msg, int *ret)
{
	if (msg->nlmsg_type == NLMSG_ERROR)
		*ret = ((const struct nlmsgerr *)NLMSG_DATA(msg))->error;
	return msg->nlmsg_type == NLMSG_ERROR || msg->nlmsg_type == NLMSG_DONE;
}

/* The kernel answers inside send(), or with each recv() of a long list: what is not there
 * now will not come, so nothing waits for it. */
static int
read_answer(struct afpring_netlink *nl, afpring_netlink_fn fn, void *arg)
{
	for (;;) {
		ssize_t left = receive(nl->fd, &nl->buf, &nl->size);
		struct nlmsghdr *msg = nl->buf;
		int ret = 0;

		if (left < 0)
			return left == -EAGAIN ? -EBADMSG : (int)left;
		for (; has_message(msg, left); msg = NLMSG_NEXT(msg, left)) {
			if (msg->nlmsg_seq != nl->seq)
				continue;
			if (is_last(msg, &ret))
				return ret;
			if (fn != NULL)
				ret = fn(msg, arg);
			if (ret != 0)
				return ret;
		}
	}
}

int
afpring_netlink_ask(struct afpring_netlink *nl, struct nlmsghdr *question, afpring_netlink_fn fn,
		    void *arg)
{
	int ret = 0;

	question->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	pthread_mutex_lock(&nl->lock);
	question->nlmsg_seq = ++nl->seq;
	if (send(nl->fd, question, question->nlmsg_len, 0) < 0)
		ret = -errno;
	else
		ret = read_answer(nl, fn, arg);
	pthread_mutex_unlock(&nl->lock);
	return ret;
}

/* Machines with many containers have news all the time, most of it about other interfaces. A
 * datagram of RTNLGRP_LINK is one message: header, struct ifinfomsg. */
int
afpring_netlink_hear(int fd, int ifindex)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_index)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ntohl(ifindex), 0, ifindex != 0),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog prog = {.len = sizeof(insns) / sizeof(insns[0]), .filter = insns};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0)
		return -errno;
	return 0;
}

int
afpring_netlink_subscribe(int ifindex)
{
	struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	int fd = netlink_socket(NETLINK_ROUTE);
	int ret;

	if (fd < 0)
		return fd;
	ret = afpring_netlink_hear(fd, ifindex);
	if (ret == 0 && bind(fd, (struct sockaddr *)&group, sizeof(group)) == 0)
		return fd;
	if (ret == 0)
		ret = -errno;
	close(fd);
	return ret;
}

int
afpring_netlink_listen(int fd, afpring_netlink_fn fn, void *arg)
{
	void *buf = NULL;
	size_t size = 0;
	int nb = 0, ret = 0;

	while (ret == 0) {
		ssize_t left = receive(fd, &buf, &size);
		struct nlmsghdr *msg = buf;

		if (left < 0)
			ret = left;
		for (; ret == 0 && has_message(msg, left); msg = NLMSG_NEXT(msg, left)) {
			ret = fn(msg, arg);
			nb++;
		}
	}
	free(buf);
	return ret == -EAGAIN ? nb : ret;
}
