/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The rules are a tree: rules that follow each other and whose next test is of one number are told
 * apart by its value, so that a thousand of them that differ in an address take ten comparisons. A
 * rule whose further tests do not hold goes on behind those rules, of which no other one can be
 * for the packet. In the gate rules that follow each other and have one verdict are put in an order
 * in which those with the same tests do follow each other.
 */
#include <errno.h>
#include <stdlib.h>

#include <linux/if_ether.h>

#include <rte_common.h>

#include "afpring_flow_find.h"
#include "afpring_flow_program.h"

struct writer {
	struct afpring_bpf *bpf;
	uint32_t base;
	uint32_t chain;
	afpring_bpf_place drop, pass; /* of the gate */
	afpring_bpf_place hash;       /* of the group */
	afpring_bpf_place no_rule;    /* of both */
};

/* Which rule the hash is computed for, from 1 on; 0: none. The headers have the words before. */
#define MEM_RULE 14

struct entry {
	const struct afpring_flow_rule *rule;
	uint32_t nth;
	uint32_t value;   /* of the test that is being looked at */
	uint32_t nth_rss; /* of the rules with that fate, from 1 on */
};

static bool
is_exact(const struct afpring_flow_test *test)
{
	return test->low == test->high;
}

/* Tests that look at the same number; ranges only if they are the same. */
static bool
is_alike(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	if (a->where != b->where || a->offset != b->offset || a->size != b->size ||
	    a->mask != b->mask || is_exact(a) != is_exact(b))
		return false;
	return is_exact(a) || (a->low == b->low && a->high == b->high);
}

