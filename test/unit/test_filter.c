/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The receive half's programs: run here by a small interpreter of classic BPF,
 * and offered to the kernel's own checker.
 */
#include "unit.h"

#include <sys/socket.h>
#include <unistd.h>

#include "afpring_filter.h"
#include "afpring_uapi.h"

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

/* A load outside the packet ends the program with 0, as in the kernel. */
static bool
load(const struct packet *p, const struct sock_filter *f, uint32_t *a)
{
	uint32_t size = BPF_SIZE(f->code) == BPF_W ? 4 : BPF_SIZE(f->code) == BPF_H ? 2 : 1;

	if (f->k == (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)) {
		*a = p->type;
		return true;
	}
	if ((int32_t)f->k < 0 || f->k + size > RTE_MIN(p->len, 6u))
		return false;
	for (*a = 0; size != 0; size--)
		*a = *a << 8 | p->dst[f->k +
				      (BPF_SIZE(f->code) == BPF_W ? 4 :
				       BPF_SIZE(f->code) == BPF_H ? 2 :
								    1) -
				      size];
	return true;
}

/* How many bytes of the packet pass. */
static uint32_t
interpret(const struct sock_fprog *prog, const struct packet *p)
{
	uint32_t a = 0;

	for (uint32_t pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];

		switch (f->code & ~0x18) {
		case BPF_LD | BPF_ABS:
			if (!load(p, f, &a))
				return 0;
			break;
		default:
			switch (f->code) {
			case BPF_JMP | BPF_JEQ | BPF_K:
				pc += a == f->k ? f->jt : f->jf;
				break;
			case BPF_JMP | BPF_JSET | BPF_K:
				pc += (a & f->k) != 0 ? f->jt : f->jf;
				break;
			case BPF_RET | BPF_K:
				return RTE_MIN(f->k, p->len);
			default:
				fail_msg("instruction %u: code %#x", pc, f->code);
			}
		}
	}
	if (prog->len != 0)
		fail_msg("the program has no end");
	return p->len; /* no program */
}

static void
open_gate(void **state)
{
	(void)state;
	for (size_t r = 0; r < RTE_DIM(rules); r++) {
		struct afpring_filter f;

		afpring_filter_open(&f, &rules[r].rule);
		assert_true(f.prog.len <= AFPRING_FILTER_MAX_INSNS);
		for (size_t i = 0; i < RTE_DIM(packets); i++) {
			uint32_t want = rules[r].verdicts[i] == '+' ? packets[i].len : 0;
			uint32_t got = interpret(&f.prog, &packets[i]);

			CHECK(got == want, "rule %zu, %s: %u bytes pass, not %u\n", r,
			      packets[i].name, got, want);
		}
	}
}

static void
closed_gate(void **state)
{
	struct afpring_filter f;

	(void)state;
	afpring_filter_close(&f);
	assert_true(f.prog.len > 0); /* no program would let everything in */
	for (size_t i = 0; i < RTE_DIM(packets); i++)
		assert_int_equal(interpret(&f.prog, &packets[i]), 0);
}

static void
kernel_takes_every_program(void **state)
{
	struct afpring_filter f;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	for (size_t r = 0; r <= RTE_DIM(rules); r++) {
		if (r < RTE_DIM(rules))
			afpring_filter_open(&f, &rules[r].rule);
		else
			afpring_filter_close(&f);
		if (f.prog.len == 0)
			continue;
		CHECK(setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &f.prog, sizeof(f.prog)) == 0,
		      "rule %zu\n", r);
	}
	/* the last one is the closed gate: really nothing comes */
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
	};

	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
