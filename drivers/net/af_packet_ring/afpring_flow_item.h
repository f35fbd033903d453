/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The items of a pattern: how far they have come, and the headers that they stand for.
 */
#ifndef AFPRING_FLOW_ITEM_H
#define AFPRING_FLOW_ITEM_H

#include "afpring_flow_fields.h"

/** How far a pattern has come, or what is in its tunnel. */
enum afpring_flow_layer {
	AFPRING_FLOW_NOTHING,
	AFPRING_FLOW_ETHERNET,
	AFPRING_FLOW_TAG, /**< one */
	AFPRING_FLOW_TWO_TAGS,
	AFPRING_FLOW_NETWORK,
	AFPRING_FLOW_TRANSPORT,
	AFPRING_FLOW_TUNNEL,
	AFPRING_FLOW_PAYLOAD,
};

/** What items have, as it is on the wire, and in which fields. */
struct afpring_flow_header {
	enum rte_flow_item_type type;
	uint8_t layer;            /**< enum afpring_flow_layer */
	uint16_t code;            /**< Ethernet type, protocol, or port of a tunnel */
	uint16_t l3;              /**< behind this only; 0: any */
	uint8_t cksum, cksum_len; /**< of L4, which may be unfinished */
	uint8_t fields[11];       /**< sizes, up to one of 0 */
	const void *mask;         /**< the default */
	/** Bits that say how long the header is, in the byte len_at; none: it has no options. */
	uint8_t len_at, len_bits;
	uint8_t len_plain; /**< what they are without options */
};

struct afpring_flow_parser {
	struct afpring_flow_pattern pattern;
	uint8_t layer; /**< enum afpring_flow_layer; in a tunnel, of what is in it */
	bool is_inner;
	uint8_t nb_tags;
	uint16_t l3; /**< the Ethernet type of its item; 0: any, or none yet */
	uint16_t l4; /**< the same of the protocol */
	/** The header of the last item, and where it begins; NULL: any, or none with a header. */
	const struct afpring_flow_header *header;
	uint8_t where;    /**< enum afpring_flow_where */
	uint16_t at;      /**< in a tunnel behind its Ethernet header: where the next one begins */
	uint16_t type_at; /**< in a tunnel: what says the type of the next one; 0: nothing does */
	bool len_is_said; /**< the item leaves none of the bits of its length open */
	uint8_t len;      /**< these bits */
};

/** NULL: not an item with a header of L3, L4 or a tunnel. */
const struct afpring_flow_header *afpring_flow_header_of(enum rte_flow_item_type type);

/** Bytes, options not counted. */
uint16_t afpring_flow_header_len(const struct afpring_flow_header *header);

/** What the application has set. 1: nothing; the item only says that the header is there. */
int afpring_flow_item_bytes(struct afpring_flow_parser *p, const void *mask,
			    struct afpring_flow_bytes *b);

/** The fields of the item, whose header begins at p->at, and is p->header from now on. */
int afpring_flow_item_fields(struct afpring_flow_parser *p, const struct afpring_flow_header *h);

/** So many bytes are there from p->where on. */
int afpring_flow_item_room(struct afpring_flow_parser *p, uint32_t bytes);

/**
 * What follows p->header. A header with options is as long as its item says exactly, else the rule
 * is for packets without options.
 *
 * @param end
 *   Where it begins, from p->where on.
 */
int afpring_flow_item_end(struct afpring_flow_parser *p, uint16_t *end);

#endif /* AFPRING_FLOW_ITEM_H */
