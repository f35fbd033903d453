/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Flow rules as parts of the port's two programs: the gate of every queue knows which packets
 * are dropped, the program of the fanout group knows which queue a packet goes to. Each part is
 * written in front of what decides where no rule does.
 */
#ifndef AFPRING_FLOW_PROGRAM_H
#define AFPRING_FLOW_PROGRAM_H

#include "afpring_bpf.h"
#include "afpring_flow_rule.h"

/** How many values are compared one after the other; more of them are halved first. A larger number
 *  makes a shorter and slower program, for what would be too long else. */
#define AFPRING_FLOW_CHAIN_FAST 8
#define AFPRING_FLOW_CHAIN_SHORT 64

/**
 * The part of the gate, for a packet that comes in with its Ethernet header.
 *
 * @return
 *   Where it begins; pass if the rules drop nothing.
 */
afpring_bpf_place afpring_flow_gate(struct afpring_bpf *bpf, const struct afpring_flow_set *set,
				    uint32_t chain, afpring_bpf_place pass, afpring_bpf_place drop);

/**
 * The part of the fanout program, for a packet that comes in with its network header in front.
 * What the gates drop gets any queue.
 *
 * @param hash
 *   Where the hash is computed, after which afpring_flow_fanout_hashed() chooses the queue.
 * @return
 *   Where it begins; hash if no rule chooses a queue.
 */
afpring_bpf_place afpring_flow_fanout(struct afpring_bpf *bpf, const struct afpring_flow_set *set,
				      uint32_t chain, afpring_bpf_place hash);

/** Behind the hash, which is X: the queue by the rule that has asked for it. otherwise if none
 *  has; also without a hash, which is 0 then. */
afpring_bpf_place afpring_flow_fanout_hashed(struct afpring_bpf *bpf,
					     const struct afpring_flow_set *set,
					     afpring_bpf_place otherwise);

/** What comes with no rule to a place that goes on to a hash. */
afpring_bpf_place afpring_flow_no_rule(struct afpring_bpf *bpf, const struct afpring_flow_set *set,
				       afpring_bpf_place next);

#endif /* AFPRING_FLOW_PROGRAM_H */
