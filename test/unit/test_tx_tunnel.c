/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Packets inside of packets: what only says so asks for nothing, inner checksums are
 * made where they belong, and what cannot be done is refused.
 */
#include <errno.h>

#include <rte_errno.h>

#include "afpring_tx_check.h"
#include "fake_super.h"

#define ROOM 2048
#define VXLAN_LEN 8u

/* The inner packet in a VXLAN packet without an outer UDP checksum. */
static uint8_t *
build_vxlan(const struct packet *inner, struct packet *outer)
{
	uint8_t *in = packet_build(inner);
	uint32_t len = packet_len(inner);
	uint8_t *frame;

	*outer = (struct packet){.udp = true,
				 .ipv6 = inner->ipv6 != inner->udp,
				 .ttl = 9,
				 .dport = 4789,
				 .payload = VXLAN_LEN + len};
	frame = packet_build(outer);
	memset(frame + packet_cksum_at(outer), 0, 2);
	memcpy(frame + packet_payload(outer) + VXLAN_LEN, in, len);
	free(in);
	return frame;
}

/* As it is handed in: nonsense where the inner sums belong, if they are asked for. */
static struct rte_mbuf *
mbuf_of(const uint8_t *frame, const struct packet *inner, const struct packet *outer, bool apart,
	uint64_t requests)
{
	uint32_t at = packet_payload(outer) + VXLAN_LEN;
	uint8_t *copy = malloc(packet_len(outer));
	struct rte_mbuf *m;

	memcpy(copy, frame, packet_len(outer));
	if ((requests & RTE_MBUF_F_TX_L4_MASK) != 0)
		memset(copy + at + packet_cksum_at(inner), 0x5e, 2);
	if ((requests & RTE_MBUF_F_TX_IP_CKSUM) != 0)
		memset(copy + at + packet_l3(inner) + 10, 0x5e, 2);
	m = fake_mbuf_of(copy, packet_len(outer), 0);
	free(copy);
	m->l2_len = at + packet_l3(inner);
	m->l3_len = packet_l4(inner) - packet_l3(inner);
	if (apart) {
		m->outer_l2_len = packet_l3(outer);
		m->outer_l3_len = packet_l4(outer) - packet_l3(outer);
		m->l2_len -= packet_l4(outer);
	}
	m->ol_flags = requests | RTE_MBUF_F_TX_TUNNEL_VXLAN |
		      (outer->ipv6 ? RTE_MBUF_F_TX_OUTER_IPV6 : RTE_MBUF_F_TX_OUTER_IPV4);
	return m;
}

static uint64_t
requests_of(const struct packet *p)
{
	return (p->udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM) |
	       (p->ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM);
}

/* Without a request, with lengths that leave the outer ones out, and with all lengths:
 * the same bytes. */
static void
inner_checksums(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++)
		for (int how = 0; how < 3; how++) {
			struct packet inner = {.ipv6 = kind & 1,
					       .udp = kind & 2,
					       .ttl = 7,
					       .flags = ACK,
					       .seed = kind,
					       .payload = 101};
			struct packet outer;
			uint8_t *frame = build_vxlan(&inner, &outer);
			struct rte_mbuf *m;

			fake_super_setup(64, ROOM);
			m = mbuf_of(frame, &inner, &outer, how == 2,
				    how == 0 ? 0 : requests_of(&inner));
			assert_int_equal(afpring_tx_prepare(fake.txq, &m, 1), 1);
			assert_int_equal(fake_send(m), 1);
			fake_check_wire(0, frame, packet_len(&outer), packet_name(&inner));
			fake_teardown();
			free(frame);
		}
}

/* Two such packets in a row are no superframe of the outer UDP: their inner checksums
 * would stay undone. */
static void
never_joined(void **state)
{
	struct packet inner = {.ipv6 = true,
			       .ttl = 7,
			       .flags = ACK,
			       .payload = 101}; /* IPv6 outside */
	struct packet outer;
	uint8_t *frame = build_vxlan(&inner, &outer);
	struct rte_mbuf *pkts[2];

	(void)state;
	memset(frame + packet_cksum_at(&outer), 0, 2);
	packet_finish(&outer, frame, packet_len(&outer));
	for (int apart = 0; apart < 2; apart++) {
		fake_super_setup(64, ROOM);
		for (int i = 0; i < 2; i++)
			pkts[i] = mbuf_of(frame, &inner, &outer, apart, requests_of(&inner));
		assert_int_equal(fake_join_burst(pkts, 2), 2);
		assert_int_equal(fake_tx_counted(AFPRING_TX_JOINED), 0);
		fake_check_wire(0, frame, packet_len(&outer), "first");
		fake_check_wire(1, frame, packet_len(&outer), "second");
		fake_teardown();
	}
	free(frame);
}

static void
what_cannot_be_done(void **state)
{
	static const uint64_t requests[] = {RTE_MBUF_F_TX_TCP_SEG, RTE_MBUF_F_TX_OUTER_IP_CKSUM,
					    RTE_MBUF_F_TX_OUTER_UDP_CKSUM};
	struct packet inner = {.ttl = 7, .flags = ACK, .payload = 1000};
	struct packet outer;
	uint8_t *frame = build_vxlan(&inner, &outer);

	(void)state;
	for (size_t i = 0; i < RTE_DIM(requests); i++) {
		struct rte_mbuf *m;

		fake_super_setup(64, ROOM);
		m = mbuf_of(frame, &inner, &outer, true, requests[i] | RTE_MBUF_F_TX_IPV4);
		m->tso_segsz = 500;
		assert_int_equal(afpring_tx_prepare(fake.txq, &m, 1), 0);
		assert_int_equal(rte_errno, ENOTSUP);
		assert_int_equal(fake_send(m), 1);
		assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED), 1);
		assert_int_equal(fake.nb_sent, 0);
		fake_teardown();
	}
	free(frame);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inner_checksums),
		cmocka_unit_test(never_joined),
		cmocka_unit_test(what_cannot_be_done),
	};

	return cmocka_run_group_tests_name("tx_tunnel", tests, fake_eal_init, NULL);
}
