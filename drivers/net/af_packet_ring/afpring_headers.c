/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <netinet/in.h>
#include <string.h>

#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "afpring_headers.h"

static __rte_always_inline uint16_t
skip_tags(const uint8_t *frame, uint32_t len, uint32_t at, uint16_t *l3)
{
	for (; at + 2 <= len; at += RTE_VLAN_HLEN) {
		uint16_t type = afpring_headers_load_be16(frame + at);

		if (type == RTE_ETHER_TYPE_VLAN || type == RTE_ETHER_TYPE_QINQ)
			continue;
		*l3 = at + 2;
		return type;
	}
	return 0;
}

/* Loose or strict source route among the options (RFC 791 3.1). */
static bool
has_source_route(const uint8_t *option, const uint8_t *end)
{
	while (option < end && *option != 0) {
		if (*option == 131 || *option == 137)
			return true;
		if (*option == 1)
			option++;
		else if (option + 1 < end && option[1] >= 2)
			option += option[1];
		else
			return false;
	}
	return false;
}

static bool
parse_ipv4(const uint8_t *frame, uint32_t len, struct afpring_headers *h, uint8_t *proto)
{
	const struct rte_ipv4_hdr *ip = (const struct rte_ipv4_hdr *)(frame + h->l3);
	uint16_t fragment;

	if (h->l3 + sizeof(*ip) > len || ip->version_ihl >> 4 != 4 ||
	    rte_ipv4_hdr_len(ip) < sizeof(*ip))
		return false;
	fragment = rte_be_to_cpu_16(ip->fragment_offset);
	if ((fragment & (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)) != 0)
		return false;
	h->l4 = h->l3 + rte_ipv4_hdr_len(ip);
	if (h->l4 > len)
		return false;
	h->routed = has_source_route(frame + h->l3 + sizeof(*ip), frame + h->l4);
	*proto = ip->next_proto_id;
	return true;
}

static bool
parse_ipv6(const uint8_t *frame, uint32_t len, struct afpring_headers *h, uint8_t *proto)
{
	const struct rte_ipv6_hdr *ip = (const struct rte_ipv6_hdr *)(frame + h->l3);
	uint32_t at = h->l3 + sizeof(*ip);

	if (at > len || frame[h->l3] >> 4 != 6)
		return false;
	*proto = ip->proto;
	while (*proto == IPPROTO_HOPOPTS || *proto == IPPROTO_ROUTING ||
	       *proto == IPPROTO_DSTOPTS) {
		if (at + 8 > len)
			return false;
		if (*proto == IPPROTO_ROUTING && frame[at + 3] != 0) /* segments left */
			h->routed = true;
		*proto = frame[at];
		at += (frame[at + 1] + 1) * 8;
	}
	if (at > len)
		return false;
	h->ipv6 = true;
	h->l4 = at;
	return true;
}

uint16_t
afpring_headers_skip_tags(const uint8_t *frame, uint32_t len, uint32_t at, uint16_t *l3)
{
	return skip_tags(frame, len, at, l3);
}

bool
afpring_headers_parse_ip_at(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
			    uint8_t *proto)
{
	*h = (struct afpring_headers){.l3 = h->l3};
	*proto = 0;
	if (h->l3 < len && frame[h->l3] >> 4 == 6)
		return parse_ipv6(frame, len, h, proto);
	return parse_ipv4(frame, len, h, proto);
}

static __rte_always_inline bool
parse_ip(const uint8_t *frame, uint32_t len, struct afpring_headers *h, uint8_t *proto)
{
	uint16_t type;

	*h = (struct afpring_headers){0};
	*proto = 0;
	type = skip_tags(frame, len, 2 * RTE_ETHER_ADDR_LEN, &h->l3);
	if (type == RTE_ETHER_TYPE_IPV4)
		return parse_ipv4(frame, len, h, proto) && !h->routed;
	return type == RTE_ETHER_TYPE_IPV6 && parse_ipv6(frame, len, h, proto) && !h->routed;
}

