/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "unit.h"

#include <linux/if_ether.h>
#include <sys/socket.h>
#include <unistd.h>

#include "classic_bpf.h"

struct machine {
	const struct classic_packet *p;
	uint32_t a, x;
	uint32_t mem[BPF_MEMWORDS];
};

/* Words beside the packet; false: one that no test needs. */
static bool
load_beside(struct machine *m, uint32_t k)
{
	switch (k - (uint32_t)SKF_AD_OFF) {
	case SKF_AD_PKTTYPE:
		m->a = m->p->type;
		return true;
	case SKF_AD_VLAN_TAG:
		m->a = m->p->tci;
		return true;
	case SKF_AD_VLAN_TAG_PRESENT:
		m->a = m->p->tagged;
		return true;
	case SKF_AD_VLAN_TPID:
		m->a = m->p->tpid;
		return true;
	case SKF_AD_PROTOCOL:
		m->a = m->p->protocol;
		return true;
	default:
		return false;
	}
}

/* A load outside the packet ends the program with 0. */
static bool
load(struct machine *m, const struct sock_filter *f)
{
	uint32_t size = BPF_SIZE(f->code) == BPF_W ? 4 : BPF_SIZE(f->code) == BPF_H ? 2 : 1;
	const uint8_t *bytes = m->p->bytes;
	uint32_t at = f->k;

	if (BPF_MODE(f->code) == BPF_IMM) {
		m->a = f->k;
		return true;
	}
	if (BPF_MODE(f->code) == BPF_LEN) {
		m->a = m->p->len;
		return true;
	}
	if (BPF_MODE(f->code) == BPF_MEM) {
		m->a = m->mem[f->k];
		return true;
	}
	if (BPF_MODE(f->code) == BPF_ABS && load_beside(m, f->k))
		return true;
	at += BPF_MODE(f->code) == BPF_IND ? m->x : 0;
	if (at - (uint32_t)SKF_LL_OFF <= ETH_HLEN - size && m->p->ethernet != NULL) {
		bytes = m->p->ethernet;
		at -= SKF_LL_OFF;
	} else if ((int32_t)at < 0 || at + size > RTE_MIN(m->p->len, m->p->nb_bytes)) {
		return false;
	}
	for (m->a = 0; size != 0; size--)
		m->a = m->a << 8 | bytes[at++];
	return true;
}

static void
compute(struct machine *m, const struct sock_filter *f)
{
	uint32_t operand = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_AND:
		m->a &= operand;
		break;
	case BPF_RSH:
		m->a >>= operand;
		break;
	case BPF_LSH:
		m->a <<= operand;
		break;
	case BPF_ADD:
		m->a += operand;
		break;
	case BPF_SUB:
		m->a -= operand;
		break;
	case BPF_MUL:
		m->a *= operand;
		break;
	case BPF_MOD:
		m->a %= operand;
		break;
	case BPF_OR:
		m->a |= operand;
		break;
	case BPF_XOR:
		m->a ^= operand;
		break;
	default:
		fail_msg("code %#x", f->code);
	}
}

static bool
is_true(const struct machine *m, const struct sock_filter *f)
{
	uint32_t operand = BPF_SRC(f->code) == BPF_X ? m->x : f->k;

	switch (BPF_OP(f->code)) {
	case BPF_JEQ:
		return m->a == operand;
	case BPF_JGT:
		return m->a > operand;
	case BPF_JGE:
		return m->a >= operand;
	case BPF_JSET:
		return (m->a & operand) != 0;
	default:
		fail_msg("code %#x", f->code);
		return false;
	}
}

uint32_t
classic_bpf_value(const struct sock_fprog *prog, const struct classic_packet *p)
{
	struct machine m = {.p = p};

	for (uint32_t pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];

		switch (BPF_CLASS(f->code)) {
		case BPF_LD:
			if (!load(&m, f))
				return 0;
			break;
		case BPF_LDX:
			m.x = BPF_MODE(f->code) == BPF_MEM ? m.mem[f->k] : f->k;
			break;
		case BPF_ST:
			m.mem[f->k] = m.a;
			break;
		case BPF_ALU:
			compute(&m, f);
			break;
		case BPF_MISC:
			m.x = BPF_MISCOP(f->code) == BPF_TAX ? m.a : m.x;
			m.a = BPF_MISCOP(f->code) == BPF_TXA ? m.x : m.a;
			break;
		case BPF_JMP:
			pc += BPF_OP(f->code) == BPF_JA ? f->k : is_true(&m, f) ? f->jt : f->jf;
			break;
		case BPF_RET:
			return BPF_RVAL(f->code) == BPF_A ? m.a : f->k;
		default:
			fail_msg("instruction %u: code %#x", pc, f->code);
		}
	}
	fail_msg("the program has no end");
	return 0;
}

uint32_t
classic_bpf_run(const struct sock_fprog *prog, const struct classic_packet *p)
{
	return prog->len == 0 ? p->len : RTE_MIN(classic_bpf_value(prog, p), p->len);
}

bool
classic_bpf_is_taken(const struct sock_fprog *prog)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	bool taken = prog->len == 0 ||
		     setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, prog, sizeof(*prog)) == 0;

	assert_true(fd >= 0);
	close(fd);
	return taken;
}
