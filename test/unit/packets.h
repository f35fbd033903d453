/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * TCP and UDP frames made from a description, with nothing of the driver in them:
 * the other opinion on where headers lie and what their sums are.
 */
#ifndef PACKETS_H
#define PACKETS_H

#include "unit.h"

#include <stdbool.h>

struct packet {
	uint8_t tags; /**< VLAN tags in front */
	bool ipv6;
	bool udp;            /**< else TCP */
	uint8_t ip_options;  /**< bytes, IPv4 */
	uint8_t extension;   /**< bytes of IPv6 extension headers, a multiple of 8 */
	uint8_t tcp_options; /**< bytes */
	uint8_t tos, ttl;
	uint16_t id, fragment;
	uint16_t sport, dport, window, urgent;
	uint32_t seq, ack;
	uint8_t flags;
	uint32_t seed; /**< of options and payload */
	uint32_t at;   /**< where in the stream the payload begins */
	uint32_t payload;
};

enum {
	FIN = 1,
	SYN = 2,
	RST = 4,
	PSH = 8,
	ACK = 16,
	URG = 32,
	ECE = 64,
	CWR = 128
};

uint32_t packet_l3(const struct packet *p);
uint32_t packet_l4(const struct packet *p);
uint32_t packet_payload(const struct packet *p);

/** Where the L4 checksum lies. */
uint32_t packet_cksum_at(const struct packet *p);

static inline uint32_t
packet_len(const struct packet *p)
{
	return packet_payload(p) + p->payload;
}

/** The frame, all sums right, in exactly packet_len() bytes from malloc(). */
uint8_t *packet_build(const struct packet *p);

/** Only the headers, the L4 checksum field holding the pseudo-header's sum, in
 *  exactly packet_payload() bytes from malloc(). */
uint8_t *packet_build_partial(const struct packet *p);

/** Make an L4 checksum of what is there, as skb_checksum_help() does. */
void packet_finish(const struct packet *p, uint8_t *frame, uint32_t len);

/** RFC 1071, byte by byte, not inverted. */
uint16_t packet_sum(const uint8_t *bytes, uint32_t len, uint32_t start);

/** Any packet of at most this many bytes, all sorts of headers. */
struct packet packet_random(uint64_t *random, uint32_t max_payload);

/** Segment i of a superframe: what the kernel's GSO makes of it. */
struct packet packet_segment(const struct packet *super, uint32_t size, uint32_t i);

/** VIRTIO_NET_HDR_GSO_* of a superframe. */
uint8_t packet_gso_type(const struct packet *p);

/** For messages: what the packet is. */
const char *packet_name(const struct packet *p);

#endif /* PACKETS_H */
