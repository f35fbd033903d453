/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Bursts over rings in plain memory, for callgrind to count their instructions: see
 * the script "instructions". The kernel of fake_kernel.c is not counted. Prints for
 * each case how many packets the counted bursts moved.
 */
#include <valgrind/callgrind.h>

#include "../unit/fake_super.h"

#define BURST 16
#define WARM 8
#define ROUNDS 64
#define ROOM 2048
#define NB_MBUFS 1024
#define SEG_SIZE 100

static struct rte_mbuf *pkts[256];
static bool counting;

/* ---- what counts ---- */

static void
count(bool on)
{
	if (counting != on)
		CALLGRIND_TOGGLE_COLLECT;
	counting = on;
}

/* The fakes are compiled under names of their own, and stand behind these. */
#undef __wrap_sendto
#undef __wrap_sendmmsg
#undef __wrap_recvmsg
#define NOT_COUNTED(type, call)                                                                    \
	do {                                                                                       \
		bool was = counting;                                                               \
		type ret;                                                                          \
                                                                                                   \
		count(false);                                                                      \
		ret = call;                                                                        \
		count(was);                                                                        \
		return ret;                                                                        \
	} while (0)

ssize_t fake_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		    socklen_t to_len);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);
int fake_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags);
ssize_t fake_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

ssize_t
__wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	      socklen_t to_len)
{
	NOT_COUNTED(ssize_t, fake_sendto(fd, buf, len, flags, to, to_len));
}

int
__wrap_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags)
{
	NOT_COUNTED(int, fake_sendmmsg(fd, vec, vlen, flags));
}

ssize_t
__wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	NOT_COUNTED(ssize_t, fake_recvmsg(fd, msg, flags));
}

/* ---- receive ---- */

static void
put_frames(struct fake_rx rx)
{
	for (uint32_t i = 0; i < BURST; i++) {
		rx.seed = i;
		assert_true(fake_receive(&rx));
	}
}

static void
put_64(void)
{
	put_frames((struct fake_rx){.len = 64});
}

static void
put_1514(void)
{
	put_frames((struct fake_rx){.len = 1514});
}

static void
put_tagged(void)
{
	put_frames((struct fake_rx){.len = 64, .tpid = 0x8100, .tci = 5});
}

static void
put_unfinished(void)
{
	put_frames((struct fake_rx){.len = 1514, .csum_start = 34, .csum_offset = 16});
}

/* One superframe that a slot holds. */
static void
put_superframe(void)
{
	const struct afpring_geometry *g = &fake.rx_geo;
	struct packet p = {.ttl = 9, .flags = ACK, .payload = 14 * SEG_SIZE};
	uint8_t *frame = packet_build_partial(&p);
	uint32_t i = fake.rx_head;
	uint8_t *slot = fake.rx_ring + (uint64_t)(i / g->frames_per_block) * g->block_size +
			(i % g->frames_per_block) * g->frame_size + AFPRING_RX_SLOT_OVERHEAD;

	assert_true(fake_receive(&(struct fake_rx){.len = packet_len(&p)}));
	memcpy(slot, frame, packet_payload(&p));
	*((struct virtio_net_hdr *)slot - 1) = (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.gso_size = SEG_SIZE,
		.hdr_len = packet_payload(&p),
		.csum_start = packet_l4(&p),
		.csum_offset = 16,
	};
	free(frame);
}

/* With the RX checksum offloads on, 1502 bytes of which the kernel says nothing. */
static void
put_unchecked(void)
{
	struct packet p = {.ttl = 9, .flags = ACK, .payload = 1448};
	uint8_t *frame = packet_build(&p);
	struct fake_rx rx = {.len = packet_len(&p), .head_len = packet_len(&p)};

	fake.rxq->checks_cksum = fake.rxq->check_ip = fake.rxq->check_tcp = true;
	fake.rx_burst = afpring_rx_burst_select(RTE_ETH_RX_OFFLOAD_TCP_CKSUM, true, false);
	memcpy(rx.head, frame, rx.head_len);
	put_frames(rx);
	free(frame);
}

static struct afpring_classify classify;

/* Frames of one flow, with a pass behind the burst. */
static void
put_to_classify(uint32_t steps, bool ipv6)
{
	struct packet p = {.ttl = 9, .ipv6 = ipv6, .flags = ACK, .payload = 10};
	struct afpring_rss rss = {.types = RTE_ETH_RSS_TCP, .key_len = AFPRING_RSS_KEY_LEN};
	uint8_t *frame = packet_build(&p);
	struct fake_rx rx = {.len = packet_len(&p), .head_len = packet_len(&p)};

	classify.steps = steps;
	classify.ptypes = RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK;
	memset(rss.key, 0x5a, sizeof(rss.key));
	afpring_classify_set_rss(&classify, &rss);
	fake.rxq->classify = &classify;
	fake.rxq->access = AFPRING_RX_CLASSIFY;
	memcpy(rx.head, frame, rx.head_len);
	put_frames(rx);
	free(frame);
}

static void
put_to_hash(void)
{
	put_to_classify(AFPRING_CLASSIFY_HASH, false);
}

static void
put_to_hash_ipv6(void)
{
	put_to_classify(AFPRING_CLASSIFY_HASH, true);
}

static void
put_to_type(void)
{
	put_to_classify(AFPRING_CLASSIFY_PTYPE, false);
}

