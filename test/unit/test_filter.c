/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The gate's programs: run here by a small interpreter of classic BPF, and offered to
 * the kernel's own checker.
 */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "afpring_filter.h"
#include "afpring_uapi.h"
#include "classic_bpf.h"

static const struct afpring_flow_set no_flows;

struct packet {
	const char *name;
	uint8_t type; /* sll_pkttype */
	uint8_t dst[6];
	uint32_t len;
};

#define MAC                                                                                        \
	{                                                                                          \
		0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xee                                                 \
	}

/* clang-format off */
static const struct packet packets[] = {
	{"to us",              PACKET_HOST,      MAC,                                  60},
	{"to another",         PACKET_OTHERHOST, {0x02, 0xaa, 0xbb, 0xcc, 0xdd, 0xef}, 60},
	{"to another, high",   PACKET_OTHERHOST, {0x12, 0xaa, 0xbb, 0xcc, 0xdd, 0xee}, 60},
	{"broadcast",          PACKET_BROADCAST, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 60},
	{"multicast",          PACKET_MULTICAST, {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01}, 60},
	{"multicast, IPv6",    PACKET_MULTICAST, {0x33, 0x33, 0x00, 0x00, 0x00, 0x01}, 60},
	{"nearly broadcast",   PACKET_MULTICAST, {0xff, 0xff, 0xff, 0xff, 0xff, 0xfe}, 60},
	{"sent by the host",   PACKET_OUTGOING,  {0x02, 0x00, 0x00, 0x00, 0x00, 0x09}, 60},
	{"sent, to our MAC",   PACKET_OUTGOING,  MAC,                                  60},
	{"sent, broadcast",    PACKET_OUTGOING,  {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 60},
	{"looped",             PACKET_LOOPBACK,  MAC,                                  60},
	{"largest",            PACKET_HOST,      MAC,                               65549},
	{"cut short",          PACKET_HOST,      MAC,                                   5},
};

/* One line a rule, one character a packet in the order above: + passes, - does not. */
static const struct {
	struct afpring_filter_rule rule;
	const char *verdicts;
} rules[] = {
	/* outgoing promisc allmulti */
	{{false, false, false, false, {{MAC}}}, "+--+------++-"},
	{{false, false, true, false, {{MAC}}}, "+--++++---++-"},
	{{false, true, false, false, {{MAC}}}, "+++++++---+++"},
	{{false, true, true, false, {{MAC}}}, "+++++++---+++"},
	{{true, false, false, false, {{MAC}}}, "+--+---+++++-"},
	{{true, false, true, false, {{MAC}}}, "+--+++++++++-"},
	{{true, true, false, false, {{MAC}}}, "+++++++++++++"},
	{{true, true, true, false, {{MAC}}}, "+++++++++++++"},
};
/* clang-format on */

/* How many bytes of the packet pass. */
static uint32_t
run(const struct sock_fprog *prog, const struct packet *p)
{
	struct classic_packet packet = {.bytes = p->dst,
					.nb_bytes = sizeof(p->dst),
					.len = p->len,
					.type = p->type};

	return classic_bpf_run(prog, &packet);
}

static void
open_gate(void **state)
{
	(void)state;
	for (size_t r = 0; r < RTE_DIM(rules); r++) {
		struct sock_fprog prog;

		assert_int_equal(afpring_filter_open(&rules[r].rule, &no_flows, &prog), 0);
		for (size_t i = 0; i < RTE_DIM(packets); i++) {
			uint32_t want = rules[r].verdicts[i] == '+' ? packets[i].len : 0;
			uint32_t got = run(&prog, &packets[i]);

			CHECK(got == want, "rule %zu, %s: %u bytes pass, not %u\n", r,
			      packets[i].name, got, want);
		}
		free(prog.filter);
	}
}

/* ---- lists ---- */

static uint64_t seed = 20261127;

/* multicast: 0 no, 1 yes. few: as they are in practice, two high parts or one maker's. */
static struct rte_ether_addr
draw_address(int multicast, bool few)
{
	uint64_t bits = unit_random(&seed);
	struct rte_ether_addr mac;

	memcpy(&mac, &bits, sizeof(mac));
	mac.addr_bytes[0] = (mac.addr_bytes[0] & ~1) | multicast;
	if (few) {
		mac.addr_bytes[0] = multicast ? (bits >> 50 & 1 ? 0x33 : 0x01) : 0x02;
		mac.addr_bytes[1] = mac.addr_bytes[0] == 0x33 ? 0x33 : 0;
		mac.addr_bytes[2] = mac.addr_bytes[3] = 0;
	}
	return mac;
}

static bool
is_in(const struct rte_ether_addr *list, uint32_t nb, const struct rte_ether_addr *mac)
{
	for (uint32_t i = 0; i < nb; i++)
		if (rte_is_same_ether_addr(&list[i], mac))
			return true;
	return false;
}

/* The rule itself, as it is said in the header. */
static bool
is_let_in(const struct afpring_filter_rule *rule, const struct rte_ether_addr *mac)
{
	return rte_is_broadcast_ether_addr(mac) ||
	       (rule->allmulti && rte_is_multicast_ether_addr(mac)) ||
	       is_in(rule->unicast, AFPRING_FILTER_UNICAST, mac) ||
	       is_in(rule->multicast, rule->nb_multicast, mac);
}

static uint32_t
check_address(const struct afpring_filter_rule *rule, const struct sock_fprog *prog,
	      const struct rte_ether_addr *mac)
{
	uint8_t frame[64] = {0};
	struct classic_packet p = {.bytes = frame, .nb_bytes = 64, .len = 64};
	uint32_t got;

	memcpy(frame, mac, sizeof(*mac));
	got = classic_bpf_run(prog, &p);
	CHECK(got == (is_let_in(rule, mac) ? 64 : 0), RTE_ETHER_ADDR_PRT_FMT ": %u bytes pass\n",
	      RTE_ETHER_ADDR_BYTES(mac), got);
	return got != 0;
}

static void
address_lists(void **state)
{
	static const struct {
		uint32_t nb_unicast, nb_multicast;
		bool few, allmulti;
	} lists[] = {
		{1, 0, true, false},     {1, 1, true, false},      {2, 9, true, false},
		{17, 100, false, false}, {128, 1024, true, false}, {128, 1024, false, false},
		{128, 0, false, true},
	};
	static struct afpring_filter_rule rule;

	(void)state;
	for (size_t l = 0; l < RTE_DIM(lists); l++) {
		bool few = lists[l].few;
		uint32_t passed = 0;
		struct sock_fprog prog;

		rule = (struct afpring_filter_rule){.allmulti = lists[l].allmulti,
						    .nb_multicast = lists[l].nb_multicast};
		for (uint32_t i = 0; i < lists[l].nb_unicast; i++)
			rule.unicast[i] = draw_address(0, few);
		for (uint32_t i = 0; i < rule.nb_multicast; i++)
			rule.multicast[i] = draw_address(1, few);
		assert_int_equal(afpring_filter_open(&rule, &no_flows, &prog), 0);
		printf("%u + %u addresses: %u instructions\n", lists[l].nb_unicast,
		       rule.nb_multicast, prog.len);
		assert_true(classic_bpf_is_taken(&prog));
		for (uint32_t i = 0; i < lists[l].nb_unicast; i++)
			passed += check_address(&rule, &prog, &rule.unicast[i]);
		for (uint32_t i = 0; i < rule.nb_multicast; i++) {
			struct rte_ether_addr near = rule.multicast[i];

			passed += check_address(&rule, &prog, &near);
			near.addr_bytes[i % 6] ^= 1 << i / 6 % 8;
			check_address(&rule, &prog, &near);
		}
		assert_int_equal(passed, lists[l].nb_unicast + rule.nb_multicast);
		for (uint32_t i = 0; i < 3000; i++) {
			struct rte_ether_addr mac = draw_address(i & 1, few);

			check_address(&rule, &prog, &mac);
		}
		free(prog.filter);
	}
}

/* ---- VLANs ---- */

enum tag {
	UNTAGGED,
	BESIDE,
	INSIDE,
};

static bool
passes_tagged(const struct sock_fprog *prog, enum tag tag, uint16_t tci)
{
	uint8_t frame[64] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0};
	struct classic_packet p = {.bytes = frame, .nb_bytes = 64, .len = 64};

	p.tagged = tag == BESIDE;
	p.tci = tag == BESIDE ? tci : 0;
	if (tag == INSIDE)
		memcpy(frame + 12,
		       (uint8_t[]){tci & 1 ? 0x81 : 0x88, tci & 1 ? 0 : 0xa8, tci >> 8, tci & 0xff},
		       4);
	return classic_bpf_run(prog, &p) != 0;
}

