/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Buffer split: which bytes of a packet come to lie in mbufs of which pool.
 */
#include "fake_kernel.h"
#include "packets.h"

#include "afpring_rx_split.h"

#define ROOM 2048
#define FRONT_ROOM 128
#define IP4 (RTE_PTYPE_L2_ETHER | RTE_PTYPE_L3_IPV4_EXT_UNKNOWN)

static struct afpring_classify classify;
static struct afpring_rx_split split;
static struct rte_mempool *fronts;

static void
setup(uint16_t room, unsigned int nb_fronts)
{
	fake_setup(128, room);
	fronts = rte_pktmbuf_pool_create("fronts", nb_fronts, 0, 0,
					 FRONT_ROOM + RTE_PKTMBUF_HEADROOM, SOCKET_ID_ANY);
	assert_non_null(fronts);
	classify = (struct afpring_classify){0};
	split = (struct afpring_rx_split){.nb = 1};
	fake.rxq->classify = &classify;
	fake.rxq->split = &split;
	fake.rxq->access = AFPRING_RX_CLASSIFY;
}

/* A front segment up to a length or a header. */
static void
add(uint16_t length, uint32_t upto)
{
	uint16_t i = split.nb++ - 1;

	split.seg[i].pool = fronts;
	split.seg[i].length = length;
	split.seg[i].upto = upto;
	split.seg[i + 1].pool = fake.pool;
}

static void
teardown(void)
{
	afpring_rx_split_release(&split);
	assert_true(rte_mempool_full(fronts));
	rte_mempool_free(fronts);
	fake_teardown();
}

static bool
receive(const struct packet *p)
{
	uint8_t *frame = packet_build(p);
	struct fake_rx rx = {.len = packet_len(p), .head_len = packet_len(p)};

	memcpy(rx.head, frame, rx.head_len);
	free(frame);
	return fake_receive(&rx);
}

/* The packet's bytes, in segments of these lengths; the last one has the rest, if there is any. */
static void
check(struct rte_mbuf *m, const struct packet *p, uint32_t nb, const uint32_t *lengths)
{
	uint8_t *frame = packet_build(p), bytes[ROOM];
	uint32_t left = packet_len(p);
	struct rte_mbuf *seg = m;

	assert_int_equal(m->pkt_len, left);
	assert_int_equal(m->port, fake.rxq->port_id);
	rte_mbuf_sanity_check(m, 1);
	for (uint32_t i = 0; i < nb && left != 0; i++) {
		uint32_t len = RTE_MIN(lengths[i], left);

		assert_non_null(seg);
		assert_int_equal(seg->data_len, len);
		assert_ptr_equal(seg->pool, fronts);
		left -= len;
		seg = seg->next;
	}
	if (seg != NULL)
		assert_ptr_equal(seg->pool, fake.pool);
	assert_int_equal(seg != NULL, left != 0);
	if (rte_pktmbuf_read(m, 0, m->pkt_len, bytes) != bytes)
		memcpy(bytes, rte_pktmbuf_mtod(m, void *), m->pkt_len);
	assert_memory_equal(bytes, frame, m->pkt_len);
	free(frame);
	rte_pktmbuf_free(m);
}

static void
front_is_as_long_as_asked(void **state)
{
	static const uint16_t rooms[] = {ROOM, 256};
	static const uint32_t lengths[] = {14, 40, FRONT_ROOM}; /* 0: what the mbuf holds */
	uint64_t random = 3;

	(void)state;
	for (size_t r = 0; r < RTE_DIM(rooms); r++) {
		setup(rooms[r], 511);
		fake.rxq->scatter = true;
		add(14, 0);
		add(40, 0);
		add(0, 0);
		for (int n = 0; n < 300; n++) {
			struct packet p = packet_random(&random, 600);
			struct rte_mbuf *m = NULL;

			assert_true(receive(&p));
			assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), 1);
			check(m, &p, 3, lengths);
		}
		teardown();
	}
}

