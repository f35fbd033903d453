/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What an mbuf says of its checksums, and what is in its bytes: left unfinished by the
 * sender, vouched for by the kernel, or looked at by nobody.
 */
#include "fake_kernel.h"
#include "packets.h"

#define ROOM 2048
#define ALL                                                                                        \
	(RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_UDP_CKSUM |                            \
	 RTE_ETH_RX_OFFLOAD_TCP_CKSUM)
#define FLAGS (RTE_MBUF_F_RX_L4_CKSUM_MASK | RTE_MBUF_F_RX_IP_CKSUM_MASK)
#define L4_GOOD RTE_MBUF_F_RX_L4_CKSUM_GOOD
#define L4_BAD RTE_MBUF_F_RX_L4_CKSUM_BAD
#define L4_NONE RTE_MBUF_F_RX_L4_CKSUM_NONE
#define IP_GOOD RTE_MBUF_F_RX_IP_CKSUM_GOOD
#define IP_BAD RTE_MBUF_F_RX_IP_CKSUM_BAD

static void
setup(uint16_t room, uint64_t offloads, bool vnet)
{
	fake_setup(512, room);
	fake.rxq->vnet = vnet;
	fake.rxq->mtu = FAKE_MTU;
	fake.rxq->check_ip = (offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
	fake.rxq->check_tcp = (offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0;
	fake.rxq->check_udp = (offloads & RTE_ETH_RX_OFFLOAD_UDP_CKSUM) != 0;
	fake.rxq->checks_cksum = offloads != 0;
	fake.rx_burst = afpring_rx_burst_select(offloads, vnet, false);
}

/* The flags of this frame, which has to come with these bytes. */
static uint64_t
flags_of(struct fake_rx *rx, const uint8_t *frame, uint32_t len, const uint8_t *want)
{
	uint32_t tag = rx->tpid != 0 && !fake.rxq->strip ? 4 : 0;
	struct rte_mbuf *m = NULL;
	uint8_t bytes[FAKE_MTU + 18 + 4];
	uint64_t flags;

	rx->len = rx->head_len = len;
	memcpy(rx->head, frame, len);
	assert_true(fake_receive(rx));
	assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), 1);
	assert_int_equal(m->pkt_len, len + tag);
	for (uint32_t at = 0; at < m->pkt_len; at++)
		rte_memcpy(bytes + at, rte_pktmbuf_read(m, at, 1, bytes + at), 1);
	assert_memory_equal(bytes, want, 12);
	assert_memory_equal(bytes + 12 + tag, want + 12, len - 12);
	flags = m->ol_flags & FLAGS;
	rte_pktmbuf_free(m);
	return flags;
}

/* Of a frame of which the kernel says nothing. */
static uint64_t
plain_flags(const uint8_t *frame, uint32_t len)
{
	return flags_of(&(struct fake_rx){.seed = 1}, frame, len, frame);
}

static struct packet
any_packet(uint64_t *random)
{
	struct packet p = packet_random(random, 1000);

	p.tags %= 3;
	p.fragment = 0;
	return p;
}

static uint64_t
ip_flag(const struct packet *p)
{
	return p->ipv6 ? 0 : IP_GOOD;
}

/* ---- looked at by nobody ---- */

static void
right_and_wrong_ones(bool vnet, uint16_t room, uint64_t *random)
{
	setup(room, ALL, vnet);
	for (int turn = 0; turn < 300; turn++) {
		struct packet p = any_packet(random);
		uint8_t *frame = packet_build(&p);
		uint32_t len = packet_len(&p), l3 = packet_l3(&p), l4 = packet_l4(&p);
		struct fake_rx rx = {.seed = 1};
		uint8_t *at = frame + l4 + unit_random(random) % (len - l4);

		if (unit_random(random) % 2 == 0)
			rx.tpid = 0x8100;
		fake.rxq->strip = unit_random(random) % 2 == 0;
		CHECK(flags_of(&rx, frame, len, frame) == (L4_GOOD | ip_flag(&p)), "%s\n",
		      packet_name(&p));
		*at ^= 0x10;
		/* where lengths are, other rules than the sum's may say that it is wrong */
		if (!p.udp || at < frame + l4 + 6 || at >= frame + l4 + 8)
			CHECK(flags_of(&rx, frame, len, frame) == (L4_BAD | ip_flag(&p)),
			      "byte %u of %s\n", (unsigned int)(at - frame), packet_name(&p));
		*at ^= 0x10;
		if (p.ipv6)
			goto next;
		frame[l3 + 8]++; /* the time to live is in IP's own sum only */
		CHECK(flags_of(&rx, frame, len, frame) == (L4_GOOD | IP_BAD), "%s\n",
		      packet_name(&p));
	next:
		free(frame);
	}
	fake_teardown();
}

