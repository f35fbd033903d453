/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Every segment of a superframe in a tunnel against the frame that its sender would
 * have sent without segmentation offload.
 */
#include "packets.h"

#include "afpring_segment.h"

/* A tunnel around a packet that packets.h describes; its Ethernet header is the outer one
 * where the tunnel carries IP, and the inner one where it carries Ethernet. */
struct wrap {
	bool ipv6;
	uint8_t extension; /* bytes behind an IPv6 header: destination options */
	uint8_t proto;     /* of the outer IP header */
	bool cksum;        /* GRE or UDP */
	bool key;          /* GRE */
	bool ethernet;     /* is carried, not IP */
	uint8_t opaque;    /* bytes between UDP and what is carried */
	uint16_t id;
};

enum {
	IPIP = 4,
	UDP = 17,
	SIT = 41,
	GRE = 47
};

static void
put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint32_t
wrap_l4(const struct wrap *w)
{
	return 14 + (w->ipv6 ? 40 + w->extension : 20);
}

/* Where the carried bytes begin. */
static uint32_t
wrap_len(const struct wrap *w)
{
	uint32_t len = wrap_l4(w);

	if (w->proto == GRE)
		len += 4 + 4 * w->cksum + 4 * w->key;
	if (w->proto == UDP)
		len += 8 + w->opaque;
	return len;
}

/* How far the packet moves. */
static uint32_t
wrap_move(const struct wrap *w)
{
	return wrap_len(w) - (w->ethernet ? 0 : 14);
}

/* len: bytes of the carried packet from where w carries it. */
static void
wrap_write(const struct wrap *w, const struct packet *p, uint8_t *f, uint32_t len)
{
	uint32_t l4 = wrap_l4(w), all = wrap_len(w) + len;
	uint8_t *ip = f + 14;

	memset(f, 2, 12);
	put16(f + 12, w->ipv6 ? 0x86dd : 0x0800);
	memset(ip, 0, l4 - 14);
	if (w->ipv6) {
		ip[0] = 0x60;
		put16(ip + 4, all - 54);
		ip[6] = w->extension != 0 ? 60 : w->proto;
		unit_fill(ip + 8, 32, 3);
		if (w->extension != 0) {
			ip[40] = w->proto;
			ip[41] = w->extension / 8 - 1;
		}
	} else {
		ip[0] = 0x45;
		put16(ip + 2, all - 14);
		put16(ip + 4, w->id);
		ip[9] = w->proto;
		unit_fill(ip + 12, 8, 4);
		put16(ip + 10, ~packet_sum(ip, 20, 0));
	}
	if (w->proto == GRE) {
		f[l4] = (w->cksum ? 0x80 : 0) | (w->key ? 0x20 : 0);
		f[l4 + 1] = 0;
		put16(f + l4 + 2, w->ethernet ? 0x6558 : p->ipv6 ? 0x86dd : 0x0800);
		unit_fill(f + l4 + 4, 4 * w->cksum + 4 * w->key, 7);
	}
	if (w->proto == UDP) {
		put16(f + l4, 4000);
		put16(f + l4 + 2, 4789);
		put16(f + l4 + 4, all - l4);
		put16(f + l4 + 6, w->cksum);
		unit_fill(f + l4 + 8, w->opaque, 5);
	}
}

static void
wrap_finish(const struct wrap *w, uint8_t *f, uint32_t all)
{
	uint32_t l4 = wrap_l4(w), pseudo = UDP + (all - l4);
	uint16_t sum;

	if (!w->cksum)
		return;
	if (w->proto == GRE) {
		memset(f + l4 + 4, 0, 4);
		put16(f + l4 + 4, ~packet_sum(f + l4, all - l4, 0));
		return;
	}
	put16(f + l4 + 6, 0);
	pseudo = packet_sum(f + 14 + (w->ipv6 ? 8 : 12), w->ipv6 ? 32 : 8, pseudo);
	sum = ~packet_sum(f + l4, all - l4, pseudo);
	put16(f + l4 + 6, sum == 0 ? 0xffff : sum);
}

