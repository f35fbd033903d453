/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded, the kernel has no memory for one socket filter: of those attached once the file
 * $DENY_GATE is there, that with the number in it, from 1 on. The file goes then.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int
is_denied(void)
{
	const char *path = getenv("DENY_GATE");
	FILE *file = path != NULL ? fopen(path, "r+") : NULL;
	int n = 0;

	if (file == NULL)
		return 0;
	if (fscanf(file, "%d", &n) != 1)
		n = 0;
	rewind(file);
	fprintf(file, "%d\n", n - 1);
	fclose(file);
	if (n == 1)
		unlink(path);
	return n == 1;
}

int
setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	int (*real)(int, int, int, const void *, socklen_t) =
		(int (*)(int, int, int, const void *, socklen_t))dlsym(RTLD_NEXT, "setsockopt");

	if (level == SOL_SOCKET && name == SO_ATTACH_FILTER && is_denied()) {
		errno = ENOMEM;
		return -1;
	}
	return real(fd, level, name, value, len);
}
