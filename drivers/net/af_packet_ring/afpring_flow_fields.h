/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The fields of an item of rte_flow as tests of a flow rule. 0, or -errno with the error set.
 */
#ifndef AFPRING_FLOW_FIELDS_H
#define AFPRING_FLOW_FIELDS_H

#include "afpring_compat.h"
#include "afpring_flow_rule.h"

/** A pattern whose items become tests one by one. */
struct afpring_flow_pattern {
	struct afpring_flow_rule *rule;
	struct rte_flow_error *error;
	const struct rte_flow_item *item;
};

/** Bytes of an item in the order of the wire; last may be NULL. */
struct afpring_flow_bytes {
	const uint8_t *spec;
	const uint8_t *last;
	const uint8_t *mask;
};

/** The most bytes that an item has. */
#define AFPRING_FLOW_HEADER_MAX 40

/** Say that the item cannot be taken. Returns -code. */
int afpring_flow_refuse(struct afpring_flow_pattern *p, int code, enum rte_flow_error_type type,
			const char *why);

bool afpring_flow_is_zero(const uint8_t *bytes, uint32_t size);

int afpring_flow_add_exact(struct afpring_flow_pattern *p, enum afpring_flow_where where,
			   uint32_t value);

/** The packet has at least low and at most high VLAN tags. */
int afpring_flow_add_tags(struct afpring_flow_pattern *p, uint32_t low, uint32_t high);

/** There are at least so many bytes; where is one of the rooms. */
int afpring_flow_add_room(struct afpring_flow_pattern *p, enum afpring_flow_where where,
			  uint32_t bytes);

/** What a number of the packet has to be. */
struct afpring_flow_bits {
	uint8_t size; /**< bytes: 1, 2, 4 */
	uint32_t mask;
	uint32_t value;
};

int afpring_flow_add_bits(struct afpring_flow_pattern *p, enum afpring_flow_where where,
			  uint16_t offset, struct afpring_flow_bits bits);

/** The rule asks for the destination port of UDP, or for parts of it. */
bool afpring_flow_has_port(const struct afpring_flow_rule *rule);

/**
 * The fields that count, exact or as ranges.
 *
 * @param from
 *   The byte of the item with which the first field begins.
 * @param offset
 *   The byte of the packet's header with which it begins.
 * @param fields
 *   Their sizes, up to one of 0.
 */
int afpring_flow_add_fields(struct afpring_flow_pattern *p, enum afpring_flow_where where,
			    const struct afpring_flow_bytes *b, uint32_t from, uint16_t offset,
			    const uint8_t *fields);

#endif /* AFPRING_FLOW_FIELDS_H */