static void
what_nobody_has_looked_at_is_good_or_bad(void **state)
{
	static const uint16_t rooms[] = {64, 101, ROOM};
	uint64_t random = 7;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(rooms); i++)
		for (int vnet = 0; vnet < 2; vnet++)
			right_and_wrong_ones(vnet != 0, rooms[i], &random);
}

/* clang-format off */
static const struct {
	const char *what;
	uint64_t offloads;
	bool udp, ipv6;
	uint64_t flags;
} asked[] = {
	{"nothing",     0,                             false, false, 0},
	{"IPv4 only",   RTE_ETH_RX_OFFLOAD_IPV4_CKSUM, false, false, IP_GOOD},
	{"TCP only",    RTE_ETH_RX_OFFLOAD_TCP_CKSUM,  false, false, L4_GOOD},
	{"TCP, is UDP", RTE_ETH_RX_OFFLOAD_TCP_CKSUM,  true,  false, 0},
	{"UDP only",    RTE_ETH_RX_OFFLOAD_UDP_CKSUM,  true,  false, L4_GOOD},
	{"UDP, is TCP", RTE_ETH_RX_OFFLOAD_UDP_CKSUM,  false, true,  0},
};
/* clang-format on */

static void
only_what_was_asked_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(asked); i++) {
		struct packet p = {.udp = asked[i].udp,
				   .ipv6 = asked[i].ipv6,
				   .ttl = 3,
				   .payload = 90};
		uint8_t *frame = packet_build(&p);

		setup(ROOM, asked[i].offloads, true);
		CHECK(plain_flags(frame, packet_len(&p)) == asked[i].flags, "%s\n", asked[i].what);
		fake_teardown();
		free(frame);
	}
}

/* A fragment has a part of what the sum is of. */
static void
fragments_say_nothing_of_their_l4(void **state)
{
	static const uint16_t fragments[] = {0x2000, 0x2010, 0x0010};

	(void)state;
	setup(ROOM, ALL, true);
	for (size_t i = 0; i < RTE_DIM(fragments); i++) {
		struct packet p = {.udp = true, .ttl = 3, .payload = 90, .fragment = fragments[i]};
		uint8_t *frame = packet_build(&p);

		assert_int_equal(plain_flags(frame, packet_len(&p)), IP_GOOD);
		frame[packet_l3(&p) + 8]++;
		assert_int_equal(plain_flags(frame, packet_len(&p)), IP_BAD);
		free(frame);
	}
	fake_teardown();
}

static void
udp_without_a_checksum(void **state)
{
	(void)state;
	setup(ROOM, ALL, true);
	for (int ipv6 = 0; ipv6 < 2; ipv6++) {
		struct packet p = {.udp = true, .ipv6 = ipv6 != 0, .ttl = 3, .payload = 90};
		uint8_t *frame = packet_build(&p);

		memset(frame + packet_cksum_at(&p), 0, 2);
		assert_int_equal(plain_flags(frame, packet_len(&p)), ipv6 ? 0 : L4_GOOD | IP_GOOD);
		free(frame);
	}
	fake_teardown();
}

/* Bytes behind the IP packet belong to nobody's sum. */
static void
padding_is_not_summed(void **state)
{
	(void)state;
	setup(ROOM, ALL, true);
	for (int kind = 0; kind < 4; kind++) {
		struct packet p = {.udp = kind & 1,
				   .ipv6 = kind & 2,
				   .ttl = 3,
				   .flags = ACK,
				   .payload = 7};
		uint32_t len = packet_len(&p), padded = len + 13;
		struct fake_rx rx = {.csum_start = packet_l4(&p),
				     .csum_offset = packet_cksum_at(&p) - packet_l4(&p)};
		uint8_t *frame = packet_build(&p), *partial = malloc(padded);
		uint8_t *headers = packet_build_partial(&p);

		frame = realloc(frame, padded);
		memset(frame + len, 0x5a, padded - len);
		assert_int_equal(plain_flags(frame, padded), L4_GOOD | ip_flag(&p));
		memcpy(partial, frame, padded);
		memcpy(partial, headers, packet_payload(&p));
		assert_int_equal(flags_of(&rx, partial, padded, frame), L4_GOOD | ip_flag(&p));
		free(frame);
		free(partial);
		free(headers);
	}
	fake_teardown();
}

