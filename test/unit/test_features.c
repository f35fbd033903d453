/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * From what a device says of itself to what a queue does: which superframes it makes,
 * and which path they take.
 */
#include <errno.h>
#include <linux/ethtool.h>

#include "fake_device.h"
#include "fake_super.h"

#include "afpring_ethtool.h"
#include "afpring_features.h"
#include "afpring_port.h"
#include "afpring_socket.h"

#define ROOM 2048

enum {
	TSO4 = 1,
	TSO6 = 2,
	ECN = 4,
	USO = 8,
	TSO = TSO4 | TSO6,
	ALL = TSO | ECN | USO,
};

static const char *const names[] = {
	"tx-tcp-segmentation",
	"tx-tcp6-segmentation",
	"tx-tcp-ecn-segmentation",
	"tx-udp-segmentation",
};

/* The names at these places, those in the mask active. */
static void
set_features(const uint32_t at[4], uint32_t mask)
{
	for (uint32_t i = 0; i < RTE_DIM(names); i++)
		fake_device_feature(at[i], names[i], (mask & 1 << i) != 0);
}

/* ---- ethtool ---- */

static void
check_read(uint32_t mask, const char *what, uint32_t nb)
{
	struct afpring_ethtool_features f = {true, true, true};

	afpring_ethtool_features(FAKE_FD, FAKE_IFINDEX, &f);
	CHECK(f.tso == ((mask & TSO) == TSO) && f.ecn == ((mask & ECN) != 0) &&
		      f.uso == ((mask & USO) != 0),
	      "%s, %u features, mask %x: %d %d %d\n", what, nb, mask, f.tso, f.ecn, f.uso);
}

/* Whatever number a kernel gives them, and however many there are. */
static void
features_have_names_not_numbers(void **state)
{
	static const uint32_t counts[] = {4, 31, 32, 33, 63, 64, 65, 128, 511, 512};

	(void)state;
	for (size_t c = 0; c < RTE_DIM(counts); c++)
		for (uint32_t shift = 0; shift < RTE_MIN(counts[c], 40u); shift++)
			for (uint32_t mask = 0; mask <= ALL; mask++) {
				uint32_t nb = counts[c], at[4];

				for (uint32_t i = 0; i < 4; i++)
					at[i] = (nb - 1 - shift + i * (nb / 4)) % nb;
				fake_device_setup(nb);
				for (uint32_t i = 0; i < nb; i++) /* all others the other way */
					fake_device_feature(i, NULL, mask == 0);
				set_features(at, mask);
				check_read(mask, "any place", nb);
			}
}

static void
names_that_only_look_alike(void **state)
{
	static const char *const others[] = {
		"tx-tcp-segmentation2",     "tx-tcp6-segmentation2",   "tx-udp-segmentation-list",
		"tx-tcp-segmentatio",       "tx-tcp6-segmentatio",     "x-tcp-ecn-segmentation",
		"tx-tcp-ecn-segmentations", "tx-udp_tnl-segmentation", "",
	};

	(void)state;
	fake_device_setup(RTE_DIM(others));
	for (uint32_t i = 0; i < RTE_DIM(others); i++)
		fake_device_feature(i, others[i], true);
	check_read(0, "others", RTE_DIM(others));
}

static void
connectors(void **state)
{
	static const struct {
		uint8_t port;
		enum rte_eth_link_connector connector;
	} cases[] = {
		{PORT_TP, RTE_ETH_LINK_CONNECTOR_TP},
		{PORT_FIBRE, RTE_ETH_LINK_CONNECTOR_FIBER},
		{PORT_DA, RTE_ETH_LINK_CONNECTOR_DAC},
		{PORT_NONE, RTE_ETH_LINK_CONNECTOR_NONE},
		{PORT_OTHER, RTE_ETH_LINK_CONNECTOR_OTHER},
		{42, RTE_ETH_LINK_CONNECTOR_OTHER},
	};
	struct afpring_ethtool_speed speed;

	(void)state;
	fake_device_setup(0);
	for (uint32_t i = 0; i < RTE_DIM(cases); i++) {
		fake_device.port = cases[i].port;
		afpring_ethtool_speed(FAKE_FD, FAKE_IFINDEX, &speed);
		assert_int_equal(speed.connector, cases[i].connector);
	}
	fake_device.fails = ETHTOOL_GSET;
	afpring_ethtool_speed(FAKE_FD, FAKE_IFINDEX, &speed);
	assert_int_equal(speed.connector, RTE_ETH_LINK_CONNECTOR_OTHER);
}

