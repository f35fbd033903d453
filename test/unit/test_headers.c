/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Where the headers are found, in buffers that end with the last byte given.
 */
#include "packets.h"

#include "afpring_headers.h"

static bool
parse(const uint8_t *frame, uint32_t len, struct afpring_headers *h)
{
	uint8_t *exact = calloc(1, len);
	bool ok;

	memcpy(exact, frame, len);
	ok = afpring_headers_parse(exact, len, h);
	free(exact);
	return ok;
}

static void
check_found(const struct packet *p)
{
	uint8_t *frame = packet_build(p);
	struct afpring_headers h;

	CHECK(parse(frame, packet_len(p), &h), "not parsed: %s\n", packet_name(p));
	CHECK(h.l3 == packet_l3(p) && h.l4 == packet_l4(p) && h.payload == packet_payload(p) &&
		      h.ipv6 == p->ipv6 && h.tcp == !p->udp,
	      "found at %u %u %u: %s\n", h.l3, h.l4, h.payload, packet_name(p));
	CHECK(afpring_headers_end(frame, &h) == packet_len(p), "end %u: %s\n",
	      afpring_headers_end(frame, &h), packet_name(p));
	CHECK(h.l4 + afpring_headers_cksum_offset(&h) == packet_cksum_at(p), "%s\n",
	      packet_name(p));
	free(frame);
}

static void
every_combination(void **state)
{
	(void)state;
	for (uint8_t tags = 0; tags <= 3; tags++)
		for (int kind = 0; kind < 4; kind++)
			for (uint8_t more = 0; more <= 40; more += 4)
				for (uint8_t tcp = 0; tcp <= 40; tcp += 4)
					check_found(&(struct packet){
						.tags = tags,
						.ipv6 = kind & 1,
						.udp = kind & 2,
						.ip_options = more,
						.extension = more / 8 * 8,
						.tcp_options = tcp,
						.payload = 3,
						.ttl = 1,
					});
}

/* All but the payload must be there; one byte less, and it is not a packet. */
static void
truncated_at_every_length(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (int turn = 0; turn < 300; turn++) {
		struct packet p = packet_random(&random, 50);
		uint8_t *frame = packet_build(&p);
		struct afpring_headers h;

		for (uint32_t len = 0; len <= packet_len(&p); len++)
			CHECK(parse(frame, len, &h) == (len >= packet_payload(&p)),
			      "%u bytes: %s\n", len, packet_name(&p));
		free(frame);
	}
}

/* clang-format off */
static const struct {
	const char *what;
	struct packet p;
	uint32_t at; /* from l3 */
	uint8_t value;
	bool l4;     /* from l4 instead */
} broken[] = {
	{"a first fragment",       {.fragment = 0x2000}, 20, 0},
	{"a later fragment",       {.fragment = 0x0001}, 20, 0},
	{"the last fragment",      {.fragment = 0x1fff}, 20, 0},
	{"IPv4 header of 16",      {.ttl = 1}, 0, 0x44},
	{"IPv4 header of 0",       {.ttl = 1}, 0, 0x40},
	{"version 6 in IPv4",      {.ttl = 1}, 0, 0x65},
	{"version 4 in IPv6",      {.ipv6 = true}, 0, 0x40},
	{"ICMP",                   {.ttl = 1}, 9, 1},
	{"SCTP",                   {.ttl = 1}, 9, 132},
	{"a tunnel",               {.ttl = 1}, 9, 4},
	{"ICMPv6",                 {.ipv6 = true}, 6, 58},
	{"no next header",         {.ipv6 = true}, 6, 59},
	{"IPv6 fragment",          {.ipv6 = true}, 6, 44},
	{"IPv6 ESP",               {.ipv6 = true}, 6, 50},
	{"extension past the end", {.ipv6 = true, .extension = 8}, 41, 255},
	{"extension past 256",     {.ipv6 = true, .extension = 8, .payload = 4000}, 41, 40},
	{"TCP header of 16",       {.ttl = 1}, 12, 0x40, true},
	{"TCP header of 0",        {.ttl = 1}, 12, 0x00, true},
	{"TCP header past the end", {.ttl = 1}, 12, 0xf0, true},
};
/* clang-format on */

