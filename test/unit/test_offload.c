/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Frames with padding behind the IP packet, as short ones have it on Ethernet, and a
 * checksum to be made: the kernel would sum the padding too.
 */
#include <errno.h>

#include "fake_super.h"

#include "afpring_offload.h"
#include "afpring_tx_check.h"

#define ROOM 2048

static uint64_t
requests(const struct packet *p)
{
	return (p->udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM) |
	       (p->ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
}

/* The packet and its padding, no byte of which is zero; in packet_len() + pad bytes. */
static uint8_t *
build_padded(const struct packet *p, uint32_t pad)
{
	uint32_t len = packet_len(p);
	uint8_t *frame = packet_build(p);

	frame = realloc(frame, len + pad);
	for (uint32_t i = 0; i < pad; i++)
		frame[len + i] = 0x81 + i % 100;
	return frame;
}

/* Handed in with anything in the fields to be made, cut behind the first bytes. */
static struct rte_mbuf *
mbuf_padded(const struct packet *p, uint32_t pad, uint32_t first)
{
	uint8_t *frame = build_padded(p, pad);
	struct rte_mbuf *m;

	memset(frame + packet_cksum_at(p), 0x5e, 2);
	if (!p->ipv6)
		memset(frame + packet_l3(p) + 10, 0x5e, 2);
	m = fake_mbuf_of(frame, packet_len(p) + pad, first);
	m->l2_len = packet_l3(p);
	m->l3_len = packet_l4(p) - packet_l3(p);
	m->ol_flags = requests(p);
	free(frame);
	return m;
}

static void
check_sent(const struct packet *p, uint32_t pad)
{
	uint8_t *want = build_padded(p, pad);

	assert_int_equal(fake.nb_sent, 1);
	fake_check_wire(0, want, packet_len(p) + pad, packet_name(p));
	CHECK((fake.sent[0].vnet.flags == 0) == (pad != 0), "%u of padding, flags %u: %s\n", pad,
	      fake.sent[0].vnet.flags, packet_name(p));
	free(want);
	fake_wire_clear();
}

/* ---- through the burst ---- */

/* Every length of a short packet, odd ones too, with every padding up to 60 bytes and
 * beyond. */
static void
padding_is_not_summed(void **state)
{
	(void)state;
	fake_super_setup(64, ROOM);
	for (int kind = 0; kind < 4; kind++)
		for (uint8_t tags = 0; tags < 3; tags++)
			for (uint32_t payload = 0; payload < 20; payload++)
				for (uint32_t pad = 0; pad < 48; pad++) {
					struct packet p = {.tags = tags,
							   .ipv6 = kind & 1,
							   .udp = kind & 2,
							   .ttl = 9,
							   .seed = pad,
							   .flags = ACK,
							   .payload = payload};

					assert_int_equal(fake_send(mbuf_padded(&p, pad, 0)), 1);
					check_sent(&p, pad);
				}
	fake_teardown();
}

/* The tag goes in front of what is summed. */
static void
with_a_tag_inserted(void **state)
{
	(void)state;
	fake_super_setup(64, ROOM);
	for (int kind = 0; kind < 4; kind++)
		for (uint32_t pad = 0; pad < 20; pad++) {
			struct packet p = {.ipv6 = kind & 1,
					   .udp = kind & 2,
					   .ttl = 9,
					   .payload = 3};
			struct rte_mbuf *m = mbuf_padded(&p, pad, 0);

			p.tags = 1;
			m->ol_flags |= RTE_MBUF_F_TX_VLAN;
			m->vlan_tci = 0x2064; /* packet_build()'s */
			assert_int_equal(fake_send(m), 1);
			check_sent(&p, pad);
		}
	fake_teardown();
}

/* Chains cut behind every byte, all sorts of headers. */
static void
chains_cut_anywhere(void **state)
{
	uint64_t random = 51;

	(void)state;
	fake_super_setup(64, ROOM);
	for (int turn = 0; turn < 3000; turn++) {
		struct packet p = packet_random(&random, 60);
		uint32_t pad = 1 + unit_random(&random) % 60;
		uint32_t first = 1 + unit_random(&random) % (packet_len(&p) + pad);

		assert_int_equal(fake_send(mbuf_padded(&p, pad, first)), 1);
		check_sent(&p, pad);
	}
	fake_teardown();
}

/* Received with its sum unfinished and passed on by an application that changed nothing. */
static void
received_unfinished_and_passed_on(void **state)
{
	(void)state;
	fake_super_setup(64, ROOM);
	for (int kind = 0; kind < 4; kind++)
		for (uint32_t pad = 0; pad < 20; pad++) {
			struct packet p = {.tags = pad % 3,
					   .ipv6 = kind & 1,
					   .udp = kind & 2,
					   .ttl = 9,
					   .payload = 5};
			uint8_t *partial = packet_build_partial(&p);
			uint8_t *frame = build_padded(&p, pad);
			struct rte_mbuf *m;

			memcpy(frame, partial, packet_payload(&p));
			m = fake_mbuf_of(frame, packet_len(&p) + pad, 0);
			m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE;
			assert_int_equal(fake_send(m), 1);
			check_sent(&p, pad);
			free(frame);
			free(partial);
		}
	fake_teardown();
}

/* RFC 768: a sum of 0 is sent as ones, for UDP alone. */
static void
sum_of_zero(void **state)
{
	(void)state;
	fake_super_setup(64, ROOM);
	for (int kind = 0; kind < 4; kind++)
		for (uint32_t pad = 0; pad < 3; pad++) {
			struct packet p = {.ipv6 = kind & 1,
					   .udp = kind & 2,
					   .ttl = 9,
					   .payload = 2};
			uint8_t *want = build_padded(&p, pad), *sum = want + packet_cksum_at(&p);
			uint8_t *payload = want + packet_payload(&p);
			struct rte_mbuf *m = mbuf_padded(&p, pad, 0);
			uint32_t word = (sum[0] << 8 | sum[1]) + (payload[0] << 8 | payload[1]);

			/* what the field would have said goes into the payload */
			word = (word & 0xffff) + (word >> 16);
			payload[0] = word >> 8;
			payload[1] = word;
			memcpy(rte_pktmbuf_mtod_offset(m, void *, packet_payload(&p)), payload, 2);
			memset(sum, p.udp ? 0xff : 0, 2);
			assert_int_equal(fake_send(m), 1);
			fake_check_wire(0, want, packet_len(&p) + pad, packet_name(&p));
			fake_wire_clear();
			free(want);
		}
	fake_teardown();
}

/* ---- lengths that contradict each other ---- */

/* What the IP header says of its length, from nothing to more than there is: sent with
 * a sum over just that, or counted. */
static void
every_length_the_ip_header_may_claim(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct packet p = {.ipv6 = kind & 1, .udp = kind & 2, .ttl = 9, .payload = 30};
		uint32_t len = packet_len(&p);

		for (uint32_t end = packet_l3(&p) + (p.ipv6 ? 40 : 0); end < len + 5; end++) {
			struct rte_mbuf *m;
			uint32_t said = end - packet_l3(&p) - (p.ipv6 ? 40 : 0);
			bool good = end >= packet_payload(&p) && end <= len;
			uint8_t *ip;

			fake_super_setup(64, ROOM);
			m = mbuf_padded(&p, 0, 0);
			ip = rte_pktmbuf_mtod_offset(m, uint8_t *, packet_l3(&p));
			ip[p.ipv6 ? 4 : 2] = said >> 8;
			ip[p.ipv6 ? 5 : 3] = said;
			assert_int_equal(fake_send(m), 1);
			CHECK(fake.nb_sent == good, "ends at %u of %u: %u sent\n", end, len,
			      fake.nb_sent);
			assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED), !good);
			if (good) {
				struct packet part = p;

				part.payload = end - packet_payload(&p);
				CHECK((fake.sent[0].vnet.flags == 0) == (end != len),
				      "ends at %u of %u\n", end, len);
				fake.sent[0].len = end;
				if (!p.udp || end == len) /* UDP has a length of its own */
					fake_check_wire_packet(0, &part);
			}
			fake_teardown();
		}
	}
}

