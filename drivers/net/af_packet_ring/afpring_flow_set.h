/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The rules of a port in the order in which they are asked, made of the list that the application
 * has in its hands, in which they are in groups.
 *
 *     group 0                      set
 *       udp     jump 1               udp, port 53    drop
 *       ipv4    queue 2              udp, from 10/8  queue 3
 *     group 1                        udp             miss
 *       port 53     drop             ipv4            queue 2
 *       from 10/8   queue 3
 *
 * A jump that marks or counts stands before the rules of its group, as a rule that passes on. Jumps
 * lead to groups of higher numbers only, so a set ends.
 */
#ifndef AFPRING_FLOW_SET_H
#define AFPRING_FLOW_SET_H

#include "afpring_compat.h"
#include "afpring_flow_rule.h"

/** So many rules of a set may come by jumps, and so many jumps in a row. */
#define AFPRING_FLOW_COPIES 8192
#define AFPRING_FLOW_JUMPS 16

/** The rules stay the list's, and have to live longer. 0, or -errno with the error set: -ENOMEM;
 *  -ENOSPC: too many rules, jumps or fields. Free it with afpring_flow_set_free(). */
int afpring_flow_set_make(const struct afpring_flow_list *list, struct afpring_flow_set *set,
			  struct rte_flow_error *error);

/** The set is empty afterwards, which is fine too. */
void afpring_flow_set_free(struct afpring_flow_set *set);

#endif /* AFPRING_FLOW_SET_H */
