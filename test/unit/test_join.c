/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Which segments become one superframe. Whatever is joined must be the very bytes
 * that cutting it gives back; whatever cannot be given back must not be joined.
 */
#include "packets.h"

#include "afpring_segment.h"
#include "afpring_uapi.h"

#define MAX 65535

static uint8_t
gso_type(const struct afpring_headers *h)
{
	if (!h->tcp)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return h->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

/* Segment i of the join is this frame, but for the L4 checksum, which the caller's
 * flags vouch for. */
static bool
gives_back(const struct afpring_join *join, const uint8_t *last, uint32_t i, const uint8_t *frame)
{
	const struct afpring_headers *h = &join->h;
	uint32_t field = h->l4 + afpring_headers_cksum_offset(h);
	uint8_t *header = malloc(h->payload);
	uint8_t *segment = malloc(h->payload);
	struct virtio_net_hdr vnet = {.gso_type = gso_type(h), .gso_size = join->seg_size};
	struct afpring_split split;
	bool same;

	afpring_join_header(join, header, last);
	assert_true(afpring_split_plan(header, h->payload, h->payload + join->payload_len, &vnet,
				       &split));
	assert_int_equal(split.nb_segs, join->nb_segs);
	afpring_split_header(&split, segment, header, i);
	memcpy(segment + field, frame + field, 2);
	same = memcmp(segment, frame, h->payload) == 0;
	free(header);
	free(segment);
	return same;
}

/* ---- what is joined ---- */

static void
check_joined(const struct packet *super, uint32_t size, bool headers_only)
{
	uint32_t nb = (super->payload + size - 1) / size;
	uint8_t *want = packet_build_partial(super);
	uint8_t *got = malloc(packet_payload(super));
	uint8_t **frames = calloc(nb, sizeof(*frames));
	struct afpring_join join;

	for (uint32_t i = 0; i < nb; i++) {
		struct packet p = packet_segment(super, size, i);
		uint32_t caplen = headers_only ? packet_payload(&p) : packet_len(&p);
		bool ok;

		frames[i] = packet_build(&p);
		frames[i] = realloc(frames[i], caplen); /* the rest is in other segments */
		ok = i == 0 ? afpring_join_begin(&join, frames[i], caplen, packet_len(&p)) :
			      afpring_join_append(&join, frames[i], caplen, packet_len(&p), MAX);
		CHECK(ok, "segment %u of %u refused: %s\n", i, nb, packet_name(super));
	}
	assert_int_equal(join.nb_segs, nb);
	assert_int_equal(join.payload_len, super->payload);
	assert_int_equal(join.seg_size, RTE_MIN(size, super->payload));
	afpring_join_header(&join, got, frames[nb - 1]);
	CHECK(memcmp(got, want, packet_payload(super)) == 0, "%s\n", packet_name(super));
	for (uint32_t i = 0; i < nb; i++)
		CHECK(gives_back(&join, frames[nb - 1], i, frames[i]), "segment %u: %s\n", i,
		      packet_name(super));
	for (uint32_t i = 0; i < nb; i++)
		free(frames[i]);
	free(frames);
	free(want);
	free(got);
}

/* TCP segments of fewer bytes, the first one's among them, the kernel would cut larger. */
static bool
is_cut_again(const struct packet *super, uint32_t size)
{
	return super->udp || RTE_MIN(size, super->payload) >= AFPRING_TCP_SEG_MIN;
}

static void
any_superframe_again(void **state)
{
	uint64_t random = 21;

	(void)state;
	for (int turn = 0; turn < 1500; turn++) {
		struct packet p = packet_random(&random, 20000);
		uint32_t size = 1 + unit_random(&random) % RTE_MIN(p.payload, 9000u);

		if (p.payload / size < 64 && is_cut_again(&p, size))
			check_joined(&p, size, turn % 2);
	}
}

static void
around_the_multiples(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++)
		for (uint32_t size = 1; size <= 1448; size = size * 3 + 1)
			for (uint32_t n = 1; n <= 5; n++)
				for (int more = -1; more <= 1; more++) {
					struct packet p = {.ipv6 = kind & 1,
							   .udp = kind & 2,
							   .tcp_options = 12,
							   .ttl = 64,
							   .flags = ACK | PSH | CWR,
							   .payload = n * size + more};

					if (p.payload != 0 && is_cut_again(&p, size))
						check_joined(&p, size, false);
				}
}

