/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_udp.h>

#include "afpring_tunnel.h"

/* RFC 2784 2.1, RFC 2890 2 */
#define GRE_HDR_LEN 4u
#define GRE_CKSUM 0x8000 /* checksum and reserved bits follow, 4 bytes */
#define GRE_KEY 0x2000   /* a key follows, 4 bytes */

/* ---- where the inner headers are ---- */

/* The IP header at inner->l3 leads to a TCP or UDP header, and that is the one at l4. */
static bool
leads_to(const uint8_t *frame, uint32_t len, uint32_t l4, struct afpring_headers *inner)
{
	uint8_t proto;

	return afpring_headers_parse_ip_at(frame, len, inner, &proto) && !inner->routed &&
	       inner->l4 == l4 && afpring_headers_parse_l4(frame, len, inner, proto);
}

/* The IP packet ends with the frame, or its length is left out because 16 bits do not hold it. */
static bool
fills(const uint8_t *frame, uint32_t frame_len, const struct afpring_headers *ip)
{
	uint32_t none = ip->l3 + (ip->ipv6 ? sizeof(struct rte_ipv6_hdr) : 0);
	uint32_t end = afpring_headers_end(frame, ip);

	return end == frame_len || (end == none && frame_len - none > UINT16_MAX);
}

/* A tunnel in the tunnel has headers of its own to be filled in. */
static bool
is_tunnel(uint8_t proto)
{
	return proto == IPPROTO_IPIP || proto == IPPROTO_IPV6 || proto == IPPROTO_GRE ||
	       proto == IPPROTO_UDP;
}

/* Between UDP and the inner IP header lie bytes that are the same in all segments, whatever they
 * mean. So the inner IP header is searched for: the first one whose packet ends with the frame. */
static bool
find_behind_udp(const uint8_t *frame, uint32_t len, uint32_t frame_len, uint32_t l4, uint32_t from,
		struct afpring_headers *inner)
{
	uint8_t proto;

	for (uint32_t at = from; at + sizeof(struct rte_ipv4_hdr) <= l4; at += 2) {
		inner->l3 = at;
		if (!afpring_headers_parse_ip_at(frame, len, inner, &proto) || inner->l4 > l4 ||
		    !fills(frame, frame_len, inner))
			continue;
		if (inner->l4 == l4)
			return leads_to(frame, len, l4, inner);
		if (is_tunnel(proto))
			return false;
	}
	return false;
}

/* GRE with a sequence number cannot be cut: no segment but the first could have it. */
static bool
find_behind_gre(const uint8_t *frame, uint32_t len, uint32_t l4, struct afpring_tunnel *tunnel,
		struct afpring_headers *inner)
{
	uint32_t at = tunnel->h.l4 + GRE_HDR_LEN;
	uint16_t flags, type;

	if (at > len)
		return false;
	flags = afpring_headers_load_be16(frame + tunnel->h.l4);
	type = afpring_headers_load_be16(frame + tunnel->h.l4 + 2);
	if ((flags & ~(GRE_CKSUM | GRE_KEY)) != 0)
		return false;
	tunnel->cksum = (flags & GRE_CKSUM) != 0;
	at += (tunnel->cksum ? 4 : 0) + ((flags & GRE_KEY) != 0 ? 4 : 0);
	inner->l3 = at;
	if (type == RTE_ETHER_TYPE_TEB)
		type = afpring_headers_skip_tags(frame, len, at + 2 * RTE_ETHER_ADDR_LEN,
						 &inner->l3);
	return (type == RTE_ETHER_TYPE_IPV4 || type == RTE_ETHER_TYPE_IPV6) &&
	       leads_to(frame, len, l4, inner);
}

/* The UDP checksum field alone says whether there is a checksum: 0 is none, and the
 * pseudo-header's sum that the kernel leaves there is never 0 (udp_set_csum()). */
static bool
find_behind(const uint8_t *frame, uint32_t len, uint32_t frame_len, uint32_t l4,
	    struct afpring_tunnel *tunnel, struct afpring_headers *inner)
{
	const struct rte_udp_hdr *udp = (const struct rte_udp_hdr *)(frame + tunnel->h.l4);

