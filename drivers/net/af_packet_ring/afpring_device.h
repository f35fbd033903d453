/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the device can do with superframes now, and what a transmit queue makes of that: one
 * word, which the control side writes while lcores run. An lcore takes the whole word over
 * before it looks at a superframe (afpring_transmit.h), and only the lcore's own copy decides.
 */
#ifndef AFPRING_DEVICE_H
#define AFPRING_DEVICE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

union afpring_device {
	struct {
		uint32_t gso_max_len; /**< superframes that the device takes are shorter */
		uint16_t news;        /**< counts up when it may segment what it did not before */
		bool tso : 1;         /**< the device segments TCP superframes */
		bool ecn : 1;         /**< also those whose first segment alone has CWR */
		bool uso : 1;         /**< and UDP ones */
		bool join_tcp : 1;    /**< make superframes of TCP segments */
		bool join_udp : 1;
	};
	uint64_t word;
};

static_assert(sizeof(union afpring_device) == sizeof(uint64_t), "is written at once");

/** Bytes of the longest superframe to be made: an IP packet has less than 64 KiB. */
static inline uint32_t
afpring_device_join_max(union afpring_device device)
{
	return device.gso_max_len == 0 ? 0 : RTE_MIN(device.gso_max_len - 1, (uint32_t)UINT16_MAX);
}

#endif /* AFPRING_DEVICE_H */
