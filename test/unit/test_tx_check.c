/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * tx_prepare and tx_burst are of one opinion: what prepare lets pass the burst sends,
 * and what prepare refuses the burst counts, for thousands of mbufs that contradict
 * themselves in every way.
 */
#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

#include <rte_errno.h>

#include "afpring_tx_check.h"
#include "afpring_transmit.h"
#include "fake_super.h"

#define ROOM 2048
#define TURNS 40000

/* ---- any mbuf ---- */

static const uint64_t flags[] = {
	0,
	RTE_MBUF_F_TX_IP_CKSUM,
	RTE_MBUF_F_TX_TCP_CKSUM,
	RTE_MBUF_F_TX_UDP_CKSUM,
	RTE_MBUF_F_TX_SCTP_CKSUM,
	RTE_MBUF_F_TX_TCP_SEG,
	RTE_MBUF_F_TX_UDP_SEG,
	RTE_MBUF_F_TX_VLAN,
	RTE_MBUF_F_TX_QINQ,
	RTE_MBUF_F_TX_MACSEC,
	RTE_MBUF_F_TX_OUTER_IP_CKSUM,
	RTE_MBUF_F_TX_OUTER_UDP_CKSUM,
	RTE_MBUF_F_TX_OUTER_IPV4,
	RTE_MBUF_F_TX_TUNNEL_VXLAN,
	RTE_MBUF_F_RX_L4_CKSUM_GOOD,
	RTE_MBUF_F_RX_L4_CKSUM_NONE,
	RTE_MBUF_F_RX_LRO,
};

static bool
one_in(uint64_t *random, uint32_t n)
{
	return unit_random(random) % n == 0;
}

static uint64_t
fitting_flags(uint64_t *random, const struct packet *p)
{
	uint64_t l4 = p->udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM;
	uint64_t seg = p->udp ? RTE_MBUF_F_TX_UDP_SEG : RTE_MBUF_F_TX_TCP_SEG;
	uint64_t f = p->ipv6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;

	if (one_in(random, 2))
		f |= l4;
	if (one_in(random, 3))
		f |= seg;
	if (!p->ipv6 && one_in(random, 3))
		f |= RTE_MBUF_F_TX_IP_CKSUM;
	if (one_in(random, 2)) /* asks for nothing, as one received and passed on */
		f = one_in(random, 3) ? 0 : RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	return f;
}

/* The lengths of headers and segments, as they should be or nearly so. */
static void
bend_lengths(uint64_t *random, struct rte_mbuf *m)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);

	if (one_in(random, 12))
		m->l2_len += (int)(unit_random(random) % 9) - 4;
	if (one_in(random, 12))
		m->l3_len += (int)(unit_random(random) % 41) - 20;
	if (one_in(random, 20))
		m->outer_l2_len = unit_random(random) % 20;
	if (one_in(random, 20))
		m->pkt_len += (int)(unit_random(random) % 64) - 32;
	if (one_in(random, 40))
		m->pkt_len = unit_random(random) % 20;
	if (one_in(random, 40) && last->data_len > 3)
		last->data_len -= 1 + unit_random(random) % 3;
	if (one_in(random, 40))
		m->nb_segs = unit_random(random) % 5;
}

/* A byte of the headers is another one; most often of the IP length. */
static void
bend_bytes(uint64_t *random, struct rte_mbuf *m, const struct packet *p)
{
	uint32_t at = packet_l3(p) + (p->ipv6 ? 4 : 2) + unit_random(random) % 2;

	if (!one_in(random, 4))
		return;
	if (one_in(random, 3))
		at = unit_random(random) % packet_payload(p);
	if (at < m->data_len)
		*rte_pktmbuf_mtod_offset(m, uint8_t *, at) += 1 + unit_random(random) % 3;
}

static struct rte_mbuf *
any_mbuf(uint64_t *random)
{
	uint32_t max = one_in(random, 3) ? 9000 : one_in(random, 2) ? 1480 : 60;
	struct packet p = packet_random(random, max);
	struct rte_mbuf *m =
		fake_mbuf_packet(&p, one_in(random, 3) ? 1 + unit_random(random) % 300 : 0);

	m->ol_flags = fitting_flags(random, &p);
	m->tso_segsz =
		one_in(random, 4) ? unit_random(random) % 8 : 500 + unit_random(random) % 1000;
	if (one_in(random, 50))
		m->tso_segsz = UINT16_MAX - unit_random(random) % 2;
	if (one_in(random, 6))
		m->ol_flags ^= flags[unit_random(random) % RTE_DIM(flags)];
	if (one_in(random, 6)) /* padding, or less than the IP header says */
		bend_bytes(random, m, &p);
	bend_lengths(random, m);
	bend_bytes(random, m, &p);
	return m;
}

