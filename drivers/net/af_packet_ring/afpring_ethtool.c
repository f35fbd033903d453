/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include <rte_bitops.h>
#include <rte_common.h>

#include "afpring_ethtool.h"
#include "afpring_speeds.h"

/* Features a kernel may name; 6.18 has 63. */
#define MAX_FEATURES 512

/* ethtool knows interfaces by name only. */
static bool
ethtool(int fd, int ifindex, void *cmd)
{
	struct ifreq ifr = {.ifr_ifindex = ifindex};

	if (ioctl(fd, SIOCGIFNAME, &ifr) < 0)
		return false;
	ifr.ifr_data = cmd;
	return ioctl(fd, SIOCETHTOOL, &ifr) == 0;
}

static enum rte_eth_link_connector
connector(uint8_t port)
{
	switch (port) {
	case PORT_TP:
		return RTE_ETH_LINK_CONNECTOR_TP;
	case PORT_AUI:
		return RTE_ETH_LINK_CONNECTOR_AUI;
	case PORT_MII:
		return RTE_ETH_LINK_CONNECTOR_MII;
	case PORT_FIBRE:
		return RTE_ETH_LINK_CONNECTOR_FIBER;
	case PORT_BNC:
		return RTE_ETH_LINK_CONNECTOR_BNC;
	case PORT_DA:
		return RTE_ETH_LINK_CONNECTOR_DAC;
	case PORT_NONE:
		return RTE_ETH_LINK_CONNECTOR_NONE;
	default:
		return RTE_ETH_LINK_CONNECTOR_OTHER;
	}
}

/* ETHTOOL_GSET is answered for every driver (dev_ethtool() converts) and, unlike
 * ETHTOOL_GLINKSETTINGS, needs no handshake about the size of its bit maps. */
void
afpring_ethtool_speed(int fd, int ifindex, struct afpring_ethtool_speed *speed)
{
	struct ethtool_cmd cmd = {.cmd = ETHTOOL_GSET};

	*speed = (struct afpring_ethtool_speed){
		.full_duplex = true,
		.connector = RTE_ETH_LINK_CONNECTOR_OTHER,
	};
	if (!ethtool(fd, ifindex, &cmd))
		return;
	if (ethtool_cmd_speed(&cmd) != (uint32_t)SPEED_UNKNOWN)
		speed->mbps = ethtool_cmd_speed(&cmd);
	speed->full_duplex = cmd.duplex != DUPLEX_HALF;
	speed->connector = connector(cmd.port);
	speed->autoneg = cmd.autoneg == AUTONEG_ENABLE;
}

/* ETHTOOL_GLINKSETTINGS has three bit maps: supported, advertised, the partner's. */
#define MAX_MODE_WORDS 32

/* The kernel says how many words its bit maps have, as a negative number, when it is asked for
 * another number of them (ethtool_get_link_ksettings()). */
uint32_t
afpring_ethtool_speeds(int fd, int ifindex)
{
	union {
		struct ethtool_link_settings head;
		struct {
			uint32_t head[sizeof(struct ethtool_link_settings) / sizeof(uint32_t)];
			uint32_t maps[3 * MAX_MODE_WORDS];
		} room;
	} link = {.head.cmd = ETHTOOL_GLINKSETTINGS};
	int nb;

	if (!ethtool(fd, ifindex, &link))
		return 0;
	nb = -link.head.link_mode_masks_nwords;
	if (nb <= 0 || nb > MAX_MODE_WORDS)
		return 0;
	link.head = (struct ethtool_link_settings){
		.cmd = ETHTOOL_GLINKSETTINGS,
		.link_mode_masks_nwords = nb,
	};
	if (!ethtool(fd, ifindex, &link) || link.head.link_mode_masks_nwords != nb)
		return 0;
	return afpring_speeds_of_modes(link.room.maps, nb);
}

/* The number of a feature differs between kernels, its name does not. The kernel's structures
 * end in an array without a size, behind which clang allows no member, so the room for the array
 * is a union's other member. */
