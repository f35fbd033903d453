/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the pass behind the burst writes into each mbuf: the RSS hash, the packet type, and what flow
 * rules ask for.
 */
#include "fake_kernel.h"
#include "packets.h"

#include <rte_net.h>

#include "afpring_ptype.h"
#include "softrss.h"

#define ROOM 2048
#define OUTER (RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK)

static struct afpring_classify classify;
static struct afpring_rss rss;

static void
setup(uint16_t room, uint32_t steps, uint64_t types)
{
	fake_setup(128, room);
	rss = (struct afpring_rss){.types = types, .key_len = AFPRING_RSS_KEY_LEN};
	for (uint32_t i = 0; i < rss.key_len; i++)
		rss.key[i] = 17 * i + 3;
	classify.steps = steps;
	classify.ptypes = OUTER;
	afpring_classify_set_rss(&classify, &rss);
	fake.rxq->classify = &classify;
	fake.rxq->access = AFPRING_RX_CLASSIFY;
}

static struct rte_mbuf *
receive_some(const struct packet *p, uint16_t tpid, uint16_t nb)
{
	uint8_t *frame = packet_build(p);
	struct fake_rx rx = {.len = packet_len(p),
			     .head_len = packet_len(p),
			     .tpid = tpid,
			     .tci = 5};
	struct rte_mbuf *m = NULL;

	memcpy(rx.head, frame, rx.head_len);
	assert_true(fake_receive(&rx));
	assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), nb);
	free(frame);
	return nb == 0 ? NULL : m;
}

static struct rte_mbuf *
receive(const struct packet *p, uint16_t tpid)
{
	return receive_some(p, tpid, 1);
}

static uint32_t
expected_hash(const struct packet *p)
{
	uint8_t *frame = packet_build(p);
	uint32_t nb = p->ipv6 ? 9 : 3, words[9];
	uint32_t at = packet_l3(p) + (p->ipv6 ? 8 : 12);
	rte_be32_t be;

	for (uint32_t i = 0; i < nb; i++, at += 4) {
		memcpy(&be, frame + (i == nb - 1 ? packet_l4(p) : at), 4);
		words[i] = rte_be_to_cpu_32(be);
	}
	free(frame);
	return softrss(words, nb, &rss);
}

/* With the tag in the frame or beside it, in one mbuf or in a chain whose first holds no header. */
static void
hash_is_that_of_the_flow(void **state)
{
	static const uint16_t rooms[] = {ROOM, 64};
	uint64_t random = 7;

	(void)state;
	for (size_t r = 0; r < RTE_DIM(rooms); r++) {
		setup(rooms[r], AFPRING_CLASSIFY_HASH, RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP);
		for (int n = 0; n < 400; n++) {
			struct packet p = packet_random(&random, 300);
			struct rte_mbuf *m;

			p.tags %= 2;
			p.fragment = p.extension = 0;
			fake.rxq->strip = n % 2 == 0;
			m = receive(&p, n % 4 < 2 ? 0x8100 : 0);
			assert_true((m->ol_flags & RTE_MBUF_F_RX_RSS_HASH) != 0);
			assert_int_equal(m->hash.rss, expected_hash(&p));
			assert_int_equal(m->packet_type, 0);
			rte_pktmbuf_free(m);
		}
		fake_teardown();
	}
}

/* The kernel looks behind the tag that it takes out and one more; so does the burst, wherever the
 * first one is by then. */
static void
third_tag_is_not_looked_behind(void **state)
{
	struct packet p = {.tags = 2, .ttl = 9, .payload = 20};

	(void)state;
	setup(ROOM, AFPRING_CLASSIFY_HASH, RTE_ETH_RSS_TCP);
	for (int strip = 0; strip < 2; strip++) {
		struct rte_mbuf *m;

		fake.rxq->strip = strip != 0;
		m = receive(&p, 0x8100);
		assert_int_equal(m->ol_flags & RTE_MBUF_F_RX_RSS_HASH, 0);
		rte_pktmbuf_free(m);
	}
	fake_teardown();
}

static void
no_hash_without_a_type_for_it(void **state)
{
	struct packet p = {.ttl = 9, .payload = 20};
	struct rte_mbuf *m;

	(void)state;
	setup(ROOM, AFPRING_CLASSIFY_HASH, RTE_ETH_RSS_UDP | RTE_ETH_RSS_IPV6);
	m = receive(&p, 0);
	assert_int_equal(m->ol_flags & RTE_MBUF_F_RX_RSS_HASH, 0);
	rte_pktmbuf_free(m);
	fake_teardown();
}

