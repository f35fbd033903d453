/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_plan.h"
#include "afpring_port.h"

/* Slots are made for frames of an MTU up to this; larger ones go by the superframe
 * lanes, else a ring for MTU 65535 would take 64 MiB for 1024 slots. */
#define AFPRING_MAX_SLOT_MTU 9216u

uint32_t
afpring_plan_mtu(const struct rte_eth_dev *dev)
{
	return RTE_MAX((uint32_t)dev->data->mtu, afpring_port_wished_mtu(dev->data->dev_private));
}

static int
plan(const struct afpring_config *config, uint32_t mtu, struct afpring_wish wish,
     struct afpring_geometry *geo, const char **why)
{
	wish.frame_len = RTE_MIN(mtu, AFPRING_MAX_SLOT_MTU) + AFPRING_FRAME_OVERHEAD;
	wish.block_size = config->block_size;
	wish.frame_size = config->frame_size;
	wish.frame_nr = config->frame_nr;
	return afpring_geometry_plan(&wish, geo, why);
}

int
afpring_plan_rx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		struct afpring_geometry *geo, const char **why)
{
	struct afpring_wish wish = {.overhead = AFPRING_RX_SLOT_OVERHEAD, .nb_desc = nb_desc};

	return plan(config, mtu, wish, geo, why);
}

int
afpring_plan_tx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		struct afpring_geometry *geo, const char **why)
{
	struct afpring_wish wish = {.overhead = AFPRING_TX_SLOT_OVERHEAD, .nb_desc = nb_desc};

	return plan(config, mtu, wish, geo, why);
}