/* The first len bytes of the packet in the tunnel, in exactly as many. */
static uint8_t *
wrap_build(const struct wrap *w, const struct packet *p, const uint8_t *frame, uint32_t len)
{
	uint32_t skip = w->ethernet ? 0 : 14;
	uint8_t *f = malloc(wrap_move(w) + len);

	wrap_write(w, p, f, packet_len(p) - skip);
	memcpy(f + wrap_len(w), frame + skip, len - skip);
	return f;
}

static struct wrap
any_wrap(uint64_t *random, const struct packet *p)
{
	static const uint8_t protos[] = {IPIP, GRE, UDP};
	struct wrap w = {
		.ipv6 = unit_random(random) % 2,
		.extension = unit_random(random) % 3 * 8,
		.proto = protos[unit_random(random) % 3],
		.cksum = unit_random(random) % 2,
		.key = unit_random(random) % 2,
		.ethernet = unit_random(random) % 2,
		.opaque = unit_random(random) % 5 * 4,
		.id = unit_random(random),
	};

	if (p->tags != 0) /* in front of IP there must be Ethernet */
		w.ethernet = true;
	if (w.proto == IPIP && w.ethernet)
		w.proto = GRE;
	if (w.proto == IPIP) {
		w.cksum = false;
		w.proto = p->ipv6 ? SIT : IPIP;
	}
	return w;
}

static struct virtio_net_hdr
header_of(const struct wrap *w, const struct packet *p, uint16_t size)
{
	return (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = packet_gso_type(p),
		.gso_size = size,
		.csum_start = packet_l4(p) + wrap_move(w),
		.csum_offset = p->udp ? 6 : 16,
	};
}

static uint8_t *
build_headers(const struct wrap *w, const struct packet *p)
{
	uint8_t *partial = packet_build_partial(p);
	uint8_t *header = wrap_build(w, p, partial, packet_payload(p));

	free(partial);
	return header;
}

static void
check_segment(const struct wrap *w, const struct packet *super, const struct afpring_split *split,
	      const uint8_t *header, uint32_t i)
{
	struct packet p = packet_segment(super, split->seg_size, i);
	uint32_t headers = packet_payload(super) + wrap_move(w);
	uint32_t all = packet_len(&p) + wrap_move(w);
	struct wrap outer = *w;
	uint8_t *frame = packet_build(&p), *want, *got = malloc(headers);

	outer.id += i;
	want = wrap_build(&outer, &p, frame, packet_len(&p));
	wrap_finish(&outer, want, all);
	afpring_split_header(split, got, header, i);
	/* the burst's part */
	memcpy(got + packet_cksum_at(&p) + wrap_move(w), want + packet_cksum_at(&p) + wrap_move(w),
	       2);
	for (uint32_t at = 0; at < headers; at++)
		CHECK(got[at] == want[at],
		      "protocol %u, segment %u, byte %u is %02x not %02x: %s\n", w->proto, i, at,
		      got[at], want[at], packet_name(super));
	free(frame);
	free(want);
	free(got);
}

static void
any_superframe(void **state)
{
	uint64_t random = 12;

	(void)state;
	for (int turn = 0; turn < 3000; turn++) {
		struct packet p = packet_random(&random, 9000);
		struct wrap w = any_wrap(&random, &p);
		uint32_t size = 100 + unit_random(&random) % 2000;
		struct virtio_net_hdr vnet = header_of(&w, &p, size);
		uint8_t *header = build_headers(&w, &p);
		uint32_t header_len = packet_payload(&p) + wrap_move(&w);
		struct afpring_split split;

		CHECK(afpring_split_plan(header, header_len, packet_len(&p) + wrap_move(&w), &vnet,
					 &split),
		      "protocol %u refused: %s\n", w.proto, packet_name(&p));
		assert_int_equal(split.nb_segs, (p.payload + size - 1) / size);
		for (uint32_t i = 0; i < split.nb_segs; i++)
			check_segment(&w, &p, &split, header, i);
		free(header);
	}
}

