/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The VLAN tags that a packet asks for on transmit: one (VLAN), or a service tag with a
 * customer tag behind it (QINQ), which asks for both whatever VLAN says.
 */
#ifndef AFPRING_TX_TAG_H
#define AFPRING_TX_TAG_H

#include <rte_mbuf.h>

#include "afpring_vlan.h"

/** Flags of a packet that asks for tags. */
#define AFPRING_TX_TAG_FLAGS (RTE_MBUF_F_TX_VLAN | RTE_MBUF_F_TX_QINQ)

/** Bytes of the tags that it asks for. */
static inline uint32_t
afpring_tx_tag_len(const struct rte_mbuf *m)
{
	if (unlikely((m->ol_flags & RTE_MBUF_F_TX_QINQ) != 0))
		return 2 * AFPRING_VLAN_LEN;
	return (m->ol_flags & RTE_MBUF_F_TX_VLAN) != 0 ? AFPRING_VLAN_LEN : 0;
}

/** Insert them into the frame that lies afpring_tx_tag_len() bytes behind dst. */
static inline void
afpring_tx_insert_tags(uint8_t *dst, const struct rte_mbuf *m)
{
	uint8_t *customer = dst;

	if ((m->ol_flags & AFPRING_TX_TAG_FLAGS) == 0)
		return;
	if ((m->ol_flags & RTE_MBUF_F_TX_QINQ) != 0)
		customer += AFPRING_VLAN_LEN;
	afpring_vlan_insert(customer, RTE_ETHER_TYPE_VLAN, m->vlan_tci);
	if (customer != dst)
		afpring_vlan_insert(dst, RTE_ETHER_TYPE_QINQ, m->vlan_tci_outer);
}

#endif /* AFPRING_TX_TAG_H */