/* ---- both opinions ---- */

static uint64_t
refused(void)
{
	return fake_tx_counted(AFPRING_TX_MALFORMED) + fake_tx_counted(AFPRING_TX_OVERSIZE);
}

static const char *
describe(const struct rte_mbuf *m)
{
	static char text[400];
	int n = snprintf(text, sizeof(text),
			 "flags %" PRIx64
			 ", %u bytes in %u segments, the first %u, l2 %u l3 %u segsz %u:",
			 m->ol_flags, m->pkt_len, m->nb_segs, m->data_len, m->l2_len, m->l3_len,
			 m->tso_segsz);

	for (uint32_t i = 0; i < 60 && i < m->data_len; i++)
		n += snprintf(text + n, sizeof(text) - n, " %02x",
			      *rte_pktmbuf_mtod_offset(m, const uint8_t *, i));
	return text;
}

/* The burst's verdict of one mbuf. The kernel, which this is played to by its rules,
 * never refuses what has passed. */
static void
check_agreed(struct rte_mbuf *m, uint32_t *nb_ok)
{
	uint64_t before = refused(), packets = fake_tx_counted(AFPRING_TX_PACKETS);
	char what[400];
	bool ok;

	rte_errno = 0;
	ok = afpring_tx_prepare(fake.txq, &m, 1) == 1;
	strcpy(what, describe(m));
	CHECK(ok == (rte_errno == 0), "%s\n", what);
	assert_int_equal(fake_send(m), 1);
	CHECK(ok == (refused() == before), "prepare says %s: %s\n", ok ? "good" : "bad", what);
	CHECK(ok == (fake_tx_counted(AFPRING_TX_PACKETS) == packets + 1), "%s\n", what);
	CHECK(fake_super.refused == 0, "refused by the kernel: %s\n", what);
	*nb_ok += ok;
	fake_wire_clear();
}

static void
thousands_of_mbufs(void **state)
{
	uint64_t random = 907;
	uint32_t nb_ok = 0;

	(void)state;
	fake_super_setup(64, ROOM);
	fake_super.nonsense = true;
	for (int turn = 0; turn < TURNS; turn++)
		check_agreed(any_mbuf(&random), &nb_ok);
	/* neither opinion is always the same */
	CHECK(nb_ok > TURNS / 4 && nb_ok < TURNS * 3 / 4, "%u of %u are good\n", nb_ok, TURNS);
	fake_teardown();
}

/* A run of segments that a join would take, but for something that prepare refuses. */
static void
runs(void **state)
{
	uint64_t random = 4711;
	uint32_t nb_good = 0, nb_joined = 0;

	(void)state;
	for (int turn = 0; turn < 3000; turn++) {
		struct packet super = {.ttl = 9, .flags = ACK, .udp = turn & 1, .payload = 3200};
		uint32_t size = one_in(&random, 4) ? 1600 : 800;
		struct rte_mbuf *pkts[4];
		uint16_t nb = 3200 / size, ok = 0;

		fake_super_setup(64, ROOM);
		for (uint16_t i = 0; i < nb; i++) {
			struct packet p = packet_segment(&super, size, i);

			pkts[i] = fake_mbuf_packet(&p, 0);
			pkts[i]->ol_flags = p.udp ? RTE_MBUF_F_TX_UDP_CKSUM | RTE_MBUF_F_TX_IPV4 :
						    RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4;
			if (one_in(&random, 6))
				pkts[i]->ol_flags ^= flags[unit_random(&random) % RTE_DIM(flags)];
			if (one_in(&random, 6))
				bend_lengths(&random, pkts[i]);
			ok += afpring_tx_prepare(fake.txq, &pkts[i], 1);
		}
		assert_int_equal(fake_join_burst(pkts, nb), nb);
		CHECK(refused() == (uint64_t)nb - ok,
		      "turn %d: %u of %u are good, %" PRIu64 " refused\n", turn, ok, nb, refused());
		nb_good += ok;
		nb_joined += fake_tx_counted(AFPRING_TX_JOINED);
		fake_teardown();
	}
	CHECK(nb_good > 5000 && nb_joined > 3000, "%u good, %u joined\n", nb_good, nb_joined);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_mbufs),
		cmocka_unit_test(runs),
	};

	return cmocka_run_group_tests_name("tx_check", tests, fake_eal_init, NULL);
}
