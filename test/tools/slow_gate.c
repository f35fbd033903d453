/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded, whoever attaches a socket filter sleeps before, as on a processor with other
 * things to do.
 */
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>

#define LATE_US 300000

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");

	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER)
		usleep(LATE_US);
	return real(fd, level, name, value, len);
}
