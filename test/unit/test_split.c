/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Every segment of a superframe against the frame its sender would have sent
 * without segmentation offload.
 */
#include "packets.h"

#include "afpring_segment.h"
#include "afpring_uapi.h"

#define ECN VIRTIO_NET_HDR_GSO_ECN

/* The headers in a buffer that ends where they end. */
static bool
plan(const struct packet *p, const uint8_t *header, uint16_t size, struct afpring_split *split)
{
	struct virtio_net_hdr vnet = {.gso_type = packet_gso_type(p), .gso_size = size};

	return afpring_split_plan(header, packet_payload(p), packet_len(p), &vnet, split);
}

static void
check_segment(const struct packet *super, const struct afpring_split *split, const uint8_t *header,
	      uint32_t i)
{
	struct packet p = packet_segment(super, split->seg_size, i);
	uint32_t headers = packet_payload(super);
	uint8_t *want = packet_build(&p);
	uint8_t *exact = malloc(headers);
	uint8_t *got = malloc(packet_len(&p));

	CHECK(afpring_split_seg_len(split, i) == p.payload, "segment %u: %s\n", i,
	      packet_name(super));
	afpring_split_header(split, exact, header, i);
	memcpy(got, exact, headers);
	memcpy(got + headers, want + headers, p.payload);
	packet_finish(&p, got, packet_len(&p));
	for (uint32_t at = 0; at < packet_len(&p); at++)
		CHECK(got[at] == want[at], "segment %u of %u by %u, byte %u is %02x not %02x: %s\n",
		      i, split->nb_segs, split->seg_size, at, got[at], want[at],
		      packet_name(super));
	free(exact);
	free(got);
	free(want);
}

static void
check_split(const struct packet *p, uint16_t size)
{
	uint8_t *header = packet_build_partial(p);
	struct afpring_split split;
	uint32_t sum = 0;

	CHECK(plan(p, header, size, &split), "refused, by %u: %s\n", size, packet_name(p));
	assert_int_equal(split.nb_segs, (p->payload + size - 1) / size);
	for (uint32_t i = 0; i < split.nb_segs; i++) {
		check_segment(p, &split, header, i);
		sum += afpring_split_seg_len(&split, i);
	}
	assert_int_equal(sum, p->payload);
	free(header);
}

static void
any_superframe(void **state)
{
	uint64_t random = 11;

	(void)state;
	for (int turn = 0; turn < 1500; turn++) {
		struct packet p = packet_random(&random, 20000);
		uint32_t size = 1 + unit_random(&random) % RTE_MIN(p.payload, 9000u);

		if (p.payload / size <= 200)
			check_split(&p, size);
	}
}

/* Payloads around each multiple of the size: a last segment of 1, of all but 1. */
static void
around_the_multiples(void **state)
{
	static const uint16_t sizes[] = {1, 2, 3, 7, 536, 1447, 1448, 1460};

	(void)state;
	for (int kind = 0; kind < 4; kind++)
		for (size_t i = 0; i < RTE_DIM(sizes); i++)
			for (uint32_t n = 1; n <= 4; n++)
				for (int more = -1; more <= 1; more++) {
					struct packet p = {.ipv6 = kind & 1,
							   .udp = kind & 2,
							   .tcp_options = 12,
							   .ttl = 64,
							   .flags = 0xd9,
							   .seed = n,
							   .payload = n * sizes[i] + more};

					if (p.payload != 0)
						check_split(&p, sizes[i]);
				}
}

/* Each of the 256 sets of flags; FIN and PSH with the last, CWR with the first. */
static void
every_flag(void **state)
{
	(void)state;
	for (uint32_t flags = 0; flags < 256; flags++)
		check_split(&(struct packet){.flags = flags, .ttl = 9, .payload = 100}, 40);
}

/* The largest packet there is. */
static void
largest(void **state)
{
	for (int kind = 0; kind < 4; kind++) {
		struct packet p = {.ipv6 = kind & 1, .udp = kind & 2, .tags = 2, .ttl = 3};

		(void)state;
		p.payload = 65535 - (packet_payload(&p) - packet_l3(&p));
		check_split(&p, 1448);
		check_split(&p, 65000);
	}
}

/* A UDP checksum of 0 means none: a computed 0 is written as ffff. */
static void
udp_checksums_that_come_out_as_zero(void **state)
{
	uint32_t found = 0;

	(void)state;
	for (uint32_t sport = 0; sport < 65536; sport++) {
		struct packet p = {.udp = true, .sport = sport, .ttl = 1, .payload = 20, .seed = 1};
		uint8_t *frame = packet_build(&p);

		if (frame[packet_cksum_at(&p)] == 0xff && frame[packet_cksum_at(&p) + 1] == 0xff) {
			p.payload = 40;
			check_split(&p, 20);
			found++;
		}
		free(frame);
	}
	assert_true(found != 0);
}

