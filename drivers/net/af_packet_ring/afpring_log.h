/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Log lines. Only the control layer logs, once, where the user can act; the
 * burst path never does.
 */
#ifndef AFPRING_LOG_H
#define AFPRING_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "afpring_clock.h"
#include "afpring_compat.h"

/** A line that the peer or the host can cause again and again comes at most once in this many
 *  seconds. */
#define AFPRING_LOG_LINE_S 60

extern int afpring_logtype;
#define RTE_LOGTYPE_AFPRING afpring_logtype

/** One line, no newline in fmt; begin it with the vdev's name. */
#define AFPRING_LOG(level, ...) RTE_LOG_LINE(level, AFPRING, __VA_ARGS__)

/** What the user can do about this errno of a packet socket, for the end of a line. */
const char *afpring_log_remedy(int err);

/** A line that others can cause may come now. *told_at is when the last one came, 0 for never. */
static inline bool
afpring_log_may_tell(uint64_t *told_at)
{
	uint64_t now = afpring_clock_now();

	if (*told_at != 0 && now < *told_at + afpring_clock_s(AFPRING_LOG_LINE_S))
		return false;
	*told_at = now;
	return true;
}

#endif /* AFPRING_LOG_H */