union names {
	struct ethtool_gstrings head;
	struct {
		uint8_t head[sizeof(struct ethtool_gstrings)];
		char name[MAX_FEATURES][ETH_GSTRING_LEN];
	} room;
};

union active {
	struct ethtool_gfeatures head;
	struct {
		uint32_t head[sizeof(struct ethtool_gfeatures) / sizeof(uint32_t)];
		struct ethtool_get_features_block block[MAX_FEATURES / 32];
	} room;
};

static bool
is_active(const union names *names, const union active *active, const char *name)
{
	for (uint32_t i = 0; i < names->head.len; i++)
		if (strncmp(names->room.name[i], name, ETH_GSTRING_LEN) == 0)
			return (active->room.block[i / 32].active & RTE_BIT32(i % 32)) != 0;
	return false;
}

/* The number of names must be exact: since Linux 6.18 any other number gets no names, older
 * kernels do not check it. */
static uint32_t
nb_features(int fd, int ifindex)
{
	union {
		struct ethtool_sset_info head;
		struct {
			uint32_t head[sizeof(struct ethtool_sset_info) / sizeof(uint32_t)];
			uint32_t count;
		} room;
	} info = {
		.head.cmd = ETHTOOL_GSSET_INFO,
		.head.sset_mask = UINT64_C(1) << ETH_SS_FEATURES,
	};

	return ethtool(fd, ifindex, &info) ? info.room.count : 0;
}

void
afpring_ethtool_features(int fd, int ifindex, struct afpring_ethtool_features *features)
{
	union names names = {.head.cmd = ETHTOOL_GSTRINGS, .head.string_set = ETH_SS_FEATURES};
	union active active = {.head.cmd = ETHTOOL_GFEATURES};

	*features = (struct afpring_ethtool_features){0};
	names.head.len = nb_features(fd, ifindex);
	active.head.size = RTE_DIM(active.room.block);
	if (names.head.len > MAX_FEATURES || !ethtool(fd, ifindex, &names) ||
	    !ethtool(fd, ifindex, &active))
		return;
	features->tso = is_active(&names, &active, "tx-tcp-segmentation") &&
			is_active(&names, &active, "tx-tcp6-segmentation");
	features->ecn = is_active(&names, &active, "tx-tcp-ecn-segmentation");
	features->uso = is_active(&names, &active, "tx-udp-segmentation");
}

/* Of those a device has, the one that leaves out least. */
static int
ptp_filter(uint32_t filters)
{
	static const int best_first[] = {
		HWTSTAMP_FILTER_ALL,
		HWTSTAMP_FILTER_PTP_V2_EVENT,
		HWTSTAMP_FILTER_PTP_V2_L2_EVENT,
		HWTSTAMP_FILTER_PTP_V2_L4_EVENT,
	};

	for (size_t i = 0; i < RTE_DIM(best_first); i++)
		if ((filters & RTE_BIT32(best_first[i])) != 0)
			return best_first[i];
	return HWTSTAMP_FILTER_NONE;
}

void
afpring_ethtool_stamps(int fd, int ifindex, struct afpring_ethtool_stamps *stamps)
{
	const uint32_t needs = SOF_TIMESTAMPING_TX_HARDWARE | SOF_TIMESTAMPING_RX_HARDWARE |
			       SOF_TIMESTAMPING_RAW_HARDWARE;
	struct ethtool_ts_info info = {.cmd = ETHTOOL_GET_TS_INFO};

	*stamps = (struct afpring_ethtool_stamps){0};
	if (!ethtool(fd, ifindex, &info) || (info.so_timestamping & needs) != needs ||
	    info.phc_index < 0 || (info.tx_types & RTE_BIT32(HWTSTAMP_TX_ON)) == 0)
		return;
	stamps->filter_ptp = ptp_filter(info.rx_filters);
	if ((info.rx_filters & RTE_BIT32(HWTSTAMP_FILTER_ALL)) != 0)
		stamps->filter_all = HWTSTAMP_FILTER_ALL;
	stamps->phc = info.phc_index;
	stamps->has = stamps->filter_ptp != HWTSTAMP_FILTER_NONE;
}
