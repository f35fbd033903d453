/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Flow rules asked of a packet that lies in its mbuf.
 *
 * Rules that have the same tests but for the values make a group: what the tests look at is loaded
 * once, and the rules of those values are found by halving. So a thousand rules of an address each
 * cost ten comparisons, and a rule that is like no other one costs its tests. Of what several groups
 * find the first in the order of the set counts.
 */
#ifndef AFPRING_FLOW_MATCH_H
#define AFPRING_FLOW_MATCH_H

#include "afpring_flow_packet.h"

struct afpring_flow_group;
struct afpring_flow_entry;

/** The rules of a set as the burst asks them. Nothing of it changes. */
struct afpring_flow_table {
	uint32_t nb_groups;
	bool needs_l4; /**< a rule asks what is behind the L3 header */
	bool ages;     /**< a rule wants to know when it was hit */
	bool isolated; /**< what no rule decides is dropped */
	struct afpring_flow_group *groups;
	struct afpring_flow_entry *entries;
	uint32_t *words; /**< of the entries of each group, what they are ordered by */
};

/** The rules stay the caller's, and have to live longer. NULL without memory. */
struct afpring_flow_table *afpring_flow_table_make(const struct afpring_flow_set *set);

/** NULL is fine. */
void afpring_flow_table_free(struct afpring_flow_table *table);

/** How far the rules have been asked; begins with zeros. */
struct afpring_flow_asked {
	uint32_t nth; /**< the rules before have been asked */
};

/** The next rule that is for the packet, in the order of the set. NULL: there are no more. */
const struct afpring_flow_rule *afpring_flow_next(const struct afpring_flow_table *table,
						  const struct afpring_flow_packet *p,
						  struct afpring_flow_asked *asked);

#endif /* AFPRING_FLOW_MATCH_H */
