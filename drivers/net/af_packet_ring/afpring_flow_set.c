/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_flow_set.h"

struct writer {
	const struct afpring_flow_list *list;
	struct afpring_flow_set *set;
	struct rte_flow_error *error;
	uint32_t room;
	uint32_t nb_copies;
};

static int
refuse(struct writer *w, int code, const char *why)
{
	return rte_flow_error_set(w->error, code, RTE_FLOW_ERROR_TYPE_UNSPECIFIED, NULL, why);
}

static int
add(struct writer *w, struct afpring_flow_rule *rule)
{
	struct afpring_flow_set *set = w->set;

	if (set->nb == w->room) {
		uint32_t room = 2 * w->room + w->list->nb + 1;
		struct afpring_flow_rule **rules = realloc(set->rules, room * sizeof(*rules));

		if (rules == NULL)
			return refuse(w, ENOMEM, "no memory");
		set->rules = rules;
		w->room = room;
	}
	set->rules[set->nb++] = rule;
	return 0;
}

static int
add_copy(struct writer *w, const struct afpring_flow_rule *rule)
{
	struct afpring_flow_rule *copy;
	int ret;

	if (w->nb_copies++ == AFPRING_FLOW_COPIES)
		return refuse(w, ENOSPC, "jumps lead to more than 8192 rules");
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return refuse(w, ENOMEM, "no memory");
	*copy = *rule;
	copy->is_copy = true;
	ret = add(w, copy);
	if (ret < 0)
		free(copy);
	return ret;
}

/* ---- the tests of a rule behind those of the jumps that lead to it ---- */

static int
compare_places(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	return a->where != b->where ? a->where - b->where : a->offset - b->offset;
}

static bool
is_same(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	return compare_places(a, b) == 0 && a->size == b->size && a->mask == b->mask &&
	       a->low == b->low && a->high == b->high;
}

/* No number passes both. */
static bool
is_contrary(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	return compare_places(a, b) == 0 && a->size == b->size && a->mask == b->mask &&
	       (a->high < b->low || b->high < a->low);
}

/* 1: the test is there; 0: it has to be added; -1: with it the rule is for no packet. */
static int
look_for(const struct afpring_flow_rule *rule, const struct afpring_flow_test *test)
{
	for (uint32_t i = 0; i < rule->nb_tests; i++) {
		if (is_same(&rule->tests[i], test))
			return 1;
		if (is_contrary(&rule->tests[i], test))
			return -1;
	}
	return 0;
}

/* 0: the rule has the tests of both; 1: it is for no packet. */
static int
join(struct writer *w, const struct afpring_flow_rule *through, struct afpring_flow_rule *rule)
{
	for (uint32_t i = 0; i < through->nb_tests; i++) {
		const struct afpring_flow_test *test = &through->tests[i];
		int there = look_for(rule, test);
		uint32_t at = rule->nb_tests;

		if (there < 0)
			return 1;
		if (there > 0)
			continue;
		if (at == AFPRING_FLOW_TESTS)
			return refuse(w, ENOSPC,
				      "too many fields in a rule and the jumps that lead to it");
		for (; at != 0 && compare_places(&rule->tests[at - 1], test) > 0; at--)
			rule->tests[at] = rule->tests[at - 1];
		rule->tests[at] = *test;
		rule->nb_tests++;
	}
	return 0;
}

/* ---- groups ---- */

static int put_group(struct writer *w, uint32_t first, const struct afpring_flow_rule *through,
		     uint32_t depth);

/* The rules that the jump, whose tests are those of all jumps before it too, leads to. */
static int
put_jump(struct writer *w, uint32_t next, const struct afpring_flow_rule *jump, uint32_t depth)
{
	struct afpring_flow_rule miss = *jump;
	int ret;

	if (depth == AFPRING_FLOW_JUMPS)
		return refuse(w, ENOSPC, "more than 16 jumps in a row");
	while (next < w->list->nb && w->list->rules[next]->group < jump->jump)
		next++;
	miss.fate = AFPRING_FLOW_MISS;
	miss.does = 0;
	miss.hits = NULL;
	ret = 0;
	if (next < w->list->nb && w->list->rules[next]->group == jump->jump)
		ret = put_group(w, next, jump, depth + 1);
	return ret == 0 ? add_copy(w, &miss) : ret;
}

static int
put_group(struct writer *w, uint32_t first, const struct afpring_flow_rule *through, uint32_t depth)
{
	uint32_t group = w->list->rules[first]->group;
	int ret = 0;

	for (uint32_t i = first; ret == 0 && i < w->list->nb && w->list->rules[i]->group == group;
	     i++) {
		struct afpring_flow_rule rule = *w->list->rules[i];

		if (through != NULL)
			ret = join(w, through, &rule);
		if (ret != 0) {
			ret = RTE_MIN(ret, 0);
			continue;
		}
		if (rule.jump == 0 || rule.does != 0)
			ret = through != NULL ? add_copy(w, &rule) : add(w, w->list->rules[i]);
		if (ret == 0 && rule.jump != 0)
			ret = put_jump(w, i + 1, &rule, depth);
	}
	return ret;
}

int
afpring_flow_set_make(const struct afpring_flow_list *list, struct afpring_flow_set *set,
		      struct rte_flow_error *error)
{
	struct writer w = {.list = list, .set = set, .error = error};
	int ret = 0;

	set->rules = NULL;
	set->nb = 0;
	if (list->nb != 0 && list->rules[0]->group == 0)
		ret = put_group(&w, 0, NULL, 0);
	if (ret < 0)
		afpring_flow_set_free(set);
	return ret;
}

void
afpring_flow_set_free(struct afpring_flow_set *set)
{
	for (uint32_t i = 0; i < set->nb; i++)
		if (set->rules[i]->is_copy)
			free(set->rules[i]);
	free(set->rules);
	set->rules = NULL;
	set->nb = 0;
}
