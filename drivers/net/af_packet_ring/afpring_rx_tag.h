/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What both receive lanes do with the VLAN tag that the kernel has taken out of a frame.
 */
#ifndef AFPRING_RX_TAG_H
#define AFPRING_RX_TAG_H

#include "afpring_queue.h"
#include "afpring_slot.h"

/**
 * The tag goes back into the frame. Stripping is for the customer tag; a service
 * tag (0x88a8) would lose its TPID, for which an mbuf has no place, so it stays.
 */
static inline bool
afpring_rx_puts_tag(const struct afpring_rxq *q, const struct afpring_rx_meta *meta)
{
	return afpring_rx_meta_has_vlan(meta) &&
	       !(afpring_rxq_strips(q) && meta->vlan_tpid == RTE_ETHER_TYPE_VLAN);
}

/** The tag that does not go back goes into the mbuf's own field. */
static inline void
afpring_rx_set_tag(struct rte_mbuf *m, const struct afpring_rx_meta *meta)
{
	m->vlan_tci = meta->vlan_tci;
	m->ol_flags |= RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
}

#endif /* AFPRING_RX_TAG_H */
