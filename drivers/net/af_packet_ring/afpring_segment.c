/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "afpring_segment.h"

/* UDP_MAX_SEGMENTS of include/linux/udp.h, 128 since Linux 6.9: the kernel refuses a
 * superframe of more datagrams. */
#define UDP_SEGMENTS_MAX 64

/* GSO_MAX_SIZE of include/linux/netdevice.h is half of it: a bound for products. */
#define SUPERFRAME_MAX (1u << 20)

#define TCP_LAST_ONLY (RTE_TCP_FIN_FLAG | RTE_TCP_PSH_FLAG)
#define TCP_NEVER_JOINED (RTE_TCP_SYN_FLAG | RTE_TCP_RST_FLAG | RTE_TCP_URG_FLAG)

static struct rte_tcp_hdr *
tcp_header(uint8_t *frame, const struct afpring_headers *h)
{
	return (struct rte_tcp_hdr *)(frame + h->l4);
}

static const struct rte_tcp_hdr *
tcp_header_const(const uint8_t *frame, const struct afpring_headers *h)
{
	return (const struct rte_tcp_hdr *)(frame + h->l4);
}

static uint16_t
ipv4_id(const uint8_t *frame, const struct afpring_headers *h)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(frame + h->l3);

	return rte_be_to_cpu_16(ip->packet_id);
}

/* A sender whose IP ids are all 0, which DF allows (RFC 6864 4.1), does not count them up.
 * Another sender may not either, but no packet tells. */
static bool
has_id_0(const uint8_t *frame, const struct afpring_headers *h)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(frame + h->l3);

	return !h->ipv6 && ip->packet_id == 0 &&
	       (ip->fragment_offset & RTE_BE16(RTE_IPV4_HDR_DF_FLAG)) != 0;
}

/* ---- split ---- */

/* struct hop_jumbo_hdr of include/net/ipv6.h: next header, length, and the option that
 * RFC 2675 2 defines. */
#define JUMBO_LEN 8u
#define JUMBO_OPTION 0xc2

uint32_t
afpring_split_unjumbo(uint8_t *header, uint32_t header_len, uint32_t len)
{
	struct rte_ipv6_hdr *ip;
	uint16_t l3;
	uint8_t *option;

	if (len <= UINT16_MAX ||
	    afpring_headers_skip_tags(header, header_len, 2 * RTE_ETHER_ADDR_LEN, &l3) !=
		    RTE_ETHER_TYPE_IPV6 ||
	    l3 + sizeof(*ip) + JUMBO_LEN > header_len || len - l3 <= UINT16_MAX + 1)
		return 0;
	ip = (struct rte_ipv6_hdr *)(header + l3);
	option = (uint8_t *)(ip + 1);
	if (ip->proto != IPPROTO_HOPOPTS || option[0] != IPPROTO_TCP || option[1] != 0 ||
	    option[2] != JUMBO_OPTION)
		return 0;
	ip->proto = IPPROTO_TCP;
	memmove(option, option + JUMBO_LEN, header + header_len - option - JUMBO_LEN);
	return JUMBO_LEN;
}

static bool
type_agrees(uint8_t gso_type, const struct afpring_headers *h)
{
	switch (gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return h->tcp && !h->ipv6;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return h->tcp && h->ipv6;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return !h->tcp;
	default:
		return false;
	}
}

