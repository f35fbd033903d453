/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a device says of itself by ethtool (include/uapi/linux/ethtool.h).
 * Any socket will do for fd: it says which network namespace the index is of.
 */
#ifndef AFPRING_ETHTOOL_H
#define AFPRING_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "afpring_compat.h"

struct afpring_ethtool_speed {
	uint32_t mbps; /**< 0: unknown */
	bool full_duplex;
	bool autoneg;
	enum rte_eth_link_connector connector;
};

struct afpring_ethtool_features {
	bool tso; /**< segments TCP over IPv4 and over IPv6 */
	bool ecn; /**< repeats CWR on no segment but the first */
	bool uso; /**< segments UDP */
};

/** Who may stamp packets; values of HWTSTAMP_FILTER_* (linux/net_tstamp.h), 0: the device has none. */
struct afpring_ethtool_stamps {
	bool has; /**< the device stamps what is sent and some of what comes, and has a clock */
	int filter_all; /**< which has all packets stamped */
	int filter_ptp; /**< which has PTP packets stamped, and perhaps others */
	int phc;        /**< its clock, /dev/ptpN */
};

/** Speed, duplex, connector; unknown, full, and OTHER when the device does not tell. */
void afpring_ethtool_speed(int fd, int ifindex, struct afpring_ethtool_speed *speed);

/** What the device can do, RTE_ETH_LINK_SPEED_*; 0 when it does not tell. */
uint32_t afpring_ethtool_speeds(int fd, int ifindex);

/** The features that are switched on; none when the device does not tell. */
void afpring_ethtool_features(int fd, int ifindex, struct afpring_ethtool_features *features);

/** What the device can stamp; nothing when it does not tell. */
void afpring_ethtool_stamps(int fd, int ifindex, struct afpring_ethtool_stamps *stamps);

#endif /* AFPRING_ETHTOOL_H */