static bool
has_vlan(const struct afpring_filter_rule *rule, uint32_t id)
{
	return (rule->vlans[id / 32] >> id % 32 & 1) != 0;
}

static void
check_vlans(struct afpring_filter_rule *rule, const char *name)
{
	struct sock_fprog prog;

	rule->vlan = true;
	assert_int_equal(afpring_filter_open(rule, &no_flows, &prog), 0);
	printf("%s: %u instructions\n", name, prog.len);
	assert_true(classic_bpf_is_taken(&prog));
	assert_true(passes_tagged(&prog, UNTAGGED, 0));
	for (uint32_t id = 0; id < AFPRING_FILTER_VLANS; id++) {
		uint16_t tci = unit_random(&seed) << 12 | id;

		CHECK(passes_tagged(&prog, BESIDE, tci) == has_vlan(rule, id), "%s: VLAN %u\n",
		      name, id);
		CHECK(passes_tagged(&prog, INSIDE, tci) == has_vlan(rule, id),
		      "%s: VLAN %u, in the frame\n", name, id);
	}
	free(prog.filter);
}

static void
vlan_tables(void **state)
{
	static struct afpring_filter_rule rule;

	(void)state;
	for (int promisc = 0; promisc < 2; promisc++) {
		rule = (struct afpring_filter_rule){.promisc = promisc};
		check_vlans(&rule, "no VLAN");
		rule.vlans[0] = 1;
		check_vlans(&rule, "VLAN 0");
		rule.vlans[127] = 1u << 31;
		rule.vlans[3] = 0x10;
		check_vlans(&rule, "three VLANs");
		memset(rule.vlans, 0xff, sizeof(rule.vlans));
		check_vlans(&rule, "all VLANs");
		rule.vlans[77] = 0x7fffffff;
		check_vlans(&rule, "all but one");
		memset(rule.vlans, 0x55, sizeof(rule.vlans));
		check_vlans(&rule, "every second one");
		for (size_t i = 0; i < RTE_DIM(rule.vlans); i++)
			rule.vlans[i] = unit_random(&seed);
		check_vlans(&rule, "any");
	}
}

