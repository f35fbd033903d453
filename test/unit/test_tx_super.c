/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The transmit burst and its superframe lane: what it asks of the kernel, cut again
 * and summed, is what the application handed in.
 */
#include <errno.h>

#include "fake_super.h"

#define ROOM 2048
#define GOOD RTE_MBUF_F_RX_L4_CKSUM_GOOD

static uint16_t
send_one(struct rte_mbuf *m)
{
	return fake_join_burst(&m, 1);
}

/* ---- joined ---- */

/* Segments of a few flows, one behind the other or mixed, and others between. */
static void
check_mix(uint64_t *random, uint16_t nb)
{
	struct rte_mbuf *pkts[nb];
	struct packet want[nb];
	struct packet flows[3];
	uint64_t bytes = 0;
	uint32_t flow = 0;

	for (int i = 0; i < 3; i++) {
		flows[i] = packet_random(random, 1);
		flows[i].flags = ACK;
		flows[i].payload = 100 + unit_random(random) % 1000;
		flows[i].at = 0;
	}
	for (uint16_t i = 0; i < nb; i++) {
		struct packet *p = &flows[flow];

		if (unit_random(random) % 8 == 0)
			flow = unit_random(random) % 3;
		want[i] = *p;
		if (unit_random(random) % 16 == 0)
			want[i].payload = 1 + unit_random(random) % p->payload;
		if (unit_random(random) % 16 == 0)
			want[i].flags |= 1 << unit_random(random) % 8;
		p->seq += want[i].payload;
		p->at += want[i].payload;
		p->id++;
		pkts[i] = fake_mbuf_packet(&want[i], unit_random(random) % 4 == 0 ?
							     1 + unit_random(random) % 150 :
							     0);
		pkts[i]->ol_flags = unit_random(random) % 16 == 0 ? 0 : GOOD;
		if (unit_random(random) % 2 == 0)
			pkts[i]->ol_flags |= FAKE_MORE;
		bytes += packet_len(&want[i]);
	}
	for (uint16_t i = 0; i < nb;) {
		uint16_t part = 1 + unit_random(random) % (nb - i);
		uint16_t took = fake_join_burst(pkts + i, part);

		CHECK(took != 0, "%u of %u\n", i, nb);
		i += took;
	}
	afpring_tx_done_cleanup(fake.txq, 0); /* what is held */
	assert_int_equal(fake.nb_sent, nb);
	for (uint16_t i = 0; i < nb; i++)
		fake_check_wire_packet(i, &want[i]);
	assert_int_equal(fake_super.refused, 0);
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), nb);
	assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), bytes);
}

static void
mixed_bursts_arrive_as_handed_in(void **state)
{
	uint64_t random = 31, joined = 0;

	(void)state;
	for (int turn = 0; turn < 150; turn++) {
		fake_super_setup(700, ROOM);
		check_mix(&random, 1 + unit_random(&random) % 200);
		joined += fake_tx_counted(AFPRING_TX_JOINED);
		fake_teardown();
	}
	assert_true(joined > 1000);
}

/* A burst of many small ones: more than one UDP superframe may have. */
static void
long_runs(void **state)
{
	static const uint16_t counts[] = {2, 32, 64, 65, 128, 129, 300, 512};

	(void)state;
	for (int udp = 0; udp < 2; udp++)
		for (size_t n = 0; n < RTE_DIM(counts); n++) {
			struct rte_mbuf *pkts[512];
			struct packet super = {.udp = udp, .ttl = 9, .flags = ACK};

			fake_super_setup(600, ROOM);
			super.payload = counts[n] * 100;
			for (uint16_t i = 0; i < counts[n]; i++) {
				struct packet p = packet_segment(&super, 100, i);

				pkts[i] = fake_mbuf_packet(&p, 0);
				pkts[i]->ol_flags = GOOD;
			}
			assert_int_equal(fake_join_burst(pkts, counts[n]), counts[n]);
			CHECK(fake.nb_sent == counts[n], "%u of %u %s sent, %u refused\n",
			      fake.nb_sent, counts[n], udp ? "datagrams" : "segments",
			      fake_super.refused);
			for (uint16_t i = 0; i < counts[n]; i++) {
				struct packet p = packet_segment(&super, 100, i);

				fake_check_wire_packet(i, &p);
			}
			/* the 65th is one alone */
			assert_true(fake_tx_counted(AFPRING_TX_JOINED) >= counts[n] - 1u);
			fake_teardown();
		}
}

