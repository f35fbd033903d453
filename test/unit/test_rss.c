/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "unit.h"

#include <stdlib.h>

#include <linux/if_packet.h>
#include <netinet/in.h>

#include <rte_byteorder.h>
#include <rte_ethdev.h>

#include "afpring_rss.h"
#include "afpring_rss_program.h"
#include "classic_bpf.h"
#include "softrss.h"

/* The key and the flows by which Microsoft verifies RSS. */
static const uint8_t known_key[AFPRING_RSS_KEY_LEN] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
						       0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
						       0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae,
						       0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
						       0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7,
						       0x3b, 0xbe, 0xac, 0x01, 0xfa};

#define ALL_IP (RTE_ETH_RSS_IP | RTE_ETH_RSS_TCP | RTE_ETH_RSS_UDP | RTE_ETH_RSS_SCTP)

static const struct afpring_flow_set no_flows;

struct frame {
	uint8_t bytes[160];
	uint32_t len;
	uint32_t l3;   /* where the IP header begins */
	uint32_t more; /* bytes of the packet behind len */
	bool is_cut;
};

static void
put_type(struct frame *f, uint16_t type)
{
	f->bytes[f->l3 - 2] = type >> 8;
	f->bytes[f->l3 - 1] = type;
}

static struct frame
ethernet(uint32_t nb_tags)
{
	struct frame f = {.len = 120, .l3 = 14};

	for (uint32_t i = 0; i < sizeof(f.bytes); i++)
		f.bytes[i] = random();
	for (; nb_tags != 0; nb_tags--) {
		put_type(&f, random() % 2 == 0 ? RTE_ETHER_TYPE_VLAN : RTE_ETHER_TYPE_QINQ);
		f.l3 += 4;
	}
	put_type(&f, 0x88b5);
	return f;
}

static struct frame
ip4(uint32_t nb_tags, uint8_t proto, uint32_t options, uint16_t frag)
{
	struct frame f = ethernet(nb_tags);

	put_type(&f, RTE_ETHER_TYPE_IPV4);
	f.bytes[f.l3] = 0x45 + options;
	f.bytes[f.l3 + 6] = frag >> 8;
	f.bytes[f.l3 + 7] = frag;
	f.bytes[f.l3 + 9] = proto;
	return f;
}

static struct frame
ip6(uint32_t nb_tags, uint8_t proto)
{
	struct frame f = ethernet(nb_tags);

	put_type(&f, RTE_ETHER_TYPE_IPV6);
	f.bytes[f.l3] = 0x60;
	f.bytes[f.l3 + 6] = proto;
	return f;
}

static struct afpring_rss
rss_of(uint64_t types)
{
	struct afpring_rss rss = {.types = types, .key_len = sizeof(known_key)};

	memcpy(rss.key, known_key, sizeof(known_key));
	for (uint32_t i = 0; i < AFPRING_RSS_RETA; i++)
		rss.reta[i] = i;
	return rss;
}

/* false: no hash */
static bool
hash_of(const struct afpring_rss *rss, const struct frame *f, uint32_t *hash)
{
	struct afpring_rss_fields fields = afpring_rss_fields(rss->types);
	struct afpring_rss_toeplitz toeplitz;
	uint32_t words[AFPRING_RSS_WORDS];
	uint32_t nb = afpring_rss_input(&fields, rss->symmetric, f->bytes,
					RTE_MIN(f->len, (uint32_t)AFPRING_RSS_BYTES), 2, words);

	afpring_rss_toeplitz_set(&toeplitz, rss);
	*hash = nb == 0 ? 0 : afpring_rss_toeplitz(&toeplitz, words, nb);
	return nb != 0;
}

/* As the kernel would: the outer tag beside the packet, the data from behind the type on. */
static uint32_t
queue_of(const struct sock_fprog *prog, const struct frame *f, bool outgoing)
{
	uint32_t at = f->l3 == 14 ? 14 : 18;
	struct classic_packet p = {
		.bytes = f->bytes + (outgoing ? 0 : at),
		.nb_bytes = f->len - (outgoing ? 0 : at),
		.len = f->len + f->more - (outgoing ? 0 : at),
		.type = outgoing ? PACKET_OUTGOING : PACKET_HOST,
		.protocol = f->bytes[at - 2] << 8 | f->bytes[at - 1],
		.ethernet = f->bytes,
	};

	return classic_bpf_value(prog, &p);
}

