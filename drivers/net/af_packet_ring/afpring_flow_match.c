/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdlib.h>

#include <rte_common.h>

#include "afpring_flow_match.h"

struct afpring_flow_entry {
	const struct afpring_flow_rule *rule;
	uint32_t nth; /* in the set */
};

struct afpring_flow_group {
	const struct afpring_flow_test *tests;
	uint64_t keys; /* bit n: the rules have different values for test n */
	uint32_t nb_tests;
	uint32_t nb_words; /* number of those bits */
	uint32_t first;    /* entry */
	uint32_t nb;       /* entries */
	uint32_t word;     /* the first of nb * nb_words */
	uint32_t from,
		to; /* the first and the last of the rules, as they are numbered in the set */
};

static_assert(AFPRING_FLOW_TESTS <= 64, "tests are bits of a word");

static bool
is_exact(const struct afpring_flow_test *test)
{
	return test->low == test->high;
}

static int
compare_words(const uint32_t *a, const uint32_t *b, uint32_t nb)
{
	for (uint32_t i = 0; i < nb; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

/* All but the values, of ranges those too. */
static int
compare_tests(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	bool range = !is_exact(a) && !is_exact(b);
	const uint32_t x[] = {a->where,           a->offset,          a->size, a->mask, is_exact(a),
			      range ? a->low : 0, range ? a->high : 0};
	const uint32_t y[] = {b->where,           b->offset,          b->size, b->mask, is_exact(b),
			      range ? b->low : 0, range ? b->high : 0};

	return compare_words(x, y, RTE_DIM(x));
}

static int
compare_kinds(const struct afpring_flow_rule *a, const struct afpring_flow_rule *b)
{
	if (a->nb_tests != b->nb_tests)
		return a->nb_tests < b->nb_tests ? -1 : 1;
	for (uint32_t i = 0; i < a->nb_tests; i++) {
		int order = compare_tests(&a->tests[i], &b->tests[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

static int
by_kind(const void *left, const void *right)
{
	const struct afpring_flow_entry *a = left, *b = right;
	int order = compare_kinds(a->rule, b->rule);

	return order != 0 ? order : a->nth < b->nth ? -1 : a->nth > b->nth;
}

static int
by_first(const void *left, const void *right)
{
	const struct afpring_flow_group *a = left, *b = right;

	return a->from < b->from ? -1 : a->from > b->from;
}

static int
compare_entries(const void *left, const void *right)
{
	const struct afpring_flow_entry *a = left, *b = right;

	for (uint32_t i = 0; i < a->rule->nb_tests; i++) {
		uint32_t x = a->rule->tests[i].low, y = b->rule->tests[i].low;

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* The entries from first on that are alike. */
static uint32_t
make_group(struct afpring_flow_table *table, uint32_t first, uint32_t nb_entries, uint32_t word)
{
	struct afpring_flow_entry *list = table->entries + first;
	struct afpring_flow_group *group = &table->groups[table->nb_groups++];
	uint32_t nb = 1;

	while (first + nb < nb_entries && compare_kinds(list[0].rule, list[nb].rule) == 0)
		nb++;
	*group = (struct afpring_flow_group){.tests = list[0].rule->tests,
					     .nb_tests = list[0].rule->nb_tests,
					     .first = first,
					     .nb = nb,
					     .word = word,
					     .from = list[0].nth,
					     .to = list[nb - 1].nth};
	for (uint32_t i = 1; i < nb; i++)
		for (uint32_t t = 0; t < group->nb_tests; t++)
			if (list[i].rule->tests[t].low != group->tests[t].low)
				group->keys |= UINT64_C(1) << t;
	qsort(list, nb, sizeof(*list), compare_entries);
	for (uint32_t i = 0; i < nb; i++)
		for (uint32_t t = 0; t < group->nb_tests; t++)
			if ((group->keys >> t & 1) != 0)
				table->words[word++] = list[i].rule->tests[t].low;
	group->nb_words = (word - group->word) / nb;
	return nb;
}

/* What comes behind the last rule that the burst has to know of changes nothing. */
static uint32_t
nb_asked(const struct afpring_flow_set *set)
{
	uint32_t nb = set->nb;

	while (!set->isolated && nb != 0 && set->rules[nb - 1]->fate != AFPRING_FLOW_DROP &&
	       set->rules[nb - 1]->does == 0)
		nb--;
	return nb;
}

struct afpring_flow_table *
afpring_flow_table_make(const struct afpring_flow_set *set)
{
	struct afpring_flow_table *table = calloc(1, sizeof(*table));
	uint32_t nb = nb_asked(set), nb_words = 0, word = 0;

	if (table == NULL)
		return NULL;
	for (uint32_t i = 0; i < nb; i++)
		nb_words += set->rules[i]->nb_tests;
	table->groups = malloc(RTE_MAX(nb, 1u) * sizeof(*table->groups));
	table->entries = malloc(RTE_MAX(nb, 1u) * sizeof(*table->entries));
	table->words = malloc(RTE_MAX(nb_words, 1u) * sizeof(*table->words));
	if (table->groups == NULL || table->entries == NULL || table->words == NULL) {
		afpring_flow_table_free(table);
		return NULL;
	}
	table->isolated = set->isolated;
	for (uint32_t i = 0; i < nb; i++) {
		const struct afpring_flow_rule *rule = set->rules[i];

		table->entries[i] = (struct afpring_flow_entry){.rule = rule, .nth = i};
		table->ages |= (rule->does & AFPRING_FLOW_AGE) != 0;
		for (uint32_t t = 0; t < rule->nb_tests; t++)
			table->needs_l4 |= rule->tests[t].where == AFPRING_FLOW_L4;
	}
	qsort(table->entries, nb, sizeof(*table->entries), by_kind);
	for (uint32_t i = 0; i < nb;) {
		const struct afpring_flow_group *group = &table->groups[table->nb_groups];

		i += make_group(table, i, nb, word);
		word += group->nb * group->nb_words;
	}
	qsort(table->groups, table->nb_groups, sizeof(*table->groups), by_first);
	return table;
}

void
afpring_flow_table_free(struct afpring_flow_table *table)
{
	if (table == NULL)
		return;
	free(table->groups);
	free(table->entries);
	free(table->words);
	free(table);
}

/* The tests that all rules of the group have; the values of the others into the words. */
static __rte_always_inline bool
ask_group(const struct afpring_flow_group *group, const struct afpring_flow_packet *p,
	  uint32_t *words)
{
	for (uint32_t t = 0; t < group->nb_tests; t++) {
		const struct afpring_flow_test *test = &group->tests[t];
		uint32_t number;

		if (!afpring_flow_packet_load(p, test, &number))
			return false;
		if ((group->keys >> t & 1) != 0)
			*words++ = number;
		else if (number < test->low || number > test->high)
			return false;
	}
	return true;
}

/* The first entry of the group that has these values, of the rules from this one on; nb: none. */
static uint32_t
find_entry(const struct afpring_flow_table *table, const struct afpring_flow_group *group,
	   const uint32_t *words, uint32_t nth)
{
	const struct afpring_flow_entry *entries = table->entries + group->first;
	const uint32_t *list = table->words + group->word;
	uint32_t from = 0, to = group->nb, n = group->nb_words;

	if (n == 0 && nth == 0) /* all have the same values */
		return 0;
	while (from < to) {
		uint32_t half = (from + to) / 2;
		int order = compare_words(list + half * n, words, n);

		if (order < 0 || (order == 0 && entries[half].nth < nth))
			from = half + 1;
		else
			to = half;
	}
	return from < group->nb && compare_words(list + from * n, words, n) == 0 ? from : group->nb;
}

/* Another entry of the values of this one. */
static bool
has_another(const struct afpring_flow_table *table, const struct afpring_flow_group *group,
	    uint32_t entry)
{
	const uint32_t *list = table->words + group->word + entry * group->nb_words;

	return entry + 1 < group->nb &&
	       compare_words(list, list + group->nb_words, group->nb_words) == 0;
}

/* Groups are ordered by their first rule: what comes behind the one found is not asked. */
const struct afpring_flow_rule *
afpring_flow_next(const struct afpring_flow_table *table, const struct afpring_flow_packet *p,
		  struct afpring_flow_asked *asked)
{
	const struct afpring_flow_entry *found = NULL;
	uint32_t words[AFPRING_FLOW_TESTS];

	for (uint32_t i = 0; i < table->nb_groups; i++) {
		const struct afpring_flow_group *group = &table->groups[i];
		const struct afpring_flow_entry *entry;
		uint32_t at;

		if (found != NULL && group->from > found->nth)
			break;
		if (group->to < asked->nth || !ask_group(group, p, words))
			continue;
		at = find_entry(table, group, words, asked->nth);
		if (at == group->nb)
			continue;
		entry = &table->entries[group->first + at];
		if (found != NULL && found->nth < entry->nth)
			continue;
		found = entry;
		if (table->nb_groups == 1 && !has_another(table, group, at)) {
			asked->nth = UINT32_MAX;
			return found->rule;
		}
	}
	asked->nth = found != NULL ? found->nth + 1 : UINT32_MAX;
	return found != NULL ? found->rule : NULL;
}