static void
front_ends_with_its_header(void **state)
{
	uint64_t random = 9;

	(void)state;
	setup(ROOM, 511);
	add(0, RTE_PTYPE_L2_ETHER);
	add(0, IP4 | RTE_PTYPE_L4_TCP);
	for (int n = 0; n < 300; n++) {
		struct packet p = packet_random(&random, 300);
		struct rte_mbuf *m = NULL;
		uint32_t lengths[2] = {packet_l3(&p)}, nb = 1;

		p.fragment = p.extension = 0;
		lengths[0] = packet_l3(&p);
		if (!p.ipv6 && !p.udp) {
			lengths[1] = packet_len(&p) - p.payload - lengths[0];
			nb = 2;
		}
		assert_true(receive(&p));
		assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), 1);
		check(m, &p, nb, lengths);
	}
	teardown();
}

/* Random segments of which nobody wants some, perhaps the last one: the packet is what the
 * others have of it, and no more bytes are counted. */
static void
check_wanted(struct rte_mbuf *m, const struct packet *p)
{
	uint8_t *frame = packet_build(p), want[ROOM], bytes[ROOM];
	uint32_t len = packet_len(p), at = 0, nb = 0, nb_segs = 0;
	uint64_t counted = fake_rx_counted(AFPRING_RX_BYTES);

	for (uint16_t i = 0; i < split.nb && at < len; i++) {
		bool last = i + 1 == split.nb;
		uint32_t take = last ? len - at : RTE_MIN(split.seg[i].length, len - at);

		if (split.seg[i].pool != NULL) {
			memcpy(want + nb, frame + at, take);
			nb += take;
		}
		at += take;
	}
	assert_int_equal(m->pkt_len, nb);
	assert_int_equal(m->port, fake.rxq->port_id);
	rte_mbuf_sanity_check(m, 1);
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next)
		nb_segs++;
	assert_int_equal(m->nb_segs, nb_segs);
	if (nb != 0)
		assert_memory_equal(rte_pktmbuf_read(m, 0, nb, bytes), want, nb);
	assert_int_equal(counted, nb);
	free(frame);
	rte_pktmbuf_free(m);
}

static void
unwanted_segments_are_left_out(void **state)
{
	static const uint16_t rooms[] = {ROOM, 256};
	uint64_t random = 17;

	(void)state;
	for (int n = 0; n < 600; n++) {
		struct packet p = packet_random(&random, 600);
		struct rte_mbuf *m = NULL;
		uint32_t nb = unit_random(&random) % 4;

		setup(rooms[n % 2], 511);
		fake.rxq->scatter = true;
		for (uint32_t i = 0; i < nb; i++) {
			add(1 + unit_random(&random) % FRONT_ROOM, 0);
			if (unit_random(&random) % 2 == 0)
				split.seg[i].pool = NULL;
		}
		split.seg[nb].pool = unit_random(&random) % 2 == 0 ? NULL : fake.pool;
		if (nb == 0)
			split.seg[0].pool = fake.pool;
		assert_true(receive(&p));
		assert_int_equal(fake.rx_burst(fake.rxq, &m, 1), 1);
		check_wanted(m, &p);
		teardown();
	}
}

/* What waits in the ring is received once there are mbufs again. */
static void
empty_pool_makes_bursts_short(void **state)
{
	struct packet p = {.ttl = 9, .payload = 100};
	struct rte_mbuf *held, *pkts[8];
	const uint32_t length = 20;

	(void)state;
	setup(ROOM, 1);
	add(20, 0);
	held = rte_pktmbuf_alloc(fronts);
	assert_true(receive(&p));
	assert_int_equal(fake.rx_burst(fake.rxq, pkts, 8), 0);
	assert_true(fake_rx_counted(AFPRING_RX_NOMBUF) > 0);
	rte_pktmbuf_free(held);
	assert_int_equal(fake.rx_burst(fake.rxq, pkts, 1), 1);
	check(pkts[0], &p, 1, &length);
	teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(front_is_as_long_as_asked),
		cmocka_unit_test(front_ends_with_its_header),
		cmocka_unit_test(unwanted_segments_are_left_out),
		cmocka_unit_test(empty_pool_makes_bursts_short),
	};

	return cmocka_run_group_tests(tests, fake_eal_init, NULL);
}
