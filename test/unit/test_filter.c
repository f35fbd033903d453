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
	{{false, false, false, {MAC}}, "+--+------++-"},
	{{false, false, true,  {MAC}}, "+--++++---++-"},
	{{false, true,  false, {MAC}}, "+++++++---+++"},
	{{false, true,  true,  {MAC}}, "+++++++---+++"},
	{{true,  false, false, {MAC}}, "+--+---+++++-"},
	{{true,  false, true,  {MAC}}, "+--+++++++++-"},
	{{true,  true,  false, {MAC}}, "+++++++++++++"},
	{{true,  true,  true,  {MAC}}, "+++++++++++++"},
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

		assert_int_equal(afpring_filter_open(&rules[r].rule, &prog), 0);
		for (size_t i = 0; i < RTE_DIM(packets); i++) {
			uint32_t want = rules[r].verdicts[i] == '+' ? packets[i].len : 0;
			uint32_t got = run(&prog, &packets[i]);

			CHECK(got == want, "rule %zu, %s: %u bytes pass, not %u\n", r,
			      packets[i].name, got, want);
		}
		free(prog.filter);
	}
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

		assert_int_equal(afpring_filter_open(&rules[r].rule, &prog), 0);
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
		cmocka_unit_test(closed_gate),
		cmocka_unit_test(kernel_takes_every_program),
		cmocka_unit_test(kernel_lets_nothing_through_the_closed_one),
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
