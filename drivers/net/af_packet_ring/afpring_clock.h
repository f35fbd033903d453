/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The driver's one clock, the TSC: a burst reads it without a call. Times and durations
 * are its cycles everywhere; a point in time of 0 means that there is none.
 */
#ifndef AFPRING_CLOCK_H
#define AFPRING_CLOCK_H

#include <stdint.h>

#include <rte_cycles.h>

static inline uint64_t
afpring_clock_now(void)
{
	return rte_rdtsc();
}

/** Cycles in a number of microseconds, milliseconds or seconds; a fraction of a MHz of the
 *  clock's rate is lost. */
static inline uint64_t
afpring_clock_us(uint64_t us)
{
	return us * (rte_get_tsc_hz() / US_PER_S);
}

static inline uint64_t
afpring_clock_ms(uint64_t ms)
{
	return afpring_clock_us(ms * (US_PER_S / MS_PER_S));
}

static inline uint64_t
afpring_clock_s(uint64_t s)
{
	return afpring_clock_us(s * US_PER_S);
}

#endif /* AFPRING_CLOCK_H */
