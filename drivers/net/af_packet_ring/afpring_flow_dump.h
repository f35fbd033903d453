/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A flow rule as a line of text: its tests, in the order in which they are made, and its fate.
 */
#ifndef AFPRING_FLOW_DUMP_H
#define AFPRING_FLOW_DUMP_H

#include <stdio.h>

#include "afpring_flow_rule.h"

void afpring_flow_dump_rule(const struct afpring_flow_rule *rule, FILE *file);

#endif /* AFPRING_FLOW_DUMP_H */