static __rte_always_inline bool
parse_l4(const uint8_t *frame, uint32_t len, struct afpring_headers *h, uint8_t proto)
{
	uint32_t l4_len = sizeof(struct rte_udp_hdr);

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP)
		return false;
	h->tcp = proto == IPPROTO_TCP;
	if (h->tcp) {
		if (h->l4 + sizeof(struct rte_tcp_hdr) > len)
			return false;
		l4_len = (frame[h->l4 + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4;
		if (l4_len < sizeof(struct rte_tcp_hdr))
			return false;
	}
	if (h->l4 + l4_len > len)
		return false;
	h->payload = h->l4 + l4_len;
	return true;
}

bool
afpring_headers_parse_ip(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
			 uint8_t *proto)
{
	return parse_ip(frame, RTE_MIN(len, AFPRING_HEADERS_MAX), h, proto);
}

bool
afpring_headers_parse_l4(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
			 uint8_t proto)
{
	return parse_l4(frame, len, h, proto);
}

bool
afpring_headers_parse(const uint8_t *frame, uint32_t len, struct afpring_headers *h)
{
	uint8_t proto;

	len = RTE_MIN(len, AFPRING_HEADERS_MAX);
	return parse_ip(frame, len, h, &proto) && parse_l4(frame, len, h, proto);
}

uint32_t
afpring_headers_end(const uint8_t *frame, const struct afpring_headers *h)
{
	if (h->ipv6)
		return h->l3 + sizeof(struct rte_ipv6_hdr) +
		       afpring_headers_load_be16(frame + h->l3 +
						 offsetof(struct rte_ipv6_hdr, payload_len));
	return h->l3 + afpring_headers_load_be16(frame + h->l3 +
						 offsetof(struct rte_ipv4_hdr, total_length));
}

void
afpring_headers_set_ip_cksum(uint8_t *frame, const struct afpring_headers *h)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + h->l3);

	if (h->ipv6)
		return;
	ip->hdr_checksum = 0;
	ip->hdr_checksum = ~rte_raw_cksum(ip, h->l4 - h->l3);
}

void
afpring_headers_set_len(uint8_t *frame, const struct afpring_headers *h, uint32_t l4_len)
{
	uint32_t len = h->l4 + l4_len - h->l3;

	if (h->ipv6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(frame + h->l3);

		ip->payload_len = rte_cpu_to_be_16(len - sizeof(*ip));
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + h->l3);

		ip->total_length = rte_cpu_to_be_16(len);
		afpring_headers_set_ip_cksum(frame, h);
	}
}

uint16_t
afpring_headers_pseudo_sum(const uint8_t *frame, const struct afpring_headers *h, uint32_t l4_len)
{
	/* source and destination lie behind each other in both headers; the two words
	 * of RFC 2460 8.1 and the two of RFC 793 3.1 sum up alike */
	const uint8_t *addrs = frame + h->l3 + (h->ipv6 ? 8 : 12);
	uint32_t tail[2] = {
		rte_cpu_to_be_32(l4_len),
		rte_cpu_to_be_32(h->tcp ? IPPROTO_TCP : IPPROTO_UDP),
	};
	uint32_t sum = rte_raw_cksum(addrs, h->ipv6 ? 32 : 8) + rte_raw_cksum(tail, sizeof(tail));

	return (sum & 0xffff) + (sum >> 16);
}

void
afpring_headers_set_pseudo_sum(uint8_t *frame, const struct afpring_headers *h, uint32_t l4_len)
{
	uint16_t sum = afpring_headers_pseudo_sum(frame, h, l4_len);

	memcpy(frame + h->l4 + afpring_headers_cksum_offset(h), &sum, sizeof(sum));
}

/* UDP ports of event and general messages. */
#define PTP_EVENT 319
#define PTP_GENERAL 320

bool
afpring_headers_is_ptp(const uint8_t *frame, uint32_t len)
{
	struct afpring_headers h;
	uint16_t port, l3;

	if (afpring_headers_skip_tags(frame, len, 2 * RTE_ETHER_ADDR_LEN, &l3) ==
	    RTE_ETHER_TYPE_1588)
		return true;
	if (!afpring_headers_parse(frame, len, &h) || h.tcp)
		return false;
	port = afpring_headers_load_be16(frame + h.l4 + 2);
	return port == PTP_EVENT || port == PTP_GENERAL;
}