	switch (tunnel->kind) {
	case AFPRING_TUNNEL_IP:
		inner->l3 = tunnel->h.l4;
		return leads_to(frame, len, l4, inner);
	case AFPRING_TUNNEL_GRE:
		return find_behind_gre(frame, len, l4, tunnel, inner);
	default:
		if (tunnel->h.l4 + sizeof(*udp) > len)
			return false;
		tunnel->cksum = udp->dgram_cksum != 0;
		return !(tunnel->cksum && tunnel->h.routed) &&
		       find_behind_udp(frame, len, frame_len, l4, tunnel->h.l4 + sizeof(*udp),
				       inner);
	}
}

static enum afpring_tunnel_kind
kind_of(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_IPIP:
	case IPPROTO_IPV6:
		return AFPRING_TUNNEL_IP;
	case IPPROTO_GRE:
		return AFPRING_TUNNEL_GRE;
	case IPPROTO_UDP:
		return AFPRING_TUNNEL_UDP;
	default:
		return AFPRING_TUNNEL_NONE;
	}
}

bool
afpring_tunnel_parse(const uint8_t *frame, uint32_t len, uint32_t frame_len, uint32_t l4,
		     struct afpring_tunnel *tunnel, struct afpring_headers *inner)
{
	uint16_t type;
	uint8_t proto;

	*tunnel = (struct afpring_tunnel){0};
	*inner = (struct afpring_headers){0};
	len = RTE_MIN(len, AFPRING_TUNNEL_HEADERS_MAX);
	type = afpring_headers_skip_tags(frame, len, 2 * RTE_ETHER_ADDR_LEN, &tunnel->h.l3);
	if ((type != RTE_ETHER_TYPE_IPV4 && type != RTE_ETHER_TYPE_IPV6) ||
	    !afpring_headers_parse_ip_at(frame, len, &tunnel->h, &proto))
		return false;
	tunnel->kind = kind_of(proto);
	return tunnel->kind != AFPRING_TUNNEL_NONE &&
	       find_behind(frame, len, frame_len, l4, tunnel, inner);
}

/* ---- filling in ---- */

/* From the outer L4 header to the end of the frame. */
static uint16_t
sum_to_end(const uint8_t *frame, uint32_t l4, const struct afpring_headers *inner)
{
	uint16_t pseudo;
	uint32_t sum = rte_raw_cksum(frame + l4, inner->l4 - l4);

	memcpy(&pseudo, frame + inner->l4 + afpring_headers_cksum_offset(inner), sizeof(pseudo));
	sum += (uint16_t)~pseudo;
	return (sum & 0xffff) + (sum >> 16);
}

void
afpring_tunnel_finish(const struct afpring_tunnel *tunnel, uint8_t *frame, uint32_t frame_len,
		      const struct afpring_headers *inner)
{
	uint32_t l4_len = frame_len - tunnel->h.l4;
	uint8_t *l4 = frame + tunnel->h.l4;
	uint16_t sum;

	afpring_headers_set_len(frame, &tunnel->h, l4_len);
	if (tunnel->kind == AFPRING_TUNNEL_UDP)
		((struct rte_udp_hdr *)l4)->dgram_len = rte_cpu_to_be_16(l4_len);
	if (!tunnel->cksum)
		return;
	if (tunnel->kind == AFPRING_TUNNEL_GRE) {
		memset(l4 + GRE_HDR_LEN, 0, 4);
		sum = ~sum_to_end(frame, tunnel->h.l4, inner);
		memcpy(l4 + GRE_HDR_LEN, &sum, sizeof(sum));
		return;
	}
	afpring_headers_set_pseudo_sum(frame, &tunnel->h, l4_len);
	sum = ~sum_to_end(frame, tunnel->h.l4, inner);
	if (sum == 0)
		sum = 0xffff;
	memcpy(l4 + offsetof(struct rte_udp_hdr, dgram_cksum), &sum, sizeof(sum));
}