/* The first and the last of each run of modes, and what is none. */
static void
speeds_of_link_modes(void **state)
{
	static const struct {
		uint32_t mbps;
		int duplex;
		uint16_t bits[24];
	} cases[] = {
		{0, 1, {6, 7, 8, 9, 10, 11, 13, 14, 16, 49, 50, 51, 74, 125, 400, 0}},
		{10, 0, {100, 101, 0}},
		{10, 1, {1, 92, 99, 102, 0}},
		{100, 0, {2, 90, 0}},
		{100, 1, {3, 67, 91, 0}},
		{1000, 1, {4, 5, 17, 41, 68, 0}},
		{2500, 1, {15, 47, 0}},
		{5000, 1, {48, 0}},
		{10000, 1, {12, 18, 20, 42, 46, 0}},
		{20000, 1, {21, 22, 0}},
		{25000, 1, {31, 32, 33, 0}},
		{40000, 1, {23, 26, 0}},
		{50000, 1, {34, 35, 40, 52, 56, 0}},
		{56000, 1, {27, 30, 0}},
		{100000, 1, {36, 39, 57, 61, 75, 79, 0}},
		{200000, 1, {62, 66, 80, 84, 103, 108, 0}},
		{400000, 1, {69, 73, 85, 89, 109, 114, 0}},
	};

	(void)state;
	for (uint32_t i = 0; i < RTE_DIM(cases); i++) {
		for (const uint16_t *bit = cases[i].bits; *bit != 0; bit++) {
			fake_device_setup(0);
			fake_device.nb_words = *bit / 32 + 1;
			fake_device.supported[*bit / 32] = UINT32_C(1) << *bit % 32;
			assert_int_equal(afpring_ethtool_speeds(FAKE_FD, FAKE_IFINDEX),
					 rte_eth_speed_bitflag(cases[i].mbps, cases[i].duplex));
		}
	}
	fake_device_setup(0);
	fake_device.nb_words = 2;
	fake_device.supported[0] = UINT32_C(1) << 5 | UINT32_C(1) << 12 | UINT32_C(1) << 7 | 1;
	fake_device.supported[1] = UINT32_C(1) << 47 % 32;
	assert_int_equal(afpring_ethtool_speeds(FAKE_FD, FAKE_IFINDEX),
			 RTE_ETH_LINK_SPEED_10M_HD | RTE_ETH_LINK_SPEED_1G |
				 RTE_ETH_LINK_SPEED_10G | RTE_ETH_LINK_SPEED_2_5G);
	fake_device.nb_words = 33; /* than which no kernel has more */
	assert_int_equal(afpring_ethtool_speeds(FAKE_FD, FAKE_IFINDEX), 0);
	fake_device.nb_words = 0;
	assert_int_equal(afpring_ethtool_speeds(FAKE_FD, FAKE_IFINDEX), 0);
}

/* A kernel that says nothing, or more than there is room for: no feature is there. */
static void
no_answer_is_no_feature(void **state)
{
	static const uint32_t at[4] = {0, 1, 2, 3};
	static const uint32_t commands[] = {ETHTOOL_GSSET_INFO, ETHTOOL_GSTRINGS,
					    ETHTOOL_GFEATURES};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(commands); i++) {
		fake_device_setup(60);
		set_features(at, ALL);
		fake_device.fails = commands[i];
		check_read(0, "refused", 60);
	}
	for (uint32_t nb = 513; nb <= FAKE_MAX_FEATURES; nb++) {
		fake_device_setup(nb);
		set_features(at, ALL);
		check_read(0, "too many", nb);
	}
	for (int any = 0; any < 2; any++) {
		fake_device_setup(60);
		set_features(at, ALL);
		fake_device.any_room = any;
		check_read(ALL, any ? "before Linux 6.18" : "since", 60);
	}
}

/* ---- what a queue makes of it ---- */

#define AUTO AFPRING_AUTO
#define ON AFPRING_ON
#define OFF AFPRING_OFF

