/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The PACKET_FANOUT group of a port's receive halves. The kernel spreads packets
 * over an array of members in the order of joining (__fanout_link()), so queues
 * join in queue order and never leave while the port runs.
 */
#ifndef AFPRING_FANOUT_H
#define AFPRING_FANOUT_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

/** Let the kernel choose an id that nobody else uses. */
#define AFPRING_FANOUT_AUTO (-1)

struct afpring_fanout {
	int group;      /**< 0 to 65535, or AFPRING_FANOUT_AUTO */
	uint16_t mode;  /**< PACKET_FANOUT_HASH, ... */
	uint16_t flags; /**< PACKET_FANOUT_FLAG_DEFRAG, _ROLLOVER */
	bool outgoing;  /**< also receive what the host sends */
};

/**
 * Join one bound socket that already has its ring. The first member of a port
 * makes an AUTO group; its id is then in fanout->group for the next ones.
 *
 * @return
 *   0 or -errno: -EINVAL a group of this id exists with another mode, flags or
 *   interface (or, before Linux 6.13, the interface is down), -ENOSPC it is full.
 */
int afpring_fanout_join(int fd, struct afpring_fanout *fanout);

/**
 * Give a group of mode PACKET_FANOUT_CBPF the program that chooses the member, by any of its
 * members. It takes the place of the old one in one step.
 *
 * @return
 *   0 or -errno: -ENOMEM; -EINVAL the kernel does not take the program.
 */
int afpring_fanout_program(int fd, const struct sock_fprog *prog);

#endif /* AFPRING_FANOUT_H */
