/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A clock that follows another one and may be set, stepped and run faster or slower, as timesync
 * does where the device has no clock of its own:
 *
 *     time = at + (base - since) * (1 + rate)
 *
 * All times are ns; base is the other clock's.
 */
#ifndef AFPRING_SOFT_CLOCK_H
#define AFPRING_SOFT_CLOCK_H

#include <errno.h>
#include <stdint.h>

/** Parts per million with 16 bits of fraction, as the kernel and rte_eth_timesync_adjust_freq()
 *  have rates. */
#define AFPRING_RATE_PPM INT64_C(65536)

/** A tenth faster or slower: more than any servo asks for, and a clock still runs forward. */
#define AFPRING_RATE_MAX (100000 * AFPRING_RATE_PPM)

struct afpring_soft_clock {
	int64_t since;
	int64_t at;
	int64_t rate; /**< in units of 1 / AFPRING_RATE_PPM ppm */
};

/** The time when the other clock says base, which may be past. */
static inline int64_t
afpring_soft_clock_time(const struct afpring_soft_clock *c, int64_t base)
{
	int64_t d = base - c->since;

	return c->at + d + (int64_t)((double)d * c->rate / (1e6 * AFPRING_RATE_PPM));
}

/** It says time from now on. */
static inline void
afpring_soft_clock_set(struct afpring_soft_clock *c, int64_t base, int64_t time)
{
	c->since = base;
	c->at = time;
}

/** It runs at this rate from now on. -EINVAL: more than AFPRING_RATE_MAX. */
static inline int
afpring_soft_clock_set_rate(struct afpring_soft_clock *c, int64_t base, int64_t rate)
{
	if (rate > AFPRING_RATE_MAX || rate < -AFPRING_RATE_MAX)
		return -EINVAL;
	afpring_soft_clock_set(c, base, afpring_soft_clock_time(c, base));
	c->rate = rate;
	return 0;
}

#endif /* AFPRING_SOFT_CLOCK_H */
