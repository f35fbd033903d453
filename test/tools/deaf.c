/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded, it makes a driver that does not know what the kernel dropped: the test of the
 * soak.
 */
#include <dlfcn.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

int
getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	int (*real)(int, int, int, void *, socklen_t *) =
		(int (*)(int, int, int, void *, socklen_t *))dlsym(RTLD_NEXT, "getsockopt");
	int ret = real(fd, level, name, value, len);

	if (ret == 0 && level == SOL_PACKET && name == PACKET_STATISTICS)
		((struct tpacket_stats *)value)->tp_drops = 0;
	return ret;
}