/* Lengths and headers that cannot be: nothing behind the frame is read, nothing is good. */
static void
malformed_ones_are_bad(void **state)
{
	(void)state;
	setup(ROOM, ALL, true);
	for (int udp = 0; udp < 2; udp++) {
		struct packet p = {.udp = udp != 0, .ttl = 3, .flags = ACK, .payload = 40};
		uint32_t len = packet_len(&p), l3 = packet_l3(&p), l4 = packet_l4(&p);

		for (uint32_t cut = 15; cut < len; cut++) {
			uint8_t *frame = packet_build(&p);

			CHECK((plain_flags(frame, cut) & (L4_GOOD | L4_BAD)) ==
				      (cut < l4 ? 0 : L4_BAD),
			      "cut at %u\n", cut);
			CHECK((plain_flags(frame, cut) & (IP_GOOD | IP_BAD)) ==
				      (cut < l4 ? IP_BAD : IP_GOOD),
			      "cut at %u\n", cut);
			free(frame);
		}
		for (uint32_t ihl = 0; ihl < 5; ihl++) {
			uint8_t *frame = packet_build(&p);

			frame[l3] = 0x40 | ihl;
			assert_int_equal(plain_flags(frame, len), IP_BAD);
			free(frame);
		}
	}
	fake_teardown();
}

/* ---- vouched for ---- */

/* Wrong bytes show that nobody has looked again. */
static void
what_the_kernel_vouches_for_is_good(void **state)
{
	(void)state;
	for (int vnet = 0; vnet < 2; vnet++) {
		for (int on = 0; on < 2; on++) {
			struct packet p = {.ttl = 3, .payload = 90};
			uint8_t *frame = packet_build(&p);

			setup(ROOM, on ? ALL : 0, vnet != 0);
			frame[packet_payload(&p)]++;
			assert_int_equal(flags_of(&(struct fake_rx){.verified = true}, frame,
						  packet_len(&p), frame),
					 L4_GOOD | (on ? IP_GOOD : 0));
			fake_teardown();
			free(frame);
		}
	}
}

/* ---- unfinished ---- */

/* clang-format off */
static const struct {
	const char *what;
	uint64_t offloads;
	bool keep;
	uint64_t flags;
} unfinished[] = {
	{"no offload",          0,   false, L4_GOOD},
	{"offload",             ALL, false, L4_GOOD | IP_GOOD},
	{"no offload, partial", 0,   true,  L4_NONE},
	{"offload, partial",    ALL, true,  L4_NONE | IP_GOOD},
};
/* clang-format on */

static void
unfinished_ones_are_finished_but_for_those_who_take_them(void **state)
{
	uint64_t random = 5;

	(void)state;
	for (int turn = 0; turn < 400; turn++) {
		size_t i = turn % RTE_DIM(unfinished);
		struct packet p = any_packet(&random);
		uint32_t len = packet_len(&p), headers_len = packet_payload(&p);
		struct fake_rx rx = {
			.csum_start = packet_l4(&p),
			.csum_offset = packet_cksum_at(&p) - packet_l4(&p),
			.tpid = turn % 3 == 0 ? 0x8100 : 0,
		};
		uint8_t *frame = packet_build(&p), *headers = packet_build_partial(&p);
		uint8_t *partial = malloc(len);

		memcpy(partial, frame, len);
		memcpy(partial, headers, headers_len);
		setup(ROOM, unfinished[i].offloads, turn % 2 == 0);
		fake.rxq->keep_tcp_cksum = fake.rxq->keep_udp_cksum = unfinished[i].keep;
		CHECK(flags_of(&rx, partial, len, unfinished[i].keep ? partial : frame) ==
			      (unfinished[i].flags & ~(p.ipv6 ? IP_GOOD : 0)),
		      "%s: %s\n", unfinished[i].what, packet_name(&p));
		assert_int_equal(fake_rx_counted(AFPRING_RX_CKSUM_DONE), !unfinished[i].keep);
		fake_teardown();
		free(frame);
		free(headers);
		free(partial);
	}
}

