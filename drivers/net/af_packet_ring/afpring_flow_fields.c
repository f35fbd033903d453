/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_flow_fields.h"

int
afpring_flow_refuse(struct afpring_flow_pattern *p, int code, enum rte_flow_error_type type,
		    const char *why)
{
	return rte_flow_error_set(p->error, code, type, p->item, why);
}

static int
add(struct afpring_flow_pattern *p, struct afpring_flow_test test)
{
	struct afpring_flow_rule *rule = p->rule;
	uint32_t at = rule->nb_tests;

	if (at == AFPRING_FLOW_TESTS)
		return afpring_flow_refuse(p, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM,
					   "too many fields in one rule");
	while (at != 0 && (rule->tests[at - 1].where > test.where ||
			   (rule->tests[at - 1].where == test.where &&
			    rule->tests[at - 1].offset > test.offset))) {
		rule->tests[at] = rule->tests[at - 1];
		at--;
	}
	rule->tests[at] = test;
	rule->nb_tests++;
	return 0;
}

int
afpring_flow_add_exact(struct afpring_flow_pattern *p, enum afpring_flow_where where,
		       uint32_t value)
{
	return add(p, (struct afpring_flow_test){
			      .where = where,
			      .size = 4,
			      .mask = UINT32_MAX,
			      .low = value,
			      .high = value,
		      });
}

int
afpring_flow_add_room(struct afpring_flow_pattern *p, enum afpring_flow_where where, uint32_t bytes)
{
	struct afpring_flow_rule *rule = p->rule;

	for (uint32_t i = 0; i < rule->nb_tests; i++) {
		if (rule->tests[i].where != where)
			continue;
		rule->tests[i].low = RTE_MAX(rule->tests[i].low, bytes);
		return 0;
	}
	return add(p, (struct afpring_flow_test){
			      .where = where,
			      .size = 4,
			      .mask = UINT32_MAX,
			      .low = bytes,
			      .high = UINT32_MAX,
		      });
}

int
afpring_flow_add_bits(struct afpring_flow_pattern *p, enum afpring_flow_where where,
		      uint16_t offset, struct afpring_flow_bits bits)
{
	return add(p, (struct afpring_flow_test){
			      .where = where,
			      .size = bits.size,
			      .offset = offset,
			      .mask = bits.mask,
			      .low = bits.value,
			      .high = bits.value,
		      });
}

bool
afpring_flow_has_port(const struct afpring_flow_rule *rule)
{
	for (uint32_t i = 0; i < rule->nb_tests; i++) {
		const struct afpring_flow_test *test = &rule->tests[i];

		if (test->where == AFPRING_FLOW_L4_BYTES && test->offset <= 3 &&
		    test->offset + test->size > 2 &&
		    (test->offset >= 2 || (test->mask & UINT16_MAX) != 0))
			return true;
	}
	return false;
}

int
afpring_flow_add_tags(struct afpring_flow_pattern *p, uint32_t low, uint32_t high)
{
	return add(p, (struct afpring_flow_test){
			      .where = AFPRING_FLOW_TAGS,
			      .size = 4,
			      .mask = UINT32_MAX,
			      .low = low,
			      .high = high,
		      });
}

static uint32_t
number(const uint8_t *bytes, uint32_t size)
{
	uint32_t n = 0;

	while (size-- != 0)
		n = n << 8 | *bytes++;
	return n;
}

/* The smallest load that has all bits of the mask. */
static int
add_word(struct afpring_flow_pattern *p, enum afpring_flow_where where, uint16_t offset,
	 const uint8_t *mask, const uint8_t *spec)
{
	bool whole = where < AFPRING_FLOW_ETH; /* a number, no bytes */
	uint8_t size = whole ? 2 : 4;

	while (!whole && size != 1 && number(mask, size) != 0) {
		if (number(mask, size / 2) == 0) {
			offset += size / 2;
			mask += size / 2;
			spec += size / 2;
		} else if (number(mask + size / 2, size / 2) != 0) {
			break;
		}
		size /= 2;
	}
	if (number(mask, size) == 0)
		return 0;
	return add(p, (struct afpring_flow_test){
			      .where = where,
			      .size = size,
			      .offset = offset,
			      .mask = number(mask, size),
			      .low = number(spec, size) & number(mask, size),
			      .high = number(spec, size) & number(mask, size),
		      });
}

bool
afpring_flow_is_zero(const uint8_t *bytes, uint32_t size)
{
	while (size-- != 0)
		if (*bytes++ != 0)
			return false;
	return true;
}

/* 1: the field has a range, and its test is there; 0: it has none. */
static int
add_range(struct afpring_flow_pattern *p, enum afpring_flow_where where,
	  const struct afpring_flow_bytes *b, uint32_t at, uint16_t offset, uint32_t size)
{
	uint32_t mask, low, high;
	int ret;

	if (b->last == NULL || afpring_flow_is_zero(b->last + at, size) ||
	    memcmp(b->last + at, b->spec + at, size) == 0)
		return 0;
	if (size > 4) {
		for (uint32_t i = at; i < at + size; i++)
			if (((b->spec[i] ^ b->last[i]) & b->mask[i]) != 0)
				return afpring_flow_refuse(
					p, ENOTSUP, RTE_FLOW_ERROR_TYPE_ITEM_LAST,
					"no range of a field of more than 4 bytes");
		return 0;
	}
	mask = number(b->mask + at, size);
	low = number(b->spec + at, size) & mask;
	high = number(b->last + at, size) & mask;
	if (high < low)
		return afpring_flow_refuse(p, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_LAST,
					   "the range ends before it begins");
	if (high == low)
		return 0;
	ret = add(p, (struct afpring_flow_test){
			     .where = where,
			     .size = size,
			     .offset = offset,
			     .mask = mask,
			     .low = low,
			     .high = high,
		     });
	return ret < 0 ? ret : 1;
}

int
afpring_flow_add_fields(struct afpring_flow_pattern *p, enum afpring_flow_where where,
			const struct afpring_flow_bytes *b, uint32_t from, uint16_t offset,
			const uint8_t *fields)
{
	uint8_t exact[RTE_ALIGN(AFPRING_FLOW_HEADER_MAX, 4) + 4] = {0};
	uint32_t at = from;
	int ret = 0;

	for (; *fields != 0 && ret >= 0; at += *fields++) {
		ret = add_range(p, where, b, at, at - from + offset, *fields);
		if (ret == 0)
			memcpy(exact + at - from, b->mask + at, *fields);
	}
	for (uint32_t i = 0; i < at - from && ret >= 0; i += 4) {
		uint8_t spec[4] = {0};

		memcpy(spec, b->spec + from + i, RTE_MIN(4u, at - from - i));
		ret = add_word(p, where, i + offset, exact + i, spec);
	}
	return RTE_MIN(ret, 0);
}
