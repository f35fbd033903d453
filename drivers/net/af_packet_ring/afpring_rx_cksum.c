/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>

#include <rte_ip.h>
#include <rte_sctp.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "afpring_crc32c.h"
#include "afpring_headers.h"
#include "afpring_rx_cksum.h"

/* In this many bytes an IP header that begins within AFPRING_HEADERS_MAX is whole. */
#define START_LEN (AFPRING_HEADERS_MAX + 60)

/* Where the outermost headers lie. */
struct outer {
	const uint8_t *frame;
	uint32_t len; /* bytes at frame */
	struct afpring_headers h;
	uint8_t proto; /* at h.l4; 0: there is no L4 header that speaks for the packet */
};

static void
outer_read(const struct rte_mbuf *m, uint8_t *copy, struct outer *o)
{
	o->len = RTE_MIN(m->pkt_len, (uint32_t)START_LEN);
	o->frame = rte_pktmbuf_read(m, 0, o->len, copy);
	if (!afpring_headers_parse_ip(o->frame, o->len, &o->h, &o->proto))
		o->proto = 0;
	o->h.tcp = o->proto == IPPROTO_TCP;
}

/* ---- what nobody has looked at ---- */

static uint64_t
ip_verdict(const struct outer *o)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(o->frame + o->h.l3);
	uint16_t type;

	if (o->h.l3 == 0)
		return RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN;
	memcpy(&type, o->frame + o->h.l3 - sizeof(type), sizeof(type));
	if (type != RTE_BE16(RTE_ETHER_TYPE_IPV4))
		return RTE_MBUF_F_RX_IP_CKSUM_UNKNOWN;
	if (o->h.l3 + sizeof(*ip) > o->len || rte_ipv4_hdr_len(ip) < sizeof(*ip) ||
	    o->h.l3 + rte_ipv4_hdr_len(ip) > o->len ||
	    rte_raw_cksum(ip, rte_ipv4_hdr_len(ip)) != 0xffff)
		return RTE_MBUF_F_RX_IP_CKSUM_BAD;
	return RTE_MBUF_F_RX_IP_CKSUM_GOOD;
}

/* Where the L4 packet ends: UDP's own length may be shorter than IP's (udp_rcv() cuts there,
 * too). 0: the lengths contradict each other or the packet. */
static uint32_t
l4_end(const struct outer *o, uint32_t pkt_len)
{
	uint32_t end = afpring_headers_end(o->frame, &o->h);
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(o->frame + o->h.l4);
	uint32_t least = o->h.tcp ? sizeof(struct rte_tcp_hdr) : sizeof(*udp);
	uint32_t len;

	if (end > pkt_len || o->h.l4 + least > RTE_MIN(end, o->len))
		return 0;
	if (o->h.tcp)
		return end;
	len = rte_be_to_cpu_16(udp->dgram_len);
	return len < least || o->h.l4 + len > end ? 0 : o->h.l4 + len;
}

/* A UDP sender may leave the checksum out over IPv4 (RFC 768). Over IPv6 only some tunnels may
 * (RFC 6935), and the driver cannot know whether this packet is of such a tunnel. */
static uint64_t
no_cksum_verdict(const struct outer *o)
{
	return o->h.ipv6 ? RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN : RTE_MBUF_F_RX_L4_CKSUM_GOOD;
}

static uint64_t
l4_verdict(const struct afpring_rxq *q, const struct rte_mbuf *m, const struct outer *o)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(o->frame + o->h.l4);
	uint32_t sum, end;

	if (!(o->proto == IPPROTO_TCP && q->check_tcp) &&
	    !(o->proto == IPPROTO_UDP && q->check_udp))
		return RTE_MBUF_F_RX_L4_CKSUM_UNKNOWN;
	end = l4_end(o, m->pkt_len);
	if (end == 0)
		return RTE_MBUF_F_RX_L4_CKSUM_BAD;
	if (!o->h.tcp && udp->dgram_cksum == 0)
		return no_cksum_verdict(o);
	sum = afpring_headers_pseudo_sum(o->frame, &o->h, end - o->h.l4) +
	      afpring_cksum_sum(m, o->h.l4, end);
	return (sum & 0xffff) + (sum >> 16) == 0xffff ? RTE_MBUF_F_RX_L4_CKSUM_GOOD :
							RTE_MBUF_F_RX_L4_CKSUM_BAD;
}

