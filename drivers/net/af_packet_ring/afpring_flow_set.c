/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_flow_set.h"

int
afpring_flow_set_make(const struct afpring_flow_list *list, struct afpring_flow_set *set,
		      struct rte_flow_error *error)
{
	set->rules = malloc((list->nb + 1) * sizeof(*set->rules));
	if (set->rules == NULL)
		return rte_flow_error_set(error, ENOMEM, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL,
					  "no memory");
	set->nb = list->nb;
	if (list->nb != 0)
		memcpy(set->rules, list->rules, list->nb * sizeof(*set->rules));
	return 0;
}

void
afpring_flow_set_free(struct afpring_flow_set *set)
{
	free(set->rules);
	set->rules = NULL;
	set->nb = 0;
}
