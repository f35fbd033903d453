/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What flow rules look at, found in a packet by a program of the kernel: first where the headers
 * are, which is kept in M[], then each number that a test is about. Nothing is loaded that is not
 * there, which would end the program.
 *
 * base is where the network header is in what the program sees of the packet: behind the Ethernet
 * header in the gate, 0 in the program of a fanout group.
 */
#ifndef AFPRING_FLOW_FIND_H
#define AFPRING_FLOW_FIND_H

#include "afpring_bpf.h"
#include "afpring_flow_rule.h"

/** Find the headers; the L4 header only if it is needed. What comes next are the rules. */
afpring_bpf_place afpring_flow_find(struct afpring_bpf *bpf, uint32_t base, bool needs_l4,
				    afpring_bpf_place rules);

/** The number of a test, masked, into A. */
afpring_bpf_place afpring_flow_load(struct afpring_bpf *bpf, uint32_t base,
				    const struct afpring_flow_test *test, afpring_bpf_place next);

#endif /* AFPRING_FLOW_FIND_H */
