/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded, a port's control thread gets no receive ring for a while from its first wish on, as
 * where memory is short.
 */
#include <errno.h>
#include <dlfcn.h>
#include <linux/if_packet.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define SHORT_S 1.5

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	static double since;
	int (*real)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");
	char thread[16] = "";

	pthread_getname_np(pthread_self(), thread, sizeof(thread));
	if (level != SOL_PACKET || name != PACKET_RX_RING || strncmp(thread, "afpring", 7) != 0)
		return real(fd, level, name, value, len);
	if (since == 0)
		since = now();
	if (now() - since < SHORT_S)
		return errno = ENOBUFS, -1;
	return real(fd, level, name, value, len);
}
