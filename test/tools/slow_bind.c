/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded, a port's control thread sleeps after each bind(), as on a processor with other
 * things to do.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LATE_US 500000

int
bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t) =
		(int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
	int ret = real(fd, addr, len);
	char name[16] = "";

	pthread_getname_np(pthread_self(), name, sizeof(name));
	if (strncmp(name, "afpring", 7) == 0)
		usleep(LATE_US);
	return ret;
}
