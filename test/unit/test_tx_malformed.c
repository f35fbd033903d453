/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Requests that contradict their packet: refused, counted once, nothing of them on
 * the wire, and the packets in front of and behind them go out.
 */
#include <errno.h>
#include <inttypes.h>

#include <rte_errno.h>

#include "afpring_tx_check.h"
#include "afpring_transmit.h"
#include "fake_super.h"

#define ROOM 2048
#define SEG RTE_MBUF_F_TX_TCP_SEG
#define USO RTE_MBUF_F_TX_UDP_SEG
#define V4 RTE_MBUF_F_TX_IPV4
#define V6 RTE_MBUF_F_TX_IPV6
#define TCP RTE_MBUF_F_TX_TCP_CKSUM
#define UDP RTE_MBUF_F_TX_UDP_CKSUM
#define SCTP RTE_MBUF_F_TX_SCTP_CKSUM
#define IPS RTE_MBUF_F_TX_IP_CKSUM

/* clang-format off */
static const struct {
	const char *what;
	uint64_t flags;
	uint16_t size;
	int16_t l2, l3; /* added to the right lengths */
	struct packet p;
	int32_t more;   /* added to pkt_len */
	int error;      /* of tx_prepare */
} requests[] = {
	{"segments of 0",         SEG | V4, 0, 0, 0, {.payload = 3000}, 0, EINVAL},
	{"segments of 65535",     SEG | V4, 65535, 0, 0, {.payload = 3000}, 0, EINVAL},
	{"1,021 segments",        SEG | V4, 8, 0, 0, {.payload = 8161}, 0, EINVAL},
	{"129 datagrams",         USO | V4, 10, 0, 0, {.udp = true, .payload = 1281}, 0, EINVAL},
	{"both kinds of segments", SEG | USO | V4, 1000, 0, 0, {.payload = 3000}, 0, EINVAL},
	{"USO of 0",              USO | UDP | V4, 0, 0, 0, {.udp = true, .payload = 3000}, 0, EINVAL},
	{"no L2 length",          SEG | V4, 1000, -14, 0, {.payload = 3000}, 0, EINVAL},
	{"L2 length of 13",       TCP | V4, 0, -1, 0, {.payload = 30}, 0, EINVAL},
	{"no L3 length",          SEG | V4, 1000, 0, -20, {.payload = 3000}, 0, EINVAL},
	{"L3 length of 19",       TCP | V4, 0, 0, -1, {.payload = 30}, 0, EINVAL},
	{"L3 length of 39",       TCP | V6, 0, 0, -1, {.ipv6 = true, .payload = 30}, 0, EINVAL},
	{"L4 outside",            TCP | V4, 0, 0, 200, {.payload = 30}, 0, EINVAL},
	{"L4 behind the frame",   UDP | V4, 0, 0, 470, {.udp = true, .payload = 30}, 0, EINVAL},
	{"L4 at the last byte",   UDP | V4, 0, 0, 35, {.udp = true, .payload = 30}, 0, EINVAL},
	{"TCP cut short",         TCP | V4, 0, 0, 0, {.udp = true, .payload = 3}, 0, EINVAL},
	{"IPv6 said, IPv4 there", TCP | V6, 0, 0, 20, {.payload = 300}, 0, EINVAL},
	{"IPv4 said, IPv6 there", TCP | V4, 0, 0, 0, {.ipv6 = true, .payload = 30}, 0, EINVAL},
	{"SCTP",                  SCTP | V4, 0, 0, 0, {.payload = 30}, 0, ENOTSUP},
	{"larger than the MTU",   TCP | V4, 0, 0, 0, {.payload = 1500}, 0, EMSGSIZE},
	{"pkt_len too large",     TCP | V4, 0, 0, 0, {.payload = 30}, 40, EINVAL},
	{"pkt_len too small",     TCP | V4, 0, 0, 0, {.payload = 300}, -10, EINVAL},
	{"pkt_len of headers",    TCP | V4, 0, 0, 0, {.payload = 300}, -300, EINVAL},
	{"pkt_len 4 GB",          TCP | V4, 0, 0, 0, {.payload = 30}, -90, EINVAL},
	{"TSO, pkt_len too large", SEG | V4, 1000, 0, 0, {.payload = 3000}, 1, EINVAL},
	{"TSO, pkt_len too small", SEG | V4, 1000, 0, 0, {.payload = 3000}, -1, EINVAL},
	{"short, pkt_len large",  SEG | V4, 100, 0, 0, {.payload = 1}, 9000, EINVAL},
};
/* clang-format on */

static uint64_t
refused(void)
{
	const uint64_t *c = fake.txq->count;

	return c[AFPRING_TX_MALFORMED] + c[AFPRING_TX_OVERSIZE] + c[AFPRING_TX_REFUSED];
}

static struct rte_mbuf *
plain(uint16_t port)
{
	struct packet p = {.sport = port, .ttl = 3, .flags = ACK, .payload = 60};

	return fake_mbuf_packet(&p, 0);
}