/* ---- what is not ---- */

#define FIELD(f) offsetof(struct packet, f), sizeof(((struct packet *)0)->f)

/* clang-format off */
static const struct {
	const char *what;
	size_t at, size; /* field of the second segment's description */
	int32_t more;
	bool ipv6, udp, ok;
} fields[] = {
	{"nothing",              FIELD(sport), 0, .ok = true},
	{"nothing, IPv6",        FIELD(sport), 0, .ipv6 = true, .ok = true},
	{"nothing, UDP",         FIELD(sport), 0, .udp = true, .ok = true},
	{"source port",          FIELD(sport), 1},
	{"destination port",     FIELD(dport), 1},
	{"source port, UDP",     FIELD(sport), 1, .udp = true},
	{"destination port, UDP", FIELD(dport), 1, .udp = true},
	{"acknowledgement",      FIELD(ack), 1},
	{"window",               FIELD(window), 1},
	{"urgent pointer",       FIELD(urgent), 1},
	{"TTL",                  FIELD(ttl), -1},
	{"hop limit",            FIELD(ttl), -1, .ipv6 = true},
	{"TOS",                  FIELD(tos), 4},
	{"traffic class",        FIELD(tos), 4, .ipv6 = true},
	{"ECN of IP",            FIELD(tos), 3},
	{"id one too far",       FIELD(id), 1},
	{"id not counted on",    FIELD(id), -1},
	{"do not fragment",      FIELD(fragment), 0x4000},
	{"first fragment",       FIELD(fragment), 0x2000},
	{"last fragment",        FIELD(fragment), 100},
	{"reserved IP flag",     FIELD(fragment), 0x8000},
	{"sequence gap",         FIELD(seq), 1},
	{"sequence overlap",     FIELD(seq), -1},
	{"the same again",       FIELD(seq), -100},
	{"SYN",                  FIELD(flags), SYN},
	{"RST",                  FIELD(flags), RST},
	{"URG",                  FIELD(flags), URG},
	{"ECE",                  FIELD(flags), ECE},
	{"CWR on the second",    FIELD(flags), CWR},
	{"no ACK",               FIELD(flags), -ACK},
	{"FIN, the last",        FIELD(flags), FIN, .ok = true},
	{"PSH, the last",        FIELD(flags), PSH, .ok = true},
	{"IP options",           FIELD(ip_options), 4},
	{"fewer IP options",     FIELD(ip_options), -4},
	{"extension header",     FIELD(extension), 8, .ipv6 = true},
	{"TCP options longer",   FIELD(tcp_options), 4},
	{"TCP options shorter",  FIELD(tcp_options), -4},
	{"TCP options' content", FIELD(seed), 1},
	{"IPv6 behind IPv4",     FIELD(ipv6), 1},
	{"UDP behind TCP",       FIELD(udp), 1},
	{"one tag more",         FIELD(tags), 1},
	{"one tag less",         FIELD(tags), -1},
	{"a larger one",         FIELD(payload), 1},
	{"a larger one, UDP",    FIELD(payload), 1, .udp = true},
	{"a smaller one",        FIELD(payload), -1, .ok = true},
	{"a smaller one, UDP",   FIELD(payload), -99, .udp = true, .ok = true},
	{"no payload",           FIELD(payload), -100},
};
/* clang-format on */

static struct packet
first_of_two(bool ipv6, bool udp)
{
	return (struct packet){
		.ipv6 = ipv6,
		.udp = udp,
		.tags = 1,
		.ip_options = 4,
		.extension = 8,
		.tcp_options = 12,
		.ttl = 64,
		.id = 0xffff,
		.seq = 0xffffffd0,
		.flags = ACK,
		.payload = 100,
	};
}

static void
every_field_that_differs(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(fields); i++) {
		struct packet p = first_of_two(fields[i].ipv6, fields[i].udp);
		struct packet q = p;
		struct afpring_join join;
		uint8_t *a, *b;
		uint32_t value = 0;

		q.at += 100;
		q.seq += 100;
		q.id++;
		memcpy(&value, (uint8_t *)&q + fields[i].at, fields[i].size);
		value += fields[i].more;
		memcpy((uint8_t *)&q + fields[i].at, &value, fields[i].size);
		a = packet_build(&p);
		b = packet_build(&q);
		assert_true(afpring_join_begin(&join, a, packet_len(&p), packet_len(&p)));
		CHECK(afpring_join_append(&join, b, packet_len(&q), packet_len(&q), MAX) ==
			      fields[i].ok,
		      "%s\n", fields[i].what);
		free(a);
		free(b);
	}
}

