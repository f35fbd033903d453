/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Programs of random shape, beside the shape itself: run by the kernel, whose verdict is
 * how much of a message arrives, and by the interpreter that the other tests lean on.
 */
#include "unit.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "afpring_bpf.h"
#include "classic_bpf.h"

#define VERDICTS 16
#define MAX_NODES 2000
#define PACKET 32

/* A verdict; a load of a byte; or a comparison. Nodes go on at earlier ones only. */
struct node {
	enum {
		VERDICT,
		LOAD,
		TEST
	} kind;
	uint16_t test;
	uint32_t k;
	uint32_t yes, no; /* nodes; a load goes on at yes */
	afpring_bpf_place place;
};

static struct node nodes[MAX_NODES];
static uint64_t seed = 20261127;

static uint32_t
below(uint32_t n)
{
	return unit_random(&seed) % n;
}

/* Near most of the time, so that paths are long; any of them else. */
static uint32_t
earlier(uint32_t i)
{
	return below(4) != 0 ? i - 1 - below(RTE_MIN(i, 4u)) : below(i);
}

static int
draw(uint32_t nb, struct sock_fprog *prog)
{
	static const uint16_t tests[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
	struct afpring_bpf bpf = {0};

	for (uint32_t i = 0; i < nb; i++) {
		struct node *n = &nodes[i];

		n->kind = i < VERDICTS ? VERDICT : below(3) == 0 ? LOAD : TEST;
		n->k = n->kind == VERDICT ? i : below(n->kind == LOAD ? PACKET : 256);
		n->test = tests[below(4)];
		if (n->kind == VERDICT) {
			n->place = afpring_bpf_return(&bpf, n->k);
			continue;
		}
		n->yes = earlier(i);
		n->no = earlier(i);
		n->place = n->kind == LOAD ?
				   afpring_bpf_do(&bpf, BPF_LD | BPF_B | BPF_ABS, n->k,
						  nodes[n->yes].place) :
				   afpring_bpf_if(&bpf, n->test, n->k, nodes[n->yes].place,
						  nodes[n->no].place);
	}
	return afpring_bpf_finish(&bpf, nodes[nb - 1].place, prog);
}

static bool
holds(const struct node *n, uint32_t a)
{
	return n->test == BPF_JEQ ? a == n->k :
	       n->test == BPF_JGT ? a > n->k :
	       n->test == BPF_JGE ? a >= n->k :
				    (a & n->k) != 0;
}

static uint32_t
walk(uint32_t i, const uint8_t *packet)
{
	uint32_t a = 0;

	while (nodes[i].kind != VERDICT) {
		if (nodes[i].kind == LOAD)
			a = packet[nodes[i].k];
		i = nodes[i].kind == LOAD || holds(&nodes[i], a) ? nodes[i].yes : nodes[i].no;
	}
	return nodes[i].k;
}

/* How much of the packet comes through a socket with the program; nothing: 0. */
static uint32_t
through_kernel(const int *fd, const uint8_t *packet)
{
	uint8_t got[PACKET];
	ssize_t len;

	assert_int_equal(send(fd[1], packet, PACKET, MSG_DONTWAIT), PACKET);
	len = recv(fd[0], got, sizeof(got), MSG_DONTWAIT);
	return len < 0 ? 0 : len;
}

static void
any_shape(void **state)
{
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	for (uint32_t run = 0; run < 100; run++) {
		uint32_t nb = VERDICTS + 1 + below(run % 2 == 0 ? 60 : MAX_NODES - VERDICTS);
		struct sock_fprog prog;

		assert_int_equal(draw(nb, &prog), 0);
		assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &prog,
					    sizeof(prog)),
				 0);
		for (uint32_t i = 0; i < 200; i++) {
			uint8_t packet[PACKET];
			struct classic_packet p = {packet, PACKET, PACKET, 0, false, 0, 0};
			uint32_t want, got;

			unit_fill(packet, PACKET, below(1 << 20));
			want = walk(nb - 1, packet);
			got = through_kernel(fd, packet);
			CHECK(got == want, "run %u, %u nodes, packet %u: %u, not %u\n", run, nb, i,
			      got, want);
			assert_int_equal(classic_bpf_run(&prog, &p), want);
		}
		free(prog.filter);
	}
	close(fd[0]);
	close(fd[1]);
}

/* Each of nb comparisons ends far behind, at both of two verdicts. */
static int
far_verdicts(uint32_t nb, struct sock_fprog *prog)
{
	struct afpring_bpf bpf = {0};
	afpring_bpf_place pass = afpring_bpf_return(&bpf, UINT32_MAX);
	afpring_bpf_place drop = afpring_bpf_return(&bpf, 0);
	afpring_bpf_place next = drop;

	for (uint32_t i = 0; i < nb; i++)
		next = afpring_bpf_if(&bpf, BPF_JEQ, i, i % 2 == 0 ? pass : drop, next);
	next = afpring_bpf_do(&bpf, BPF_LD | BPF_H | BPF_ABS, 0, next);
	return afpring_bpf_finish(&bpf, next, prog);
}

static void
ways_are_shared(void **state)
{
	struct sock_fprog prog;

	(void)state;
	assert_int_equal(far_verdicts(4000, &prog), 0);
	CHECK(prog.len <= 4003 + 2 * (4000 / 250 + 1), "%u instructions\n", prog.len);
	for (uint32_t i = 0; i < 4002; i++) {
		uint8_t bytes[] = {i >> 8, i & 0xff};
		struct classic_packet p = {bytes, 2, 2, 0, false, 0, 0};

		assert_int_equal(classic_bpf_run(&prog, &p), i % 2 == 0 && i < 4000 ? 2 : 0);
	}
	assert_true(classic_bpf_is_taken(&prog));
	free(prog.filter);
}

static void
too_long(void **state)
{
	struct sock_fprog prog;
	struct afpring_bpf bpf = {0};

	(void)state;
	assert_int_equal(far_verdicts(4096, &prog), -ENOSPC);
	assert_int_equal(prog.len, 0);
	assert_null(prog.filter);
	for (uint32_t i = 0; i <= AFPRING_BPF_MAX_INSNS; i++)
		afpring_bpf_return(&bpf, 0);
	assert_int_equal(afpring_bpf_finish(&bpf, AFPRING_BPF_MAX_INSNS, &prog), -ENOSPC);
	for (uint32_t i = 0; i < AFPRING_BPF_MAX_INSNS; i++)
		afpring_bpf_return(&bpf, 0);
	assert_int_equal(afpring_bpf_finish(&bpf, AFPRING_BPF_MAX_INSNS - 1, &prog), 0);
	assert_int_equal(prog.len, AFPRING_BPF_MAX_INSNS);
	assert_true(classic_bpf_is_taken(&prog)); /* the kernel's limit is the same */
	free(prog.filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_shape),
		cmocka_unit_test(ways_are_shared),
		cmocka_unit_test(too_long),
	};

	return cmocka_run_group_tests_name("bpf", tests, NULL, NULL);
}
