/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <sys/socket.h>

#include "afpring_fanout.h"
#include "afpring_socket.h"
#include "afpring_uapi.h"

static int
join(int fd, uint16_t id, uint16_t mode, uint16_t flags)
{
	return afpring_socket_set(fd, PACKET_FANOUT, id | (uint32_t)(mode | flags) << 16);
}

static int
group_id(int fd)
{
	int value;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, SOL_PACKET, PACKET_FANOUT, &value, &len) < 0)
		return -errno;
	return value & 0xffff;
}

int
afpring_fanout_program(int fd, const struct sock_fprog *prog)
{
	return setsockopt(fd, SOL_PACKET, PACKET_FANOUT_DATA, prog, sizeof(*prog)) < 0 ? -errno : 0;
}

int
afpring_fanout_join(int fd, struct afpring_fanout *fanout)
{
	bool first = fanout->group == AFPRING_FANOUT_AUTO;
	uint16_t flags = fanout->flags;
	int ret;

	if (first)
		flags |= PACKET_FANOUT_FLAG_UNIQUEID;
	/* The group has one hook, so the sockets' own PACKET_IGNORE_OUTGOING is not looked at.
	 * Linux before 6.2 accepts this flag and ignores it: there the filter alone keeps
	 * outgoing packets away. */
	if (!fanout->outgoing)
		flags |= PACKET_FANOUT_FLAG_IGNORE_OUTGOING;

	ret = join(fd, first ? 0 : fanout->group, fanout->mode, flags);
	if (ret < 0 || !first)
		return ret;

	ret = group_id(fd);
	if (ret < 0)
		return ret;
	fanout->group = ret;
	return 0;
}
