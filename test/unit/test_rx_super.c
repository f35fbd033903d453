/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Superframes through the receive burst: from the slot or as a message, cut into
 * the frames their sender would have sent, whatever array and pool there are.
 */
#include "afpring_rx.h"
#include "fake_kernel.h"
#include "packets.h"

#define ROOM 2048
#define IN_SLOT 1500u

/* The kernel receives this superframe; its payload is the fake kernel's pattern. */
static bool
receive(struct packet *p, uint16_t size, uint8_t type)
{
	uint32_t len = packet_len(p), in_slot = RTE_MIN(len, IN_SLOT);
	struct fake_rx rx = {
		.seed = p->seed,
		.len = in_slot,
		.cut = len - in_slot,
		.queued = len > in_slot,
		.csum_start = packet_l4(p),
		.csum_offset = p->udp ? 6 : 16,
		.gso_type = type,
		.gso_size = size,
		.head_len = packet_payload(p),
	};
	uint8_t *header;

	p->at = packet_payload(p);
	header = packet_build_partial(p);
	memcpy(rx.head, header, rx.head_len);
	free(header);
	return fake_receive(&rx);
}

static void
check_frame(const struct rte_mbuf *m, const struct packet *p)
{
	uint8_t *want = packet_build(p);
	uint32_t at = 0, nb_segs = 0;

	CHECK(m->pkt_len == packet_len(p), "%u bytes, not %u: %s\n", m->pkt_len, packet_len(p),
	      packet_name(p));
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next, nb_segs++) {
		CHECK(memcmp(rte_pktmbuf_mtod(s, void *), want + at, s->data_len) == 0,
		      "segment %u: %s\n", nb_segs, packet_name(p));
		at += s->data_len;
	}
	assert_int_equal(at, packet_len(p));
	assert_int_equal(m->nb_segs, nb_segs);
	free(want);
}

static struct packet
any_superframe(uint64_t *random, uint32_t *size)
{
	struct packet p = packet_random(random, 30000);

	p.tags = 0; /* the kernel has taken the outer one */
	*size = 600 + unit_random(random) % 700;
	p.payload = RTE_MAX(p.payload, *size + 1);
	return p;
}

/* Superframes and small frames, taken with arrays of all sizes. */
static void
check_order(uint16_t room, uint64_t *random)
{
	struct packet want[2048];
	bool more[2048] = {false}; /* segments of the same superframe follow */
	struct rte_mbuf *got[64];
	uint32_t in = 0, out = 0;

	fake_setup(8192 / (room / 256), room);
	for (int i = 0; i < 20; i++) {
		uint32_t size;
		struct packet p = any_superframe(random, &size);
		uint32_t nb = (p.payload + size - 1) / size;

		assert_true(receive(&p, size, packet_gso_type(&p)));
		for (uint32_t n = 0; n < nb; n++) {
			more[in] = n + 1 < nb;
			want[in++] = packet_segment(&p, size, n);
		}
		if (i % 3 == 0) {
			struct packet one = {.seed = i, .ttl = 1, .payload = 30};

			assert_true(receive(&one, 0, VIRTIO_NET_HDR_GSO_NONE));
			want[in++] = one;
		}
		while (unit_random(random) % 4 != 0 || (i == 19 && out < in)) {
			uint16_t max = unit_random(random) % 65;
			uint16_t nb_rx = fake.rx_burst(fake.rxq, got, max);

			assert_true(nb_rx <= max && out + nb_rx <= in);
			for (uint16_t n = 0; n < nb_rx; n++) {
				assert_int_equal((got[n]->ol_flags & FAKE_MORE) != 0, more[out]);
				check_frame(got[n], &want[out++]);
			}
			rte_pktmbuf_free_bulk(got, nb_rx);
		}
		if (fake.rx_geo.frame_nr < 30) /* the ring is short: empty it */
			for (uint16_t nb_rx = 1; nb_rx != 0;) {
				nb_rx = fake.rx_burst(fake.rxq, got, 64);
				for (uint16_t n = 0; n < nb_rx; n++)
					check_frame(got[n], &want[out++]);
				rte_pktmbuf_free_bulk(got, nb_rx);
			}
	}
	assert_int_equal(out, in);
	assert_int_equal(fake_rx_counted(AFPRING_RX_PACKETS), in);
	fake_teardown();
}

