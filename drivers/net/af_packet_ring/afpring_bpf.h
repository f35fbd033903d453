/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Classic BPF programs of any shape (linux/filter.h), written from their end.
 *
 * Classic BPF jumps forward only. So the verdicts are written first, and every other
 * instruction is written in front of the places it goes on to: each call here writes one
 * instruction and returns its place. What lies farther away than a conditional jump
 * reaches (255 instructions) is reached by a jump in between, which later calls share.
 *
 * A failure is remembered: the calls after it write nothing, and afpring_bpf_finish()
 * returns it.
 */
#ifndef AFPRING_BPF_H
#define AFPRING_BPF_H

#include <linux/filter.h>
#include <stdint.h>

/** The kernel takes no longer program (BPF_MAXINSNS). */
#define AFPRING_BPF_MAX_INSNS 4096

/** Where an instruction is: the number of instructions behind it. */
typedef uint16_t afpring_bpf_place;

struct afpring_bpf {
	struct sock_filter *insns; /**< the last one first */
	uint16_t nb;
	uint16_t room;
	int error; /**< -ENOSPC: too long; -ENOMEM */
};

/** The end of every path: let in the first bytes of a packet, none, or UINT32_MAX for all. */
afpring_bpf_place afpring_bpf_return(struct afpring_bpf *bpf, uint32_t bytes);

/** The same with the number in A. */
afpring_bpf_place afpring_bpf_return_a(struct afpring_bpf *bpf);

/** An instruction that does not jump, code as BPF_STMT() takes it, and what comes next. */
afpring_bpf_place afpring_bpf_do(struct afpring_bpf *bpf, uint16_t code, uint32_t k,
				 afpring_bpf_place next);

/** A comparison with k, test is BPF_JEQ, BPF_JGT, BPF_JGE or BPF_JSET, or one of them with
 *  BPF_X, and what comes next either way. */
afpring_bpf_place afpring_bpf_if(struct afpring_bpf *bpf, uint16_t test, uint32_t k,
				 afpring_bpf_place yes, afpring_bpf_place no);

/** What cannot be written: -errno is what afpring_bpf_finish() returns then. */
afpring_bpf_place afpring_bpf_fail(struct afpring_bpf *bpf, int error);

/**
 * End the writing: the program begins at first. bpf is as new afterwards.
 *
 * @param prog
 *   The program; the caller frees prog->filter with free(). NULL on failure.
 * @return
 *   0, -ENOSPC or -ENOMEM.
 */
int afpring_bpf_finish(struct afpring_bpf *bpf, afpring_bpf_place first, struct sock_fprog *prog);

/** M[to] ^= M[from], and the same in M[from]; X is lost. */
afpring_bpf_place afpring_bpf_fold_pair(struct afpring_bpf *bpf, uint32_t to, uint32_t from,
					afpring_bpf_place next);

/** Both halves of M[mem] become their exclusive or; X is lost. */
afpring_bpf_place afpring_bpf_fold_halves(struct afpring_bpf *bpf, uint32_t mem,
					  afpring_bpf_place next);

#endif /* AFPRING_BPF_H */