/* Each of these must not get a right checksum from a join: nothing vouches for it. */
static void
bad_checksums_stay_bad(void **state)
{
	struct rte_mbuf *pkts[8];
	struct packet super = {.ttl = 9, .flags = ACK, .payload = 8 * 500};
	uint8_t *frames[8];

	(void)state;
	fake_super_setup(64, ROOM);
	for (uint16_t i = 0; i < 8; i++) {
		struct packet p = packet_segment(&super, 500, i);

		frames[i] = packet_build(&p);
		frames[i][packet_cksum_at(&p)] ^= 0x55;
		pkts[i] = fake_mbuf_of(frames[i], packet_len(&p), 0);
	}
	assert_int_equal(fake_join_burst(pkts, 8), 8);
	for (uint16_t i = 0; i < 8; i++) {
		fake_check_wire(i, frames[i], packet_payload(&super) + 500, "bad checksum");
		free(frames[i]);
	}
	fake_teardown();
}

/* Segments that make a message of every four. */
static void
make_runs_of_four(struct rte_mbuf **pkts, struct packet *want, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++) {
		struct packet super = {.ttl = 9, .flags = ACK, .payload = 2000};

		super.sport = i / 4;
		want[i] = packet_segment(&super, 500, i % 4);
		pkts[i] = fake_mbuf_packet(&want[i], 0);
		pkts[i]->ol_flags = GOOD;
	}
}

/* The kernel takes some messages, then none: nothing twice, nothing lost, in order. */
static void
socket_buffer_full_between_messages(void **state)
{
	(void)state;
	for (uint32_t budget = 0; budget < 8; budget++) {
		struct rte_mbuf *pkts[32];
		struct packet want[32];
		uint16_t took;

		fake_super_setup(64, ROOM);
		make_runs_of_four(pkts, want, 32);
		fake_super.budget = budget;
		took = fake_join_burst(pkts, 32);
		assert_int_equal(took, budget * 4);
		assert_int_equal(fake.nb_sent, budget * 4);
		fake_super.budget = UINT32_MAX;
		assert_int_equal(fake_join_burst(pkts + took, 32 - took), 32 - took);
		assert_int_equal(fake.nb_sent, 32);
		for (uint16_t i = 0; i < 32; i++)
			fake_check_wire_packet(i, &want[i]);
		assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 32);
		fake_teardown();
	}
}

/* A message that is refused for good takes no other one with it. */
static void
one_message_refused(void **state)
{
	static const int errors[] = {EINVAL, EMSGSIZE, EFAULT, ENETDOWN, ENXIO};

	(void)state;
	for (size_t e = 0; e < RTE_DIM(errors); e++) {
		struct rte_mbuf *pkts[12];
		struct packet want[12];

		fake_super_setup(64, ROOM);
		make_runs_of_four(pkts, want, 12);
		fake_super.refuse = errors[e];
		fake_super.refuse_nth = 1;
		assert_int_equal(fake_join_burst(pkts, 12), 12);
		assert_int_equal(fake.nb_sent, 8);
		assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), 8);
		assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED) +
					 fake_tx_counted(AFPRING_TX_CANCELLED),
				 4);
		fake_teardown();
	}
}

/* Behind a refused one the socket buffer is full: what was not taken is handed in again. */
static void
refused_and_then_full(void **state)
{
	struct rte_mbuf *pkts[16];
	struct packet want[16];
	uint32_t n = 0;

	(void)state;
	fake_super_setup(64, ROOM);
	make_runs_of_four(pkts, want, 16);
	fake_super.refuse = EINVAL;
	fake_super.refuse_nth = 1;
	fake_super.budget = 2;
	assert_int_equal(fake_join_burst(pkts, 16), 12);
	fake_super.budget = UINT32_MAX;
	assert_int_equal(fake_join_burst(pkts + 12, 4), 4);
	for (uint16_t i = 0; i < 16; i++)
		if (i / 4 != 1)
			fake_check_wire_packet(n++, &want[i]);
	assert_int_equal(fake.nb_sent, 12);
	assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED), 4);
	fake_teardown();
}

/* ---- asked for ---- */