/* The headers that the virtio_net_hdr is about. */
static bool
find_headers(const uint8_t *header, uint32_t header_len, uint32_t len,
	     const struct virtio_net_hdr *vnet, struct afpring_split *split)
{
	bool found = afpring_headers_parse(header, header_len, &split->h);

	split->tunnel.kind = AFPRING_TUNNEL_NONE;
	if ((vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 ||
	    (found && split->h.l4 == vnet->csum_start))
		return found;
	return afpring_tunnel_parse(header, header_len, len, vnet->csum_start, &split->tunnel,
				    &split->h) &&
	       vnet->csum_offset == afpring_headers_cksum_offset(&split->h);
}

bool
afpring_split_plan(const uint8_t *header, uint32_t header_len, uint32_t len,
		   const struct virtio_net_hdr *vnet, struct afpring_split *split)
{
	uint32_t first;

	if (!find_headers(header, header_len, len, vnet, split) ||
	    !type_agrees(vnet->gso_type, &split->h) || vnet->gso_size == 0 ||
	    len <= split->h.payload || len > SUPERFRAME_MAX)
		return false;
	split->payload_len = len - split->h.payload;
	split->seg_size = vnet->gso_size;
	split->nb_segs = (split->payload_len + split->seg_size - 1) / split->seg_size;
	if (split->nb_segs > AFPRING_SEGMENTS_MAX)
		return false;
	/* the superframe may be BIG TCP, but a segment's IP length has 16 bits */
	first = split->h.payload + afpring_split_seg_len(split, 0);
	return first - afpring_split_outer(split)->l3 <= UINT16_MAX;
}

static void
split_tcp(const struct afpring_split *split, uint8_t *dst, uint32_t i)
{
	struct rte_tcp_hdr *tcp = tcp_header(dst, &split->h);
	uint32_t seq = rte_be_to_cpu_32(tcp->sent_seq) + i * split->seg_size;

	tcp->sent_seq = rte_cpu_to_be_32(seq);
	if (i != 0)
		tcp->tcp_flags &= ~RTE_TCP_CWR_FLAG;
	if (i + 1 < split->nb_segs)
		tcp->tcp_flags &= ~TCP_LAST_ONLY;
}

/* The kernel numbers the segments by either header, the outer and the inner one. */
static void
split_ipv4_id(uint8_t *dst, const struct afpring_headers *h, uint32_t i)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(dst + h->l3);

	if (!h->ipv6)
		ip->packet_id = rte_cpu_to_be_16(ipv4_id(dst, h) + i);
}

void
afpring_split_header(const struct afpring_split *split, uint8_t *dst, const uint8_t *header,
		     uint32_t i)
{
	const struct afpring_headers *h = &split->h;
	uint32_t seg_len = afpring_split_seg_len(split, i);
	uint32_t l4_len = h->payload - h->l4 + seg_len;

	memcpy(dst, header, h->payload);
	if (!has_id_0(dst, h))
		split_ipv4_id(dst, h, i);
	afpring_headers_set_len(dst, h, l4_len);
	if (h->tcp)
		split_tcp(split, dst, i);
	else
		((struct rte_udp_hdr *)(dst + h->l4))->dgram_len = rte_cpu_to_be_16(l4_len);
	afpring_headers_set_pseudo_sum(dst, h, l4_len);
	if (split->tunnel.kind != AFPRING_TUNNEL_NONE) {
		split_ipv4_id(dst, &split->tunnel.h, i);
		afpring_tunnel_finish(&split->tunnel, dst, h->payload + seg_len, h);
	}
}

/* ---- join ---- */

/* The superframe's segments get a right checksum, so each must have had one. */
static bool
ipv4_cksum_is_right(const uint8_t *frame, const struct afpring_headers *h)
{
	return rte_raw_cksum(frame + h->l3, h->l4 - h->l3) == 0xffff;
}

/* One unpadded segment with a payload and a checksum. */
static bool
parse_segment(const uint8_t *frame, uint32_t caplen, uint32_t len, struct afpring_headers *h)
{
	if (!afpring_headers_parse(frame, caplen, h) || h->payload >= len ||
	    afpring_headers_end(frame, h) != len)
		return false;
	if (!h->ipv6 && !ipv4_cksum_is_right(frame, h))
		return false;
	if (h->tcp)
		return (tcp_header_const(frame, h)->tcp_flags & TCP_NEVER_JOINED) == 0;
	return ((const struct rte_udp_hdr *)(frame + h->l4))->dgram_cksum != 0 &&
	       ((const struct rte_udp_hdr *)(frame + h->l4))->dgram_len ==
		       rte_cpu_to_be_16(len - h->l4);
}

bool
afpring_join_begin(struct afpring_join *join, const uint8_t *frame, uint32_t caplen, uint32_t len)
{
	/* a superframe of id 0 may be cut into ids that are all 0, or that count up */
	if (!parse_segment(frame, caplen, len, &join->h) || has_id_0(frame, &join->h))
		return false;
	join->seg_size = len - join->h.payload;
	if (join->h.tcp && join->seg_size < AFPRING_TCP_SEG_MIN)
		return false;
	join->first = frame;
	join->payload_len = join->seg_size;
	join->nb_segs = 1;
	join->closed =
		join->h.tcp && (tcp_header_const(frame, &join->h)->tcp_flags & TCP_LAST_ONLY) != 0;
	return true;
}

