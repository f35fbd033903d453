/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The transmit burst over a ring in plain memory: what goes out, and that the
 * mbufs it came from are only read.
 */
#include "fake_kernel.h"

#define ROOM 2048
#define MAX_LEN (FAKE_MTU + 14)

static void
exact_bytes_of_every_size(void **state)
{
	uint64_t bytes = 0;

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t len = 14; len <= MAX_LEN; len++) {
		assert_int_equal(fake_send(fake_mbuf(len, len, 0)), 1);
		fake_check_sent(len - 14, len, len);
		bytes += len;
	}
	assert_int_equal(fake_tx_counted(AFPRING_TX_PACKETS), MAX_LEN - 13);
	assert_int_equal(fake_tx_counted(AFPRING_TX_BYTES), bytes);
	assert_int_equal(fake.sendtos, MAX_LEN - 13);
	fake_teardown();
}

/* hdr_len is what makes the kernel's skb linear; nothing else is asked for, also
 * when the slot's last user left something there. */
static void
virtio_header(void **state)
{
	static const struct virtio_net_hdr empty = {0};

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t i = 0; i < 3 * FAKE_SLOTS; i++) {
		struct virtio_net_hdr vnet;

		assert_int_equal(fake_send(fake_mbuf(i, 60 + i, 0)), 1);
		vnet = fake.sent[i].vnet;
		assert_int_equal(vnet.hdr_len, 60 + i);
		vnet.hdr_len = 0;
		assert_memory_equal(&vnet, &empty, sizeof(vnet));
	}
	fake_teardown();
}

static void
segments_cut_anywhere(void **state)
{
	uint32_t n = 0;

	(void)state;
	fake_setup(64, 400);
	for (uint32_t len = 60; len <= MAX_LEN; len += 101) {
		for (uint32_t first = 1; first < RTE_MIN(len, 400u); first += 3) {
			assert_int_equal(fake_send(fake_mbuf(n, len, first)), 1);
			fake_check_sent(n, n, len);
			n++;
		}
	}
	fake_teardown();
}

/* What the frame with this seed looks like with a tag put in. */
static void
check_sent_tagged(uint32_t n, uint32_t seed, uint32_t len, uint16_t tci)
{
	struct fake_sent *s = &fake.sent[n];
	const uint8_t tag[] = {0x81, 0x00, tci >> 8, tci & 0xff};

	assert_int_equal(s->len, len + 4);
	assert_memory_equal(s->bytes + 12, tag, 4);
	memmove(s->bytes + 12, s->bytes + 16, len - 12);
	s->len = len;
	fake_check_sent(n, seed, len);
}

static void
vlan_insert(void **state)
{
	uint32_t n = 0;

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t len = 14; len <= MAX_LEN; len += 75) {
		for (uint32_t first = 0; first < 20; first++) {
			struct rte_mbuf *m = fake_mbuf(n, len, first);

			m->ol_flags |= RTE_MBUF_F_TX_VLAN;
			m->vlan_tci = 0xe000 | n;
			assert_int_equal(fake_send(m), 1);
			check_sent_tagged(n, n, len, 0xe000 | n);
			n++;
		}
	}
	fake_teardown();
}

/* The service tag outside, the customer tag behind it, whether the flag of one tag is there too. */
static void
qinq_insert(void **state)
{
	uint32_t n = 0;

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t len = 14; len <= MAX_LEN - 4; len += 150) {
		for (uint32_t first = 0; first < 20; first += 5) {
			struct rte_mbuf *m = fake_mbuf(n, len, first);
			struct fake_sent *s = &fake.sent[n];
			const uint8_t tag[] = {0x88, 0xa8, 0x01, n};

			m->ol_flags |= RTE_MBUF_F_TX_QINQ | (n % 2 == 0 ? RTE_MBUF_F_TX_VLAN : 0);
			m->vlan_tci = 0xe000 | n;
			m->vlan_tci_outer = 0x100 | n;
			assert_int_equal(fake_send(m), 1);
			assert_int_equal(s->len, len + 8);
			assert_memory_equal(s->bytes + 12, tag, 4);
			memmove(s->bytes + 12, s->bytes + 16, len - 8);
			s->len = len + 4;
			check_sent_tagged(n, n, len, 0xe000 | n);
			n++;
		}
	}
	fake_teardown();
}