static void
hashes_of_known_flows_are_the_known_ones(void **state)
{
	static const struct {
		uint8_t address[8];
		uint16_t ports[2];
		uint32_t with_ports, without;
	} known[] = {
		{{66, 9, 149, 187, 161, 142, 100, 80}, {2794, 1766}, 0x51ccc178, 0x323e8fc2},
		{{199, 92, 111, 2, 65, 69, 140, 83}, {14230, 4739}, 0xc626b0ea, 0xd718262a},
		{{24, 19, 198, 95, 12, 22, 207, 184}, {12898, 38024}, 0x5c2b394a, 0xd2d0a5de},
	};
	struct afpring_rss tcp = rss_of(RTE_ETH_RSS_NONFRAG_IPV4_TCP);
	struct afpring_rss ip = rss_of(RTE_ETH_RSS_IPV4);
	uint32_t hash;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(known); i++) {
		struct frame f = ip4(i % 3, IPPROTO_TCP, i, 0x4000);
		uint8_t *l4 = f.bytes + f.l3 + 20 + 4 * i;

		memcpy(f.bytes + f.l3 + 12, known[i].address, 8);
		for (int k = 0; k < 2; k++) {
			l4[2 * k] = known[i].ports[k] >> 8;
			l4[2 * k + 1] = known[i].ports[k];
		}
		assert_true(hash_of(&tcp, &f, &hash));
		assert_int_equal(hash, known[i].with_ports);
		assert_true(hash_of(&ip, &f, &hash));
		assert_int_equal(hash, known[i].without);
	}
}

/* Of any key and input, and of 52 bytes of key too, the hash is that of DPDK's own function. */
static void
hash_is_that_of_rte_softrss(void **state)
{
	struct afpring_rss rss = rss_of(0);
	struct afpring_rss_toeplitz toeplitz;
	uint32_t words[AFPRING_RSS_WORDS];

	(void)state;
	srandom(2);
	for (int n = 0; n < 2000; n++) {
		uint32_t nb = n % AFPRING_RSS_WORDS + 1;

		rss.key_len = n % 2 == 0 ? AFPRING_RSS_KEY_LEN : AFPRING_RSS_KEY_MAX;
		for (uint32_t i = 0; i < rss.key_len; i++)
			rss.key[i] = random();
		for (uint32_t i = 0; i < nb; i++)
			words[i] = random() ^ random() << 16;
		afpring_rss_toeplitz_set(&toeplitz, &rss);
		assert_int_equal(afpring_rss_toeplitz(&toeplitz, words, nb),
				 softrss(words, nb, &rss));
	}
}

static struct frame
any_frame(void)
{
	static const uint8_t protos[] = {IPPROTO_TCP,  IPPROTO_UDP,      IPPROTO_SCTP,
					 IPPROTO_ICMP, IPPROTO_FRAGMENT, IPPROTO_HOPOPTS};
	uint8_t proto = protos[random() % RTE_DIM(protos)];
	struct frame f;

	switch (random() % 5) {
	case 0:
		return ethernet(random() % 3);
	case 1:
		return ip4(random() % 3, proto, 0, 1 << (random() % 14));
	case 2:
		return ip6(random() % 3, proto);
	case 3:
		f = random() % 2 == 0 ? ip4(random() % 3, proto, random() % 11, 0) :
					ip6(random() % 3, proto);
		f.len = f.l3 + random() % (f.len - f.l3);
		f.is_cut = true;
		return f;
	default:
		return ip4(random() % 3, proto, random() % 11, 0x4000);
	}
}

/* The kernel's queue is that of the hash which the burst tells, for all kinds of frames, types,
 * and tables. */
static void
program_and_burst_agree(void **state)
{
	static const uint64_t types[] = {
		RTE_ETH_RSS_IPV4,
		RTE_ETH_RSS_IPV6,
		RTE_ETH_RSS_ETH,
		RTE_ETH_RSS_IP | RTE_ETH_RSS_L3_SRC_ONLY,
		RTE_ETH_RSS_TCP,
		RTE_ETH_RSS_UDP | RTE_ETH_RSS_FRAG_IPV6,
		ALL_IP,
		ALL_IP | RTE_ETH_RSS_L3_DST_ONLY,
		ALL_IP | RTE_ETH_RSS_L4_SRC_ONLY,
		ALL_IP | RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_L4_DST_ONLY,
		ALL_IP | RTE_ETH_RSS_ETH | RTE_ETH_RSS_L2_SRC_ONLY,
		RTE_ETH_RSS_TCP | RTE_ETH_RSS_ETH | RTE_ETH_RSS_L2_DST_ONLY,
		0,
	};

	(void)state;
	srandom(1);
	for (size_t i = 0; i < 4 * RTE_DIM(types); i++) {
		struct afpring_rss rss = rss_of(types[i / 4]);
		uint32_t nb_hashed = 0;
		struct sock_fprog prog;

		rss.symmetric = i % 2 == 1;
		for (uint32_t k = 0; k < AFPRING_RSS_RETA; k++)
			rss.reta[k] = i % 4 < 2 ? (size_t)random() % 16 : k % (i % 7 + 1);
		assert_int_equal(afpring_rss_program(&rss, &no_flows, &prog), 0);
		assert_true(classic_bpf_is_taken(&prog));
		for (int n = 0; n < 500; n++) {
			struct frame f = any_frame();
			uint32_t hash;
			bool hashed = hash_of(&rss, &f, &hash);
			uint32_t queue = queue_of(&prog, &f, n % 8 == 0 && f.l3 == 14);

			nb_hashed += hashed;
			if (hashed || !f.is_cut)
				assert_int_equal(queue, rss.reta[hash % AFPRING_RSS_RETA]);
		}
		assert_true((nb_hashed != 0) == (rss.types != 0));
		free(prog.filter);
	}
}