/* Turn some bits of each byte of the headers, in the first or in the second of two segments, with
 * the IPv4 checksum right for what is there. Joined only if cutting gives it back. */
static void
check_byte(const struct packet *p, uint32_t at, uint8_t turn, bool second, bool fix)
{
	struct packet q = packet_segment(p, 100, 1), o = packet_segment(p, 100, 0);
	uint8_t *a = packet_build(&o), *b = packet_build(&q);
	uint8_t *changed = second ? b : a;
	uint32_t l3 = packet_l3(p);
	struct afpring_join join;

	changed[at] ^= turn;
	if (fix && !p->ipv6) {
		uint16_t sum;

		memset(changed + l3 + 10, 0, 2);
		sum = ~packet_sum(changed + l3, packet_l4(p) - l3, 0);
		changed[l3 + 10] = sum >> 8;
		changed[l3 + 11] = sum;
	}
	if (afpring_join_begin(&join, a, packet_len(&o), packet_len(&o)) &&
	    afpring_join_append(&join, b, packet_len(&q), packet_len(&q), MAX)) {
		CHECK(gives_back(&join, b, 0, a) && gives_back(&join, b, 1, b),
		      "byte %u ^ %02x, %s segment: %s\n", at, turn, second ? "second" : "first",
		      packet_name(p));
	}
	free(a);
	free(b);
}

static void
every_byte_that_differs(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct packet p = first_of_two(kind & 1, kind & 2);

		for (uint32_t turn = 1; turn < 256; turn++) {
			p.payload = turn % 2 ? 150 : 200;
			for (uint32_t at = 0; at < packet_payload(&p); at++) {
				check_byte(&p, at, turn, false, turn % 4 < 2);
				check_byte(&p, at, turn, true, turn % 4 < 2);
			}
		}
	}
}

/* clang-format off */
static const struct {
	const char *what;
	struct packet p;
	int more;     /* bytes of the frame behind (or before) the IP packet's end */
	int byte;     /* of the frame, inverted; 0: none */
	bool ok;
} firsts[] = {
	{"TCP",                  {.payload = 9, .flags = ACK}, 0, 0, true},
	{"UDP",                  {.udp = true, .payload = 9}, 0, 0, true},
	{"TCP of 8 bytes",       {.payload = 8, .flags = ACK}, 0, 0, true},
	{"TCP of 7 bytes",       {.payload = 7, .flags = ACK}},
	{"UDP of a byte",        {.udp = true, .payload = 1}, 0, 0, true},
	{"SYN",                  {.payload = 9, .flags = SYN}},
	{"RST",                  {.payload = 9, .flags = RST | ACK}},
	{"URG",                  {.payload = 9, .flags = URG | ACK}},
	{"no payload",           {.payload = 0, .flags = ACK}},
	{"no payload, padded",   {.payload = 0, .flags = ACK}, 6},
	{"padded",               {.payload = 2, .flags = ACK}, 4},
	{"padded UDP",           {.udp = true, .payload = 2}, 4},
	{"cut short",            {.payload = 9, .flags = ACK}, -1},
	{"first fragment",       {.payload = 9, .fragment = 0x2000}},
	{"bad IPv4 checksum",    {.payload = 9, .flags = ACK}, 0, 24},
	{"UDP length",           {.udp = true, .payload = 9}, 0, 14 + 20 + 5},
};

static const struct {
	const char *what;
	uint8_t flags;
	uint32_t payload; /* of the middle one, all others have 100 */
	bool ok;          /* a third one is taken */
} middles[] = {
	{"a plain one",       ACK, 100, true},
	{"FIN",               ACK | FIN, 100, false},
	{"PSH",               ACK | PSH, 100, false},
	{"a shorter one",     ACK, 99, false},
	{"one of one byte",   ACK, 1, false},
};
/* clang-format on */

static void
not_a_first_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(firsts); i++) {
		const struct packet *p = &firsts[i].p;
		uint32_t len = packet_len(p) + firsts[i].more;
		uint8_t *frame = realloc(packet_build(p), len);
		struct afpring_join join;

		if (firsts[i].byte != 0)
			frame[firsts[i].byte] ^= 0xff;
		CHECK(afpring_join_begin(&join, frame, len, len) == firsts[i].ok, "%s\n",
		      firsts[i].what);
		free(frame);
	}
}

