/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * cmocka in the order it wants its headers, and what several tests use.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <rte_common.h>

/** Fails the case and says which row of its table did not hold. */
#define CHECK(held, ...)                                                                           \
	do {                                                                                       \
		if (!(held)) {                                                                     \
			print_error(__VA_ARGS__);                                                  \
			fail_msg("%s", #held);                                                     \
		}                                                                                  \
	} while (0)

/** Numbers that are the same in each run (xorshift64). */
static inline uint64_t
unit_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/** The byte that belongs at a place of the frame with this seed. */
static inline uint8_t
unit_pattern(uint32_t seed, uint32_t at)
{
	return seed * 167 + at * 31 + (at >> 8);
}

static inline void
unit_fill(uint8_t *frame, uint32_t len, uint32_t seed)
{
	for (uint32_t i = 0; i < len; i++)
		frame[i] = unit_pattern(seed, i);
}

#endif /* UNIT_H */