/* Rules of one address each, which mark; the packets are for the last one. */
static void
put_to_rules(uint32_t nb)
{
	static struct afpring_flow_rule rules[100], *order[100];
	static struct afpring_flow_table *table;
	struct afpring_flow_set set = {.rules = order, .nb = nb};

	for (uint32_t i = 0; i < nb; i++) {
		uint32_t address = 0x0a000001 + nb - 1 - i;

		order[i] = &rules[i];
		rules[i] = (struct afpring_flow_rule){
			.fate = AFPRING_FLOW_PASSTHRU,
			.does = AFPRING_FLOW_MARK,
			.nb_tests = 2,
			.tests = {{AFPRING_FLOW_L3, 4, 0, UINT32_MAX, 0x0800, 0x0800},
				  {AFPRING_FLOW_L3_BYTES, 4, 12, UINT32_MAX, address, address}},
		};
	}
	afpring_flow_table_free(table);
	table = afpring_flow_table_make(&set);
	put_to_classify(AFPRING_CLASSIFY_FLOW, false);
	classify.flows = table;
}

static void
put_to_1_rule(void)
{
	put_to_rules(1);
}

static void
put_to_100_rules(void)
{
	put_to_rules(100);
}

static uint32_t
receive(void (*put)(void), bool counted)
{
	uint16_t nb;

	put();
	count(counted);
	nb = fake.rx_burst(fake.rxq, pkts, BURST);
	count(false);
	rte_pktmbuf_free_bulk(pkts, nb);
	return nb;
}

/* Nothing there: one poll counts as a packet. */
static uint32_t
poll_nothing(void (*put)(void), bool counted)
{
	uint16_t nb;

	(void)put;
	count(counted);
	nb = fake.rx_burst(fake.rxq, pkts, BURST);
	count(false);
	assert_int_equal(nb, 0);
	return 1;
}

/* ---- transmit ---- */

static void
make_64(void)
{
	for (uint32_t i = 0; i < BURST; i++)
		pkts[i] = fake_mbuf(i, 64, 0);
}

static void
make_64_of_one_pool(void)
{
	fake.txq->fast_free = true;
	make_64();
}

static void
make_1514(void)
{
	for (uint32_t i = 0; i < BURST; i++)
		pkts[i] = fake_mbuf(i, 1514, 0);
}

static void
make_chains(void)
{
	for (uint32_t i = 0; i < BURST; i++)
		pkts[i] = fake_mbuf(i, 1514, 100);
}

static void
make_segments(uint64_t flags)
{
	struct packet super = {.ttl = 9, .flags = ACK, .payload = BURST * 1448};

	for (uint32_t i = 0; i < BURST; i++) {
		struct packet p = packet_segment(&super, 1448, i);

		pkts[i] = fake_mbuf_packet(&p, 0);
		pkts[i]->ol_flags = flags;
	}
}

static void
make_joinable(void)
{
	make_segments(RTE_MBUF_F_RX_L4_CKSUM_GOOD);
}

static void
make_requests(void)
{
	union afpring_device device = fake.txq->device;

	device.join_tcp = false;
	fake_super_device(device);
	make_segments(RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM);
}

static uint32_t
transmit(void (*make)(void), bool counted)
{
	eth_tx_burst_t burst = afpring_tx_burst_select(true, false);
	uint16_t nb;

	make();
	count(counted);
	nb = burst(fake.txq, pkts, BURST);
	count(false);
	assert_int_equal(nb, BURST);
	fake_wire_clear();
	return nb;
}

/* ---- cases ---- */

static const struct {
	const char *name;
	uint32_t (*run)(void (*prepare)(void), bool counted);
	void (*prepare)(void);
	uint32_t packets; /* of one round */
} cases[] = {
	{"rx poll of an empty ring", poll_nothing, NULL, 1},
	{"rx 64 bytes", receive, put_64, BURST},
	{"rx 1514 bytes", receive, put_1514, BURST},
	{"rx 64 bytes and a tag to put back", receive, put_tagged, BURST},
	{"rx 1514 bytes, checksum to finish", receive, put_unfinished, BURST},
	{"rx 1502 bytes, checksum to check", receive, put_unchecked, BURST},
	{"rx segment of a superframe to split", receive, put_superframe, 14},
	{"rx 64 bytes, RSS hash of IPv4", receive, put_to_hash, BURST},
	{"rx 84 bytes, RSS hash of IPv6", receive, put_to_hash_ipv6, BURST},
	{"rx 64 bytes, packet type", receive, put_to_type, BURST},
	{"rx 64 bytes, marked by 1 flow rule", receive, put_to_1_rule, BURST},
	{"rx 64 bytes, asked by 100 flow rules", receive, put_to_100_rules, BURST},
	{"tx 64 bytes", transmit, make_64, BURST},
	{"tx 64 bytes, fast free", transmit, make_64_of_one_pool, BURST},
	{"tx 1514 bytes", transmit, make_1514, BURST},
	{"tx 1514 bytes in two segments", transmit, make_chains, BURST},
	{"tx 1502 bytes, checksum to request", transmit, make_requests, BURST},
	{"tx 1502 bytes, joined", transmit, make_joinable, BURST},
};

static void
count_all(void **state)
{
	(void)state;
	for (size_t c = 0; c < RTE_DIM(cases); c++) {
		uint32_t packets = 0;

		fake_super_setup(NB_MBUFS, ROOM);
		fake.txq->path =
			AFPRING_PATH_BYPASS; /* the default; behind the qdisc each call may look at the carrier */
		for (int i = 0; i < WARM; i++)
			assert_int_equal(cases[c].run(cases[c].prepare, false), cases[c].packets);
		for (int i = 0; i < ROUNDS; i++)
			packets += cases[c].run(cases[c].prepare, true);
		assert_int_equal(packets, ROUNDS * cases[c].packets);
		printf("%s: %u packets\n", cases[c].name, packets);
		CALLGRIND_DUMP_STATS_AT(cases[c].name);
		fake_teardown();
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(count_all)};

	return cmocka_run_group_tests(tests, fake_eal_init, NULL);
}