/* A shared mbuf, and an indirect one that lies in the middle of another. */
static void
mbufs_are_only_read(void **state)
{
	struct rte_mbuf *m, *clone;
	struct rte_mbuf before;
	uint8_t *bytes;

	(void)state;
	fake_setup(64, ROOM);
	m = fake_mbuf(1, 500, 100);
	clone = rte_pktmbuf_clone(m, fake.pool);
	assert_non_null(clone);
	clone->ol_flags |= RTE_MBUF_F_TX_VLAN;
	clone->vlan_tci = 5;
	bytes = malloc(m->buf_len);
	memcpy(bytes, m->buf_addr, m->buf_len);
	rte_mbuf_refcnt_update(m, 1);
	before = *m;

	assert_int_equal(fake_send(clone), 1);
	check_sent_tagged(0, 1, 500, 5);
	assert_int_equal(fake_send(m), 1);
	fake_check_sent(1, 1, 500);

	assert_int_equal(rte_mbuf_refcnt_read(m), 1);
	assert_memory_equal(m->buf_addr, bytes, m->buf_len);
	assert_int_equal(m->data_off, before.data_off);
	assert_int_equal(m->data_len, before.data_len);
	assert_int_equal(m->pkt_len, before.pkt_len);
	free(bytes);
	/* its second segment went with the first free: only the head is held */
	m->next = NULL;
	m->nb_segs = 1;
	rte_pktmbuf_free(m);
	fake_teardown();
}

/* clang-format off */
static const struct {
	uint32_t len;
	bool tagged; /* in the frame */
	bool insert;
	bool goes;
} sizes[] = {
	{MAX_LEN,     false, false, true},
	{MAX_LEN + 1, false, false, false},
	{MAX_LEN + 4, false, false, false},
	{MAX_LEN + 4, true,  false, true}, /* the kernel's rule: a tag comes on top */
	{MAX_LEN + 5, true,  false, false},
	{MAX_LEN,     false, true,  true},
	{MAX_LEN + 1, false, true,  false},
	{MAX_LEN,     true,  true,  true},
	{9000,        true,  false, false},
	{9000,        false, true,  false},
};
/* clang-format on */

static void
oversize(void **state)
{
	uint64_t dropped = 0;
	uint32_t sent = 0;

	(void)state;
	fake_setup(64, ROOM);
	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		struct rte_mbuf *m = fake_mbuf(7, sizes[i].len, 0);

		if (sizes[i].tagged)
			memcpy(rte_pktmbuf_mtod_offset(m, void *, 12), "\x81", 2);
		if (sizes[i].insert)
			m->ol_flags |= RTE_MBUF_F_TX_VLAN;
		assert_int_equal(fake_send(m), 1);
		dropped += !sizes[i].goes;
		sent += sizes[i].goes;
		CHECK(fake_tx_counted(AFPRING_TX_OVERSIZE) == dropped, "row %zu\n", i);
		CHECK(fake.nb_sent == sent, "row %zu\n", i);
	}
	fake_teardown();
}

static void
check_next_slots_untouched(void)
{
	for (uint64_t i = fake.tx_geo.frame_size; i < afpring_geometry_bytes(&fake.tx_geo); i++)
		if (fake.tx_ring[i] != 0)
			fail_msg("byte %lu of the ring is written, the slot ends at %u", i,
				 fake.tx_geo.frame_size);
}

/* Lengths that do not hold what they say, the last ones near the wrap of 32 bits. */
static void
segments_that_lie(void **state)
{
	static const uint32_t claims[] = {0,    1,    13,   299,  301,        600,
					  1000, 1514, 1515, 9000, UINT32_MAX, UINT32_MAX - 3};

	(void)state;
	for (int insert = 0; insert < 2; insert++) {
		for (size_t i = 0; i < RTE_DIM(claims); i++) {
			struct rte_mbuf *m;

			fake_setup(64, ROOM);
			m = fake_mbuf(1, 1900, 1600);
			m->data_len = i % 2 ? 1600 : 300;
			m->pkt_len = claims[i];
			m->ol_flags |= insert ? RTE_MBUF_F_TX_VLAN : 0;
			assert_int_equal(fake_send(m), 1);
			check_next_slots_untouched();
			assert_int_equal(fake_send(fake_mbuf(2, 60, 0)), 1);
			CHECK(fake.nb_sent == 1, "pkt_len %u was sent\n", claims[i]);
			fake_check_sent(0, 2, 60);
			assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED) +
						 fake_tx_counted(AFPRING_TX_OVERSIZE),
					 1);
			fake_teardown();
		}
	}
}