/* An IPv4, UDP and VXLAN header around a TCP packet whose checksum its sender has left: the
 * inner one is finished, the flag is about the outer one. */
static void
tunnel_flags_are_of_the_outermost(void **state)
{
	struct packet inner = {.ttl = 3, .flags = ACK, .payload = 90};
	uint32_t inner_len = packet_len(&inner);
	struct packet outer = {.udp = true, .ttl = 3, .payload = 8 + inner_len};
	uint32_t at = packet_payload(&outer) + 8, len = at + inner_len;
	uint8_t *right = packet_build(&inner), *headers = packet_build_partial(&inner);
	uint8_t *outer_headers = packet_build_partial(&outer);
	uint8_t *frame = packet_build(&outer), *want = malloc(len);
	struct fake_rx rx = {.csum_start = at + packet_l4(&inner), .csum_offset = 16};

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		memcpy(frame, outer_headers, packet_payload(&outer));
		memcpy(frame + at, right, inner_len);
		packet_finish(&outer, frame, len);
		if (kind == 1)
			memset(frame + packet_cksum_at(&outer), 0, 2);
		if (kind == 2)
			frame[packet_cksum_at(&outer)]++;
		memcpy(want, frame, len);
		memcpy(frame + at, headers, packet_payload(&inner));
		setup(ROOM, ALL, true);
		fake.rxq->keep_tcp_cksum = fake.rxq->keep_udp_cksum = true;
		assert_int_equal(flags_of(&rx, frame, len, want),
				 IP_GOOD | (kind == 2 ? L4_BAD : L4_GOOD));
		fake_teardown();
		setup(ROOM, 0, true);
		assert_int_equal(flags_of(&rx, frame, len, want), 0);
		fake_teardown();
	}
	free(right);
	free(headers);
	free(outer_headers);
	free(frame);
	free(want);
}

/* ---- superframes ---- */

static void
superframe_flags(bool lro, uint64_t offloads, bool keep, uint64_t want)
{
	struct packet p = {.ttl = 3, .flags = ACK, .payload = 1200};
	uint8_t *headers = packet_build_partial(&p);
	struct fake_rx rx = {
		.len = packet_len(&p),
		.csum_start = packet_l4(&p),
		.csum_offset = 16,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = 300,
		.head_len = packet_payload(&p),
	};
	struct rte_mbuf *got[8];
	uint16_t nb = lro ? 1 : 4;

	setup(ROOM, offloads, true);
	fake.rxq->max_lro_len = lro ? UINT16_MAX : 0;
	fake.rxq->keep_tcp_cksum = keep;
	memcpy(rx.head, headers, rx.head_len);
	assert_true(fake_receive(&rx));
	assert_int_equal(fake.rx_burst(fake.rxq, got, 8), nb);
	for (uint16_t i = 0; i < nb; i++)
		assert_int_equal(got[i]->ol_flags & FLAGS, want);
	rte_pktmbuf_free_bulk(got, nb);
	fake_teardown();
	free(headers);
}

static void
superframes_and_their_segments(void **state)
{
	(void)state;
	superframe_flags(false, 0, false, L4_GOOD | IP_GOOD);
	superframe_flags(false, ALL, false, L4_GOOD | IP_GOOD);
	superframe_flags(false, ALL, true, L4_NONE | IP_GOOD);
	superframe_flags(true, 0, false, L4_GOOD);
	superframe_flags(true, ALL, false, L4_GOOD | IP_GOOD);
	superframe_flags(true, ALL, true, L4_NONE | IP_GOOD);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_nobody_has_looked_at_is_good_or_bad),
		cmocka_unit_test(only_what_was_asked_for),
		cmocka_unit_test(fragments_say_nothing_of_their_l4),
		cmocka_unit_test(udp_without_a_checksum),
		cmocka_unit_test(padding_is_not_summed),
		cmocka_unit_test(malformed_ones_are_bad),
		cmocka_unit_test(what_the_kernel_vouches_for_is_good),
		cmocka_unit_test(unfinished_ones_are_finished_but_for_those_who_take_them),
		cmocka_unit_test(tunnel_flags_are_of_the_outermost),
		cmocka_unit_test(superframes_and_their_segments),
	};

	return cmocka_run_group_tests_name("rx_cksum", tests, fake_eal_init, NULL);
}
