/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The one copy between a ring's slot and an mbuf.
 */
#ifndef AFPRING_COPY_H
#define AFPRING_COPY_H

#include <stdint.h>
#include <string.h>

#include <rte_common.h>
#include <rte_memcpy.h>

/** Frames of up to this many bytes are copied by an inlined rte_memcpy(), longer ones by libc's
 *  memcpy(), which chooses by the processor it runs on: doc/measure/tried.md. */
#define AFPRING_COPY_INLINE 128

static __rte_always_inline void
afpring_copy(void *dst, const void *src, uint32_t len)
{
	if (len <= AFPRING_COPY_INLINE)
		rte_memcpy(dst, src, len);
	else
		memcpy(dst, src, len);
}

#endif /* AFPRING_COPY_H */
