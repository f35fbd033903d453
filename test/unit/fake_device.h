/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A device as the kernel tells of it: ethtool's ioctls and the link (all
 * linked with --wrap).
 */
#ifndef FAKE_DEVICE_H
#define FAKE_DEVICE_H

#include "unit.h"

#include <stdbool.h>

#define FAKE_IFINDEX 4242
#define FAKE_FD 777
#define FAKE_MAX_FEATURES 600u

/** One feature the kernel knows: its place is its number. */
struct fake_feature {
	const char *name; /**< NULL: some other one */
	bool active;
};

struct fake_device {
	struct fake_feature features[FAKE_MAX_FEATURES];
	uint32_t nb_features;
	bool any_room;         /**< tells names whatever the room, as before Linux 6.18 */
	uint32_t fails;        /**< this command is refused; 0: none */
	uint32_t gso_max_size; /**< 0: the kernel does not say */
	bool gone;             /**< no such link */
	bool carrier;
	uint8_t port;            /**< PORT_TP and so on */
	int8_t nb_words;         /**< of each map of link modes; 0: the kernel does not tell */
	uint32_t supported[128]; /**< nb_words of them */
};

extern struct fake_device fake_device;

/** Features 0 to nb - 1, of which the named ones are anywhere and off. */
void fake_device_setup(uint32_t nb);

/** The feature at a place. */
void fake_device_feature(uint32_t at, const char *name, bool active);

#endif /* FAKE_DEVICE_H */
