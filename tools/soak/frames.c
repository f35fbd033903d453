/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <arpa/inet.h>
#include <linux/virtio_net.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <string.h>

#include "frames.h"

#define PORT 1024 /* of the first flow */

struct ip4 {
	uint8_t version_ihl, tos;
	uint16_t len, id, fragment;
	uint8_t ttl, protocol;
	uint16_t sum;
	uint8_t from[4], to[4];
} __attribute__((packed));

struct pppoe_frame {
	struct ether_header eth;
	uint8_t version_type, code;
	uint16_t session, pppoe_len;
	uint16_t ppp_protocol;
	struct ip4 ip;
	uint16_t sport, dport, udp_len, udp_sum;
	struct record record;
} __attribute__((packed));

struct tcp_frame {
	struct virtio_net_hdr vnet;
	struct ether_header eth;
	struct ip4 ip;
	uint16_t sport, dport;
	uint32_t seq, ack;
	uint8_t data_offset, flags;
	uint16_t window, sum, urgent;
} __attribute__((packed));

static struct ether_header
eth_of(uint16_t type, uint64_t number)
{
	return (struct ether_header){{2, 0, 0, 0, 0, 2},
				     {2, 0, 0, 0, 2, number % FLOWS},
				     htons(type)};
}

static struct ip4
ip_of(uint8_t protocol, uint16_t len)
{
	return (struct ip4){
		.version_ihl = 0x45,
		.len = htons(len),
		.fragment = htons(0x4000),
		.ttl = 64,
		.protocol = protocol,
		.from = {10, 0, 0, 1},
		.to = {10, 0, 0, 2},
	};
}

/* ---- records ---- */

static uint32_t
sum_of(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 16777619;
	return sum;
}

/* Behind what is there already, to the end of len bytes. */
static void
fill_and_sum(uint8_t *bytes, size_t from, size_t len, uint64_t number)
{
	uint32_t sum;

	for (size_t i = from; i < len; i++)
		bytes[i] = number + i * 31;
	sum = sum_of(bytes, len - sizeof(sum));
	memcpy(bytes + len - sizeof(sum), &sum, sizeof(sum));
}

static int
is_summed(const uint8_t *bytes, size_t len)
{
	uint32_t sum;

	memcpy(&sum, bytes + len - sizeof(sum), sizeof(sum));
	return sum == sum_of(bytes, len - sizeof(sum));
}

/* ---- frames ---- */

uint16_t
frame_len(uint64_t number)
{
	return FRAME_MIN + (number * 2654435761u >> 7) % (FRAME_MAX - FRAME_MIN + 1);
}

/* Of the checksums of IP and UDP nobody knows: they are 0. */
void
frame_fill(uint8_t *frame, uint32_t run, uint64_t number, uint16_t len)
{
	uint16_t ip_len = len - offsetof(struct pppoe_frame, ip);
	struct pppoe_frame head = {
		.eth = eth_of(FRAME_ETHERTYPE, number),
		.version_type = 0x11,
		.session = htons(1),
		.pppoe_len = htons(ip_len + 2),
		.ppp_protocol = htons(0x0021),
		.ip = ip_of(IPPROTO_UDP, ip_len),
		.sport = htons(PORT + number % FLOWS),
		.dport = htons(9),
		.udp_len = htons(ip_len - sizeof(struct ip4)),
		.record = {run, number, len},
	};

	memcpy(frame, &head, sizeof(head));
	fill_and_sum(frame, sizeof(head), len, number);
}

const struct record *
frame_record(const uint8_t *frame, size_t len)
{
	const struct pppoe_frame *head = (const void *)frame;

	if (len < FRAME_MIN || head->record.len != len || !is_summed(frame, len))
		return NULL;
	return &head->record;
}

/* ---- superframes ---- */

/* Of 16-bit words, as they lie in memory. */
static uint16_t
inet_sum(const void *bytes, size_t len, uint32_t sum)
{
	uint16_t word;

	for (size_t i = 0; i + 1 < len; i += 2) {
		memcpy(&word, (const uint8_t *)bytes + i, sizeof(word));
		sum += word;
	}
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	return sum;
}

/* The kernel finishes it: of the pseudo-header alone. */
static uint16_t
pseudo_sum(const struct ip4 *ip, uint16_t tcp_len)
{
	return inet_sum(ip->from, 2 * sizeof(ip->from), htons(IPPROTO_TCP) + htons(tcp_len));
}

size_t
super_fill(uint8_t *packet, uint32_t run, uint64_t number, uint32_t segments, uint16_t mss)
{
	uint16_t tcp_len =
		sizeof(struct tcp_frame) - offsetof(struct tcp_frame, sport) + segments * mss;
	struct tcp_frame head = {
		.vnet = {.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			 .gso_type =
				 segments > 1 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_NONE,
			 .hdr_len = TCP_HEADERS,
			 .gso_size = segments > 1 ? mss : 0,
			 .csum_start = TCP_HEADERS - 20,
			 .csum_offset = 16},
		.eth = eth_of(ETHERTYPE_IP, number),
		.ip = ip_of(IPPROTO_TCP, sizeof(struct ip4) + tcp_len),
		.sport = htons(PORT + number % FLOWS),
		.dport = htons(9),
		.seq = htonl((uint32_t)number * 65536),
		.data_offset = 5 << 4,
		.flags = 0x10,
		.window = htons(500),
	};
	uint8_t *at = packet + sizeof(head);

	head.ip.id = htons(number);
	head.ip.sum = ~inet_sum(&head.ip, sizeof(head.ip), 0);
	head.sum = pseudo_sum(&head.ip, tcp_len);
	memcpy(packet, &head, sizeof(head));
	for (uint32_t i = 0; i < segments; i++, at += mss) {
		struct record record = {run, number + i, mss};

		memcpy(at, &record, sizeof(record));
		fill_and_sum(at, sizeof(record), mss, number + i);
	}
	return at - packet;
}

const struct record *
super_record(const uint8_t *frame, size_t len, size_t at, size_t *next)
{
	const struct record *record = (const void *)(frame + at);

	*next = len;
	if (at + sizeof(*record) + sizeof(uint32_t) > len ||
	    record->len < sizeof(*record) + sizeof(uint32_t) || record->len > len - at ||
	    !is_summed(frame + at, record->len))
		return NULL;
	*next = at + record->len;
	return record;
}

uint32_t
super_flow(const uint8_t *frame)
{
	uint16_t port;

	memcpy(&port, frame + TCP_HEADERS - 20, sizeof(port));
	return ntohs(port) - PORT;
}