/* clang-format off */
static const struct {
	uint32_t mask;
	enum afpring_choice join;
	bool knows_uso;
	uint32_t gso_max_size;
	bool tso, ecn, uso, join_tcp, join_udp;
	uint32_t join_max, gso_max_len;
} decisions[] = {
	/*                                 tso    ecn    uso    tcp    udp    join   gso */
	{ALL,       AUTO, true,  65536, true,  true,  true,  true,  true,  65535, 65536},
	{ALL,       ON,   true,  65536, true,  true,  true,  true,  true,  65535, 65536},
	{ALL,       OFF,  true,  65536, true,  true,  true,  false, false, 65535, 65536},
	{0,         AUTO, true,  65536, false, false, false, false, false, 65535, 65536},
	{0,         ON,   true,  65536, false, false, false, true,  false, 65535, 65536},
	{0,         OFF,  true,  65536, false, false, false, false, false, 65535, 65536},
	{TSO4,      AUTO, true,  65536, false, false, false, false, false, 65535, 65536},
	{TSO6,      AUTO, true,  65536, false, false, false, false, false, 65535, 65536},
	{TSO,       AUTO, true,  65536, true,  false, false, true,  false, 65535, 65536},
	{TSO | ECN, AUTO, true,  65536, true,  true,  false, true,  false, 65535, 65536},
	{USO,       AUTO, true,  65536, false, false, true,  false, true,  65535, 65536},
	{USO,       ON,   true,  65536, false, false, true,  true,  true,  65535, 65536},
	{ECN,       AUTO, true,  65536, false, true,  false, false, false, 65535, 65536},
	/* the kernel does not know UDP segmentation */
	{ALL,       AUTO, false, 65536, true,  true,  false, true,  false, 65535, 65536},
	{ALL,       ON,   false, 65536, true,  true,  false, true,  false, 65535, 65536},
	/* a superframe is shorter than gso_max_size, and an IP packet than 64 KiB */
	{ALL,       AUTO, true,  0,     true,  true,  true,  true,  true,  65535, 65536},
	{ALL,       AUTO, true,  16384, true,  true,  true,  true,  true,  16383, 16384},
	{ALL,       AUTO, true,  524280, true,  true,  true,  true,  true,  65535, 524280},
};
/* clang-format on */

static struct afpring_port port;
static struct rte_eth_dev_data data;
static struct afpring_process process = {.control_fd = FAKE_FD};
static struct rte_eth_dev dev = {.data = &data, .process_private = &process};

static void
read_device(uint32_t mask, enum afpring_choice join)
{
	static const uint32_t at[4] = {17, 31, 32, 59};

	port.tx[0] = port.tx[1] = fake.txq;
	port.ifindex = FAKE_IFINDEX;
	port.config.tx_join = join;
	data.dev_private = &port;
	data.nb_tx_queues = 2;
	set_features(at, mask);
	afpring_features_read(&dev);
}

static union afpring_device
device_now(void)
{
	return (union afpring_device){.word = fake.txq->device_now};
}

static void
what_a_queue_makes_of_it(void **state)
{
	(void)state;
	fake_super_setup(16, ROOM);
	for (size_t i = 0; i < RTE_DIM(decisions); i++) {
		union afpring_device d;

		fake_device_setup(60);
		port.knows_uso = decisions[i].knows_uso;
		fake_device.gso_max_size = decisions[i].gso_max_size;
		read_device(decisions[i].mask, decisions[i].join);
		d = device_now();
		CHECK(d.tso == decisions[i].tso && d.ecn == decisions[i].ecn &&
			      d.uso == decisions[i].uso,
		      "row %zu: device %d %d %d\n", i, d.tso, d.ecn, d.uso);
		CHECK(d.join_tcp == decisions[i].join_tcp && d.join_udp == decisions[i].join_udp,
		      "row %zu: join %d %d\n", i, d.join_tcp, d.join_udp);
		CHECK(afpring_device_join_max(d) == decisions[i].join_max &&
			      d.gso_max_len == decisions[i].gso_max_len,
		      "row %zu: %u %u\n", i, afpring_device_join_max(d), d.gso_max_len);
		CHECK(afpring_features_join(&dev) == (decisions[i].join != OFF), "row %zu\n", i);
	}
	fake_device.gone = true;
	read_device(ALL, AUTO);
	assert_int_equal(device_now().gso_max_len, 65536);
	fake_teardown();
}

/* ---- the path ---- */

#define BIG 9000u

enum frame {
	NONE, /* of the table's end */
	PLAIN,
	TCP_4,
	TCP_6,
	TCP_CWR,
	UDP,
	TAGGED,
	QINQ,
	LONGEST, /* shorter than gso_max_size by one */
	LARGER,
};

