/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Sockets of the programs here. What fails ends the program with a line that says so.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void
set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)) < 0)
		err(1, "setsockopt %d", option);
}

/** Sockets made from now on are in this network namespace (ip-netns(8)). */
static inline void
netns_enter(const char *netns)
{
	char path[256];
	int ns;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		err(1, "%s", path);
	close(ns);
}

/** A packet socket of the interface; without a protocol it only sends. */
static inline int
packet_open(const char *iface, uint16_t protocol)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	sll.sll_ifindex = if_nametoindex(iface);
	if (fd < 0)
		err(1, "socket");
	set(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		err(1, "%s", iface);
	return fd;
}

#endif /* SOCKETS_H */