/* A superframe with its request, a chain whose first segment ends anywhere. */
static void
check_request(const struct packet *p, uint16_t size, uint32_t first, bool insert, bool passing)
{
	struct rte_mbuf *m;
	struct packet o = *p;
	uint32_t cut = p->udp ? size : RTE_MAX(size, AFPRING_TCP_SEG_MIN);
	uint32_t nb = (p->payload + cut - 1) / cut;

	if (insert) /* the tag that packet_build() puts in front of the others */
		o.tags--;
	m = fake_mbuf_packet(&o, first);
	if (passing)
		m->ol_flags = RTE_MBUF_F_RX_LRO | RTE_MBUF_F_RX_L4_CKSUM_NONE;
	else if (p->udp)
		m->ol_flags = RTE_MBUF_F_TX_UDP_SEG | RTE_MBUF_F_TX_UDP_CKSUM;
	else
		m->ol_flags = RTE_MBUF_F_TX_TCP_SEG;
	if (!passing)
		m->ol_flags |=
			p->ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM;
	if (insert) {
		m->ol_flags |= RTE_MBUF_F_TX_VLAN;
		m->vlan_tci = p->tags == 1 ? 0x2064 : 0;
	}
	m->tso_segsz = size;
	assert_int_equal(send_one(m), 1);
	CHECK(fake.nb_sent == nb, "%u of %u, first %u, refused %u: %s\n", fake.nb_sent, nb, first,
	      fake_super.refused, packet_name(p));
	for (uint32_t i = 0; i < nb; i++) {
		struct packet seg = packet_segment(p, cut, i);

		fake_check_wire_packet(i, &seg);
	}
	fake_wire_clear();
}

/* TCP in fewer bytes than the kernel cuts; what would be one segment then goes as it is. */
static void
tiny_segments_asked_for(void **state)
{
	(void)state;
	fake_super_setup(128, ROOM);
	for (uint32_t size = 1; size <= 9; size++)
		for (uint32_t payload = 1; payload <= 25; payload++)
			for (int kind = 0; kind < 4; kind++) {
				struct packet p = {.ipv6 = kind & 1,
						   .tcp_options = 12,
						   .ttl = 9,
						   .flags = ACK | PSH,
						   .payload = payload};

				check_request(&p, size, 0, false, kind & 2);
			}
	assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED), 0);
	fake_teardown();
}

static void
segmentation_asked_for(void **state)
{
	uint64_t random = 33;

	(void)state;
	fake_super_setup(128, ROOM);
	for (int turn = 0; turn < 1500; turn++) {
		struct packet p = packet_random(&random, turn % 5 == 0 ? 1300 : 30000);
		uint32_t size = 1 + p.payload / (2 + unit_random(&random) % 60);

		if (p.payload < 1300) /* one segment is no superframe */
			size = p.payload + turn % 3;
		check_request(&p, size, unit_random(&random) % 300, p.tags == 1, turn % 3 == 0);
	}
	assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED) +
				 fake_tx_counted(AFPRING_TX_OVERSIZE),
			 0);
	fake_teardown();
}

/* The first segment of the chain ends behind each byte of the headers. */
static void
headers_cut_at_every_byte(void **state)
{
	(void)state;
	fake_super_setup(128, ROOM);
	for (int kind = 0; kind < 8; kind++) {
		struct packet p = {.tags = 1,
				   .ipv6 = kind & 1,
				   .udp = kind & 2,
				   .tcp_options = 12,
				   .ttl = 9,
				   .flags = ACK | PSH,
				   .payload = 5000};

		for (uint32_t first = 1; first < packet_payload(&p) + 3; first++)
			check_request(&p, 1400, first, kind & 4, false);
	}
	fake_teardown();
}

/* A clone refers to another mbuf's bytes, which are only read. */
static void
indirect_mbufs(void **state)
{
	struct packet p = {.ttl = 9, .flags = ACK, .payload = 5000};
	struct rte_mbuf *m, *clone;
	uint8_t *before;

	(void)state;
	fake_super_setup(128, ROOM);
	m = fake_mbuf_packet(&p, 40);
	before = malloc(m->buf_len);
	memcpy(before, m->buf_addr, m->buf_len);
	clone = rte_pktmbuf_clone(m, fake.pool);
	clone->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4;
	clone->tso_segsz = 1448;
	assert_int_equal(send_one(clone), 1);
	assert_int_equal(fake.nb_sent, 4);
	for (uint32_t i = 0; i < 4; i++) {
		struct packet seg = packet_segment(&p, 1448, i);

		fake_check_wire_packet(i, &seg);
	}
	assert_memory_equal(m->buf_addr, before, m->buf_len);
	free(before);
	rte_pktmbuf_free(m);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mixed_bursts_arrive_as_handed_in),
		cmocka_unit_test(long_runs),
		cmocka_unit_test(bad_checksums_stay_bad),
		cmocka_unit_test(socket_buffer_full_between_messages),
		cmocka_unit_test(one_message_refused),
		cmocka_unit_test(refused_and_then_full),
		cmocka_unit_test(segmentation_asked_for),
		cmocka_unit_test(tiny_segments_asked_for),
		cmocka_unit_test(headers_cut_at_every_byte),
		cmocka_unit_test(indirect_mbufs),
	};

	return cmocka_run_group_tests_name("tx_super", tests, fake_eal_init, NULL);
}