struct step {
	uint32_t mask; /* the device's features from now on */
	enum frame frame;
	bool past;
};

/* clang-format off */
static const struct {
	const char *what;
	bool behind; /* qdisc_bypass=0 */
	uint32_t too_many_tags;
	struct step step[6];
} paths[] = {
	{"it can do all", 0, 0, {{ALL, TCP_4, 1}, {ALL, TCP_6, 1}, {ALL, TCP_CWR, 1}, {ALL, UDP, 1}, {ALL, PLAIN, 1}}},
	{"nothing, and no superframe", 0, 0, {{0, PLAIN, 1}, {0, PLAIN, 1}}},
	{"nothing", 0, 0, {{0, TCP_4, 0}, {0, PLAIN, 0}, {0, UDP, 0}}},
	{"nothing, IPv6", 0, 0, {{0, TCP_6, 0}}},
	{"nothing, UDP", 0, 0, {{0, UDP, 0}}},
	{"IPv4 alone", 0, 0, {{TSO4, TCP_4, 0}}},
	{"IPv6 alone", 0, 0, {{TSO6, TCP_6, 0}}},
	{"no ECN", 0, 0, {{TSO, TCP_4, 1}, {TSO, TCP_CWR, 0}, {TSO, TCP_4, 0}}},
	{"no UDP", 0, 0, {{TSO, TCP_4, 1}, {TSO, UDP, 0}, {TSO, TCP_4, 0}}},
	{"UDP alone", 0, 0, {{USO, UDP, 1}, {USO, TCP_4, 0}, {USO, UDP, 0}}},
	{"switched off", 0, 0, {{ALL, TCP_4, 1}, {0, PLAIN, 1}, {0, TCP_4, 0}}},
	{"off and on again", 0, 0, {{0, TCP_4, 0}, {ALL, PLAIN, 0}, {ALL, TCP_4, 1}, {ALL, UDP, 1}}},
	{"off and on twice", 0, 0, {{0, TCP_4, 0}, {ALL, TCP_4, 1}, {0, TCP_6, 0}, {ALL, TCP_6, 1}}},
	{"off and on between superframes", 0, 0, {{0, PLAIN, 1}, {ALL, TCP_4, 1}}},
	{"on again, but not for this", 0, 0, {{0, TCP_4, 0}, {TSO, UDP, 0}, {TSO, TCP_4, 0}}},
	{"as long as it may be", 0, 0, {{ALL, LONGEST, 1}, {ALL, LARGER, 0}, {ALL, LONGEST, 0}}},
	{"qdisc_bypass=0", 1, 0, {{ALL, TCP_4, 0}, {0, TCP_4, 0}, {ALL, TCP_4, 0}, {ALL, PLAIN, 0}}},
	{"tags as well", 0, 0, {{ALL, TAGGED, 1}, {ALL, QINQ, 1}, {ALL, TCP_4, 1}}},
	{"one tag", 0, 2, {{ALL, TAGGED, 1}, {ALL, QINQ, 0}, {ALL, TAGGED, 0}}},
	{"no tag", 0, 1, {{ALL, TCP_4, 1}, {ALL, TAGGED, 0}, {ALL, TCP_4, 0}}},
	{"no tag, off and on", 0, 1, {{ALL, TAGGED, 0}, {0, TCP_4, 0}, {ALL, TCP_4, 1}, {ALL, QINQ, 0}}},
	{"no tag, qdisc_bypass=0", 1, 1, {{ALL, TAGGED, 0}, {ALL, QINQ, 0}}},
};
/* clang-format on */

static struct rte_mbuf *
frame_of(enum frame frame)
{
	struct packet p = {.ttl = 9, .flags = ACK, .payload = 4000};
	struct rte_mbuf *m;

	p.ipv6 = frame == TCP_6;
	p.udp = frame == UDP;
	p.flags |= frame == TCP_CWR ? CWR : 0;
	p.tags = frame == QINQ ? 2 : frame == TAGGED;
	if (frame == LONGEST || frame == LARGER)
		p.payload = BIG - packet_payload(&p) - (frame == LONGEST);
	if (frame == PLAIN)
		p.payload = 100;
	m = fake_mbuf_packet(&p, 0);
	m->ol_flags = RTE_MBUF_F_RX_L4_CKSUM_NONE | (frame != PLAIN ? RTE_MBUF_F_RX_LRO : 0);
	m->tso_segsz = 1000;
	return m;
}