/* The bad one between two good ones. */
static void
check_refused(struct rte_mbuf *bad, bool join, const char *what)
{
	struct rte_mbuf *pkts[3] = {plain(1), bad, plain(2)};
	struct packet good[2] = {{.sport = 1, .ttl = 3, .flags = ACK, .payload = 60},
				 {.sport = 2, .ttl = 3, .flags = ACK, .payload = 60}};
	uint16_t took = afpring_tx_burst_select(join, false)(fake.txq, pkts, 3);

	CHECK(took == 3, "%u taken: %s\n", took, what);
	CHECK(refused() == 1, "%" PRIu64 " refused: %s\n", refused(), what);
	CHECK(fake.nb_sent == 2, "%u sent: %s\n", fake.nb_sent, what);
	fake_check_wire_packet(0, &good[0]);
	fake_check_wire_packet(1, &good[1]);
}

static struct rte_mbuf *
request(size_t i)
{
	struct packet p = requests[i].p;
	struct rte_mbuf *m;

	p.ttl = 9;
	p.flags = ACK;
	m = fake_mbuf_packet(&p, 0);
	m->ol_flags = requests[i].flags;
	m->tso_segsz = requests[i].size;
	m->l2_len += requests[i].l2;
	m->l3_len += requests[i].l3;
	m->pkt_len += requests[i].more;
	return m;
}

static void
bad_requests(void **state)
{
	(void)state;
	for (int join = 0; join < 2; join++)
		for (size_t i = 0; i < RTE_DIM(requests); i++) {
			fake_super_setup(64, ROOM);
			check_refused(request(i), join, requests[i].what);
			fake_teardown();
		}
}

static void
prepare_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(requests); i++) {
		struct rte_mbuf *pkts[3];
		uint16_t ok;

		fake_super_setup(64, ROOM);
		pkts[0] = plain(1);
		pkts[1] = request(i);
		pkts[2] = plain(2);
		rte_errno = 0;
		ok = afpring_tx_prepare(fake.txq, pkts, 3);
		CHECK(ok == 1 && rte_errno == requests[i].error, "%u, %s: %s\n", ok,
		      strerror(rte_errno), requests[i].what);
		rte_pktmbuf_free_bulk(pkts, 3);
		fake_teardown();
	}
}

/* A flag that no packet socket can express. */
static void
prepare_refuses_unknown_flags(void **state)
{
	static const uint64_t flags[] = {
		RTE_MBUF_F_TX_OUTER_IP_CKSUM,
		RTE_MBUF_F_TX_OUTER_UDP_CKSUM,
		RTE_MBUF_F_TX_MACSEC,
		RTE_MBUF_F_TX_SEC_OFFLOAD,
	};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(flags); i++) {
		struct rte_mbuf *m;

		fake_super_setup(64, ROOM);
		m = plain(1);
		m->ol_flags |= flags[i];
		assert_int_equal(afpring_tx_prepare(fake.txq, &m, 1), 0);
		assert_int_equal(rte_errno, ENOTSUP);
		rte_pktmbuf_free(m);
		fake_teardown();
	}
}

/* The header says less than a TCP header; its checksum field would lie behind it. */
static void
tcp_header_shorter_than_one(void **state)
{
	(void)state;
	for (uint32_t words = 0; words < 5; words++)
		for (int large = 0; large < 2; large++) {
			struct packet p = {.ttl = 9, .flags = ACK, .payload = large ? 3000 : 60};
			struct rte_mbuf *m;

			fake_super_setup(64, ROOM);
			m = fake_mbuf_packet(&p, 0);
			*rte_pktmbuf_mtod_offset(m, uint8_t *, packet_l4(&p) + 12) = words << 4;
			m->ol_flags = large ? SEG | V4 : TCP | V4;
			m->tso_segsz = 1000;
			check_refused(m, false, "TCP header");
			fake_teardown();
		}
}

/* ---- segments ---- */

/* A chain of nb segments, payload bytes spread over them. */
static struct rte_mbuf *
chain(const struct packet *p, uint32_t nb)
{
	struct rte_mbuf *m = fake_mbuf_packet(p, packet_payload(p));
	struct rte_mbuf *last = m->next;
	uint8_t *payload = rte_pktmbuf_mtod(last, uint8_t *);
	uint32_t part = (p->payload + nb - 2) / (nb - 1);

	assert_null(last->next);
	for (uint32_t done = part; done < p->payload; done += part) {
		struct rte_mbuf *s = rte_pktmbuf_alloc(fake.pool);
		uint32_t len = RTE_MIN(part, p->payload - done);

		assert_non_null(s);
		memcpy(rte_pktmbuf_append(s, len), payload + done, len);
		last->next = s;
		last = s;
		m->nb_segs++;
	}
	m->next->data_len = part;
	m->ol_flags = SEG | V4;
	m->tso_segsz = 1000;
	return m;
}

