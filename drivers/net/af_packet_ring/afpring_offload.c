/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "afpring_chain.h"
#include "afpring_offload.h"
#include "afpring_segment.h"

/* The largest gso_size; the next value means "by fragments" inside the kernel. */
#define SEG_SIZE_MAX 65534

#define SEG_FLAGS (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG)

/* The packet's first len bytes; NULL when its segments hold less, which
 * rte_pktmbuf_read() does not look at. */
static const uint8_t *
packet_start(const struct rte_mbuf *m, uint32_t len, uint8_t *copy)
{
	if (likely(m->data_len >= len))
		return rte_pktmbuf_mtod(m, const uint8_t *);
	return afpring_chain_copy(copy, m, len, false) ? copy : NULL;
}

static uint32_t
outer_len(const struct rte_mbuf *m)
{
	if (likely((m->ol_flags & AFPRING_OFFLOAD_TUNNEL) == 0))
		return 0;
	return m->outer_l2_len + m->outer_l3_len;
}

/* Where the application says the headers are. */
static int
headers_from_lengths(const struct rte_mbuf *m, const uint8_t *frame, uint32_t caplen,
		     struct afpring_headers *h)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	uint32_t ip_len = sizeof(struct rte_ipv4_hdr);

	h->ipv6 = (m->ol_flags & RTE_MBUF_F_TX_IPV6) != 0;
	h->tcp = l4 == RTE_MBUF_F_TX_TCP_CKSUM || (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
	h->l3 = outer_len(m) + m->l2_len;
	h->l4 = h->l3 + m->l3_len;
	h->payload = h->l4;
	if (h->ipv6)
		ip_len = sizeof(struct rte_ipv6_hdr);
	if (h->l3 < sizeof(struct rte_ether_hdr) || m->l3_len < ip_len || h->l4 > caplen ||
	    frame[h->l3] >> 4 != (h->ipv6 ? 6 : 4))
		return -EINVAL;
	if (l4 == 0 && (m->ol_flags & SEG_FLAGS) == 0)
		return 0;

	h->payload += h->tcp ? sizeof(struct rte_tcp_hdr) : sizeof(struct rte_udp_hdr);
	if (h->payload > caplen)
		return -EINVAL;
	if (h->tcp) /* not l4_len, which is 0 without TSO */
		h->payload =
			h->l4 + (frame[h->l4 + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4;
	if (h->tcp && h->payload < h->l4 + sizeof(struct rte_tcp_hdr))
		return -EINVAL;
	return h->payload > caplen ? -EINVAL : 0;
}

/* What the kernel makes of it, on every kernel the same. */
static uint16_t
cut_size(const struct afpring_headers *h, uint16_t tso_segsz)
{
	return h->tcp && tso_segsz != 0 ? RTE_MAX(tso_segsz, AFPRING_TCP_SEG_MIN) : tso_segsz;
}

static int
read_request(const struct rte_mbuf *m, const uint8_t *frame, uint32_t caplen,
	     struct afpring_offload *o)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	bool segment = (m->ol_flags & SEG_FLAGS) != 0;
	int ret;

	if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM ||
	    (segment && (m->ol_flags & AFPRING_OFFLOAD_TUNNEL) != 0))
		return -ENOTSUP;
	ret = headers_from_lengths(m, frame, caplen, &o->h);
	if (ret < 0)
		return ret;
	if (segment && (m->tso_segsz == 0 || m->tso_segsz > SEG_SIZE_MAX ||
			(m->ol_flags & SEG_FLAGS) == SEG_FLAGS))
		return -EINVAL;
	o->ip_cksum = !o->h.ipv6 && (segment || (m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) != 0);
	o->l4_cksum = segment || l4 != 0;
	o->seg_size = segment ? cut_size(&o->h, m->tso_segsz) : 0;
	return 0;
}

/* A packet as this driver delivered it. It was right when it came, so a packet that cannot be
 * parsed is sent unchanged. */
