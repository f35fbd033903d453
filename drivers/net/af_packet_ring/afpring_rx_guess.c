/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>

#include <rte_sctp.h>

#include "afpring_headers.h"
#include "afpring_offload.h"
#include "afpring_rx_guess.h"

/* veth lets a frame be as long as MTU, header and one more tag. */
static uint32_t
longest_frame(const struct afpring_rxq *q)
{
	return afpring_rxq_mtu(q) + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
}

void
afpring_rx_guess_vnet(const struct afpring_rxq *q, const struct afpring_rx_meta *meta,
		      struct virtio_net_hdr *vnet)
{
	struct afpring_headers h;
	uint8_t proto;
	bool known;

	*vnet = (struct virtio_net_hdr){0};
	if (afpring_rx_meta_cksum_is_good(meta))
		vnet->flags = VIRTIO_NET_HDR_F_DATA_VALID;
	if (!afpring_rx_meta_needs_cksum(meta) && meta->len <= longest_frame(q))
		return;
	known = afpring_headers_parse(meta->frame, meta->caplen, &h);
	if (afpring_rx_meta_needs_cksum(meta)) {
		vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		if (known) {
			vnet->csum_start = h.l4;
			vnet->csum_offset = afpring_headers_cksum_offset(&h);
		} else if (afpring_headers_parse_ip(meta->frame, meta->caplen, &h, &proto) &&
			   proto == IPPROTO_SCTP) {
			vnet->csum_start = h.l4;
			vnet->csum_offset = offsetof(struct rte_sctp_hdr, cksum);
		} else {
			vnet->csum_start = UINT16_MAX; /* nowhere: counted, not delivered */
		}
	}
	if (known && meta->len > longest_frame(q))
		afpring_offload_gso(&h, meta->frame,
				    h.tcp ? afpring_rxq_mtu(q) - (h.payload - h.l3) : 0, vnet);
}
