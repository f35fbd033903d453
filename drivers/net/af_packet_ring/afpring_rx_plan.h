/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive, superframe lane: what a packet is, and how many mbufs it takes.
 */
#ifndef AFPRING_RX_PLAN_H
#define AFPRING_RX_PLAN_H

#include "afpring_queue.h"
#include "afpring_segment.h"
#include "afpring_slot.h"
#include "afpring_vlan.h"

/** One packet of the lane on its way from slot and socket into mbufs. */
struct afpring_rx_super {
	struct afpring_rx_meta meta;
	struct virtio_net_hdr vnet;
	uint32_t vnet_len; /* bytes of the virtio_net_hdr in front of the packet */
	bool put_tag;
	bool whole;     /* delivered as one packet */
	uint32_t jumbo; /* bytes of the hop-by-hop header that is taken out */
	uint32_t len;   /* bytes of the frame as delivered, with the tag, without that header */
	uint32_t header_len;
	uint8_t header[AFPRING_TUNNEL_HEADERS_MAX + AFPRING_VLAN_LEN]; /* start of that frame */
	uint8_t unused[sizeof(struct virtio_net_hdr) + AFPRING_TUNNEL_HEADERS_MAX];
	struct afpring_split split;
	uint32_t first; /* the next segment; those before it have been delivered */
	uint32_t nb;    /* segments that there are mbufs for */
	uint64_t ns;
};

/** Mbufs for len bytes. */
static inline uint32_t
afpring_rx_nb_mbufs(const struct afpring_rxq *q, uint32_t len)
{
	return (len + q->room - 1) / q->room;
}

/** Read the slot: what the kernel says of the packet, and its headers. */
void afpring_rx_super_read(const struct afpring_rxq *q, uint8_t *slot, struct afpring_rx_super *s);

/** Decide what becomes of the packet. How many mbufs it takes; 0: it cannot be delivered, and
 *  is counted. */
uint32_t afpring_rx_super_plan(struct afpring_rxq *q, struct afpring_rx_super *s);

/** Mbufs for nb segments from s->first on. */
uint32_t afpring_rx_nb_mbufs_segments(const struct afpring_rxq *q, const struct afpring_rx_super *s,
				      uint32_t nb);

#endif /* AFPRING_RX_PLAN_H */
