/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Packet types, RTE_PTYPE_* of rte_mbuf_ptype.h. Not rte_net_get_ptype(), which says other
 * things in each release: a VLAN tag is QinQ from 26.03 on, tunnels over UDP are none
 * before 25.03, and MPLS is never found before (doc/dpdk.md).
 */
#ifndef AFPRING_PTYPE_H
#define AFPRING_PTYPE_H

#include <stddef.h>
#include <stdint.h>

/** All that afpring_ptype() can say, one part at a time, RTE_PTYPE_UNKNOWN at the end. */
extern const uint32_t afpring_ptypes[];

/** Entries of afpring_ptypes[] but the last. */
extern const size_t afpring_nb_ptypes;

/**
 * The type of a frame. A layer whose header is not whole is not told, nor what is inside it.
 *
 * @param len
 *   Bytes at frame; AFPRING_HEADERS_MAX are enough.
 * @param layers
 *   RTE_PTYPE_*_MASK of the layers that are told; deeper ones are not looked at.
 */
uint32_t afpring_ptype(const uint8_t *frame, uint32_t len, uint32_t layers);

#endif /* AFPRING_PTYPE_H */