/* Of what is larger than a slot only the headers are at hand: no sum can be made of it,
 * and none is made of what lies behind them. */
static void
only_the_headers_at_hand(void **state)
{
	struct packet p = {.ttl = 9, .payload = 9000};
	struct afpring_offload o;

	(void)state;
	fake_super_setup(64, ROOM);
	afpring_txq_set_max_len(fake.txq, 9216);
	for (uint32_t pad = 0; pad < 4; pad++) {
		struct rte_mbuf *m = mbuf_padded(&p, pad, 0);

		assert_int_equal(afpring_offload_read(m, 0, &o), 0);
		assert_int_equal(o.is_padded, pad != 0);
		assert_int_equal(afpring_tx_check(fake.txq, m, &o),
				 pad != 0 ? -EINVAL : AFPRING_TX_WAY_MESSAGE);
		rte_pktmbuf_free(m);
	}
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(padding_is_not_summed),
		cmocka_unit_test(with_a_tag_inserted),
		cmocka_unit_test(chains_cut_anywhere),
		cmocka_unit_test(received_unfinished_and_passed_on),
		cmocka_unit_test(sum_of_zero),
		cmocka_unit_test(every_length_the_ip_header_may_claim),
		cmocka_unit_test(only_the_headers_at_hand),
	};

	return cmocka_run_group_tests_name("offload", tests, fake_eal_init, NULL);
}