/* clang-format off */
static const struct {
	const char *what;
	struct packet p;
	uint8_t type;
	uint16_t size;
	uint32_t more; /* bytes of the frame behind what the description says */
	bool ok;
} plans[] = {
	{"TCPv4",                {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 3, 0, true},
	{"TCPv4 with ECN",       {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4 | ECN, 3, 0, true},
	{"TCPv6",                {.ipv6 = true, .payload = 9}, VIRTIO_NET_HDR_GSO_TCPV6, 3, 0, true},
	{"UDPv6",                {.ipv6 = true, .udp = true, .payload = 9}, VIRTIO_NET_HDR_GSO_UDP_L4, 3, 0, true},
	{"no type",              {.payload = 9}, VIRTIO_NET_HDR_GSO_NONE, 3, 0, false},
	{"UFO",                  {.udp = true, .payload = 9}, VIRTIO_NET_HDR_GSO_UDP, 3, 0, false},
	{"unknown type",         {.payload = 9}, 0x40, 3, 0, false},
	{"v6 type on v4",        {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV6, 3, 0, false},
	{"v4 type on v6",        {.ipv6 = true, .payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 3, 0, false},
	{"UDP type on TCP",      {.payload = 9}, VIRTIO_NET_HDR_GSO_UDP_L4, 3, 0, false},
	{"TCP type on UDP",      {.udp = true, .payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 3, 0, false},
	{"1,020 segments",       {.payload = 1020}, VIRTIO_NET_HDR_GSO_TCPV4, 1, 0, true},
	{"1,021 segments",       {.payload = 1021}, VIRTIO_NET_HDR_GSO_TCPV4, 1, 0, false},
	{"size 0",               {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 0, 0, false},
	{"no payload",           {.payload = 0}, VIRTIO_NET_HDR_GSO_TCPV4, 3, 0, false},
	{"a fragment",           {.payload = 9, .fragment = 0x2000}, VIRTIO_NET_HDR_GSO_TCPV4, 3, 0, false},
	{"IP length of 65535",   {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 1448, 65535 - 49, true},
	{"IP length of 65536",   {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 1448, 65536 - 49, true},
	{"BIG TCP",              {.ipv6 = true, .payload = 9}, VIRTIO_NET_HDR_GSO_TCPV6, 1448, 180000, true},
	{"largest segment",      {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 65535 - 40, 180000, true},
	{"too large a segment",  {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 65535 - 39, 180000, false},
	{"too large a last one", {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 65535 - 39, 65535 - 48, false},
	{"no kernel's size",     {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 1448, 1 << 20, false},
	{"almost all 32 bits",   {.payload = 9}, VIRTIO_NET_HDR_GSO_TCPV4, 1448, UINT32_MAX - 63, false},
};
/* clang-format on */

static void
what_is_a_superframe(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(plans); i++) {
		const struct packet *p = &plans[i].p;
		uint8_t *header = packet_build_partial(p);
		struct virtio_net_hdr vnet = {.gso_type = plans[i].type, .gso_size = plans[i].size};
		struct afpring_split split;

		CHECK(afpring_split_plan(header, packet_payload(p), packet_len(p) + plans[i].more,
					 &vnet, &split) == plans[i].ok,
		      "%s\n", plans[i].what);
		free(header);
	}
}

/* The ids of a sender that sets DF and 0 in each packet are 0; all others count. */
static void
ip_ids(void **state)
{
	static const struct {
		uint16_t id, fragment, third;
	} ids[] = {{0, 0x4000, 0}, {0, 0, 2}, {7, 0x4000, 9}, {0xffff, 0x4000, 1}};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(ids); i++) {
		struct packet p = {.id = ids[i].id, .fragment = ids[i].fragment, .payload = 30};
		uint8_t *header = packet_build_partial(&p);
		uint8_t *dst = malloc(packet_payload(&p));
		struct afpring_split split;

		assert_true(plan(&p, header, 10, &split));
		afpring_split_header(&split, dst, header, 2);
		assert_int_equal(dst[packet_l3(&p) + 4] << 8 | dst[packet_l3(&p) + 5],
				 ids[i].third);
		assert_int_equal(packet_sum(dst + packet_l3(&p), 20, 0), 0xffff);
		free(header);
		free(dst);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_superframe),
		cmocka_unit_test(around_the_multiples),
		cmocka_unit_test(every_flag),
		cmocka_unit_test(largest),
		cmocka_unit_test(udp_checksums_that_come_out_as_zero),
		cmocka_unit_test(what_is_a_superframe),
		cmocka_unit_test(ip_ids),
	};

	return cmocka_run_group_tests_name("split", tests, NULL, NULL);
}