/* The largest that ethdev can ask for, with addresses that have nothing in common. */
static void
everything_at_once(void **state)
{
	static struct afpring_filter_rule rule = {.vlan = true,
						  .nb_multicast = AFPRING_FILTER_MULTICAST};
	struct sock_fprog prog;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(rule.unicast); i++)
		rule.unicast[i] = draw_address(0, false);
	for (size_t i = 0; i < RTE_DIM(rule.multicast); i++)
		rule.multicast[i] = draw_address(1, false);
	for (size_t i = 0; i < RTE_DIM(rule.vlans); i++)
		rule.vlans[i] = unit_random(&seed);
	assert_int_equal(afpring_filter_open(&rule, &no_flows, &prog), 0);
	printf("everything: %u instructions\n", prog.len);
	assert_true(classic_bpf_is_taken(&prog));
	for (size_t i = 0; i < RTE_DIM(rule.multicast); i++)
		check_address(&rule, &prog, &rule.multicast[i]);
	free(prog.filter);
}

static void
closed_gate(void **state)
{
	(void)state;
	assert_true(afpring_filter_closed.len > 0); /* no program would let everything in */
	for (size_t i = 0; i < RTE_DIM(packets); i++)
		assert_int_equal(run(&afpring_filter_closed, &packets[i]), 0);
}

static void
kernel_takes_every_program(void **state)
{
	(void)state;
	for (size_t r = 0; r < RTE_DIM(rules); r++) {
		struct sock_fprog prog;

		assert_int_equal(afpring_filter_open(&rules[r].rule, &no_flows, &prog), 0);
		CHECK(classic_bpf_is_taken(&prog), "rule %zu\n", r);
		free(prog.filter);
	}
}

static void
kernel_lets_nothing_through_the_closed_one(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &afpring_filter_closed,
				    sizeof(afpring_filter_closed)),
			 0);
	assert_int_equal(send(fd[1], "x", 1, MSG_DONTWAIT), 1);
	assert_int_equal(recv(fd[0], (char[1]){0}, 1, MSG_DONTWAIT), -1);
	close(fd[0]);
	close(fd[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_gate),
		cmocka_unit_test(address_lists),
		cmocka_unit_test(vlan_tables),
		cmocka_unit_test(everything_at_once),
		cmocka_unit_test(closed_gate),
		cmocka_unit_test(kernel_takes_every_program),
		cmocka_unit_test(kernel_lets_nothing_through_the_closed_one),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