/* A larger MTU while the port runs; the slots are what they were. */
static void
larger_mtu_in_the_same_slots(void **state)
{
	uint32_t room;

	(void)state;
	for (int insert = 0; insert < 2; insert++) {
		for (uint32_t over = 0; over < 8; over++) {
			struct rte_mbuf *m;

			fake_setup(64, ROOM);
			room = fake.txq->slot_len;
			afpring_txq_set_max_len(fake.txq, room + 100);
			m = fake_mbuf(1, room - 4 + over, 0);
			m->ol_flags |= insert ? RTE_MBUF_F_TX_VLAN : 0;
			if (fake_send(m) == 0)
				rte_pktmbuf_free(m);
			check_next_slots_untouched();
			fake_teardown();
		}
	}
}

static void
shorter_than_an_ethernet_header(void **state)
{
	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t len = 0; len < 14; len++)
		assert_int_equal(fake_send(fake_mbuf(1, len, 0)), 1);
	assert_int_equal(fake_tx_counted(AFPRING_TX_MALFORMED), 14);
	assert_int_equal(fake.nb_sent, 0);
	assert_int_equal(fake.sendtos, 0);
	fake_teardown();
}

/* A bad packet in the middle takes no slot and no other packet with it. */
static void
bad_among_good(void **state)
{
	struct rte_mbuf *pkts[9];

	(void)state;
	fake_setup(64, ROOM);
	for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
		pkts[i] = fake_mbuf(i, i % 3 == 1 ? 5 : 100 + i, 0);
	assert_int_equal(fake.tx_burst(fake.txq, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
	assert_int_equal(fake.nb_sent, 6);
	for (uint32_t i = 0, n = 0; i < RTE_DIM(pkts); i++)
		if (i % 3 != 1)
			fake_check_sent(n++, i, 100 + i);
	assert_int_equal(fake.sendtos, 1);
	fake_teardown();
}

/* With one pool's mbufs the burst may skip what they do not have; a chain among them has
 * it, and nothing is missing at the end. */
static void
fast_free(void **state)
{
	struct rte_mbuf *pkts[8], *all[64];

	(void)state;
	for (uint32_t chains = 0; chains < 2; chains++) {
		fake_setup(RTE_DIM(all), ROOM);
		fake.txq->fast_free = true;
		for (uint32_t i = 0; i < RTE_DIM(pkts); i++)
			pkts[i] = fake_mbuf(i, 200, chains != 0 && i == 5 ? 100 : 0);
		assert_int_equal(fake.tx_burst(fake.txq, pkts, RTE_DIM(pkts)), RTE_DIM(pkts));
		assert_int_equal(fake.nb_sent, RTE_DIM(pkts));
		assert_int_equal(rte_mempool_in_use_count(fake.pool), 0);
		assert_int_equal(rte_mempool_get_bulk(fake.pool, (void **)all, RTE_DIM(all)), 0);
		for (uint32_t i = 0; i < RTE_DIM(all); i++) {
			assert_null(all[i]->next);
			assert_int_equal(all[i]->nb_segs, 1);
		}
		rte_mempool_put_bulk(fake.pool, (void **)all, RTE_DIM(all));
		fake_teardown();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact_bytes_of_every_size),
		cmocka_unit_test(virtio_header),
		cmocka_unit_test(segments_cut_anywhere),
		cmocka_unit_test(vlan_insert),
		cmocka_unit_test(qinq_insert),
		cmocka_unit_test(mbufs_are_only_read),
		cmocka_unit_test(oversize),
		cmocka_unit_test(segments_that_lie),
		cmocka_unit_test(larger_mtu_in_the_same_slots),
		cmocka_unit_test(shorter_than_an_ethernet_header),
		cmocka_unit_test(bad_among_good),
		cmocka_unit_test(fast_free),
	};

	return cmocka_run_group_tests_name("tx", tests, fake_eal_init, NULL);
}
