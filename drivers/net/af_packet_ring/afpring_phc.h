/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A device's own clock, /dev/ptpN (man clock_gettime(2), "Dynamic clocks"). All functions return 0 or
 * -errno and log nothing.
 */
#ifndef AFPRING_PHC_H
#define AFPRING_PHC_H

#include <stdint.h>

/** A descriptor that the caller closes, or -errno. One that may only be read is better than none:
 *  what changes the clock is -EACCES then. */
int afpring_phc_open(int index);

/** Nanoseconds since the clock's epoch. */
int afpring_phc_read(int fd, uint64_t *ns);

int afpring_phc_set(int fd, int64_t ns);

/** Step by ns. */
int afpring_phc_step(int fd, int64_t ns);

/** Run faster or slower by this rate, ppm with 16 bits of fraction. -ERANGE: the device cannot. */
int afpring_phc_set_rate(int fd, int64_t rate);

#endif /* AFPRING_PHC_H */