/* Cut anywhere within the headers, and with any byte changed: nothing is read beyond. */
static void
hostile_headers(void **state)
{
	uint64_t random = 13;

	(void)state;
	for (int turn = 0; turn < 60000; turn++) {
		struct packet p = packet_random(&random, 3000);
		struct wrap w = any_wrap(&random, &p);
		struct virtio_net_hdr vnet = header_of(&w, &p, 1000);
		uint32_t whole = packet_payload(&p) + wrap_move(&w);
		uint32_t len = unit_random(&random) % (whole + 1);
		uint8_t *header = build_headers(&w, &p), *exact;
		struct afpring_split split;

		for (int i = unit_random(&random) % 4; i > 0; i--)
			header[unit_random(&random) % whole] = unit_random(&random);
		if (unit_random(&random) % 4 == 0)
			vnet.csum_start = unit_random(&random);
		exact = malloc(len);
		memcpy(exact, header, len);
		if (afpring_split_plan(exact, len, packet_len(&p) + wrap_move(&w), &vnet, &split)) {
			uint8_t *got = malloc(split.h.payload);

			CHECK(split.h.payload <= len, "%u of %u\n", split.h.payload, len);
			afpring_split_header(&split, got, exact, split.nb_segs - 1);
			free(got);
		}
		free(exact);
		free(header);
	}
}

/* clang-format off */
static const struct {
	const char *what;
	struct wrap w;
	uint32_t at; /* from the outer L4 header */
	uint8_t value;
} refused[] = {
	{"GRE with a sequence number", {.proto = GRE}, 0, 0x10},
	{"GRE version 1",              {.proto = GRE}, 1, 0x01},
	{"GRE around MPLS",            {.proto = GRE}, 2, 0x88},
	{"version 5 inside",           {.proto = IPIP}, 0, 0x55},
	{"ICMP inside",                {.proto = IPIP}, 9, 1},
	{"a tunnel inside",            {.proto = UDP}, 8 + 9, 4},
	{"a fragment inside",          {.proto = UDP, .cksum = true}, 8 + 6, 0x20},
	{"another length inside",      {.proto = UDP}, 8 + 3, 0},
};
/* clang-format on */

static void
what_is_not_split(void **state)
{
	struct packet p = {.ttl = 1, .flags = ACK, .payload = 3000};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(refused); i++) {
		const struct wrap *w = &refused[i].w;
		struct virtio_net_hdr vnet = header_of(w, &p, 1000);
		uint8_t *header = build_headers(w, &p);
		uint32_t header_len = packet_payload(&p) + wrap_move(w);
		struct afpring_split split;

		for (int broken = 0; broken < 2; broken++) {
			if (broken)
				header[wrap_l4(w) + refused[i].at] = refused[i].value;
			CHECK(afpring_split_plan(header, header_len, packet_len(&p) + wrap_move(w),
						 &vnet, &split) == !broken,
			      "%s: %d\n", refused[i].what, broken);
		}
		free(header);
	}
}

/* 180000 bytes: IPv4 says a length of 0, IPv6 has a header that goes. */
static void
big_tcp(void **state)
{
	struct packet p = {.ipv6 = true, .ttl = 1, .flags = ACK, .payload = 180000, .tags = 1};
	uint32_t l3 = packet_l3(&p), len = packet_payload(&p);
	uint8_t *want = packet_build_partial(&p), *got = malloc(len + 8);

	(void)state;
	memcpy(got, want, l3 + 40);
	got[l3 + 6] = 0;
	memcpy(got + l3 + 40, "\6\0\xc2\4\0\2\xbf\x20", 8);
	memcpy(got + l3 + 48, want + l3 + 40, len - l3 - 40);
	assert_int_equal(afpring_split_unjumbo(got, len + 8, 65536 + l3), 0);
	assert_int_equal(afpring_split_unjumbo(got, len + 8, packet_len(&p) + 8), 8);
	assert_memory_equal(got, want, len);
	assert_int_equal(afpring_split_unjumbo(got, len, packet_len(&p)), 0);
	for (uint32_t cut = 0; cut < len; cut++) {
		uint8_t *exact = malloc(cut);

		memcpy(exact, want, cut);
		assert_int_equal(afpring_split_unjumbo(exact, cut, packet_len(&p)), 0);
		free(exact);
	}
	free(want);
	free(got);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_superframe),
		cmocka_unit_test(hostile_headers),
		cmocka_unit_test(what_is_not_split),
		cmocka_unit_test(big_tcp),
	};

	return cmocka_run_group_tests_name("tunnel", tests, NULL, NULL);
}