void
afpring_rx_cksum_check(const struct afpring_rxq *q, struct rte_mbuf *m)
{
	uint8_t copy[START_LEN];
	struct outer o;

	outer_read(m, copy, &o);
	if (q->check_ip)
		m->ol_flags |= ip_verdict(&o);
	m->ol_flags |= l4_verdict(q, m, &o);
}

/* ---- what its sender has not finished ---- */

/* The request speaks of the outermost L4 header, not of one inside a tunnel. */
static bool
is_outermost(const struct outer *o, uint32_t start, uint32_t offset)
{
	if (o->proto == 0 || o->h.l4 != start)
		return false;
	switch (o->proto) {
	case IPPROTO_TCP:
		return offset == offsetof(struct rte_tcp_hdr, cksum);
	case IPPROTO_UDP:
		return offset == offsetof(struct rte_udp_hdr, dgram_cksum);
	case IPPROTO_SCTP:
		return offset == offsetof(struct rte_sctp_hdr, cksum);
	}
	return false;
}

/* Padding behind the IP packet is not summed. A superframe has none, and its IP header need
 * not say how long it is. */
static uint32_t
unfinished_end(const struct rte_mbuf *m, const struct outer *o, const struct virtio_net_hdr *vnet)
{
	uint32_t end = afpring_headers_end(o->frame, &o->h);

	return vnet->gso_type == VIRTIO_NET_HDR_GSO_NONE && end < m->pkt_len &&
			       end >= o->h.l4 + vnet->csum_offset + sizeof(uint32_t) ?
		       end :
		       m->pkt_len;
}

static bool
unfinished(struct afpring_rxq *q, struct rte_mbuf *m, const struct outer *o,
	   const struct virtio_net_hdr *vnet, uint32_t start)
{
	bool outermost = is_outermost(o, start, vnet->csum_offset);
	uint32_t end = outermost ? unfinished_end(m, o, vnet) : m->pkt_len;
	bool done;

	if (outermost && o->proto != IPPROTO_SCTP && afpring_rx_keeps_cksum(q, o->h.tcp)) {
		m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_NONE;
		return true;
	}
	if (outermost && o->proto == IPPROTO_SCTP)
		done = afpring_crc32c_finish(m, start, vnet->csum_offset, end);
	else
		done = afpring_cksum_finish(m, start, vnet->csum_offset, end);
	if (!done)
		return false;
	afpring_count(&q->count[AFPRING_RX_CKSUM_DONE], 1);
	/* a tunnel's checksum covers the inner ones, so it is checked when they are finished */
	m->ol_flags |= outermost ? RTE_MBUF_F_RX_L4_CKSUM_GOOD : l4_verdict(q, m, o);
	return true;
}

bool
afpring_rx_cksum_look(struct afpring_rxq *q, struct rte_mbuf *m, const struct virtio_net_hdr *vnet,
		      uint32_t tag)
{
	uint8_t copy[START_LEN];
	struct outer o;

	outer_read(m, copy, &o);
	if (q->check_ip)
		m->ol_flags |= ip_verdict(&o);
	if ((vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		return unfinished(q, m, &o, vnet, vnet->csum_start + tag);
	m->ol_flags |= (vnet->flags & VIRTIO_NET_HDR_F_DATA_VALID) != 0 ?
			       RTE_MBUF_F_RX_L4_CKSUM_GOOD :
			       l4_verdict(q, m, &o);
	return true;
}