static int
compare_entries(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	if (a->value != b->value)
		return a->value < b->value ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

static afpring_bpf_place write_rules(struct writer *w, struct entry *list, uint32_t nb,
				     uint32_t depth, afpring_bpf_place otherwise);

/* The first of the entries with the value of this one. */
static uint32_t
group_start(const struct entry *list, uint32_t i)
{
	while (i != 0 && list[i - 1].value == list[i].value)
		i--;
	return i;
}

/* The number is in A; the rules of its value are asked next. What is asked lies behind the
 * comparison that leads there, or it would be too far. */
static afpring_bpf_place
find_value(struct writer *w, struct entry *list, uint32_t nb, uint32_t depth,
	   afpring_bpf_place otherwise)
{
	uint32_t half = nb == 0 ? 0 : group_start(list, nb / 2);
	afpring_bpf_place place = otherwise, below;

	if (nb > w->chain && half != 0) {
		place = find_value(w, list + half, nb - half, depth, otherwise);
		below = find_value(w, list, half, depth, otherwise);
		return afpring_bpf_if(w->bpf, BPF_JGE | BPF_K, list[half].value, place, below);
	}
	for (uint32_t end = nb, start; end != 0; end = start) {
		uint32_t value = list[end - 1].value;

		start = group_start(list, end - 1);
		below = write_rules(w, list + start, end - start, depth + 1, otherwise);
		place = afpring_bpf_if(w->bpf, BPF_JEQ | BPF_K, value, below, place);
		/* the rules have been sorted by another value since */
		for (uint32_t i = start; i < end; i++)
			list[i].value = value;
	}
	return place;
}

static afpring_bpf_place
find_range(struct writer *w, struct entry *list, uint32_t nb, uint32_t depth,
	   afpring_bpf_place otherwise)
{
	const struct afpring_flow_test *test = &list[0].rule->tests[depth];
	afpring_bpf_place next = write_rules(w, list, nb, depth + 1, otherwise);

	if (test->high < test->mask)
		next = afpring_bpf_if(w->bpf, BPF_JGT | BPF_K, test->high, otherwise, next);
	if (test->low != 0)
		next = afpring_bpf_if(w->bpf, BPF_JGE | BPF_K, test->low, next, otherwise);
	return next;
}

static afpring_bpf_place
set_rule(struct afpring_bpf *bpf, uint32_t nth, afpring_bpf_place next)
{
	next = afpring_bpf_do(bpf, BPF_ST, MEM_RULE, next);
	return afpring_bpf_do(bpf, BPF_LD | BPF_IMM, nth, next);
}

static afpring_bpf_place
decide(struct writer *w, const struct entry *entry)
{
	const struct afpring_flow_rule *rule = entry->rule;

	if (rule->fate == AFPRING_FLOW_MISS)
		return w->no_rule;
	if (w->base == 0 && rule->fate == AFPRING_FLOW_RSS)
		return set_rule(w->bpf, entry->nth_rss, w->hash);
	if (w->base == 0)
		return afpring_bpf_return(w->bpf, rule->queues[0]);
	/* what the burst counts, the burst drops too, or the rules behind this one do */
	return afpring_flow_drops_early(rule) ? w->drop : w->pass;
}

/* The rules of the list, in its order, whose first tests hold. */
static afpring_bpf_place
write_rules(struct writer *w, struct entry *list, uint32_t nb, uint32_t depth,
	    afpring_bpf_place otherwise)
{
	const struct afpring_flow_test *test;
	uint32_t alike = 1;

	if (nb == 0 || w->bpf->error != 0)
		return otherwise;
	if (list[0].rule->nb_tests == depth)
		return decide(w, &list[0]);
	test = &list[0].rule->tests[depth];
	while (alike < nb && list[alike].rule->nb_tests > depth &&
	       is_alike(&list[alike].rule->tests[depth], test))
		alike++;
	otherwise = write_rules(w, list + alike, nb - alike, depth, otherwise);
	if (!is_exact(test))
		return afpring_flow_load(w->bpf, w->base, test,
					 find_range(w, list, alike, depth, otherwise));
	for (uint32_t i = 0; i < alike; i++)
		list[i].value = list[i].rule->tests[depth].low;
	qsort(list, alike, sizeof(*list), compare_entries);
	return afpring_flow_load(w->bpf, w->base, test,
				 find_value(w, list, alike, depth, otherwise));
}

/* Those that have a say here. */
static struct entry *
entries(const struct writer *w, const struct afpring_flow_set *set, uint32_t *nb)
{
	bool gate = w->base != 0;
	uint32_t nth_rss = 0;
	struct entry *list = malloc(RTE_MAX(set->nb, 1u) * sizeof(*list));

	*nb = 0;
	for (uint32_t i = 0; list != NULL && i < set->nb; i++) {
		const struct afpring_flow_rule *rule = set->rules[i];

		nth_rss += rule->fate == AFPRING_FLOW_RSS;
		if (rule->nb_queues == 0 && rule->fate != AFPRING_FLOW_MISS &&
		    !(gate && (rule->fate == AFPRING_FLOW_DROP || afpring_flow_is_counted(rule))))
			continue;
		list[*nb] = (struct entry){.rule = rule, .nth = *nb, .nth_rss = nth_rss};
		(*nb)++;
	}
	return list;
}

static bool
needs_l4(const struct entry *list, uint32_t nb)
{
	for (uint32_t i = 0; i < nb; i++)
		for (uint32_t t = 0; t < list[i].rule->nb_tests; t++)
			if (list[i].rule->tests[t].where == AFPRING_FLOW_L4)
				return true;
	return false;
}

/* By what is looked at; ranges by their bounds, too. */
static int
compare_tests(const struct afpring_flow_test *a, const struct afpring_flow_test *b)
{
	bool range = !is_exact(a) && !is_exact(b);
	const uint32_t left[] =
		{a->where,           a->offset,          a->size, a->mask, is_exact(a),
		 range ? a->low : 0, range ? a->high : 0};
	const uint32_t right[] =
		{b->where,           b->offset,          b->size, b->mask, is_exact(b),
		 range ? b->low : 0, range ? b->high : 0};

	for (uint32_t i = 0; i < RTE_DIM(left); i++)
		if (left[i] != right[i])
			return left[i] < right[i] ? -1 : 1;
	return 0;
}

static int
compare_shapes(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	const struct afpring_flow_rule *x = a->rule, *y = b->rule;
	int order;

	for (uint32_t t = 0; t < x->nb_tests && t < y->nb_tests; t++) {
		order = compare_tests(&x->tests[t], &y->tests[t]);
		if (order != 0)
			return order;
	}
	if (x->nb_tests != y->nb_tests)
		return x->nb_tests < y->nb_tests ? -1 : 1;
	return a->nth < b->nth ? -1 : a->nth > b->nth;
}

/* Among rules of one verdict it does not matter which is asked first. Of the gate, whose verdicts
 * take no instructions. */
static void
sort_runs(struct writer *w, struct entry *list, uint32_t nb)
{
	for (uint32_t start = 0, end; start < nb; start = end) {
		afpring_bpf_place verdict = decide(w, &list[start]);

		for (end = start + 1; end < nb && decide(w, &list[end]) == verdict;)
			end++;
		qsort(list + start, end - start, sizeof(*list), compare_shapes);
	}
	for (uint32_t i = 0; i < nb; i++)
		list[i].nth = i;
}

static afpring_bpf_place
write_part(struct writer *w, struct entry *list, uint32_t nb)
{
	afpring_bpf_place rules;

	if (nb == 0)
		return w->no_rule;
	rules = write_rules(w, list, nb, 0, w->no_rule);
	return afpring_flow_find(w->bpf, w->base, needs_l4(list, nb), rules);
}

static afpring_bpf_place
write_gate(struct afpring_bpf *bpf, const struct afpring_flow_set *set, uint32_t chain,
	   afpring_bpf_place pass, afpring_bpf_place drop)
{
	struct writer w = {.bpf = bpf,
			   .base = ETH_HLEN,
			   .chain = chain,
			   .pass = pass,
			   .drop = drop,
			   .no_rule = set->isolated ? drop : pass};
	uint32_t nb;
	struct entry *list = entries(&w, set, &nb);
	afpring_bpf_place place;

	if (list == NULL)
		return afpring_bpf_fail(bpf, -ENOMEM);
	/* what passes anyway needs no rule */
	while (!set->isolated && nb != 0 && !afpring_flow_drops_early(list[nb - 1].rule))
		nb--;
	sort_runs(&w, list, nb);
	place = write_part(&w, list, nb);
	free(list);
	return place;
}

afpring_bpf_place
afpring_flow_gate(struct afpring_bpf *bpf, const struct afpring_flow_set *set, uint32_t chain,
		  afpring_bpf_place pass, afpring_bpf_place drop)
{
	for (; set != NULL; set = set->also)
		pass = write_gate(bpf, set, chain, pass, drop);
	return pass;
}

afpring_bpf_place
afpring_flow_no_rule(struct afpring_bpf *bpf, const struct afpring_flow_set *set,
		     afpring_bpf_place next)
{
	return afpring_flow_has(set, AFPRING_FLOW_RSS) ? set_rule(bpf, 0, next) : next;
}

afpring_bpf_place
afpring_flow_fanout(struct afpring_bpf *bpf, const struct afpring_flow_set *set, uint32_t chain,
		    afpring_bpf_place hash)
{
	struct writer w = {.bpf = bpf, .chain = chain, .hash = hash};
	uint32_t nb;
	struct entry *list = entries(&w, set, &nb);
	afpring_bpf_place place;

	if (list == NULL)
		return afpring_bpf_fail(bpf, -ENOMEM);
	w.no_rule = afpring_flow_no_rule(bpf, set, hash);
	while (nb != 0 && list[nb - 1].rule->fate == AFPRING_FLOW_MISS)
		nb--;
	place = write_part(&w, list, nb);
	free(list);
	return place;
}

/* The queues from first on, nb of them; A is the index. */
static afpring_bpf_place
queues(struct afpring_bpf *bpf, const uint16_t *list, uint32_t first, uint32_t nb)
{
	afpring_bpf_place upper, lower;

	if (nb == 1)
		return afpring_bpf_return(bpf, list[first]);
	upper = queues(bpf, list, first + nb / 2, nb - nb / 2);
	lower = queues(bpf, list, first, nb / 2);
	return afpring_bpf_if(bpf, BPF_JGE | BPF_K, first + nb / 2, upper, lower);
}

afpring_bpf_place
afpring_flow_fanout_hashed(struct afpring_bpf *bpf, const struct afpring_flow_set *set,
			   afpring_bpf_place otherwise)
{
	uint32_t nth = 0;
	afpring_bpf_place next;

	for (uint32_t i = 0; i < set->nb; i++) {
		const struct afpring_flow_rule *rule = set->rules[i];

		if (rule->fate != AFPRING_FLOW_RSS)
			continue;
		next = queues(bpf, rule->queues, 0, rule->nb_queues);
		if (rule->nb_queues != 1) {
			next = afpring_bpf_do(bpf, BPF_ALU | BPF_MOD | BPF_K, rule->nb_queues,
					      next);
			next = afpring_bpf_do(bpf, BPF_MISC | BPF_TXA, 0, next);
		}
		otherwise = afpring_bpf_if(bpf, BPF_JEQ | BPF_K, ++nth, next, otherwise);
	}
	return nth == 0 ? otherwise : afpring_bpf_do(bpf, BPF_LD | BPF_MEM, MEM_RULE, otherwise);
}