static void
begin(bool past)
{
	fake_super_setup(64, ROOM);
	fake_device_setup(60);
	fake_device.gso_max_size = BIG;
	port.knows_uso = true;
	fake.txq->path = past ? AFPRING_PATH_BYPASS : AFPRING_PATH_QDISC;
	fake_super.super_past = fake_super.ring_past = past;
	read_device(ALL, AUTO);
}

static void
path_of_a_superframe(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(paths); i++) {
		begin(!paths[i].behind);
		fake_super.too_many_tags = paths[i].too_many_tags;
		for (const struct step *s = paths[i].step; s->frame != NONE; s++) {
			read_device(s->mask, AUTO);
			assert_int_equal(fake_send(frame_of(s->frame)), 1);
			CHECK(fake_super.super_past == s->past && fake_super.ring_past == s->past,
			      "%s, step %zu: %d %d\n", paths[i].what, s - paths[i].step,
			      fake_super.super_past, fake_super.ring_past);
			CHECK(fake.nb_sent != 0, "%s: not sent\n", paths[i].what);
			fake_wire_clear();
		}
		assert_int_equal(fake_tx_counted(AFPRING_TX_REFUSED), 0);
		fake_teardown();
	}
}

/* The device has taken such superframes; now its queue is full for a while, and that is
 * no reason to leave the bypass. A first one with a tag leaves it: nobody could tell. */
static void
refused_once(void **state)
{
	static const enum frame frames[] = {TCP_4, TAGGED, QINQ, UDP};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(frames); i++)
		for (int taken = 0; taken < 2; taken++) {
			bool tags = frames[i] == TAGGED || frames[i] == QINQ;
			struct rte_mbuf *m = NULL;

			begin(true);
			if (taken)
				assert_int_equal(fake_send(frame_of(frames[i])), 1);
			fake_wire_clear();
			fake_super.refuse = ENOBUFS;
			fake_super.refuse_nth = 0;
			m = frame_of(frames[i]);
			assert_int_equal(fake_send(m), tags && !taken);
			CHECK(fake_super.super_past == !(tags && !taken), "frame %zu, %d\n", i,
			      taken);
			if (!tags || taken)
				assert_int_equal(fake_send(m), 1);
			assert_true(fake.nb_sent != 0);
			fake_teardown();
		}
}

/* The first superframe with a tag met a device without carrier, which refuses all: when the
 * carrier comes, it is tried again. */
static void
tags_and_no_carrier(void **state)
{
	static const struct {
		bool carrier, past;
	} steps[] = {{false, false}, {false, false}, {true, true}, {true, true}};
	uint32_t news;

	(void)state;
	begin(true);
	fake_super.too_many_tags = 1;
	assert_int_equal(fake_send(frame_of(TAGGED)), 1);
	assert_false(fake_super.super_past);
	fake_super.too_many_tags = 0;
	for (size_t i = 0; i < RTE_DIM(steps); i++) {
		fake_device.carrier = steps[i].carrier;
		read_device(ALL, AUTO);
		assert_int_equal(fake_send(frame_of(TAGGED)), 1);
		CHECK(fake_super.super_past == steps[i].past, "step %zu\n", i);
	}
	fake_teardown();

	begin(true); /* it has a carrier and refuses tags: that will not change */
	fake_device.carrier = true;
	read_device(ALL, AUTO);
	fake_super.too_many_tags = 1;
	news = device_now().news;
	for (int i = 0; i < 3; i++) {
		read_device(ALL, AUTO);
		assert_int_equal(device_now().news, news);
		assert_int_equal(fake_send(frame_of(TAGGED)), 1);
		assert_false(fake_super.super_past);
	}
	fake_teardown();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(features_have_names_not_numbers),
		cmocka_unit_test(names_that_only_look_alike),
		cmocka_unit_test(no_answer_is_no_feature),
		cmocka_unit_test(connectors),
		cmocka_unit_test(speeds_of_link_modes),
		cmocka_unit_test(what_a_queue_makes_of_it),
		cmocka_unit_test(path_of_a_superframe),
		cmocka_unit_test(refused_once),
		cmocka_unit_test(tags_and_no_carrier),
	};

	return cmocka_run_group_tests_name("features", tests, fake_eal_init, NULL);
}