static void
not_a_whole_tcp_or_udp_packet(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(broken); i++) {
		const struct packet *p = &broken[i].p;
		uint8_t *frame = packet_build(p);
		struct afpring_headers h;
		uint32_t from = broken[i].l4 ? packet_l4(p) : packet_l3(p);

		if (broken[i].value != 0 || broken[i].l4)
			frame[from + broken[i].at] = broken[i].value;
		CHECK(!parse(frame, packet_len(p), &h), "%s\n", broken[i].what);
		free(frame);
	}
}

/* Headers up to 256 bytes are looked at, a byte more is too many. */
static void
headers_end_at_the_limit(void **state)
{
	struct packet p = {.ipv6 = true, .udp = true, .extension = 192, .payload = 9};
	struct afpring_headers h;
	uint8_t *frame;

	(void)state;
	frame = packet_build(&p);
	assert_int_equal(packet_payload(&p), 254);
	assert_true(parse(frame, packet_len(&p), &h));
	free(frame);
	p.tags = 1;
	frame = packet_build(&p);
	assert_false(parse(frame, packet_len(&p), &h));
	free(frame);
}

/* Nothing but tags, to and past the limit. */
static void
endless_tags(void **state)
{
	(void)state;
	for (uint32_t len = 0; len < 600; len++) {
		uint8_t *frame = malloc(len + 1);
		struct afpring_headers h;

		for (uint32_t i = 0; i < len; i++)
			frame[i] = i % 2 == 0 ? 0x81 : 0;
		assert_false(parse(frame, len, &h));
		free(frame);
	}
}

static void
any_bytes_are_read_within(void **state)
{
	uint64_t random = 6;

	(void)state;
	for (int turn = 0; turn < 200000; turn++) {
		struct packet p = packet_random(&random, 20);
		uint8_t *frame = packet_build(&p);
		uint32_t len = unit_random(&random) % (packet_len(&p) + 1);
		struct afpring_headers h;

		for (int i = unit_random(&random) % 4; i >= 0; i--)
			frame[12 + unit_random(&random) % (packet_len(&p) - 12)] =
				unit_random(&random);
		if (parse(frame, len, &h))
			CHECK(h.l3 < h.l4 && h.l4 < h.payload && h.payload <= len &&
				      h.payload <= AFPRING_HEADERS_MAX,
			      "%u %u %u of %u\n", h.l3, h.l4, h.payload, len);
		free(frame);
	}
}

static void
lengths_and_sums_written(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (int turn = 0; turn < 2000; turn++) {
		struct packet p = packet_random(&random, 65000);
		uint8_t *want = packet_build_partial(&p);
		uint8_t *got = packet_build_partial(&p);
		struct afpring_headers h;
		uint32_t len = packet_len(&p) - packet_l4(&p);

		if (packet_len(&p) - packet_l3(&p) <= UINT16_MAX) {
			assert_true(parse(got, packet_payload(&p), &h));
			memset(got + h.l3 + (p.ipv6 ? 4 : 2), 0xee, 2);
			memset(got + packet_cksum_at(&p), 0xee, 2);
			if (!p.ipv6)
				memset(got + h.l3 + 10, 0xee, 2);
			afpring_headers_set_len(got, &h, len);
			afpring_headers_set_pseudo_sum(got, &h, len);
			CHECK(memcmp(got, want, packet_payload(&p)) == 0, "%s\n", packet_name(&p));
		}
		free(want);
		free(got);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination),
		cmocka_unit_test(truncated_at_every_length),
		cmocka_unit_test(not_a_whole_tcp_or_udp_packet),
		cmocka_unit_test(headers_end_at_the_limit),
		cmocka_unit_test(endless_tags),
		cmocka_unit_test(any_bytes_are_read_within),
		cmocka_unit_test(lengths_and_sums_written),
	};

	return cmocka_run_group_tests_name("headers", tests, NULL, NULL);
}
