/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/timex.h>
#include <time.h>

#include <rte_time.h>

#include "afpring_phc.h"

/* The kernel's FD_TO_CLOCKID(): CLOCKFD in the lowest three bits. */
static clockid_t
clock_of(int fd)
{
	return (clockid_t)(~(unsigned int)fd << 3 | 3);
}

int
afpring_phc_open(int index)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/dev/ptp%d", index);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && (errno == EACCES || errno == EPERM || errno == EROFS))
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int
afpring_phc_read(int fd, uint64_t *ns)
{
	struct timespec now;

	if (clock_gettime(clock_of(fd), &now) < 0)
		return -errno;
	*ns = rte_timespec_to_ns(&now);
	return 0;
}

int
afpring_phc_set(int fd, int64_t ns)
{
	const struct timespec time = {
		.tv_sec = ns / NSEC_PER_SEC,
		.tv_nsec = ns % NSEC_PER_SEC,
	};

	return clock_settime(clock_of(fd), &time) < 0 ? -errno : 0;
}

/* With ADJ_NANO tv_usec is nanoseconds, and never negative. */
int
afpring_phc_step(int fd, int64_t ns)
{
	struct timex tx = {.modes = ADJ_SETOFFSET | ADJ_NANO};

	tx.time.tv_sec = ns / (int64_t)NSEC_PER_SEC;
	tx.time.tv_usec = ns % (int64_t)NSEC_PER_SEC;
	if (tx.time.tv_usec < 0) {
		tx.time.tv_sec--;
		tx.time.tv_usec += NSEC_PER_SEC;
	}
	return clock_adjtime(clock_of(fd), &tx) < 0 ? -errno : 0;
}

int
afpring_phc_set_rate(int fd, int64_t rate)
{
	struct timex tx = {.modes = ADJ_FREQUENCY, .freq = rate};

	return clock_adjtime(clock_of(fd), &tx) < 0 ? -errno : 0;
}