/* A datagram without a checksum would get one. */
static void
udp_without_a_checksum(void **state)
{
	struct packet p = {.udp = true, .payload = 9};
	uint8_t *frame = packet_build(&p);
	struct afpring_join join;

	(void)state;
	assert_true(afpring_join_begin(&join, frame, packet_len(&p), packet_len(&p)));
	memset(frame + packet_cksum_at(&p), 0, 2);
	assert_false(afpring_join_begin(&join, frame, packet_len(&p), packet_len(&p)));
	free(frame);
}

static void
closed_by_the_middle_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(middles); i++) {
		for (int at = 0; at < 2; at++) { /* it is the first, or the second of three */
			struct packet p = {.flags = ACK, .payload = 100};
			struct afpring_join join;

			for (int n = 0; n < 2 + at; n++) {
				uint8_t *frame;
				bool ok;

				p.flags = n == at ? middles[i].flags : ACK;
				p.payload = n == at && at == 1 ? middles[i].payload : 100;
				frame = packet_build(&p);
				ok = n == 0 ? afpring_join_begin(&join, frame, packet_len(&p),
								 packet_len(&p)) :
					      afpring_join_append(&join, frame, packet_len(&p),
								  packet_len(&p), MAX);
				CHECK(ok == (n <= at || middles[i].ok ||
					     (at == 0 && middles[i].payload < 100)),
				      "behind %s\n", middles[i].what);
				p.at += p.payload;
				p.seq += p.payload;
				p.id++;
				if (n == 0)
					join.first = memcpy(malloc(packet_len(&p)), frame,
							    packet_len(&p));
				free(frame);
			}
			free((void *)(uintptr_t)join.first);
		}
	}
}

/* The kernel takes no UDP superframe of more than 64 datagrams (128 since 6.9). */
static void
no_more_datagrams_than_the_kernel_takes(void **state)
{
	struct packet super = {.udp = true, .payload = 100 * 10};
	struct packet p = packet_segment(&super, 10, 0);
	uint8_t *frame = packet_build(&p);
	struct afpring_join join;

	(void)state;
	assert_true(afpring_join_begin(&join, frame, packet_len(&p), packet_len(&p)));
	for (uint32_t i = 1; i < 100; i++) {
		uint8_t *next;

		p = packet_segment(&super, 10, i);
		next = packet_build(&p);
		assert_int_equal(afpring_join_append(&join, next, packet_len(&p), packet_len(&p),
						     MAX),
				 i < 64);
		free(next);
	}
	free(frame);
}

/* The length counts the Ethernet header: to the byte. */
static void
no_longer_than_it_may_be(void **state)
{
	(void)state;
	for (uint32_t max = 0; max < 500; max++) {
		struct packet super = {.tags = 1, .flags = ACK, .payload = 400};
		uint8_t *frames[4];
		struct afpring_join join;
		uint32_t nb = 1;

		for (uint32_t i = 0; i < 4; i++) {
			struct packet p = packet_segment(&super, 100, i);

			frames[i] = packet_build(&p);
			if (i == 0)
				afpring_join_begin(&join, frames[i], packet_len(&p),
						   packet_len(&p));
			else
				nb += afpring_join_append(&join, frames[i], packet_len(&p),
							  packet_len(&p), max);
		}
		CHECK(nb == 1 || packet_payload(&super) + nb * 100 <= max, "%u in %u\n", nb, max);
		CHECK(nb == 4 || packet_payload(&super) + (nb + 1) * 100 > max, "%u in %u\n", nb,
		      max);
		for (uint32_t i = 0; i < 4; i++)
			free(frames[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_superframe_again),
		cmocka_unit_test(around_the_multiples),
		cmocka_unit_test(every_field_that_differs),
		cmocka_unit_test(every_byte_that_differs),
		cmocka_unit_test(not_a_first_one),
		cmocka_unit_test(udp_without_a_checksum),
		cmocka_unit_test(closed_by_the_middle_one),
		cmocka_unit_test(no_more_datagrams_than_the_kernel_takes),
		cmocka_unit_test(no_longer_than_it_may_be),
	};

	return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
