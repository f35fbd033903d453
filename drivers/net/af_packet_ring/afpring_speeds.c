/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdbool.h>

#include <rte_bitops.h>
#include <rte_common.h>
#include <rte_ethdev.h>

#include "afpring_speeds.h"

/* Neighbours of one speed. By number: each kernel adds some, headers may be older. What is left
 * out is no mode but a connector, a pause frame, or an error correction. */
static const struct {
	uint16_t first, last;
	uint32_t mbps;
	bool half;
} modes[] = {
	{0, 0, RTE_ETH_SPEED_NUM_10M, true},
	{1, 1, RTE_ETH_SPEED_NUM_10M, false},
	{2, 2, RTE_ETH_SPEED_NUM_100M, true},
	{3, 3, RTE_ETH_SPEED_NUM_100M, false},
	{4, 4, RTE_ETH_SPEED_NUM_1G, true},
	{5, 5, RTE_ETH_SPEED_NUM_1G, false},
	{12, 12, RTE_ETH_SPEED_NUM_10G, false},
	{15, 15, RTE_ETH_SPEED_NUM_2_5G, false},
	{17, 17, RTE_ETH_SPEED_NUM_1G, false},
	{18, 20, RTE_ETH_SPEED_NUM_10G, false},
	{21, 22, RTE_ETH_SPEED_NUM_20G, false},
	{23, 26, RTE_ETH_SPEED_NUM_40G, false},
	{27, 30, RTE_ETH_SPEED_NUM_56G, false},
	{31, 33, RTE_ETH_SPEED_NUM_25G, false},
	{34, 35, RTE_ETH_SPEED_NUM_50G, false},
	{36, 39, RTE_ETH_SPEED_NUM_100G, false},
	{40, 40, RTE_ETH_SPEED_NUM_50G, false},
	{41, 41, RTE_ETH_SPEED_NUM_1G, false},
	{42, 46, RTE_ETH_SPEED_NUM_10G, false},
	{47, 47, RTE_ETH_SPEED_NUM_2_5G, false},
	{48, 48, RTE_ETH_SPEED_NUM_5G, false},
	{52, 56, RTE_ETH_SPEED_NUM_50G, false},
	{57, 61, RTE_ETH_SPEED_NUM_100G, false},
	{62, 66, RTE_ETH_SPEED_NUM_200G, false},
	{67, 67, RTE_ETH_SPEED_NUM_100M, false},
	{68, 68, RTE_ETH_SPEED_NUM_1G, false},
	{69, 73, 400 * 1000, false}, /* ethdev: 23.03 */
	{75, 79, RTE_ETH_SPEED_NUM_100G, false},
	{80, 84, RTE_ETH_SPEED_NUM_200G, false},
	{85, 89, 400 * 1000, false},
	{90, 90, RTE_ETH_SPEED_NUM_100M, true},
	{91, 91, RTE_ETH_SPEED_NUM_100M, false},
	{92, 92, RTE_ETH_SPEED_NUM_10M, false},
	{93, 98, 800 * 1000, false},
	{99, 99, RTE_ETH_SPEED_NUM_10M, false},
	{100, 101, RTE_ETH_SPEED_NUM_10M, true},
	{102, 102, RTE_ETH_SPEED_NUM_10M, false},
	{103, 108, RTE_ETH_SPEED_NUM_200G, false},
	{109, 114, 400 * 1000, false},
	{115, 120, 800 * 1000, false},
};

uint32_t
afpring_speeds_of_modes(const uint32_t *words, uint32_t nb)
{
	uint32_t speeds = 0;

	for (uint32_t m = 0; m < RTE_DIM(modes); m++)
		for (uint32_t bit = modes[m].first; bit <= modes[m].last && bit / 32 < nb; bit++)
			if ((words[bit / 32] & RTE_BIT32(bit % 32)) != 0)
				speeds |= rte_eth_speed_bitflag(modes[m].mbps, !modes[m].half);
	return speeds;
}
