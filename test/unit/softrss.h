/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * DPDK's Toeplitz hash over a key as the driver keeps it.
 */
#ifndef SOFTRSS_H
#define SOFTRSS_H

#include <string.h>

#include <rte_thash.h>

#include "afpring_rss.h"

/* rte_softrss() reads the key's bytes as words of 32 bits, which gcc 15 believes to be others than
 * the bytes that were written. */
static inline uint32_t
softrss(uint32_t *words, uint32_t nb, const struct afpring_rss *rss)
{
	uint32_t key[sizeof(rss->key) / sizeof(uint32_t)];

	memcpy(key, rss->key, sizeof(key));
	return rte_softrss(words, nb, (const uint8_t *)key);
}

#endif /* SOFTRSS_H */
