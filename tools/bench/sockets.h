/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Sockets of the programs here. What fails ends the program with a line that says so.
 */
#ifndef SOCKETS_H
#define SOCKETS_H

#include <err.h>
#include <fcntl.h>
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

#endif /* SOCKETS_H */