static void
segments_in_order_for_any_array(void **state)
{
	uint64_t random = 41;

	(void)state;
	for (int turn = 0; turn < 30; turn++)
		check_order(turn % 3 == 0 ? 256 : ROOM, &random);
}

/* Take frames until there are no more for now; they are the segments from `first` on. */
static uint32_t
take_segments(const struct packet *p, uint32_t size, uint32_t first)
{
	struct rte_mbuf *got[64];
	uint16_t nb;

	while ((nb = fake.rx_burst(fake.rxq, got, 64)) != 0)
		for (uint16_t i = 0; i < nb; i++) {
			struct packet seg = packet_segment(p, size, first++);

			check_frame(got[i], &seg);
			rte_pktmbuf_free(got[i]);
		}
	return first;
}

/* The mbufs are elsewhere: what there are some for comes, the rest when they are back. */
static void
waits_for_mbufs(void **state)
{
	struct packet p = {.ttl = 1, .seed = 3, .flags = ACK, .payload = 30 * 1000};
	struct packet next = {.ttl = 1, .seed = 5, .payload = 40};
	struct rte_mbuf *held[100], *got[64];
	uint32_t nb = 0;

	(void)state;
	fake_setup(100, ROOM);
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 80), 0);
	assert_true(receive(&p, 1000, packet_gso_type(&p)));
	assert_true(receive(&next, 0, VIRTIO_NET_HDR_GSO_NONE));
	for (int turn = 0; turn < 10; turn++)
		nb += fake.rx_burst(fake.rxq, got + nb, 64 - nb);
	assert_int_equal(nb, 20);
	assert_true((got[0]->ol_flags & FAKE_MORE) != 0);
	assert_true((got[19]->ol_flags & FAKE_MORE) == 0); /* none may wait for the rest */
	assert_true(fake_rx_counted(AFPRING_RX_NOMBUF) >= 10);
	rte_pktmbuf_free_bulk(held, 80);
	nb += fake.rx_burst(fake.rxq, got + nb, 64 - nb);
	assert_int_equal(nb, 31);
	for (uint32_t i = 0; i < 30; i++) {
		struct packet seg = packet_segment(&p, 1000, i);

		check_frame(got[i], &seg);
	}
	check_frame(got[30], &next);
	assert_int_equal(fake_rx_counted(AFPRING_RX_SUPERFRAMES), 1);
	assert_int_equal(fake_rx_counted(AFPRING_RX_SEGMENTS), 30);
	rte_pktmbuf_free_bulk(got, 31);
	fake_teardown();
}

/* Two packets of several mbufs that the pool does not have, and one of one: how long until
 * that one comes, in polls of 20 us; their counter. */
static uint64_t
starve(uint32_t free_mbufs, uint32_t *polls)
{
	struct fake_rx large = {.seed = 1, .len = IN_SLOT, .cut = 7500, .queued = true};
	struct fake_rx small = {.seed = 2, .len = 100};
	struct rte_mbuf *held[64], *got[8];
	uint64_t begin = afpring_clock_now(), starved;
	uint16_t nb = 0;

	fake_setup(64, ROOM);
	fake.rxq->scatter = true;
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 64 - free_mbufs), 0);
	assert_true(fake_receive(&large));
	assert_true(fake_receive(&large));
	assert_true(fake_receive(&small));
	for (*polls = 0; nb == 0 && *polls < 100000; ++*polls) {
		nb = fake.rx_burst(fake.rxq, got, 8);
		rte_delay_us_block(20);
	}
	CHECK(afpring_clock_now() - begin < afpring_clock_ms(500), "%u polls\n", *polls);
	assert_int_equal(nb, 1);
	fake_check_mbuf(got[0], &small, false);
	rte_pktmbuf_free_bulk(got, nb);
	rte_pktmbuf_free_bulk(held, 64 - free_mbufs);
	starved = fake_rx_counted(AFPRING_RX_STARVED);
	fake_teardown();
	return starved;
}

