/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Which network namespace a thread is in (namespaces(7)). SO_NETNS_COOKIE says it of a
 * socket, but not before Linux 5.14; the inode of the namespace's file does, and is not
 * used again while a socket keeps the namespace alive.
 */
#ifndef AFPRING_NETNS_H
#define AFPRING_NETNS_H

#include <stdbool.h>
#include <stdint.h>

struct afpring_netns {
	uint64_t dev;
	uint64_t ino; /**< 0: unknown, there is no /proc */
};

/** The namespace of the calling thread. */
struct afpring_netns afpring_netns_of_thread(void);

/** Both are the same namespace, or one of them is unknown. */
bool afpring_netns_may_be_same(const struct afpring_netns *a, const struct afpring_netns *b);

#endif /* AFPRING_NETNS_H */
