/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <assert.h>
#include <stdint.h>

#include <rte_byteorder.h>

#include "afpring_filter.h"
#include "afpring_uapi.h"

#define PASS_ALL 0xffffffffu /* snaplen cap of run_filter(): the whole packet */

static void
begin(struct afpring_filter *f)
{
	f->prog.len = 0;
	f->prog.filter = f->insns;
}

static void
emit(struct afpring_filter *f, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	assert(f->prog.len < AFPRING_FILTER_MAX_INSNS);
	f->insns[f->prog.len++] = (struct sock_filter)BPF_JUMP(code, k, jt, jf);
}

static void
load_packet(struct afpring_filter *f, uint16_t size, uint32_t offset)
{
	emit(f, BPF_LD | size | BPF_ABS, offset, 0, 0);
}

static void
return_if_equal(struct afpring_filter *f, uint32_t value, uint32_t verdict)
{
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
	emit(f, BPF_RET | BPF_K, verdict, 0, 0);
}

/* Pass the packet if the destination address is this one. */
static void
pass_destination(struct afpring_filter *f, const struct rte_ether_addr *mac)
{
	uint32_t high = (uint32_t)mac->addr_bytes[0] << 24 | mac->addr_bytes[1] << 16 |
			mac->addr_bytes[2] << 8 | mac->addr_bytes[3];
	uint32_t low = mac->addr_bytes[4] << 8 | mac->addr_bytes[5];

	load_packet(f, BPF_W, 0);
	emit(f, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 3);
	load_packet(f, BPF_H, 4);
	return_if_equal(f, low, PASS_ALL);
}

void
afpring_filter_close(struct afpring_filter *f)
{
	begin(f);
	emit(f, BPF_RET | BPF_K, 0, 0, 0);
}

void
afpring_filter_open(struct afpring_filter *f, const struct afpring_filter_rule *rule)
{
	static const struct rte_ether_addr broadcast = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};

	begin(f);
	if (rule->outgoing && rule->promisc)
		return;
	load_packet(f, BPF_W, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE));
	return_if_equal(f, PACKET_OUTGOING, rule->outgoing ? PASS_ALL : 0);
	if (!rule->promisc) {
		if (rule->allmulti) {
			load_packet(f, BPF_B, 0);
			emit(f, BPF_JMP | BPF_JSET | BPF_K, RTE_ETHER_GROUP_ADDR, 0, 1);
			emit(f, BPF_RET | BPF_K, PASS_ALL, 0, 0);
		} else {
			pass_destination(f, &broadcast);
		}
		pass_destination(f, &rule->mac);
	}
	emit(f, BPF_RET | BPF_K, rule->promisc ? PASS_ALL : 0, 0, 0);
}