static void
read_passing(const struct rte_mbuf *m, const uint8_t *frame, uint32_t caplen,
	     struct afpring_offload *o)
{
	bool lro = (m->ol_flags & RTE_MBUF_F_RX_LRO) != 0;
	bool unfinished =
		(m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_NONE;

	if ((!lro && !unfinished) || !afpring_headers_parse(frame, caplen, &o->h))
		return;
	o->l4_cksum = true;
	if (lro && m->tso_segsz <= SEG_SIZE_MAX)
		o->seg_size = cut_size(&o->h, m->tso_segsz);
}

/* Where the IP packet ends, as its header says: no checksum covers the padding behind it. */
static int
read_end(const struct rte_mbuf *m, const uint8_t *frame, struct afpring_offload *o)
{
	o->end = m->pkt_len;
	if (o->seg_size == 0 && o->l4_cksum)
		o->end = afpring_headers_end(frame, &o->h);
	if (o->end < o->h.payload || o->end > m->pkt_len)
		return -EINVAL;
	o->is_padded = o->end != m->pkt_len;
	return 0;
}

int
afpring_offload_read(const struct rte_mbuf *m, uint32_t tag_len, struct afpring_offload *o)
{
	uint64_t requests = RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | SEG_FLAGS;
	uint32_t caplen = RTE_MIN(m->pkt_len, AFPRING_HEADERS_MAX);
	uint8_t copy[AFPRING_HEADERS_MAX];
	const uint8_t *frame = packet_start(m, caplen, copy);
	int ret = 0;

	*o = (struct afpring_offload){0};
	if (frame == NULL)
		return -EINVAL;
	if ((m->ol_flags & AFPRING_OFFLOAD_REFUSED) != 0)
		return -ENOTSUP;
	if ((m->ol_flags & requests) != 0)
		ret = read_request(m, frame, caplen, o);
	else
		read_passing(m, frame, caplen, o);
	/* one segment is no superframe, and the kernel would refuse it as one */
	if (m->pkt_len <= (uint32_t)o->h.payload + o->seg_size)
		o->seg_size = 0;
	if (ret == 0)
		ret = read_end(m, frame, o);
	o->end += tag_len;
	o->h.l3 += tag_len;
	o->h.l4 += tag_len;
	o->h.payload += tag_len;
	return ret;
}

bool
afpring_offload_is_of(const struct rte_mbuf *m, const struct afpring_headers *h)
{
	uint64_t asked = m->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_IPV6);

	return asked == ((h->tcp ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM) |
			 (h->ipv6 ? RTE_MBUF_F_TX_IPV6 : 0)) &&
	       outer_len(m) + m->l2_len == h->l3 && h->l3 + m->l3_len == h->l4;
}

void
afpring_offload_gso(const struct afpring_headers *h, const uint8_t *frame, uint16_t seg_size,
		    struct virtio_net_hdr *vnet)
{
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(frame + h->l4);

	vnet->gso_size = seg_size;
	if (!h->tcp) {
		vnet->gso_type = VIRTIO_NET_HDR_GSO_UDP_L4;
		return;
	}
	vnet->gso_type = h->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
	if ((tcp->tcp_flags & RTE_TCP_CWR_FLAG) != 0)
		vnet->gso_type |= VIRTIO_NET_HDR_GSO_ECN;
}

/* The kernel sums to the end of the frame. With padding behind the IP packet that is
 * too far, so the sum is made here. */
static void
finish_padded(const struct afpring_headers *h, uint8_t *frame, uint32_t end)
{
	uint8_t *field = frame + h->l4 + afpring_headers_cksum_offset(h);
	uint16_t sum = ~rte_raw_cksum(frame + h->l4, end - h->l4);

	if (sum == 0 && !h->tcp)
		sum = 0xffff;
	memcpy(field, &sum, sizeof(sum));
}

void
afpring_offload_apply(const struct afpring_offload *o, uint8_t *frame, struct virtio_net_hdr *vnet)
{
	*vnet = (struct virtio_net_hdr){0};
	if (o->ip_cksum)
		afpring_headers_set_ip_cksum(frame, &o->h);
	if (!o->l4_cksum)
		return;
	afpring_headers_set_pseudo_sum(frame, &o->h, o->end - o->h.l4);
	if (o->is_padded) {
		finish_padded(&o->h, frame, o->end);
		return;
	}

	vnet->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	vnet->csum_start = o->h.l4;
	vnet->csum_offset = afpring_headers_cksum_offset(&o->h);
	if (o->seg_size != 0)
		afpring_offload_gso(&o->h, frame, o->seg_size, vnet);
}
