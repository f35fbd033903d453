/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "inject.h"

#define PLUGIN "librte_net_af_packet_ring"

static struct {
	const char *call;
	unsigned int nth, seen;
	int err;
	bool stays, hit;
} armed;

void
inject_arm(const char *call, unsigned int nth, int err, bool stays)
{
	armed.call = call;
	armed.nth = nth;
	armed.seen = 0;
	armed.err = err;
	armed.stays = stays;
	armed.hit = false;
}

bool
inject_disarm(void)
{
	armed.call = NULL;
	return armed.hit;
}

/* The plugin calls this, and it is the call's turn to fail. */
static bool
fails(const char *call, const void *caller)
{
	unsigned int seen;
	Dl_info info;
	bool no_threads =
		strcmp(call, "rte_thread_create") == 0 && getenv("INJECT_NO_THREADS") != NULL;

	if (!no_threads && (armed.call == NULL || strcmp(armed.call, call) != 0))
		return false;
	if (dladdr(caller, &info) == 0 || strstr(info.dli_fname, PLUGIN) == NULL)
		return false;
	if (no_threads)
		return true;
	seen = __atomic_add_fetch(&armed.seen, 1, __ATOMIC_RELAXED); /* from several threads */
	if (seen != armed.nth && !(armed.stays && seen > armed.nth))
		return false;
	armed.hit = true;
	errno = armed.err;
	return true;
}

/* Defines the call: its failure, or the next definition in the search. */
#define CALL(type, name, params, args, failure)                                                    \
	type name params;                                                                          \
	type name params                                                                           \
	{                                                                                          \
		static type(*real) params;                                                         \
                                                                                                   \
		if (fails(#name, __builtin_return_address(0)))                                     \
			return failure;                                                            \
		if (real == NULL)                                                                  \
			real = (type(*) params)dlsym(RTLD_NEXT, #name);                            \
		return real args;                                                                  \
	}

/* clang-format off */
CALL(int, socket, (int domain, int type, int protocol), (domain, type, protocol), -1)
CALL(int, bind, (int fd, const struct sockaddr *a, socklen_t len), (fd, a, len), -1)
CALL(int, setsockopt, (int fd, int level, int name, const void *v, socklen_t len),
     (fd, level, name, v, len), -1)
CALL(int, getsockopt, (int fd, int level, int name, void *v, socklen_t *len),
     (fd, level, name, v, len), -1)
CALL(int, ioctl, (int fd, unsigned long request, void *arg), (fd, request, arg), -1)
CALL(ssize_t, send, (int fd, const void *b, size_t len, int flags), (fd, b, len, flags), -1)
CALL(ssize_t, recv, (int fd, void *b, size_t len, int flags), (fd, b, len, flags), -1)
CALL(ssize_t, sendto, (int fd, const void *b, size_t len, int flags, const struct sockaddr *a,
     socklen_t a_len), (fd, b, len, flags, a, a_len), -1)
CALL(ssize_t, sendmsg, (int fd, const struct msghdr *msg, int flags), (fd, msg, flags), -1)
CALL(int, sendmmsg, (int fd, struct mmsghdr *msgs, unsigned int nb, int flags),
     (fd, msgs, nb, flags), -1)
CALL(ssize_t, recvmsg, (int fd, struct msghdr *msg, int flags), (fd, msg, flags), -1)
CALL(unsigned int, if_nametoindex, (const char *name), (name), 0)
CALL(void *, mmap, (void *at, size_t len, int prot, int flags, int fd, off_t off),
     (at, len, prot, flags, fd, off), (void *)-1)
CALL(void *, mmap64, (void *at, size_t len, int prot, int flags, int fd, off_t off),
     (at, len, prot, flags, fd, off), (void *)-1)
CALL(int, madvise, (void *at, size_t len, int advice), (at, len, advice), -1)
CALL(void *, calloc, (size_t nb, size_t size), (nb, size), NULL)
CALL(void *, rte_zmalloc, (const char *type, size_t size, unsigned int align),
     (type, size, align), NULL)
CALL(void *, rte_zmalloc_socket, (const char *type, size_t size, unsigned int align, int socket),
     (type, size, align, socket), NULL)
CALL(int, rte_thread_create, (void *thread, const void *attr, uint32_t (*run)(void *), void *arg),
     (thread, attr, run, arg), EAGAIN)
CALL(int, rte_thread_create_control, (void *thread, const char *name, uint32_t (*run)(void *),
     void *arg), (thread, name, run, arg), EINVAL)
CALL(int, rte_ctrl_thread_create, (pthread_t *thread, const char *name,
     const pthread_attr_t *attr, void *(*run)(void *), void *arg),
     (thread, name, attr, run, arg), -EAGAIN)
CALL(void *, rte_eth_dev_allocate, (const char *name), (name), NULL)
/* clang-format on */
