/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "packets.h"

#include "afpring_uapi.h"

#define IPPROTO_HOP 0
#define IPPROTO_DST 60

uint32_t
packet_l3(const struct packet *p)
{
	return 14 + 4 * p->tags;
}

uint32_t
packet_l4(const struct packet *p)
{
	return packet_l3(p) + (p->ipv6 ? 40 + p->extension : 20 + p->ip_options);
}

uint32_t
packet_payload(const struct packet *p)
{
	return packet_l4(p) + (p->udp ? 8 : 20 + p->tcp_options);
}

uint32_t
packet_cksum_at(const struct packet *p)
{
	return packet_l4(p) + (p->udp ? 6 : 16);
}

static void
put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void
put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

uint16_t
packet_sum(const uint8_t *bytes, uint32_t len, uint32_t start)
{
	uint64_t sum = start;

	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? bytes[i] << 8 : bytes[i];
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static void
put_ethernet(const struct packet *p, uint8_t *frame)
{
	unit_fill(frame, 12, 77);
	frame[0] = 2;
	for (uint32_t i = 0; i < p->tags; i++) {
		put16(frame + 12 + 4 * i, i + 1 < p->tags ? 0x88a8 : 0x8100);
		put16(frame + 14 + 4 * i, 0x2064 + i);
	}
	put16(frame + packet_l3(p) - 2, p->ipv6 ? 0x86dd : 0x0800);
}

static void
put_ipv4(const struct packet *p, uint8_t *ip)
{
	uint32_t header = 20 + p->ip_options;

	ip[0] = 0x40 | header / 4;
	ip[1] = p->tos;
	put16(ip + 2, packet_len(p) - packet_l3(p));
	put16(ip + 4, p->id);
	put16(ip + 6, p->fragment);
	ip[8] = p->ttl;
	ip[9] = p->udp ? 17 : 6;
	put16(ip + 10, 0);
	put32(ip + 12, 0x0a000001);
	put32(ip + 16, 0xc0a8fe02);
	memset(ip + 20, 1, p->ip_options); /* no-operations */
	put16(ip + 10, ~packet_sum(ip, header, 0));
}

static void
put_ipv6(const struct packet *p, uint8_t *ip)
{
	uint8_t *next = ip + 6;
	uint8_t *at = ip + 40;
	uint32_t left = p->extension;

	put32(ip, 0x60000000 | p->tos << 20 | 0x54321);
	put16(ip + 4, packet_len(p) - packet_l3(p) - 40);
	ip[7] = p->ttl;
	unit_fill(ip + 8, 32, 9);
	memset(at, 0, left); /* pads */
	while (left != 0) {  /* a hop-by-hop header of 8, options for all else */
		uint32_t len = next == ip + 6 ? 8 : left;

		*next = next == ip + 6 ? IPPROTO_HOP : IPPROTO_DST;
		at[1] = len / 8 - 1;
		at[2] = 1;
		at[3] = len - 4;
		next = at;
		at += len;
		left -= len;
	}
	*next = p->udp ? 17 : 6;
}

static void
put_l4(const struct packet *p, uint8_t *l4)
{
	put16(l4, p->sport);
	put16(l4 + 2, p->dport);
	if (p->udp) {
		put16(l4 + 4, 8 + p->payload);
		put16(l4 + 6, 0);
		return;
	}
	put32(l4 + 4, p->seq);
	put32(l4 + 8, p->ack);
	l4[12] = (20 + p->tcp_options) / 4 << 4;
	l4[13] = p->flags;
	put16(l4 + 14, p->window);
	put16(l4 + 16, 0);
	put16(l4 + 18, p->urgent);
	unit_fill(l4 + 20, p->tcp_options, p->seed + 1);
}

static uint16_t
pseudo_sum(const struct packet *p, const uint8_t *frame)
{
	const uint8_t *ip = frame + packet_l3(p);
	uint32_t len = packet_len(p) - packet_l4(p);
	uint32_t rest = (p->udp ? 17 : 6) + (len >> 16) + (len & 0xffff);

	return p->ipv6 ? packet_sum(ip + 8, 32, rest) : packet_sum(ip + 12, 8, rest);
}

static void
put_headers(const struct packet *p, uint8_t *frame)
{
	put_ethernet(p, frame);
	if (p->ipv6)
		put_ipv6(p, frame + packet_l3(p));
	else
		put_ipv4(p, frame + packet_l3(p));
	put_l4(p, frame + packet_l4(p));
	put16(frame + packet_cksum_at(p), pseudo_sum(p, frame));
}

uint8_t *
packet_build_partial(const struct packet *p)
{
	uint8_t *frame = malloc(packet_payload(p));

	put_headers(p, frame);
	return frame;
}

void
packet_finish(const struct packet *p, uint8_t *frame, uint32_t len)
{
	uint32_t l4 = packet_l4(p);
	uint16_t sum = ~packet_sum(frame + l4, len - l4, 0);

	put16(frame + packet_cksum_at(p), sum == 0 && p->udp ? 0xffff : sum);
}

uint8_t *
packet_build(const struct packet *p)
{
	uint8_t *frame = malloc(packet_len(p));

	put_headers(p, frame);
	for (uint32_t i = 0; i < p->payload; i++)
		frame[packet_payload(p) + i] = unit_pattern(p->seed, p->at + i);
	packet_finish(p, frame, packet_len(p));
	return frame;
}

struct packet
packet_random(uint64_t *random, uint32_t max_payload)
{
	struct packet p = {
		.tags = unit_random(random) % 4,
		.ipv6 = unit_random(random) % 2,
		.udp = unit_random(random) % 3 == 0,
		.ip_options = unit_random(random) % 3 == 0 ? unit_random(random) % 11 * 4 : 0,
		.extension = unit_random(random) % 3 == 0 ? unit_random(random) % 5 * 8 : 0,
		.tcp_options = unit_random(random) % 11 * 4,
		.tos = unit_random(random),
		.ttl = 1 + unit_random(random) % 255,
		.id = unit_random(random),
		.fragment = unit_random(random) % 2 ? 0x4000 : 0,
		.sport = unit_random(random),
		.dport = unit_random(random),
		.window = unit_random(random),
		.seq = unit_random(random),
		.ack = unit_random(random),
		.flags = ACK | (unit_random(random) & (FIN | PSH | ECE | CWR)),
		.seed = unit_random(random),
		.payload = 1 + unit_random(random) % max_payload,
	};

	if (unit_random(random) % 4 == 0) /* wraps within the frame */
		p.seq = UINT32_MAX - p.payload / 2;
	if (unit_random(random) % 4 == 0)
		p.id = UINT16_MAX - 2;
	return p;
}

struct packet
packet_segment(const struct packet *super, uint32_t size, uint32_t i)
{
	struct packet p = *super;
	uint32_t done = i * size;
	bool last = done + size >= super->payload;

	p.at += done;
	p.payload = last ? super->payload - done : size;
	p.id += i;
	p.seq += done;
	if (i != 0)
		p.flags &= ~CWR;
	if (!last)
		p.flags &= ~(FIN | PSH);
	return p;
}

uint8_t
packet_gso_type(const struct packet *p)
{
	if (p->udp)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return p->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

const char *
packet_name(const struct packet *p)
{
	static char text[128];

	snprintf(text, sizeof(text),
		 "%s/%s tags %u, IP options %u, extensions %u, TCP options %u, payload %u",
		 p->ipv6 ? "IPv6" : "IPv4", p->udp ? "UDP" : "TCP", p->tags, p->ip_options,
		 p->extension, p->tcp_options, p->payload);
	return text;
}
