/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The one copy between a ring's slot and an mbuf.
 */
#ifndef AFPRING_COPY_H
#define AFPRING_COPY_H

#include <string.h>

#include <rte_branch_prediction.h>
#include <rte_memcpy.h>

/** Frames above it are for libc's memcpy(), those below for rte_memcpy(): doc/measure.md. */
#define AFPRING_COPY_LARGE 2048

static __rte_always_inline void
afpring_copy(void *dst, const void *src, uint32_t len)
{
	if (unlikely(len > AFPRING_COPY_LARGE))
		memcpy(dst, src, len);
	else
		rte_memcpy(dst, src, len);
}

#endif /* AFPRING_COPY_H */
