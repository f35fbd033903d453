/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What both receive lanes make of a slot's description of its packet.
 */
#ifndef AFPRING_RX_META_H
#define AFPRING_RX_META_H

#include "afpring_cksum.h"
#include "afpring_headers.h"
#include "afpring_queue.h"
#include "afpring_slot.h"
#include "afpring_vlan.h"

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

/**
 * What a virtio_net_hdr would say of a packet on a socket without them, as far as the
 * slot's status and headers tell (not checksums inside tunnels). TCP larger than the MTU
 * is taken for segments of the size that the MTU allows. How UDP of that size was made
 * nobody can tell: its gso_size is 0, with which no split is possible.
 */
void afpring_rx_guess_vnet(const struct afpring_rxq *q, const struct afpring_rx_meta *meta,
			   struct virtio_net_hdr *vnet);

#endif /* AFPRING_RX_META_H */