static void
gives_up_by_the_clock(void **state)
{
	uint32_t polls;

	(void)state;
	assert_int_equal(starve(1, &polls), 2);
	CHECK(polls > 1, "only %u polls\n", polls);
	assert_int_equal(starve(4, &polls), 2);
}

/* Segments of five mbufs each, of which there are twelve, and the application keeps what it
 * gets: the rest is given up, and the sums hold. */
static void
gives_up_the_rest(void **state)
{
	struct packet p = {.ttl = 1, .seed = 3, .flags = ACK, .payload = 30 * 1000};
	struct packet next = {.ttl = 1, .seed = 5, .payload = 40};
	struct rte_mbuf *held[88], *got[64];
	uint32_t nb = 0;

	(void)state;
	fake_setup(100, 256);
	fake.rxq->scatter = true;
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 88), 0);
	assert_true(receive(&p, 1000, packet_gso_type(&p)));
	assert_true(receive(&next, 0, VIRTIO_NET_HDR_GSO_NONE));
	for (uint32_t polls = 0; nb < 3 && polls < 1000; polls++) {
		nb += fake.rx_burst(fake.rxq, got + nb, 64 - nb);
		rte_delay_us_block(20);
	}
	assert_int_equal(nb, 3);
	check_frame(got[2], &next);
	assert_int_equal(fake_rx_counted(AFPRING_RX_STARVED), 28);
	assert_int_equal(fake_rx_counted(AFPRING_RX_SEGMENTS), 30);
	assert_int_equal(fake_rx_counted(AFPRING_RX_SUPERFRAMES), 1);
	rte_pktmbuf_free_bulk(got, nb);
	rte_pktmbuf_free_bulk(held, 88);
	fake_teardown();
}

/* A superframe that would be whole is split when the pool has not enough mbufs at once. */
static void
splits_what_it_cannot_deliver_whole(void **state)
{
	struct packet p = {.ttl = 1, .seed = 3, .flags = ACK, .payload = 30 * 1000};
	struct rte_mbuf *held[90];
	uint32_t nb = 0;

	(void)state;
	fake_setup(100, ROOM);
	fake.rxq->max_lro_len = UINT16_MAX;
	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, held, 90), 0);
	assert_true(receive(&p, 1000, VIRTIO_NET_HDR_GSO_TCPV4));
	assert_int_equal(take_segments(&p, 1000, 0), 0);
	rte_delay_us_block(3 * 1000);
	while (nb < 30) {
		uint32_t before = nb;

		nb = take_segments(&p, 1000, nb);
		assert_true(nb > before);
	}
	assert_int_equal(fake_rx_counted(AFPRING_RX_SUPERFRAMES), 1);
	assert_true(receive(&p, 1000, VIRTIO_NET_HDR_GSO_TCPV4));
	assert_true(take_segments(&p, 1000, 0) > 0); /* the next one does not wait again */
	afpring_rx_flush(fake.rxq);
	rte_pktmbuf_free_bulk(held, 90);
	fake_teardown();
}

/* clang-format off */
static const struct {
	const char *what;
	struct packet p;
	uint16_t size, room;
	uint8_t type;
	bool scatter;
	enum afpring_rx_counter counter;
} refused[] = {
	{"UFO", {.udp = true, .payload = 4000}, 1000, ROOM, VIRTIO_NET_HDR_GSO_UDP, true, AFPRING_RX_UNSPLIT},
	{"no type there is", {.payload = 4000}, 1000, ROOM, 9, true, AFPRING_RX_UNSPLIT},
	{"type and headers", {.ipv6 = true, .payload = 4000}, 1000, ROOM, VIRTIO_NET_HDR_GSO_TCPV4, true, AFPRING_RX_UNSPLIT},
	{"segments of 0", {.payload = 4000}, 0, ROOM, VIRTIO_NET_HDR_GSO_TCPV4, true, AFPRING_RX_UNSPLIT},
	{"a fragment", {.payload = 4000, .fragment = 0x2000}, 1000, ROOM, VIRTIO_NET_HDR_GSO_TCPV4, true, AFPRING_RX_UNSPLIT},
	{"more than a message's pieces", {.payload = 4000}, 3, ROOM, VIRTIO_NET_HDR_GSO_TCPV4, true, AFPRING_RX_UNSPLIT},
	{"larger than an mbuf", {.payload = 4000}, 1000, 512, VIRTIO_NET_HDR_GSO_TCPV4, false, AFPRING_RX_OVERSIZE},
	{"headers larger than an mbuf", {.payload = 4000, .tcp_options = 40}, 1000, 80, VIRTIO_NET_HDR_GSO_TCPV4, true, AFPRING_RX_OVERSIZE},
};
/* clang-format on */