/* A superframe of BIG TCP is where its segments are, which have no hop-by-hop header any more. */
static void
jumbo_is_where_its_segments_are(void **state)
{
	(void)state;
	srandom(4);
	for (int n = 0; n < 400; n++) {
		struct afpring_rss rss = rss_of(n % 4 == 0 ? RTE_ETH_RSS_TCP : ALL_IP);
		struct frame f = ip6(n % 3, IPPROTO_TCP), big = f, small;
		const uint8_t option[8] = {IPPROTO_TCP, 0, 0xc2, 4, 0, 1, 0x86, 0xa0};
		struct sock_fprog prog;
		uint32_t hash;

		rss.symmetric = n % 2 == 1;
		big.bytes[f.l3 + 6] = IPPROTO_HOPOPTS;
		memcpy(big.bytes + f.l3 + 40, option, 8);
		memcpy(big.bytes + f.l3 + 48, f.bytes + f.l3 + 40, 20);
		small = big;
		big.more = 100000;
		assert_int_equal(afpring_rss_program(&rss, &no_flows, &prog), 0);
		assert_true(hash_of(&rss, &f, &hash));
		assert_int_equal(queue_of(&prog, &big, n % 5 == 0 && f.l3 == 14),
				 rss.reta[hash % AFPRING_RSS_RETA]);
		if (hash_of(&rss, &small, &hash))
			assert_int_equal(queue_of(&prog, &small, false),
					 rss.reta[hash % AFPRING_RSS_RETA]);
		free(prog.filter);
	}
}

/* Swap what a symmetric hash takes for the same. */
static void
turn_round(struct frame *f, uint32_t addresses, uint32_t nb, uint32_t l4)
{
	uint8_t was[160];

	memcpy(was, f->bytes, sizeof(was));
	memcpy(f->bytes + f->l3 + addresses, was + f->l3 + addresses + nb, nb);
	memcpy(f->bytes + f->l3 + addresses + nb, was + f->l3 + addresses, nb);
	memcpy(f->bytes + f->l3 + l4, was + f->l3 + l4 + 2, 2);
	memcpy(f->bytes + f->l3 + l4 + 2, was + f->l3 + l4, 2);
}

static void
symmetric_hash_is_that_of_both_directions(void **state)
{
	struct afpring_rss rss = rss_of(ALL_IP);
	uint32_t nb_differ = 0;

	(void)state;
	for (int n = 0; n < 200; n++) {
		struct frame f = n % 2 == 0 ? ip4(0, IPPROTO_UDP, 0, 0) : ip6(1, IPPROTO_TCP);
		struct frame back = f;
		uint32_t there = 0, here = 0;

		turn_round(&back, n % 2 == 0 ? 12 : 8, n % 2 == 0 ? 4 : 16, n % 2 == 0 ? 20 : 40);
		rss.symmetric = true;
		assert_true(hash_of(&rss, &f, &there) && hash_of(&rss, &back, &here));
		assert_int_equal(there, here);
		rss.symmetric = false;
		assert_true(hash_of(&rss, &f, &there) && hash_of(&rss, &back, &here));
		nb_differ += there != here;
	}
	assert_true(nb_differ > 190);
}

/* The longest program that types and table can ask for is one that the kernel takes. */
static void
longest_program_fits(void **state)
{
	struct afpring_rss rss = rss_of(AFPRING_RSS_TYPES & ~(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6));
	struct sock_fprog prog;

	(void)state;
	rss.symmetric = true;
	rss.types &= ~(RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_L3_DST_ONLY | RTE_ETH_RSS_L4_DST_ONLY);
	for (uint32_t i = 0; i < AFPRING_RSS_RETA; i++)
		rss.reta[i] = i * 3 % 256;
	assert_int_equal(afpring_rss_program(&rss, &no_flows, &prog), 0);
	assert_true(prog.len >= 2500 && prog.len <= 3000);
	assert_true(classic_bpf_is_taken(&prog));
	free(prog.filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_known_flows_are_the_known_ones),
		cmocka_unit_test(hash_is_that_of_rte_softrss),
		cmocka_unit_test(program_and_burst_agree),
		cmocka_unit_test(jumbo_is_where_its_segments_are),
		cmocka_unit_test(symmetric_hash_is_that_of_both_directions),
		cmocka_unit_test(longest_program_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
