/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <inttypes.h>

#include "afpring_flow_dump.h"

static const char *const places[] = {
	[AFPRING_FLOW_L3] = "L3 type",     [AFPRING_FLOW_L3_ROOM] = "bytes from L3 on",
	[AFPRING_FLOW_L4] = "L4 protocol", [AFPRING_FLOW_L4_ROOM] = "bytes from L4 on",
	[AFPRING_FLOW_TAGS] = "VLAN tags", [AFPRING_FLOW_TYPE0] = "type",
	[AFPRING_FLOW_TCI0] = "outer TCI", [AFPRING_FLOW_TYPE1] = "type behind the outer tag",
	[AFPRING_FLOW_TCI1] = "inner TCI", [AFPRING_FLOW_TYPE2] = "type behind the inner tag",
	[AFPRING_FLOW_ETH] = "Ethernet",   [AFPRING_FLOW_L3_BYTES] = "L3",
	[AFPRING_FLOW_L4_BYTES] = "L4",
};

static const char *const fates[] = {
	[AFPRING_FLOW_PASSTHRU] = "passthru",
	[AFPRING_FLOW_DROP] = "drop",
	[AFPRING_FLOW_QUEUE] = "queue",
	[AFPRING_FLOW_RSS] = "rss",
};

void
afpring_flow_dump_rule(const struct afpring_flow_rule *rule, FILE *file)
{
	fprintf(file, "rule %p", (const void *)rule);
	if (rule->group != 0)
		fprintf(file, " group %" PRIu32, rule->group);
	fprintf(file, " priority %" PRIu32 ":", rule->priority);
	for (uint32_t i = 0; i < rule->nb_tests; i++) {
		const struct afpring_flow_test *test = &rule->tests[i];

		fprintf(file, " %s", places[test->where]);
		if (test->where >= AFPRING_FLOW_ETH)
			fprintf(file, "[%u:%u]", test->offset, test->offset + test->size);
		fprintf(file, " & 0x%" PRIx32 " = 0x%" PRIx32, test->mask, test->low);
		if (test->high != test->low)
			fprintf(file, "-0x%" PRIx32, test->high);
		fputs(",", file);
	}
	if ((rule->does & AFPRING_FLOW_FLAG) != 0)
		fputs(" flag", file);
	if ((rule->does & AFPRING_FLOW_MARK) != 0)
		fprintf(file, " mark %" PRIu32, rule->mark);
	if ((rule->does & AFPRING_FLOW_COUNT) != 0)
		fputs(" count", file);
	if ((rule->does & AFPRING_FLOW_AGE) != 0)
		fprintf(file, " age %" PRIu32, rule->timeout_s);
	if (rule->jump != 0)
		fprintf(file, " jump group %" PRIu32, rule->jump);
	else
		fprintf(file, " %s", fates[rule->fate]);
	for (uint32_t i = 0; i < rule->nb_queues; i++)
		fprintf(file, " %u", rule->queues[i]);
	fputs("\n", file);
}
