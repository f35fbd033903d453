/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>

#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "afpring_offload.h"
#include "afpring_rx_meta.h"

/* What the field is, as far as the outermost headers tell. */
enum field {
	FIELD_OTHER, /* inside a tunnel, or of a protocol summed the same way */
	FIELD_TCP,
	FIELD_UDP,
	FIELD_SCTP,
};

static enum field
find_field(const uint8_t *frame, uint32_t len, uint32_t start, uint32_t offset)
{
	struct afpring_headers h;
	uint8_t proto;

	if (!afpring_headers_parse_ip(frame, len, &h, &proto) || h.l4 != start)
		return FIELD_OTHER;
	if (proto == IPPROTO_TCP && offset == offsetof(struct rte_tcp_hdr, cksum))
		return FIELD_TCP;
	if (proto == IPPROTO_UDP && offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		return FIELD_UDP;
	if (proto == IPPROTO_SCTP && offset == offsetof(struct rte_sctp_hdr, cksum))
		return FIELD_SCTP;
	return FIELD_OTHER;
}

bool
afpring_rx_unfinished_cksum(struct afpring_rxq *q, struct rte_mbuf *m, uint32_t start,
			    uint32_t offset)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	enum field field = find_field(frame, m->data_len, start, offset);

	if (field == FIELD_SCTP) {
		if (!afpring_vnet_finish_crc32c(m, start, offset))
			return false;
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		q->count[AFPRING_RX_CKSUM_DONE]++;
		return true;
	}
	if (field != FIELD_OTHER && afpring_rx_keeps_cksum(q, field == FIELD_TCP)) {
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
		return true;
	}
	return afpring_rx_finish_cksum(q, m, start, offset);
}

/* veth lets a frame be as long as MTU, header and one more tag. */
static uint32_t
longest_frame(const struct afpring_rxq *q)
{
	return q->mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
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
		afpring_offload_gso(&h, meta->frame, h.tcp ? q->mtu - (h.payload - h.l3) : 0, vnet);
}