/* DPDK's own parser agrees on what it says alike in all releases: no tags, no tunnels. */
static void
packet_type_is_that_of_rte_net(void **state)
{
	uint64_t random = 5;

	(void)state;
	setup(ROOM, AFPRING_CLASSIFY_PTYPE, RTE_ETH_RSS_TCP);
	for (int n = 0; n < 400; n++) {
		struct packet p = packet_random(&random, 300);
		struct rte_mbuf *m;

		p.tags = 0;
		m = receive(&p, 0);
		assert_int_equal(m->packet_type, rte_net_get_ptype(m, NULL, OUTER));
		assert_int_equal(m->ol_flags & RTE_MBUF_F_RX_RSS_HASH, 0);
		rte_pktmbuf_free(m);
	}
	fake_teardown();
}

/* Once the tag is out of the frame it is no longer a part of the type. */
static void
packet_type_is_that_of_the_bytes(void **state)
{
	struct packet p = {.ttl = 9, .payload = 20};

	(void)state;
	setup(ROOM, AFPRING_CLASSIFY_PTYPE | AFPRING_CLASSIFY_HASH, RTE_ETH_RSS_TCP);
	for (int strip = 0; strip < 2; strip++) {
		struct rte_mbuf *m;

		fake.rxq->strip = strip != 0;
		m = receive(&p, 0x8100);
		assert_int_equal(m->packet_type,
				 (strip ? RTE_PTYPE_L2_ETHER : RTE_PTYPE_L2_ETHER_VLAN) |
					 RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP);
		assert_int_equal(m->hash.rss, expected_hash(&p));
		rte_pktmbuf_free(m);
	}
	fake_teardown();
}

/* Both tags of a service tag with a customer tag behind it; others keep theirs, whose TPIDs an
 * mbuf cannot tell. Hash and type are those of what is left. */
static void
qinq_is_stripped(void **state)
{
	static const uint16_t rooms[] = {ROOM, 64};
	const uint64_t flags = RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED |
			       RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;

	(void)state;
	for (size_t i = 0; i < 2 * RTE_DIM(rooms); i++) {
		struct packet p = {.tags = 1, .ttl = 9, .payload = 120};
		uint16_t outer = i % 2 == 0 ? 0x88a8 : 0x8100;
		uint8_t bytes[256], *frame = packet_build(&p);
		struct rte_mbuf *m;

		setup(rooms[i / 2],
		      AFPRING_CLASSIFY_QINQ | AFPRING_CLASSIFY_PTYPE | AFPRING_CLASSIFY_HASH,
		      RTE_ETH_RSS_TCP);
		m = receive(&p, outer);
		assert_int_equal(m->hash.rss, expected_hash(&p));
		if (outer == 0x88a8) {
			uint32_t len = packet_len(&p) - 4;

			assert_int_equal(m->ol_flags & flags, flags);
			assert_int_equal(m->vlan_tci_outer, 5);
			assert_int_equal(m->vlan_tci, frame[14] << 8 | frame[15]);
			assert_int_equal(m->pkt_len, len);
			assert_int_equal(m->packet_type,
					 RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4 | RTE_PTYPE_L4_TCP);
			for (uint32_t at = 0; at < len; at++)
				bytes[at] =
					*(const uint8_t *)rte_pktmbuf_read(m, at, 1, bytes + at);
			assert_memory_equal(bytes, frame, 12);
			assert_memory_equal(bytes + 12, frame + 16, len - 12);
		} else {
			assert_int_equal(m->ol_flags & flags, 0);
			assert_int_equal(m->pkt_len, packet_len(&p) + 4);
		}
		rte_pktmbuf_free(m);
		free(frame);
		fake_teardown();
	}
}

