/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Speeds in the kernel's words and in ethdev's.
 */
#ifndef AFPRING_SPEEDS_H
#define AFPRING_SPEEDS_H

#include <stdint.h>

/**
 * What a device can do.
 *
 * @param words
 *   Bit map of link modes (enum ethtool_link_mode_bit_indices of linux/ethtool.h), nb words
 *   of 32 bits.
 * @return
 *   RTE_ETH_LINK_SPEED_*; speeds that this DPDK has no bit for are left out.
 */
uint32_t afpring_speeds_of_modes(const uint32_t *words, uint32_t nb);

#endif /* AFPRING_SPEEDS_H */
