/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_plan.h"
#include "afpring_port.h"

/* Slots are made for frames of an MTU up to this; larger ones go by the superframe
 *  lanes, else a ring for MTU 65535 would take 64 MiB for 1024 slots. */
#define AFPRING_MAX_SLOT_MTU 9216u

static struct afpring_wish
ring_wish(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc)
{
	return (struct afpring_wish){
		.frame_len = RTE_MIN(mtu, AFPRING_MAX_SLOT_MTU) + AFPRING_FRAME_OVERHEAD,
		.nb_desc = nb_desc,
		.block_size = config->block_size,
		.frame_size = config->frame_size,
		.frame_nr = config->frame_nr,
	};
}

int
afpring_plan_rx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		struct afpring_geometry *geo, const char **why)
{
	struct afpring_wish wish = ring_wish(config, mtu, nb_desc);

	wish.overhead = AFPRING_RX_SLOT_OVERHEAD;
	return afpring_geometry_plan(&wish, geo, why);
}

int
afpring_plan_tx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
		struct afpring_geometry *geo, const char **why)
{
	struct afpring_wish wish = ring_wish(config, mtu, nb_desc);

	wish.overhead = AFPRING_TX_SLOT_OVERHEAD;
	return afpring_geometry_plan(&wish, geo, why);
}
