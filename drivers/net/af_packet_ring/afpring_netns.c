/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <sys/stat.h>

#include "afpring_netns.h"

struct afpring_netns
afpring_netns_of_thread(void)
{
	struct stat st;

	if (stat("/proc/thread-self/ns/net", &st) < 0)
		return (struct afpring_netns){0};
	return (struct afpring_netns){.dev = st.st_dev, .ino = st.st_ino};
}

bool
afpring_netns_may_be_same(const struct afpring_netns *a, const struct afpring_netns *b)
{
	return a->ino == 0 || b->ino == 0 || (a->ino == b->ino && a->dev == b->dev);
}
