/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include <rte_common.h>

#include "afpring_bpf.h"

#define FIRST_ROOM 32

afpring_bpf_place
afpring_bpf_fail(struct afpring_bpf *bpf, int error)
{
	if (bpf->error == 0)
		bpf->error = error;
	return 0;
}

static bool
grow(struct afpring_bpf *bpf)
{
	uint16_t room = RTE_MAX(2 * bpf->room, FIRST_ROOM);
	struct sock_filter *insns = realloc(bpf->insns, room * sizeof(*insns));

	if (insns == NULL)
		return false;
	bpf->insns = insns;
	bpf->room = room;
	return true;
}

static afpring_bpf_place
put(struct afpring_bpf *bpf, struct sock_filter insn)
{
	if (bpf->error != 0)
		return 0;
	if (bpf->nb == AFPRING_BPF_MAX_INSNS)
		return afpring_bpf_fail(bpf, -ENOSPC);
	if (bpf->nb == bpf->room && !grow(bpf))
		return afpring_bpf_fail(bpf, -ENOMEM);
	bpf->insns[bpf->nb] = insn;
	return bpf->nb++;
}

/* What a jump from the next place to this one skips. */
static uint16_t
distance(const struct afpring_bpf *bpf, afpring_bpf_place to)
{
	return bpf->nb - 1 - to;
}

static bool
leads_to(const struct afpring_bpf *bpf, afpring_bpf_place at, afpring_bpf_place to)
{
	const struct sock_filter *insn = &bpf->insns[at];

	if (BPF_CLASS(insn->code) == BPF_RET)
		return insn->code == bpf->insns[to].code && insn->k == bpf->insns[to].k;
	return insn->code == (BPF_JMP | BPF_JA) && at - 1u - insn->k == to;
}

/* The next place goes on at another one. A verdict is as short as the way to it. */
static afpring_bpf_place
put_way(struct afpring_bpf *bpf, afpring_bpf_place to)
{
	if (bpf->error != 0)
		return 0;
	if (BPF_CLASS(bpf->insns[to].code) == BPF_RET)
		return put(bpf, bpf->insns[to]);
	return put(bpf, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, distance(bpf, to)));
}

/* A place that goes on at the given one and that a conditional jump reaches from the next
 * place, also if one more instruction comes in between. */
static afpring_bpf_place
reachable(struct afpring_bpf *bpf, afpring_bpf_place to)
{
	if (bpf->error != 0 || distance(bpf, to) < UINT8_MAX)
		return to;
	for (uint16_t back = 0; back < UINT8_MAX; back++)
		if (leads_to(bpf, bpf->nb - 1 - back, to))
			return bpf->nb - 1 - back;
	return put_way(bpf, to);
}

afpring_bpf_place
afpring_bpf_return(struct afpring_bpf *bpf, uint32_t bytes)
{
	return put(bpf, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, bytes));
}

afpring_bpf_place
afpring_bpf_return_a(struct afpring_bpf *bpf)
{
	return put(bpf, (struct sock_filter)BPF_STMT(BPF_RET | BPF_A, 0));
}

afpring_bpf_place
afpring_bpf_do(struct afpring_bpf *bpf, uint16_t code, uint32_t k, afpring_bpf_place next)
{
	if (bpf->error == 0 && distance(bpf, next) != 0)
		put_way(bpf, next);
	return put(bpf, (struct sock_filter)BPF_STMT(code, k));
}

afpring_bpf_place
afpring_bpf_if(struct afpring_bpf *bpf, uint16_t test, uint32_t k, afpring_bpf_place yes,
	       afpring_bpf_place no)
{
	if (yes == no)
		return yes;
	yes = reachable(bpf, yes);
	no = reachable(bpf, no);
	return put(bpf, (struct sock_filter)BPF_JUMP(BPF_JMP | test, k, distance(bpf, yes),
						     distance(bpf, no)));
}

int
afpring_bpf_finish(struct afpring_bpf *bpf, afpring_bpf_place first, struct sock_fprog *prog)
{
	int ret;

	if (bpf->error == 0 && distance(bpf, first) != 0)
		put_way(bpf, first);
	for (uint16_t i = 0; bpf->error == 0 && i < bpf->nb / 2; i++)
		RTE_SWAP(bpf->insns[i], bpf->insns[bpf->nb - 1 - i]);
	ret = bpf->error;
	if (ret < 0)
		free(bpf->insns);
	*prog = (struct sock_fprog){.len = ret == 0 ? bpf->nb : 0,
				    .filter = ret == 0 ? bpf->insns : NULL};
	*bpf = (struct afpring_bpf){0};
	return ret;
}

afpring_bpf_place
afpring_bpf_fold_pair(struct afpring_bpf *bpf, uint32_t to, uint32_t from, afpring_bpf_place next)
{
	next = afpring_bpf_do(bpf, BPF_ST, from, next);
	next = afpring_bpf_do(bpf, BPF_ST, to, next);
	next = afpring_bpf_do(bpf, BPF_ALU | BPF_XOR | BPF_X, 0, next);
	next = afpring_bpf_do(bpf, BPF_LDX | BPF_MEM, from, next);
	return afpring_bpf_do(bpf, BPF_LD | BPF_MEM, to, next);
}

afpring_bpf_place
afpring_bpf_fold_halves(struct afpring_bpf *bpf, uint32_t mem, afpring_bpf_place next)
{
	next = afpring_bpf_do(bpf, BPF_ST, mem, next);
	next = afpring_bpf_do(bpf, BPF_ALU | BPF_XOR | BPF_X, 0, next);
	next = afpring_bpf_do(bpf, BPF_LDX | BPF_MEM, mem, next);
	next = afpring_bpf_do(bpf, BPF_ALU | BPF_OR | BPF_X, 0, next);
	next = afpring_bpf_do(bpf, BPF_ALU | BPF_LSH | BPF_K, 16, next);
	next = afpring_bpf_do(bpf, BPF_LD | BPF_MEM, mem, next);
	next = afpring_bpf_do(bpf, BPF_MISC | BPF_TAX, 0, next);
	next = afpring_bpf_do(bpf, BPF_ALU | BPF_RSH | BPF_K, 16, next);
	return afpring_bpf_do(bpf, BPF_LD | BPF_MEM, mem, next);
}