/* All bytes from a to b of both frames, but for [skip, skip + skip_len). */
static bool
same_but(const uint8_t *x, const uint8_t *y, uint32_t a, uint32_t b, uint32_t skip,
	 uint32_t skip_len)
{
	return memcmp(x + a, y + a, skip - a) == 0 &&
	       memcmp(x + skip + skip_len, y + skip + skip_len, b - skip - skip_len) == 0;
}

/* Ethernet and IP headers that differ only where the cut makes them differ. */
static bool
same_path(const struct afpring_join *join, const uint8_t *frame)
{
	const struct afpring_headers *h = &join->h;
	const uint8_t *first = join->first;

	if (h->ipv6) /* but payload_len */
		return same_but(first, frame, 0, h->l4, h->l3 + 4, 2);
	/* but total_length, packet_id; then hdr_checksum */
	return same_but(first, frame, 0, h->l3 + 10, h->l3 + 2, 4) &&
	       memcmp(first + h->l3 + 12, frame + h->l3 + 12, h->l4 - h->l3 - 12) == 0 &&
	       ipv4_id(frame, h) == (uint16_t)(ipv4_id(first, h) + join->nb_segs);
}

/* TCP headers that differ only where the cut makes them differ: the next sequence number, equal
 * flags but for CWR on the first and FIN and PSH on the last, equal options. */
static bool
same_tcp(const struct afpring_join *join, const uint8_t *frame)
{
	const struct afpring_headers *h = &join->h;
	const struct rte_tcp_hdr *a = tcp_header_const(join->first, h);
	const struct rte_tcp_hdr *b = tcp_header_const(frame, h);
	uint8_t a_flags = a->tcp_flags & ~RTE_TCP_CWR_FLAG;
	uint8_t b_flags = b->tcp_flags & ~TCP_LAST_ONLY;

	return a_flags == b_flags && a->src_port == b->src_port && a->dst_port == b->dst_port &&
	       rte_be_to_cpu_32(b->sent_seq) == rte_be_to_cpu_32(a->sent_seq) + join->payload_len &&
	       a->recv_ack == b->recv_ack && a->data_off == b->data_off && a->rx_win == b->rx_win &&
	       a->tcp_urp == b->tcp_urp &&
	       memcmp(a + 1, b + 1, h->payload - h->l4 - sizeof(*a)) == 0;
}

bool
afpring_join_append(struct afpring_join *join, const uint8_t *frame, uint32_t caplen, uint32_t len,
		    uint32_t max_len)
{
	uint32_t seg_len = len - join->h.payload;
	struct afpring_headers h;

	if (join->closed || !parse_segment(frame, caplen, len, &h) || h.l3 != join->h.l3 ||
	    h.l4 != join->h.l4 || h.payload != join->h.payload || h.ipv6 != join->h.ipv6 ||
	    h.tcp != join->h.tcp || seg_len > join->seg_size)
		return false;
	if (!h.tcp && join->nb_segs == UDP_SEGMENTS_MAX)
		return false;
	if (join->h.payload + join->payload_len + seg_len > max_len || !same_path(join, frame))
		return false;
	if (h.tcp ? !same_tcp(join, frame) : memcmp(join->first + h.l4, frame + h.l4, 4) != 0)
		return false;
	join->payload_len += seg_len;
	join->nb_segs++;
	join->closed = seg_len < join->seg_size ||
		       (h.tcp && (tcp_header_const(frame, &h)->tcp_flags & TCP_LAST_ONLY) != 0);
	return true;
}

void
afpring_join_header(const struct afpring_join *join, uint8_t *dst, const uint8_t *last)
{
	const struct afpring_headers *h = &join->h;
	uint32_t l4_len = h->payload - h->l4 + join->payload_len;

	memcpy(dst, join->first, h->payload);
	afpring_headers_set_len(dst, h, l4_len);
	if (h->tcp)
		tcp_header(dst, h)->tcp_flags |=
			tcp_header_const(last, h)->tcp_flags & TCP_LAST_ONLY;
	else
		((struct rte_udp_hdr *)(dst + h->l4))->dgram_len = rte_cpu_to_be_16(l4_len);
	afpring_headers_set_pseudo_sum(dst, h, l4_len);
}
