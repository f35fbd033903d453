/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * VLAN tags: the kernel takes the outer tag of every received frame out
 * (__netif_receive_skb_core(): skb_vlan_untag()), whatever the device, and the
 * slot's header carries it.
 */
#ifndef AFPRING_VLAN_H
#define AFPRING_VLAN_H

#include <stdint.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#define AFPRING_VLAN_LEN ((uint32_t)sizeof(struct rte_vlan_hdr))

/** Bytes of a frame in front of its (outer) tag: the two addresses. */
#define AFPRING_VLAN_OFFSET (2u * RTE_ETHER_ADDR_LEN)

/** Write a tag: TPID and TCI in host order. */
static inline void
afpring_vlan_write(uint8_t *tag, uint16_t tpid, uint16_t tci)
{
	uint16_t be[2] = {rte_cpu_to_be_16(tpid), rte_cpu_to_be_16(tci)};

	memcpy(tag, be, sizeof(be));
}

/** Insert a tag into the frame that lies AFPRING_VLAN_LEN bytes behind dst: its addresses
 *  move to dst. */
static inline void
afpring_vlan_insert(uint8_t *dst, uint16_t tpid, uint16_t tci)
{
	memmove(dst, dst + AFPRING_VLAN_LEN, AFPRING_VLAN_OFFSET);
	afpring_vlan_write(dst + AFPRING_VLAN_OFFSET, tpid, tci);
}

/** The frame, without looking behind its first tag, carries one. */
static inline bool
afpring_vlan_is_tagged(const uint8_t *frame)
{
	uint16_t type;

	memcpy(&type, frame + AFPRING_VLAN_OFFSET, sizeof(type));
	return type == RTE_BE16(RTE_ETHER_TYPE_VLAN) || type == RTE_BE16(RTE_ETHER_TYPE_QINQ);
}

#endif /* AFPRING_VLAN_H */
