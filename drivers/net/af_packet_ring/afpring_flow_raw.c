/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include <rte_ether.h>

#include "afpring_flow_raw.h"

#define ADDRESSES (2 * RTE_ETHER_ADDR_LEN)

static int
refuse(struct afpring_flow_parser *p, enum rte_flow_error_type type, const char *why)
{
	return afpring_flow_refuse(&p->pattern, ENOTSUP, type, why);
}

static int
check(struct afpring_flow_parser *p, const struct rte_flow_item_raw *spec,
      const struct rte_flow_item_raw *mask)
{
	if (p->layer == AFPRING_FLOW_NOTHING && !p->is_inner)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "begin the pattern with eth");
	if (spec == NULL || spec->length == 0 || spec->pattern == NULL)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_SPEC,
					   "raw without its bytes");
	if (p->pattern.item->last != NULL)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_LAST, "raw has no ranges");
	if (spec->search != 0)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_SPEC,
			      "no search: a program of the kernel has no loops; say an offset");
	if (spec->reserved != 0)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_SPEC,
					   "reserved bits are set");
	if ((spec->relative & ~mask->relative) != 0 || (spec->offset & ~mask->offset) != 0 ||
	    (spec->length & ~mask->length) != 0)
		return afpring_flow_refuse(&p->pattern, EINVAL, RTE_FLOW_ERROR_TYPE_ITEM_MASK,
					   "the mask leaves open where the bytes are");
	return 0;
}

/* The packet has no other tags than those that the pattern names, so it is known where the L3 header
 * begins. */
static int
add_tags(struct afpring_flow_parser *p)
{
	return afpring_flow_add_tags(&p->pattern, p->nb_tags,
				     p->nb_tags < 2 ? p->nb_tags : UINT32_MAX);
}

/* What follows the last item. */
static int
find_end(struct afpring_flow_parser *p, uint16_t *at)
{
	if (p->header != NULL)
		return afpring_flow_item_end(p, at);
	*at = p->at;
	if (p->is_inner || p->layer == AFPRING_FLOW_PAYLOAD)
		return 0;
	if (p->layer >= AFPRING_FLOW_NETWORK)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM, "any says not how long its header is");
	p->where = AFPRING_FLOW_L3_BYTES;
	*at = 0;
	return add_tags(p);
}

/* From the start of the frame: in its addresses, or behind its type. */
static int
find_start(struct afpring_flow_parser *p, const struct rte_flow_item_raw *spec, int64_t *at)
{
	uint32_t l3 = RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN * p->nb_tags;

	*at = spec->offset;
	if (*at >= 0 && *at + spec->length <= ADDRESSES) {
		p->where = AFPRING_FLOW_ETH;
		return 0;
	}
	if (*at < l3)
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_SPEC,
			      "types and tags are asked for by eth and vlan");
	*at -= l3;
	p->where = AFPRING_FLOW_L3_BYTES;
	return add_tags(p);
}

/* Loads of no more bytes than the item has. */
static int
add_bytes(struct afpring_flow_parser *p, const struct rte_flow_item_raw *spec, const uint8_t *mask,
	  uint16_t at)
{
	static const uint8_t all[] = {0xff, 0xff, 0xff, 0xff};
	int ret = 0;

	for (uint16_t i = 0; i < spec->length && ret == 0;) {
		uint8_t left = RTE_MIN(spec->length - i, 4);
		const uint8_t field[] = {left == 3 ? 2 : left, 0};
		const struct afpring_flow_bytes b = {.spec = spec->pattern + i,
						     .mask = mask != NULL ? mask + i : all};

		ret = afpring_flow_add_fields(&p->pattern, p->where, &b, 0, at + i, field);
		i += field[0];
	}
	return ret;
}

int
afpring_flow_parse_raw(struct afpring_flow_parser *p)
{
	const struct rte_flow_item_raw *spec = p->pattern.item->spec, *mask = p->pattern.item->mask;
	uint16_t end = 0;
	int64_t at = 0;
	int ret;

	mask = mask == NULL ? &rte_flow_item_raw_mask : mask;
	ret = check(p, spec, mask);
	if (ret < 0)
		return ret;
	ret = spec->relative != 0 ? find_end(p, &end) : find_start(p, spec, &at);
	if (ret < 0)
		return ret;
	at = spec->relative != 0 ? (int64_t)end + spec->offset : at;
	if (at < 0 || at + spec->length > (p->where == AFPRING_FLOW_ETH ? ADDRESSES : UINT16_MAX))
		return refuse(p, RTE_FLOW_ERROR_TYPE_ITEM_SPEC,
			      "the bytes lie before the last header, or too far behind it");
	if (p->where != AFPRING_FLOW_ETH)
		ret = afpring_flow_item_room(p, at + spec->length);
	if (ret == 0)
		ret = add_bytes(p, spec, mask->pattern, at);
	p->header = NULL;
	p->layer = AFPRING_FLOW_PAYLOAD;
	p->at = at + spec->length;
	return ret;
}
