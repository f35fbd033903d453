/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Items of what a tunnel carries. Their headers are not looked for: they are where the items before
 * them put them, as tests of the bytes behind the outer L4 header.
 */
#ifndef AFPRING_FLOW_INNER_H
#define AFPRING_FLOW_INNER_H

#include "afpring_flow_item.h"

/** The item stands behind the header of a tunnel. */
bool afpring_flow_is_inner(const struct afpring_flow_parser *p);

/** The item as tests. 0, or -errno with the error set. */
int afpring_flow_parse_inner(struct afpring_flow_parser *p);

#endif /* AFPRING_FLOW_INNER_H */