/* A burst of IPv4 and of IPv6, which is dropped: what is left keeps its order. */
static void
receive_mixed(bool a, bool b, bool c, bool d)
{
	const bool ipv6[] = {a, b, c, d};
	struct rte_mbuf *pkts[RTE_DIM(ipv6)];
	uint16_t nb = 0, left;

	for (uint32_t i = 0; i < RTE_DIM(ipv6); i++) {
		struct packet p = {.ipv6 = ipv6[i], .ttl = 1 + i, .payload = 20};
		struct fake_rx rx = {.len = packet_len(&p), .head_len = packet_len(&p)};
		uint8_t *frame = packet_build(&p);

		memcpy(rx.head, frame, rx.head_len);
		assert_true(fake_receive(&rx));
		free(frame);
	}
	left = fake.rx_burst(fake.rxq, pkts, RTE_DIM(pkts));
	for (uint32_t i = 0; i < RTE_DIM(ipv6); i++) {
		if (ipv6[i])
			continue;
		assert_int_equal(*rte_pktmbuf_mtod_offset(pkts[nb], uint8_t *, 14 + 8), 1 + i);
		nb++;
	}
	assert_int_equal(left, nb);
	rte_pktmbuf_free_bulk(pkts, nb);
}

/* Rules in the order of their numbers: TCP is marked and counted, IPv6 is counted and dropped, the
 * rest is flagged. */
static void
flow_rules_are_obeyed(void **state)
{
	static struct afpring_flow_hits hits[2][4];
	struct afpring_flow_rule rules[] = {
		{.fate = AFPRING_FLOW_PASSTHRU,
		 .does = AFPRING_FLOW_MARK | AFPRING_FLOW_COUNT,
		 .mark = 0xfffffff0,
		 .hits = hits[0],
		 .nb_tests = 1,
		 .tests = {{AFPRING_FLOW_L4, 4, 0, UINT32_MAX, 6, 6}}},
		{.fate = AFPRING_FLOW_DROP,
		 .does = AFPRING_FLOW_COUNT,
		 .hits = hits[1],
		 .nb_tests = 1,
		 .tests = {{AFPRING_FLOW_L3, 4, 0, UINT32_MAX, 0x86dd, 0x86dd}}},
		{.fate = AFPRING_FLOW_PASSTHRU, .does = AFPRING_FLOW_FLAG},
	};
	struct afpring_flow_rule *order[] = {&rules[0], &rules[1], &rules[2]};
	struct afpring_flow_set set = {.rules = order, .nb = 3};
	uint64_t tcp = 0, tcp_bytes = 0, ip6 = 0, random = 11;
	struct afpring_flow_table *table = afpring_flow_table_make(&set);

	(void)state;
	setup(ROOM, AFPRING_CLASSIFY_FLOW | AFPRING_CLASSIFY_HASH, RTE_ETH_RSS_TCP);
	classify.flows = table;
	fake.rxq->queue_id = 0;
	for (int n = 0; n < 400; n++) {
		struct packet p = packet_random(&random, 300);
		const uint64_t both = RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
		struct rte_mbuf *m;

		p.tags %= 2;
		p.fragment = p.extension = 0;
		fake.rxq->strip = n % 2 == 0;
		m = receive_some(&p, 0x8100, p.ipv6 ? 0 : 1);
		tcp += !p.udp;
		tcp_bytes += p.udp ? 0 : packet_len(&p) + 4;
		ip6 += p.ipv6;
		if (m == NULL)
			continue;
		assert_int_equal(m->ol_flags & both, p.udp ? RTE_MBUF_F_RX_FDIR : both);
		if (!p.udp) {
			assert_int_equal(m->hash.fdir.hi, 0xfffffff0);
			assert_int_equal(m->hash.rss, expected_hash(&p));
		}
		rte_pktmbuf_free(m);
	}
	assert_int_equal(hits[0][0].packets, tcp);
	assert_int_equal(hits[0][0].bytes, tcp_bytes);
	assert_int_equal(hits[1][0].packets, ip6);
	assert_int_equal(fake.rxq->count[AFPRING_RX_FLOW_DROPPED], ip6);
	for (uint32_t dropped = 0; dropped < 16; dropped++)
		receive_mixed(dropped & 1, dropped & 2, dropped & 4, dropped & 8);
	assert_int_equal(rte_mempool_in_use_count(fake.rxq->pool), 0);
	afpring_flow_table_free(table);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hash_is_that_of_the_flow),
		cmocka_unit_test(third_tag_is_not_looked_behind),
		cmocka_unit_test(no_hash_without_a_type_for_it),
		cmocka_unit_test(packet_type_is_that_of_rte_net),
		cmocka_unit_test(packet_type_is_that_of_the_bytes),
		cmocka_unit_test(qinq_is_stripped),
		cmocka_unit_test(flow_rules_are_obeyed),
	};

	return cmocka_run_group_tests(tests, fake_eal_init, NULL);
}