/* Counted, its message taken from the socket, and the next one is right again. */
static void
what_cannot_be_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(refused); i++) {
		struct packet p = refused[i].p;
		struct packet next = {.ttl = 1, .seed = 5, .payload = 40};
		struct rte_mbuf *got[8];

		fake_setup(2000, refused[i].room);
		fake.rxq->scatter = refused[i].scatter;
		assert_true(receive(&p, refused[i].size, refused[i].type));
		assert_true(receive(&next, 0, VIRTIO_NET_HDR_GSO_NONE));
		assert_int_equal(fake.rx_burst(fake.rxq, got, 8), 1);
		check_frame(got[0], &next);
		rte_pktmbuf_free(got[0]);
		CHECK(fake_rx_counted(refused[i].counter) == 1, "%s\n", refused[i].what);
		CHECK(fake.queue_in == fake.queue_out, "message left: %s\n", refused[i].what);
		fake_teardown();
	}
}

/* A pool that can never hold the superframe: it comes in parts, at once. */
static void
more_mbufs_than_the_pool_has(void **state)
{
	struct packet p = {.ttl = 1, .seed = 3, .flags = ACK, .payload = 60 * 1000};

	(void)state;
	fake_setup(20, ROOM);
	for (int lro = 0; lro < 2; lro++) {
		uint32_t nb = 0;

		fake.rxq->max_lro_len = lro * UINT16_MAX;
		assert_true(receive(&p, 1000, VIRTIO_NET_HDR_GSO_TCPV4));
		for (int turn = 0; turn < 100 && nb < 60; turn++) {
			uint32_t before = nb;

			nb = take_segments(&p, 1000, nb);
			assert_true(nb > before);
		}
		assert_int_equal(nb, 60);
	}
	assert_int_equal(fake.queue_in, fake.queue_out);
	fake_teardown();
}

/* A burst takes superframes until it has enough bytes of them: one that is large, several
 * that are small. */
static void
enough_of_them_for_a_burst(void **state)
{
	static const struct {
		uint32_t payload;
		uint16_t bursts[3];
	} cases[] = {{40000, {1, 1, 1}}, {20000, {2, 1, 0}}, {4000, {3, 0, 0}}};
	struct rte_mbuf *got[64];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(cases); i++) {
		fake_setup(256, ROOM);
		fake.rxq->max_lro_len = UINT16_MAX;
		for (int n = 0; n < 3; n++) {
			struct packet p = {.ttl = 1, .flags = ACK, .payload = cases[i].payload};

			assert_true(receive(&p, 1000, VIRTIO_NET_HDR_GSO_TCPV4));
		}
		for (size_t n = 0; n < RTE_DIM(cases[i].bursts); n++) {
			uint16_t nb_rx = fake.rx_burst(fake.rxq, got, 64);

			CHECK(nb_rx == cases[i].bursts[n], "%u bytes, burst %zu: %u\n",
			      cases[i].payload, n, nb_rx);
			rte_pktmbuf_free_bulk(got, nb_rx);
		}
		fake_teardown();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(segments_in_order_for_any_array),
		cmocka_unit_test(waits_for_mbufs),
		cmocka_unit_test(gives_up_by_the_clock),
		cmocka_unit_test(gives_up_the_rest),
		cmocka_unit_test(splits_what_it_cannot_deliver_whole),
		cmocka_unit_test(what_cannot_be_split),
		cmocka_unit_test(more_mbufs_than_the_pool_has),
		cmocka_unit_test(enough_of_them_for_a_burst),
	};

	return cmocka_run_group_tests_name("rx_super", tests, fake_eal_init, NULL);
}
