/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The item raw: bytes at a place that the items before it fix.
 */
#ifndef AFPRING_FLOW_RAW_H
#define AFPRING_FLOW_RAW_H

#include "afpring_flow_item.h"

/** The item as tests. 0, or -errno with the error set. */
int afpring_flow_parse_raw(struct afpring_flow_parser *p);

#endif /* AFPRING_FLOW_RAW_H */