/* As many pieces as one message may have, and one more. */
static void
more_segments_than_a_message_has(void **state)
{
	struct packet p = {.ttl = 9, .flags = ACK};

	(void)state;
	for (uint32_t nb = 1020; nb <= 1030; nb++) {
		struct rte_mbuf *m;

		fake_super_setup(1200, ROOM);
		p.payload = (nb - 1) * 1;
		m = chain(&p, nb);
		assert_int_equal(m->nb_segs, nb);
		if (nb + AFPRING_BATCH_IOV_HEAD > AFPRING_BATCH_IOV) {
			assert_int_equal(afpring_tx_prepare(fake.txq, &m, 1), 0);
			assert_int_equal(rte_errno, EINVAL);
			check_refused(m, false, "IOV_MAX");
		} else {
			assert_int_equal(afpring_tx_burst_select(false, false)(fake.txq, &m, 1), 1);
			CHECK(fake.nb_sent == (p.payload + 999) / 1000, "%u segments: %u\n", nb,
			      fake.nb_sent);
		}
		fake_teardown();
	}
}

/* nb_segs says less, or more, than the chain has. Counted as it is: what is sent is
 * the packet or nothing. */
static void
nb_segs_that_lies(void **state)
{
	static const uint32_t counts[] = {2, 3, 20, 1022, 1100, 1990};
	static const uint16_t claims[] = {0, 1, 2, 3, 1000, 1022, 1023, UINT16_MAX};

	(void)state;
	for (size_t n = 0; n < RTE_DIM(counts); n++)
		for (size_t c = 0; c < 2 * RTE_DIM(claims); c++) {
			uint16_t claim = claims[c / 2];
			uint32_t payload = counts[n] < 1000 ? 1999 : counts[n] - 1;
			struct packet p = {.ttl = 9, .flags = ACK, .payload = payload};
			struct rte_mbuf *pkts[2];
			uint32_t sent;

			fake_super_setup(2100, ROOM);
			pkts[0] = chain(&p, counts[n]);
			pkts[0]->nb_segs = claim;
			pkts[1] = plain(1);
			fake.txq->fast_free = c % 2 != 0;
			assert_int_equal(afpring_tx_burst_select(false, false)(fake.txq, pkts, 2),
					 2);
			sent = refused() == 0 ? 2 : 0;
			CHECK(refused() <= 1 && fake.nb_sent == sent + 1,
			      "%u segments, %u said: %" PRIu64 " refused, %u sent\n", counts[n],
			      claim, refused(), fake.nb_sent);
			for (uint32_t i = 0; i < sent; i++) {
				struct packet seg = packet_segment(&p, 1000, i);

				fake_check_wire_packet(i, &seg);
			}
			fake_teardown();
		}
}

/* Each of a run is such that a join would take it, but one lies about its bytes. */
static void
lengths_that_lie_within_a_join(void **state)
{
	static const int32_t lies[] = {-1, 1, 500, -500, 100000};

	(void)state;
	for (size_t l = 0; l < RTE_DIM(lies); l++)
		for (uint16_t bad = 0; bad < 4; bad++) {
			struct packet super = {.ttl = 9, .flags = ACK, .payload = 4000};
			struct rte_mbuf *pkts[4];
			uint32_t n = 0;

			fake_super_setup(64, ROOM);
			for (uint16_t i = 0; i < 4; i++) {
				struct packet p = packet_segment(&super, 1000, i);

				pkts[i] = fake_mbuf_packet(&p, packet_payload(&p));
				pkts[i]->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_GOOD;
				if (i == bad) /* pkt_len and the headers are right */
					pkts[i]->next->data_len += lies[l];
			}
			assert_int_equal(afpring_tx_burst_select(true, false)(fake.txq, pkts, 4),
					 4);
			CHECK(fake.nb_sent == 3, "%d at %u: %u sent\n", lies[l], bad, fake.nb_sent);
			for (uint16_t i = 0; i < 4; i++) {
				struct packet p = packet_segment(&super, 1000, i);

				if (i != bad)
					fake_check_wire_packet(n++, &p);
			}
			assert_int_equal(refused(), 1);
			fake_teardown();
		}
}

/* Refused for ever, and it never holds up the queue for longer than its patience. */
static void
no_livelock(void **state)
{
	(void)state;
	fake_super_setup(64, ROOM);
	for (int turn = 0; turn < 1000; turn++)
		assert_int_equal(fake_send(request(turn % 14)), 1);
	assert_int_equal(refused(), 1000);
	assert_int_equal(fake.nb_sent, 0);
	assert_int_equal(fake.sendtos + fake_super.calls, 0);
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_requests),
		cmocka_unit_test(prepare_says_why),
		cmocka_unit_test(prepare_refuses_unknown_flags),
		cmocka_unit_test(tcp_header_shorter_than_one),
		cmocka_unit_test(more_segments_than_a_message_has),
		cmocka_unit_test(nb_segs_that_lies),
		cmocka_unit_test(lengths_that_lie_within_a_join),
		cmocka_unit_test(no_livelock),
	};

	return cmocka_run_group_tests_name("tx_malformed", tests, fake_eal_init, NULL);
}
