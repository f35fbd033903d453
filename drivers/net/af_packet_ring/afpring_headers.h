/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Where the headers of a TCP or UDP frame lie, and the sums in them. Pure.
 */
#ifndef AFPRING_HEADERS_H
#define AFPRING_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Bytes of headers that are looked at: Ethernet, two tags, IPv4 and TCP with all
 *  their options, or IPv6 with some extension headers. */
#define AFPRING_HEADERS_MAX 256u

/** Offsets in bytes from the start of the frame. */
struct afpring_headers {
	uint16_t l3;      /**< IP header */
	uint16_t l4;      /**< TCP or UDP header */
	uint16_t payload; /**< first byte behind the L4 header */
	bool ipv6;
	bool tcp;    /**< else UDP */
	bool routed; /**< the pseudo-header has another destination: a source route */
};

/**
 * Step over VLAN tags.
 *
 * @param at
 *   Offset of an Ethernet header's type.
 * @param l3
 *   Receives the offset behind the last type.
 * @return
 *   That type, or 0 when the frame ends before it.
 */
uint16_t afpring_headers_skip_tags(const uint8_t *frame, uint32_t len, uint32_t at, uint16_t *l3);

/**
 * Find the header behind the IP header at h->l3, by the version that the IP header names.
 *
 * @param proto
 *   Receives IPPROTO_* of the header at h->l4, of which nothing is looked at.
 * @return
 *   false unless it is an unfragmented packet whose IP header is within len.
 */
bool afpring_headers_parse_ip_at(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
				 uint8_t *proto);

/** Find the end of the header at h->l4. false unless TCP or UDP, whole, within len. */
bool afpring_headers_parse_l4(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
			      uint8_t proto);

/**
 * Find the IP header and the one behind it. Any number of VLAN tags may be in front.
 *
 * @param proto
 *   Receives IPPROTO_* of the header at h->l4, of which nothing is looked at;
 *   h->payload and h->tcp stay 0.
 * @return
 *   false unless the frame is an unfragmented IPv4 or IPv6 packet, its IP header whole,
 *   on its last way: behind a source route the pseudo-header has another address.
 */
bool afpring_headers_parse_ip(const uint8_t *frame, uint32_t len, struct afpring_headers *h,
			      uint8_t *proto);

/**
 * Find the headers. Any number of VLAN tags may be in front.
 *
 * @param len
 *   Bytes at frame; nothing beyond is read.
 * @return
 *   false unless the frame is an unfragmented TCP or UDP packet over IPv4 or IPv6
 *   whose headers are whole and within AFPRING_HEADERS_MAX.
 */
bool afpring_headers_parse(const uint8_t *frame, uint32_t len, struct afpring_headers *h);

/** A packet of the precision time protocol: over Ethernet (IEEE 1588 annex F) or UDP (annexes D,
 *  E), any number of VLAN tags in front. */
bool afpring_headers_is_ptp(const uint8_t *frame, uint32_t len);

/** Two bytes of a frame, at any address, as a number. */
static inline uint16_t
afpring_headers_load_be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/** Offset from l4 of the checksum field. */
static inline uint16_t
afpring_headers_cksum_offset(const struct afpring_headers *h)
{
	return h->tcp ? 16 : 6;
}

/** Offset of the end of the IP packet, as its header says. */
uint32_t afpring_headers_end(const uint8_t *frame, const struct afpring_headers *h);

/** Write the IP length for a packet that ends l4_len bytes behind l4, and for IPv4
 *  the header's checksum. */
void afpring_headers_set_len(uint8_t *frame, const struct afpring_headers *h, uint32_t l4_len);

/** Write the IPv4 header's checksum; nothing for IPv6. */
void afpring_headers_set_ip_cksum(uint8_t *frame, const struct afpring_headers *h);

/** The pseudo-header's sum: one's complement, not inverted, of the machine's 16-bit words. */
uint16_t afpring_headers_pseudo_sum(const uint8_t *frame, const struct afpring_headers *h,
				    uint32_t l4_len);

/** Write the pseudo-header's sum into the L4 checksum field, as the kernel wants it
 *  for CHECKSUM_PARTIAL (include/linux/skbuff.h): not inverted, with the length. */
void afpring_headers_set_pseudo_sum(uint8_t *frame, const struct afpring_headers *h,
				    uint32_t l4_len);

#endif /* AFPRING_HEADERS_H */
