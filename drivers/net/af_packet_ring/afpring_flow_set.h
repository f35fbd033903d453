/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The rules of a port in the order in which they are asked, made of the list that the application
 * has in its hands.
 */
#ifndef AFPRING_FLOW_SET_H
#define AFPRING_FLOW_SET_H

#include "afpring_compat.h"
#include "afpring_flow_rule.h"

/** The rules stay the list's. 0, or -errno with the error set; free it with afpring_flow_set_free(). */
int afpring_flow_set_make(const struct afpring_flow_list *list, struct afpring_flow_set *set,
			  struct rte_flow_error *error);

/** The set is empty afterwards, which is fine too. */
void afpring_flow_set_free(struct afpring_flow_set *set);

#endif /* AFPRING_FLOW_SET_H */
