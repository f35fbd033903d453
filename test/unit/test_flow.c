/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Flow rules: what rte_flow says of them, beside what the gate's and the group's programs do,
 * and what the burst finds.
 * The judge walks over the frame as it is on the wire, item by item, and knows nothing of how
 * the driver puts rules into words.
 */
#include "unit.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_byteorder.h>

#include "afpring_filter.h"
#include "afpring_flow_match.h"
#include "afpring_flow_parse.h"
#include "afpring_flow_set.h"
#include "afpring_rss_program.h"
#include "classic_bpf.h"
#include "softrss.h"

#define MAX_ITEMS 12
#define WIRE 400
#define OTHERWISE 200 /* the queue of what no rule chooses one for */
#define QUEUES 100
#define GROUPS 3

static uint64_t seed = 20261127;
static bool tunnels_only; /* is what frames are */

static uint32_t
below(uint32_t n)
{
	return unit_random(&seed) % n;
}

static uint32_t
pick(const uint8_t *list, uint32_t nb)
{
	return list[below(nb)];
}

#define PICK(...) pick((const uint8_t[]){__VA_ARGS__}, RTE_DIM(((const uint8_t[]){__VA_ARGS__})))

/* ---- frames ---- */

struct frame {
	uint8_t wire[WIRE];
	uint32_t len;
	uint32_t l3, l4; /* where they begin, as the frame was made; 0: nowhere */
	uint16_t type;
	uint16_t port; /* of a tunnel; 0: there is none */
	uint8_t proto;
	uint8_t nb_tags;
	bool is_cut;
	struct { /* in a tunnel: where it begins; 0: nowhere */
		uint32_t eth, tag, l3, l4;
		uint16_t type;
		uint8_t proto;
	} inner;
};

static void
put16(struct frame *f, uint16_t value)
{
	f->wire[f->len++] = value >> 8;
	f->wire[f->len++] = value & 0xff;
}

/* Few different bytes, so that rules made of one frame are for others too. */
static void
put_any(struct frame *f, uint32_t nb)
{
	while (nb-- != 0)
		f->wire[f->len++] = PICK(0, 0, 1, 2, 0xff);
}

static void
put_inner_ip(struct frame *f)
{
	uint32_t words = PICK(5, 5, 5, 6);

	f->inner.proto = PICK(IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6);
	f->inner.l3 = f->len;
	if (f->inner.type == RTE_ETHER_TYPE_IPV4) {
		f->wire[f->len++] = 0x40 | words;
		put_any(f, 5);
		put16(f, PICK(0, 0, 0x40, 1) << 8 | PICK(0, 0, 0, 1));
		put_any(f, 1);
		f->wire[f->len++] = f->inner.proto;
		put_any(f, 10 + 4 * (words - 5));
	} else {
		f->wire[f->len++] = 0x60;
		put_any(f, 5);
		f->wire[f->len++] = f->inner.proto;
		put_any(f, 33);
	}
	f->inner.l4 = f->len;
	put_any(f, PICK(0, 4, 8, 20, 20, 24));
}

static void
put_inner_ether(struct frame *f)
{
	f->inner.eth = f->len;
	put_any(f, 12);
	if (below(3) == 0) {
		put16(f, RTE_ETHER_TYPE_VLAN);
		f->inner.tag = f->len;
		put16(f, PICK(0, 1, 2));
	}
	put16(f, f->inner.type);
	put_inner_ip(f);
}

/* What says the Ethernet type of what is carried. */
static bool
put_carried(struct frame *f)
{
	bool ether = below(2);

	put16(f, ether ? RTE_ETHER_TYPE_TEB : f->inner.type);
	return ether;
}

static void
put_tunnel(struct frame *f)
{
	uint8_t options;
	bool ether = true;

	f->inner.type = below(2) ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6;
	if (f->port == 4789) {
		put_any(f, 8);
	} else if (f->port == 6081) {
		options = PICK(0, 0, 1, 2);
		f->wire[f->len++] = options;
		put_any(f, 1);
		ether = put_carried(f);
		put_any(f, 4 + 4 * options);
	} else if (f->port == 2152) {
		options = PICK(0, 0, 1, 2, 3);
		f->wire[f->len++] = 0x30 | options;
		f->wire[f->len++] = PICK(0xff, 0xff, 1);
		put_any(f, 6 + (options != 0 ? 4 : 0));
		ether = false;
	} else {
		options = PICK(0, 0, 0x20, 0xb0);
		f->wire[f->len++] = options;
		f->wire[f->len++] = 0;
		ether = put_carried(f);
		put_any(f, 4 * __builtin_popcount(options));
	}
	if (ether)
		put_inner_ether(f);
	else
		put_inner_ip(f);
}

static void
put_l4(struct frame *f)
{
	f->l4 = f->len;
	if (f->proto == IPPROTO_GRE && (tunnels_only || below(4) != 0)) {
		put_tunnel(f);
		return;
	}
	if (f->proto == IPPROTO_UDP && (tunnels_only || below(3) != 0)) {
		static const uint16_t ports[] = {4789, 6081, 2152};

		f->port = ports[below(RTE_DIM(ports))];
		put_any(f, 2);
		put16(f, f->port);
		put_any(f, 4);
		if (tunnels_only || below(3) != 0)
			put_tunnel(f);
		else
			put_any(f, PICK(0, 2, 7, 8, 16, 36));
		return;
	}
	put_any(f, PICK(0, 3, 4, 7, 8, 11, 12, 19, 20, 28, 40, 40, 40));
}

static void
put_ip4(struct frame *f)
{
	uint32_t words = PICK(5, 5, 5, 6, 15, 4, 0);

	f->proto = PICK(IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMP,
			IPPROTO_GRE, IPPROTO_GRE, IPPROTO_NONE);
	if (tunnels_only) {
		f->proto = PICK(IPPROTO_UDP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_GRE);
		words = 5;
	}
	f->wire[f->len++] = 0x40 | words;
	put_any(f, 5);
	put16(f, !tunnels_only && below(3) == 0 ? below(0x10000) : below(2) ? 0x4000 : 0x2000);
	put_any(f, 1);
	f->wire[f->len++] = f->proto;
	put_any(f, 10);
	put_any(f, words > 5 ? 4 * words - 20 : 0);
	put_l4(f);
}

static void
put_ip6(struct frame *f)
{
	uint32_t next;

	f->wire[f->len++] = 0x60;
	put_any(f, 5);
	f->len++;
	next = f->len - 1;
	put_any(f, 33);
	for (uint32_t nb = PICK(0, 0, 0, 1, 2, 4, 5); nb != 0; nb--) {
		uint8_t ext =
			PICK(IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT, IPPROTO_DSTOPTS);
		uint8_t more = ext == IPPROTO_FRAGMENT ? below(256) : PICK(0, 0, 1);

		f->wire[next] = ext;
		next = f->len++;
		f->wire[f->len++] = more;
		put16(f, below(3) == 0 ? 0x0108 : below(2));
		put_any(f, 4 + (ext == IPPROTO_FRAGMENT ? 0 : 8 * more));
	}
	f->proto = PICK(IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_SCTP, IPPROTO_ICMPV6,
			IPPROTO_ESP, IPPROTO_NONE);
	f->wire[next] = f->proto;
	put_l4(f);
}

static struct frame
draw_frame(void)
{
	static const uint16_t types[] = {RTE_ETHER_TYPE_IPV4, RTE_ETHER_TYPE_IPV6,
					 RTE_ETHER_TYPE_ARP, 0x1234, RTE_ETHER_TYPE_MPLS};
	struct frame f = {.nb_tags = PICK(0, 0, 0, 1, 1, 2)};

	put_any(&f, 12);
	for (uint32_t i = 0; i < f.nb_tags; i++) {
		put16(&f, below(2) ? RTE_ETHER_TYPE_VLAN : RTE_ETHER_TYPE_QINQ);
		put16(&f, PICK(0, 1, 2, 0xff));
	}
	f.type = types[tunnels_only ? 0 : PICK(0, 0, 0, 1, 1, 1, 2, 3, 4)];
	put16(&f, f.type);
	f.l3 = f.len;
	if (f.type == RTE_ETHER_TYPE_IPV4)
		put_ip4(&f);
	else if (f.type == RTE_ETHER_TYPE_IPV6)
		put_ip6(&f);
	else
		put_any(&f, PICK(0, 3, 27, 28, 40));
	f.is_cut = below(8) == 0;
	if (f.is_cut)
		f.len = RTE_MAX(14u + 4 * f.nb_tags, below(f.len + 1));
	return f;
}

/* ---- rules ---- */

union item_bytes {
	struct rte_flow_item_eth eth;
	struct rte_flow_item_vlan vlan;
	struct rte_flow_item_ipv4 ip4;
	struct rte_flow_item_ipv6 ip6;
	struct rte_flow_item_any any;
	struct rte_flow_item_raw raw;
	uint8_t bytes[64];
};

struct rule {
	struct rte_flow_item items[MAX_ITEMS + 1];
	union item_bytes spec[MAX_ITEMS], last[MAX_ITEMS], mask[MAX_ITEMS];
	uint8_t raw[2][WIRE]; /* bytes and mask */
	uint32_t nb_items;
	uint32_t group;
	uint32_t priority;
	enum rte_flow_action_type fate;
	uint32_t jump;  /* with that fate, to this group */
	uint16_t queue; /* of RSS the first of these */
	uint16_t nb_queues;
	uint32_t mark; /* 0: none */
	bool counts;
};

struct layout {
	enum rte_flow_item_type type;
	uint16_t code; /* Ethernet type or protocol */
	uint8_t len;
	uint8_t fields[11];
	uint8_t cksum, cksum_len; /* rules may not ask for it */
};

/* clang-format off */
static const struct layout layouts[] = {
	{RTE_FLOW_ITEM_TYPE_ETH, 0, 14, {6, 6, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_VLAN, 0, 4, {2, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_IPV4, RTE_ETHER_TYPE_IPV4, 20, {1, 1, 2, 2, 2, 1, 1, 2, 4, 4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_IPV6, RTE_ETHER_TYPE_IPV6, 40, {4, 2, 1, 1, 16, 16}, 0, 0},
	/* only what has one layout in all releases */
	{RTE_FLOW_ITEM_TYPE_ARP_ETH_IPV4, RTE_ETHER_TYPE_ARP, 8, {2, 2, 1, 1, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_TCP, IPPROTO_TCP, 20, {2, 2, 4, 4, 1, 1, 2, 2, 2}, 16, 2},
	{RTE_FLOW_ITEM_TYPE_UDP, IPPROTO_UDP, 8, {2, 2, 2, 2}, 6, 2},
	{RTE_FLOW_ITEM_TYPE_SCTP, IPPROTO_SCTP, 12, {2, 2, 4, 4}, 8, 4},
	{RTE_FLOW_ITEM_TYPE_ICMP, IPPROTO_ICMP, 8, {1, 1, 2, 2, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_ICMP6, IPPROTO_ICMPV6, 4, {1, 1, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_MPLS, RTE_ETHER_TYPE_MPLS, 4, {4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_GRE, IPPROTO_GRE, 4, {2, 2}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_ESP, IPPROTO_ESP, 8, {4, 4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_VXLAN, 4789, 8, {4, 4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_GENEVE, 6081, 8, {2, 2, 4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_GTPU, 2152, 8, {1, 1, 2, 4}, 0, 0},
	{RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT, 0, 8, {1, 1, 2, 4}, 0, 0},
};
/* clang-format on */

static const struct layout *
layout_of(enum rte_flow_item_type type)
{
	for (size_t i = 0; i < RTE_DIM(layouts); i++)
		if (layouts[i].type == type)
			return &layouts[i];
	return NULL;
}

static const struct layout *
layout_of_code(uint16_t code)
{
	for (size_t i = 0; i < RTE_DIM(layouts); i++)
		if (layouts[i].code == code && code != 0)
			return &layouts[i];
	return NULL;
}

/* What fields of a header in a frame may be asked for, some with a range. */
static void
draw_fields(struct rule *r, const struct layout *l, const uint8_t *header)
{
	uint32_t i = r->nb_items, at = 0, chance = PICK(1, 2, 5);

	for (const uint8_t *size = l->fields; *size != 0; at += *size++) {
		uint8_t *spec = r->spec[i].bytes + at, *last = r->last[i].bytes + at;
		uint8_t *mask = r->mask[i].bytes + at;

		memcpy(spec, header + at, *size);
		if (below(chance + 1) != 0)
			continue;
		for (uint32_t b = 0; b < *size; b++)
			mask[b] = below(4) != 0 ? 0xff : PICK(0, 1, 0x0f, 0xf0);
		if (*size <= 4 && below(3) == 0) {
			memcpy(last, spec, *size);
			spec[below(*size)] = 0;
			last[below(*size)] = 0xff;
		}
		if (memcmp(spec, last, *size) > 0)
			memset(last, 0, *size);
		for (uint32_t b = 0; b < *size; b++) /* no range that ends before it begins */
			if ((last[b] & mask[b]) < (spec[b] & mask[b])) {
				memset(last, 0, *size);
				break;
			}
	}
	memset(r->mask[i].bytes + l->cksum, 0, l->cksum_len);
}

static void
add_item(struct rule *r, enum rte_flow_item_type type, const uint8_t *header)
{
	const struct layout *l = layout_of(type);
	uint32_t i = r->nb_items;

	r->items[i] = (struct rte_flow_item){.type = type};
	if (l != NULL && header != NULL && below(4) != 0) {
		draw_fields(r, l, header);
		if (type == RTE_FLOW_ITEM_TYPE_ETH && i == 0 && below(6) == 0) {
			r->mask[i].eth.has_vlan = 1;
			r->spec[i].eth.has_vlan = below(2);
		}
		if (type == RTE_FLOW_ITEM_TYPE_VLAN && i < 2 && below(6) == 0) {
			r->mask[i].vlan.has_more_vlan = 1;
			r->spec[i].vlan.has_more_vlan = below(2);
		}
		r->items[i].spec = &r->spec[i];
		r->items[i].last = below(4) != 0 ? &r->last[i] : NULL;
		/* the default of ARP has addresses, and DPDK has none of the fragment */
		if (type == RTE_FLOW_ITEM_TYPE_ARP_ETH_IPV4 ||
		    type == RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT || below(6) != 0)
			r->items[i].mask = &r->mask[i];
	}
	r->nb_items++;
}

/* Bytes of the frame behind the last item, whose header ends about there, or from its start. */
static void
add_raw(struct rule *r, const struct frame *f, uint32_t end)
{
	uint32_t i = r->nb_items, nb = 1 + below(9);
	bool relative = below(3) != 0;
	bool fixed = i != 0 && (r->items[i - 1].type == RTE_FLOW_ITEM_TYPE_UDP ||
				r->items[i - 1].type == RTE_FLOW_ITEM_TYPE_IPV6);
	int32_t skip = relative && fixed && below(3) == 0 ? -2 : (int)PICK(0, 0, 1, 3, 7);
	uint32_t first = end * below(2) + PICK(0, 0, 6);
	uint32_t at = relative ? end + skip : first;

	if (at + nb > f->len || (!relative && at + nb > 12 && at < 14u + 4 * f->nb_tags))
		return;
	memcpy(r->raw[0], f->wire + at, nb);
	for (uint32_t b = 0; b < nb; b++)
		r->raw[1][b] = PICK(0, 0, 0x0f, 0xff);
	r->spec[i].raw = (struct rte_flow_item_raw){.relative = relative,
						    .offset = relative ? skip : (int32_t)at,
						    .length = nb,
						    .pattern = r->raw[0]};
	r->mask[i].raw = rte_flow_item_raw_mask;
	r->mask[i].raw.pattern = below(2) ? r->raw[1] : NULL;
	r->items[i] = (struct rte_flow_item){.type = RTE_FLOW_ITEM_TYPE_RAW,
					     .spec = &r->spec[i],
					     .mask = below(2) ? &r->mask[i] : NULL};
	r->nb_items++;
}

/* What the tunnel of a frame carries; returns where the last item's header ends. */
static uint32_t
add_inner(struct rule *r, const struct frame *f, uint32_t end)
{
	const struct layout *l4 = layout_of_code(f->inner.proto);
	bool v6 = f->inner.type == RTE_ETHER_TYPE_IPV6;

	if (f->inner.l3 == 0 || below(8) == 0)
		return end;
	if (f->inner.eth != 0) {
		add_item(r, RTE_FLOW_ITEM_TYPE_ETH, f->wire + f->inner.eth);
		end = f->inner.eth + 14;
	}
	if (f->inner.tag != 0 && below(8) != 0) {
		add_item(r, RTE_FLOW_ITEM_TYPE_VLAN, f->wire + f->inner.tag);
		end = f->inner.tag + 4;
	}
	if (below(6) == 0)
		return end;
	add_item(r, v6 ? RTE_FLOW_ITEM_TYPE_IPV6 : RTE_FLOW_ITEM_TYPE_IPV4, f->wire + f->inner.l3);
	if (below(4) == 0 || (f->inner.proto == IPPROTO_ICMP && v6) ||
	    (f->inner.proto == IPPROTO_ICMPV6 && !v6))
		return f->inner.l4;
	add_item(r, l4->type, f->wire + f->inner.l4);
	return f->inner.l4 + l4->len;
}

static void
draw_fate(struct rule *r)
{
	r->fate = below(8) == 0 ? RTE_FLOW_ACTION_TYPE_PASSTHRU :
		  below(2)      ? RTE_FLOW_ACTION_TYPE_DROP :
		  below(4)      ? RTE_FLOW_ACTION_TYPE_QUEUE :
				  RTE_FLOW_ACTION_TYPE_RSS;
	r->queue = below(QUEUES);
	r->nb_queues = 1 + below(RTE_MIN(5, QUEUES - r->queue));
	r->priority = below(3);
	r->group = below(GROUPS) * below(2);
	if (r->group + 1 < GROUPS && below(4) == 0) {
		r->fate = RTE_FLOW_ACTION_TYPE_JUMP;
		r->jump = r->group + 1 + below(GROUPS - r->group - 1);
	}
	r->mark = below(3) == 0 ? 1 + below(1000) : 0;
	r->counts = below(4) == 0;
}

/* L3 and what follows; returns where the last item's header ends, or 0: it cannot be told. */
static uint32_t
add_layers(struct rule *r, const struct frame *f, const uint8_t *wire)
{
	const struct layout *l3 = layout_of_code(f->type), *l4 = layout_of_code(f->proto);
	bool ip = f->type == RTE_ETHER_TYPE_IPV4 || f->type == RTE_ETHER_TYPE_IPV6;
	bool any = ip && below(6) == 0;
	uint32_t end = f->l3 + l3->len;

	add_item(r, any ? RTE_FLOW_ITEM_TYPE_ANY : l3->type, wire != NULL ? wire + f->l3 : NULL);
	if (f->type == RTE_ETHER_TYPE_IPV6 && !any && f->wire[f->l3 + 6] == IPPROTO_FRAGMENT &&
	    below(2)) {
		add_item(r, RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT, f->wire + f->l3 + 40);
		end += 8;
	}
	if (l4 == NULL || f->l4 == 0 || !ip || below(8) == 0) /* the layout of ARP is not whole */
		return any || f->type == RTE_ETHER_TYPE_ARP ? 0 : end;
	add_item(r, l4->type, wire != NULL ? wire + f->l4 : NULL);
	if (f->proto == IPPROTO_GRE)
		return add_inner(r, f, f->l4 + 4);
	if (f->port == 0 || below(4) == 0)
		return f->l4 + l4->len;
	add_item(r, layout_of_code(f->port)->type, f->wire + f->l4 + 8);
	return add_inner(r, f, f->l4 + 16);
}

/* A rule that is for the frame, or nearly. */
static void
draw_rule(struct rule *r, const struct frame *f)
{
	/* a rule that asks for much is for few frames */
	const uint8_t *wire = f->inner.l3 != 0 && below(4) != 0 ? NULL : f->wire;
	uint32_t end = 14;

	memset(r, 0, sizeof(*r));
	draw_fate(r);
	if (below(20) == 0) {
		r->items[0].type = RTE_FLOW_ITEM_TYPE_END; /* for all */
		return;
	}
	add_item(r, RTE_FLOW_ITEM_TYPE_ETH, wire);
	for (uint32_t i = 0; i < f->nb_tags && below(3) != 0; i++) {
		add_item(r, RTE_FLOW_ITEM_TYPE_VLAN, wire != NULL ? wire + 14 + 4 * i : NULL);
		end += 4;
	}
	if (below(8) != 0 && layout_of_code(f->type) != NULL)
		end = add_layers(r, f, wire);
	if (end != 0 && below(4) == 0)
		add_raw(r, f, end);
	r->items[r->nb_items].type = RTE_FLOW_ITEM_TYPE_END;
}

/* ---- the judge ---- */

static bool
is_tpid(const uint8_t *type)
{
	return (type[0] == 0x81 && type[1] == 0) || (type[0] == 0x88 && type[1] == 0xa8);
}

/* Each field, as the masked bits of it and of both bounds compare. */
static bool
holds(const struct layout *l, const struct rte_flow_item *item, const uint8_t *header)
{
	const uint8_t *spec = item->spec, *last = item->last, *mask = item->mask;
	uint32_t at = 0;

	if (mask == NULL)
		mask = item->type == RTE_FLOW_ITEM_TYPE_ETH ?
			       (const void *)&rte_flow_item_eth_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_VLAN ?
			       (const void *)&rte_flow_item_vlan_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_IPV4 ?
			       (const void *)&rte_flow_item_ipv4_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_IPV6 ?
			       (const void *)&rte_flow_item_ipv6_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_TCP ?
			       (const void *)&rte_flow_item_tcp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_UDP ?
			       (const void *)&rte_flow_item_udp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_SCTP ?
			       (const void *)&rte_flow_item_sctp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_ICMP ?
			       (const void *)&rte_flow_item_icmp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_MPLS ?
			       (const void *)&rte_flow_item_mpls_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_GRE ?
			       (const void *)&rte_flow_item_gre_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_ESP ?
			       (const void *)&rte_flow_item_esp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_VXLAN ?
			       (const void *)&rte_flow_item_vxlan_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_GENEVE ?
			       (const void *)&rte_flow_item_geneve_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_GTPU ?
			       (const void *)&rte_flow_item_gtp_mask :
		       item->type == RTE_FLOW_ITEM_TYPE_ICMP6 ?
			       (const void *)&rte_flow_item_icmp6_mask :
			       (const void *)&rte_flow_item_arp_eth_ipv4_mask;
	for (const uint8_t *size = l->fields; *size != 0; at += *size++) {
		uint8_t low[16], high[16], is[16];
		bool range = false;

		for (uint32_t b = 0; b < *size; b++) {
			low[b] = spec[at + b] & mask[at + b];
			is[b] = header[at + b] & mask[at + b];
			range |= last != NULL && last[at + b] != 0;
		}
		for (uint32_t b = 0; b < *size; b++)
			high[b] = range ? last[at + b] & mask[at + b] : low[b];
		if (memcmp(is, low, *size) < 0 || memcmp(is, high, *size) > 0)
			return false;
	}
	return true;
}

/* The L4 protocol of an IP packet, and where it begins; 0: there is none to be seen. */
static uint32_t
find_l4(const struct frame *f, uint32_t l3, bool v6, uint8_t *proto)
{
	const uint8_t *ip = f->wire + l3;
	uint32_t at = l3 + 40, nb = 0;

	if (!v6) {
		*proto = ip[9];
		if ((ip[0] & 0xf) < 5 || ((ip[6] << 8 | ip[7]) & 0x1fff) != 0)
			return 0;
		return l3 + (ip[0] & 0xf) * 4;
	}
	for (*proto = ip[6]; nb < AFPRING_FLOW_EXT; nb++) {
		const uint8_t *ext = f->wire + at;

		if (*proto != IPPROTO_HOPOPTS && *proto != IPPROTO_ROUTING &&
		    *proto != IPPROTO_DSTOPTS && *proto != IPPROTO_FRAGMENT)
			break;
		if (at + 8 > f->len)
			return 0;
		if (*proto == IPPROTO_FRAGMENT && ((ext[2] << 8 | ext[3]) & 0xfff8) != 0)
			return 0;
		at += *proto == IPPROTO_FRAGMENT ? 8 : 8 + 8 * ext[1];
		*proto = ext[0];
	}
	return at;
}

struct walk {
	uint32_t type_at; /* of the type that says what follows */
	uint32_t nb_tags;
	uint32_t nb_named; /* by items */
	uint32_t l3;
	uint32_t l4;
	const struct rte_flow_item *udp;
	uint16_t l3_type;
	const struct rte_flow_item *last; /* the last item but VOID, and where its header begins */
	uint32_t at;
	enum rte_flow_item_type tunnel; /* END: not in one; and what it says of what it carries */
	uint16_t carried;
};

/* Tags that no item is for are passed by. */
static bool
enter_l3(const struct frame *f, struct walk *w)
{
	const uint8_t *type = f->wire + w->type_at;
	uint32_t len;

	while (w->nb_tags < 2 && is_tpid(type) && w->type_at + 6 <= f->len) {
		w->nb_tags++;
		w->type_at += 4;
		type += 4;
	}
	w->l3 = w->type_at + 2;
	w->l3_type = type[0] << 8 | type[1];
	len = w->l3_type == RTE_ETHER_TYPE_IPV4 ? 20 :
	      w->l3_type == RTE_ETHER_TYPE_IPV6 ? 40 :
	      w->l3_type == RTE_ETHER_TYPE_MPLS ? 4 :
						  28;
	return w->l3 + len <= f->len;
}

static bool
judge_vlan(const struct frame *f, struct walk *w, const struct rte_flow_item *item)
{
	const uint8_t *type = f->wire + w->type_at;
	const struct rte_flow_item_vlan *spec = item->spec, *mask = item->mask;

	if (!is_tpid(type) || w->type_at + 6 > f->len)
		return false;
	w->type_at += 4;
	w->nb_tags++;
	w->nb_named++;
	if (spec == NULL)
		return true;
	if (mask != NULL && mask->has_more_vlan != 0 &&
	    (bool)spec->has_more_vlan !=
		    (is_tpid(f->wire + w->type_at) && w->type_at + 6 <= f->len))
		return false;
	return holds(layout_of(item->type), item, type + 2);
}

static bool
judge_eth(const struct frame *f, struct walk *w, const struct rte_flow_item *item)
{
	const struct rte_flow_item_eth *spec = item->spec, *mask = item->mask;

	w->type_at = 12;
	if (spec == NULL)
		return true;
	if (mask != NULL && mask->has_vlan != 0 && (bool)spec->has_vlan != is_tpid(f->wire + 12))
		return false;
	return holds(layout_of(item->type), item, f->wire);
}

/* Behind UDP to the tunnel's port, if the item of UDP leaves that open. */
static bool
judge_tunnel(const struct frame *f, const struct walk *w, const struct rte_flow_item *item)
{
	const struct layout *l = layout_of(item->type);
	const struct rte_flow_item_udp *mask = w->udp->mask;
	const uint8_t *udp = f->wire + w->l4;
	bool open = w->udp->spec == NULL || (mask != NULL && mask->hdr.dst_port == 0);

	if (w->l4 + 8 + l->len > f->len || (open && (udp[2] << 8 | udp[3]) != l->code))
		return false;
	return item->spec == NULL || holds(l, item, udp + 8);
}

/* Where the header of the last item ends. One with options is as long as the item says exactly, or
 * has none; false: it is not so. */
static bool
find_end(const struct frame *f, const struct walk *w, uint32_t *end)
{
	static const struct {
		enum rte_flow_item_type type;
		uint8_t at, bits, plain;
	} options[] = {
		{RTE_FLOW_ITEM_TYPE_IPV4, 0, 0x0f, 5},   {RTE_FLOW_ITEM_TYPE_TCP, 12, 0xf0, 0x50},
		{RTE_FLOW_ITEM_TYPE_GENEVE, 0, 0x3f, 0}, {RTE_FLOW_ITEM_TYPE_GRE, 0, 0xf0, 0},
		{RTE_FLOW_ITEM_TYPE_GTPU, 0, 7, 0},
	};
	enum rte_flow_item_type type = w->last->type;
	const uint8_t *mask = w->last->mask;

	*end = w->at + layout_of(type)->len;
	for (size_t i = 0; i < RTE_DIM(options); i++) {
		uint8_t at = options[i].at, bits = options[i].bits;
		uint8_t is = f->wire[w->at + at] & bits;

		if (options[i].type != type)
			continue;
		if (is != options[i].plain && (w->last->spec == NULL || w->last->last != NULL ||
					       mask == NULL || (mask[at] & bits) != bits))
			return false;
		*end = type == RTE_FLOW_ITEM_TYPE_IPV4   ? w->at + 4 * is :
		       type == RTE_FLOW_ITEM_TYPE_TCP    ? w->at + is / 4 :
		       type == RTE_FLOW_ITEM_TYPE_GENEVE ? *end + 4 * is :
		       type == RTE_FLOW_ITEM_TYPE_GRE    ? *end + 4 * __builtin_popcount(is) :
							   *end + 4 * (is != 0);
	}
	return true;
}

/* The frame has the tags that the pattern names, no others. */
static bool
has_named_tags(const struct frame *f, const struct walk *w)
{
	const uint8_t *type = f->wire + 12 + 4 * w->nb_named;

	return w->nb_named == 2 || !is_tpid(type) || 12 + 4 * w->nb_named + 6 > f->len;
}

static bool
judge_raw(const struct frame *f, const struct walk *w, const struct rte_flow_item *item)
{
	const struct rte_flow_item_raw *spec = item->spec, *mask = item->mask;
	uint32_t at = 0, first = 14 + 4 * w->nb_named;

	if (spec->relative && w->tunnel == RTE_FLOW_ITEM_TYPE_END &&
	    (w->last->type == RTE_FLOW_ITEM_TYPE_ETH || w->last->type == RTE_FLOW_ITEM_TYPE_VLAN)) {
		if (!has_named_tags(f, w))
			return false;
		at = first;
	} else if (spec->relative) {
		if (!find_end(f, w, &at))
			return false;
	} else if (spec->offset + spec->length > 12 && !has_named_tags(f, w)) {
		return false;
	}
	at += spec->offset;
	if (at + spec->length > f->len)
		return false;
	for (uint32_t i = 0; i < spec->length; i++)
		if (((f->wire[at + i] ^ spec->pattern[i]) &
		     (mask == NULL || mask->pattern == NULL ? 0xff : mask->pattern[i])) != 0)
			return false;
	return true;
}

/* What the tunnel is said to carry next, at the end of the last header. */
static bool
carries(const struct frame *f, const struct walk *w, uint32_t at, const struct layout *l)
{
	uint16_t type = l->type == RTE_FLOW_ITEM_TYPE_ETH  ? RTE_ETHER_TYPE_TEB :
			l->type == RTE_FLOW_ITEM_TYPE_VLAN ? RTE_ETHER_TYPE_VLAN :
							     l->code;

	if (w->last->type == RTE_FLOW_ITEM_TYPE_VXLAN)
		return type == RTE_ETHER_TYPE_TEB;
	if (w->last->type == RTE_FLOW_ITEM_TYPE_GTPU)
		return f->wire[at] >> 4 == (type == RTE_ETHER_TYPE_IPV4 ? 4 : 6);
	return w->carried == type;
}

static bool
judge_inner(const struct frame *f, struct walk *w, const struct rte_flow_item *item)
{
	const struct layout *l = layout_of(item->type), *before = layout_of(w->last->type);
	const uint8_t *header = f->wire + w->at;
	uint32_t at;

	if (w->tunnel == RTE_FLOW_ITEM_TYPE_END) {
		w->tunnel = w->last->type;
		w->carried = w->tunnel == RTE_FLOW_ITEM_TYPE_GENEVE ||
					     w->tunnel == RTE_FLOW_ITEM_TYPE_GRE ?
				     header[2] << 8 | header[3] :
				     0;
		if (w->tunnel == RTE_FLOW_ITEM_TYPE_GTPU && header[1] != 0xff)
			return false;
	}
	if (!find_end(f, w, &at) || at + l->len > f->len)
		return false;
	if (before->type == RTE_FLOW_ITEM_TYPE_IPV4) {
		if (header[9] != l->code || ((header[6] << 8 | header[7]) & 0x1fff) != 0)
			return false;
	} else if (before->type == RTE_FLOW_ITEM_TYPE_IPV6) {
		if (header[6] != l->code)
			return false;
	} else if (!carries(f, w, at, l)) {
		return false;
	}
	if (l->type == RTE_FLOW_ITEM_TYPE_ETH)
		w->carried = f->wire[at + 12] << 8 | f->wire[at + 13];
	if (l->type == RTE_FLOW_ITEM_TYPE_VLAN)
		w->carried = f->wire[at + 2] << 8 | f->wire[at + 3];
	w->at = at;
	return item->spec == NULL || holds(l, item, f->wire + at);
}

static bool
is_tunnel(enum rte_flow_item_type type)
{
	return type == RTE_FLOW_ITEM_TYPE_VXLAN || type == RTE_FLOW_ITEM_TYPE_GENEVE ||
	       type == RTE_FLOW_ITEM_TYPE_GTPU || type == RTE_FLOW_ITEM_TYPE_GRE;
}

static bool
judge_item(const struct frame *f, struct walk *w, const struct rte_flow_item *item)
{
	const struct layout *l = layout_of(item->type);
	uint32_t at;
	uint8_t proto;

	if (item->type == RTE_FLOW_ITEM_TYPE_RAW)
		return judge_raw(f, w, item);
	if (w->tunnel != RTE_FLOW_ITEM_TYPE_END || (w->last != NULL && is_tunnel(w->last->type)))
		return judge_inner(f, w, item);
	if (item->type == RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT) {
		w->at = w->l3 + 40;
		return f->wire[w->l3 + 6] == IPPROTO_FRAGMENT && w->at + 8 <= f->len &&
		       (item->spec == NULL || holds(l, item, f->wire + w->at));
	}
	if (item->type == RTE_FLOW_ITEM_TYPE_ETH)
		return judge_eth(f, w, item);
	if (item->type == RTE_FLOW_ITEM_TYPE_VLAN)
		return judge_vlan(f, w, item);
	if (item->type == RTE_FLOW_ITEM_TYPE_ANY) {
		w->l3 = enter_l3(f, w) ? w->l3 : 0;
		return true;
	}
	if (l->code == 4789 || l->code == 6081 || l->code == 2152) {
		w->at = w->l4 + 8;
		return judge_tunnel(f, w, item);
	}
	if (l->code >= RTE_ETHER_TYPE_IPV4) { /* the codes of L3 */
		at = enter_l3(f, w);
		w->at = w->l3;
		return at != 0 && w->l3_type == l->code &&
		       (item->spec == NULL || holds(l, item, f->wire + w->l3));
	}
	if (w->l3 == 0 || (w->l3_type != RTE_ETHER_TYPE_IPV4 && w->l3_type != RTE_ETHER_TYPE_IPV6))
		return false;
	at = find_l4(f, w->l3, w->l3_type == RTE_ETHER_TYPE_IPV6, &proto);
	w->l4 = at;
	w->at = at;
	w->udp = item;
	return at != 0 && proto == l->code && at + l->len <= f->len &&
	       (item->spec == NULL || holds(l, item, f->wire + at));
}

static bool
is_for(const struct rule *r, const struct frame *f)
{
	struct walk w = {0};

	for (uint32_t i = 0; i < r->nb_items; i++) {
		if (!judge_item(f, &w, &r->items[i]))
			return false;
		w.last = &r->items[i];
	}
	return true;
}

#define MAX_RULES 16

/* Rules that are for a frame, in their order, up to the one that decides. */
struct trail {
	const struct rule *rules[2 * MAX_RULES];
	uint32_t nb;
	const struct rule *last; /* which decides; NULL: none does */
	bool is_missed;          /* after a jump to a group that has none for it */
};

/* The rules of a group by priority, then by age. Behind a jump only those of its group decide. */
static bool
follow(const struct rule *rules, uint32_t nb, uint32_t group, const struct frame *f,
       struct trail *trail)
{
	for (uint32_t priority = 0; priority < 3; priority++) {
		for (uint32_t i = 0; i < nb; i++) {
			const struct rule *r = &rules[i];

			if (r->group != group || r->priority != priority || !is_for(r, f))
				continue;
			trail->rules[trail->nb++] = r;
			if (r->fate == RTE_FLOW_ACTION_TYPE_JUMP) {
				if (!follow(rules, nb, r->jump, f, trail))
					trail->is_missed = true;
				return true;
			}
			if (r->fate != RTE_FLOW_ACTION_TYPE_PASSTHRU) {
				trail->last = r;
				return true;
			}
		}
	}
	return false;
}

static struct trail
judge(const struct rule *rules, uint32_t nb, const struct frame *f)
{
	struct trail trail = {.nb = 0};

	follow(rules, nb, 0, f, &trail);
	return trail;
}

/* ---- what the driver makes of it ---- */

static int
say(const struct rule *r, struct afpring_flow_rule *said, struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = {.ingress = 1,
					   .group = r->group,
					   .priority = r->priority};
	const struct rte_flow_action_jump jump = {.group = r->jump};
	const struct rte_flow_action_queue queue = {.index = r->queue};
	uint16_t queues[5] = {0};
	const struct rte_flow_action_rss rss = {.queue = queues, .queue_num = r->nb_queues};
	const struct rte_flow_action_mark mark = {.id = r->mark};
	const struct rte_flow_action actions[] = {
		{.type = r->mark != 0 ? RTE_FLOW_ACTION_TYPE_MARK : RTE_FLOW_ACTION_TYPE_VOID,
		 .conf = &mark},
		{.type = r->counts ? RTE_FLOW_ACTION_TYPE_COUNT : RTE_FLOW_ACTION_TYPE_VOID},
		{.type = r->fate,
		 .conf = r->fate == RTE_FLOW_ACTION_TYPE_RSS  ? (const void *)&rss :
			 r->fate == RTE_FLOW_ACTION_TYPE_JUMP ? (const void *)&jump :
								&queue},
		{.type = RTE_FLOW_ACTION_TYPE_END},
	};

	for (uint16_t i = 0; i < r->nb_queues; i++)
		queues[i] = r->queue + i;
	return afpring_flow_parse(&attr, r->items, actions, QUEUES, said, error);
}

/* What is drawn may have more fields than a rule, or look behind what has no known length. */
static bool
is_refused(const struct rule *r)
{
	struct afpring_flow_rule said;
	struct rte_flow_error error = {0};

	return say(r, &said, &error) == -ENOTSUP &&
	       (strcmp(error.message, "too many fields in one rule") == 0 ||
		strstr(error.message, "nothing is found behind") != NULL);
}

struct programs {
	struct afpring_flow_rule said[MAX_RULES];
	struct afpring_flow_rule *order[MAX_RULES];
	struct afpring_flow_set set;
	struct sock_fprog gate, group;
	struct afpring_flow_table *table;
};

/* By the addresses of IP alone, which every frame with a whole header has. */
static struct afpring_rss
port_rss(void)
{
	struct afpring_rss rss = {.types = RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6,
				  .key_len = AFPRING_RSS_KEY_LEN};

	unit_fill(rss.key, AFPRING_RSS_KEY_LEN, 7);
	for (uint32_t i = 0; i < AFPRING_RSS_RETA; i++)
		rss.reta[i] = OTHERWISE;
	return rss;
}

/* -1: any, for the frame is cut short where the hash looks. */
static int
queue_of(const struct rule *r, const struct frame *f)
{
	struct afpring_rss rss = port_rss();
	struct afpring_rss_fields fields = afpring_rss_fields(rss.types);
	uint32_t words[AFPRING_RSS_WORDS], nb, hash = 0;

	if (r != NULL && r->fate == RTE_FLOW_ACTION_TYPE_QUEUE)
		return r->queue;
	if (f->is_cut)
		return -1;
	if (r == NULL)
		return OTHERWISE;
	nb = afpring_rss_input(&fields, false, f->wire, f->len, 2, words);
	if (nb != 0)
		hash = softrss(words, nb, &rss);
	return r->queue + hash % r->nb_queues;
}

/* false: a rule and the jumps before it have more fields than one may have. */
static bool
make_programs(const struct rule *rules, uint32_t nb, bool isolated, struct programs *p)
{
	static const struct afpring_filter_rule all = {.promisc = true};
	struct afpring_flow_list list = {.rules = p->order};
	struct rte_flow_error error = {0};
	struct afpring_rss rss = port_rss();

	for (uint32_t nth = 0; nth < GROUPS * 3; nth++)
		for (uint32_t i = 0; i < nb; i++)
			if (rules[i].group == nth / 3 && rules[i].priority == nth % 3) {
				int ret = say(&rules[i], &p->said[i], &error);

				CHECK(ret == 0, "rule %u: %d: %s\n", i, ret, error.message);
				p->order[list.nb++] = &p->said[i];
				p->said[i].context = (void *)(uintptr_t)&rules[i];
			}
	p->set = (struct afpring_flow_set){.isolated = isolated};
	if (afpring_flow_set_make(&list, &p->set, &error) != 0) {
		assert_string_equal(error.message,
				    "too many fields in a rule and the jumps that lead to it");
		return false;
	}
	assert_int_equal(afpring_filter_open(&all, &p->set, &p->gate), 0);
	assert_int_equal(afpring_rss_program(&rss, &p->set, &p->group), 0);
	p->table = afpring_flow_table_make(&p->set);
	assert_non_null(p->table);
	return true;
}

static void
free_programs(struct programs *p)
{
	free(p->gate.filter);
	free(p->group.filter);
	afpring_flow_table_free(p->table);
	afpring_flow_set_free(&p->set);
}

/* A jump alone is nothing to the burst. */
static bool
is_seen(const struct rule *r)
{
	return r->fate != RTE_FLOW_ACTION_TYPE_JUMP || r->mark != 0 || r->counts;
}

/* The burst asks the same rules of the frame in its mbuf: in one or in two, maybe without the
 * tag that strip takes out. */
static void
check_burst(const struct trail *trail, const struct programs *p, const struct frame *f)
{
	bool strip = f->nb_tags != 0 && f->wire[12] == 0x81 && below(2);
	uint32_t cut = below(3) == 0 ? 14 + below(f->len - 13) : f->len;
	uint8_t bytes[WIRE];
	struct rte_mbuf m[2];
	struct afpring_flow_asked asked = {0};
	struct afpring_flow_packet packet;

	memcpy(bytes, f->wire, 12);
	memcpy(bytes + 12, f->wire + 12 + 4 * strip, f->len - 12 - 4 * strip);
	cut -= cut > 18 ? 4 * strip : 0;
	memset(m, 0, sizeof(m));
	m[0].buf_addr = bytes;
	m[0].pkt_len = f->len - 4 * strip;
	m[0].data_len = RTE_MIN(cut, m[0].pkt_len);
	m[0].next = &m[1];
	m[0].ol_flags = strip ? RTE_MBUF_F_RX_VLAN_STRIPPED : 0;
	m[0].vlan_tci = strip ? f->wire[14] << 8 | f->wire[15] : 0;
	m[1].buf_addr = bytes + m[0].data_len;
	m[1].data_len = m[0].pkt_len - m[0].data_len;
	afpring_flow_packet_find(&packet, &m[0], p->table->needs_l4);
	for (uint32_t i = 0; i < trail->nb; i++) {
		const struct rule *r = trail->rules[i];
		const struct afpring_flow_rule *got;

		if (!is_seen(r))
			continue;
		got = afpring_flow_next(p->table, &packet, &asked);
		if (got == NULL) { /* which the burst need not know */
			assert_true(r->mark == 0 && !r->counts &&
				    r->fate != RTE_FLOW_ACTION_TYPE_DROP);
			continue;
		}
		assert_ptr_equal(got->context, r);
		assert_int_equal(got->mark, r->mark);
	}
	if (trail->last == NULL) {
		const struct afpring_flow_rule *got = afpring_flow_next(p->table, &packet, &asked);

		assert_true(got == NULL ||
			    (trail->is_missed && got->fate == AFPRING_FLOW_MISS && got->does == 0));
	}
}

/* The kernel drops what no rule has to count. */
static bool
is_dropped_early(const struct trail *trail, bool isolated)
{
	for (uint32_t i = 0; i < trail->nb; i++)
		if (trail->rules[i]->counts)
			return false;
	return trail->last == NULL ? isolated : trail->last->fate == RTE_FLOW_ACTION_TYPE_DROP;
}

/* The frame as the kernel has it: its outer tag beside it. */
static void
check_frame(const struct trail *trail, bool isolated, const struct programs *p,
	    const struct frame *f, const int *fd)
{
	const struct rule *r = trail->last;
	bool drop = is_dropped_early(trail, isolated);
	uint32_t tag = f->nb_tags != 0 ? 4 : 0, queue;
	uint8_t seen[WIRE], back[WIRE];
	struct classic_packet packet = {
		.bytes = seen,
		.nb_bytes = f->len - tag,
		.len = f->len - tag,
		.type = PACKET_HOST,
		.tagged = tag != 0,
		.tpid = f->wire[12] << 8 | f->wire[13],
		.tci = f->wire[14] << 8 | f->wire[15],
	};

	memcpy(seen, f->wire, 12);
	memcpy(seen + 12, f->wire + 12 + tag, f->len - tag - 12);
	packet.protocol = seen[12] << 8 | seen[13];
	CHECK((classic_bpf_run(&p->gate, &packet) == 0) == drop, "%s, not %s\n",
	      drop ? "passes" : "is dropped", drop ? "dropped" : "passed");
	if (tag == 0) {
		assert_int_equal(send(fd[1], seen, packet.len, 0), packet.len);
		CHECK((recv(fd[0], back, sizeof(back), MSG_DONTWAIT) < 0) == drop, "the kernel\n");
	}
	packet.bytes = seen + 14;
	packet.nb_bytes = packet.len -= 14;
	packet.ethernet = seen;
	queue = classic_bpf_value(&p->group, &packet);
	if (!drop && !(r != NULL && r->fate == RTE_FLOW_ACTION_TYPE_DROP) && queue_of(r, f) >= 0)
		assert_int_equal(queue, queue_of(r, f));
}

static bool
has_item(const struct rule *r, enum rte_flow_item_type type)
{
	for (uint32_t i = 0; i < r->nb_items; i++)
		if (r->items[i].type == type)
			return true;
	return false;
}

/* It looks into a tunnel. */
static bool
is_deep(const struct rule *r)
{
	for (uint32_t i = 1; i < r->nb_items; i++)
		if (is_tunnel(r->items[i - 1].type) && r->items[i].type != RTE_FLOW_ITEM_TYPE_RAW)
			return true;
	return false;
}

/* Many frames, many rules that are made of them. */
static void
rules_are_what_rte_flow_says(void **state)
{
	static struct frame frames[40];
	static struct rule rules[MAX_RULES];
	static struct programs p;
	uint32_t decided = 0, dropped = 0, jumped = 0, missed = 0, deep = 0, raw = 0, parts = 0;
	int fd[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd), 0);
	for (uint32_t run = 0; run < 4000; run++) {
		uint32_t nb = 1 + below(run % 4 == 0 ? 1 : MAX_RULES);
		bool isolated = below(8) == 0;

		tunnels_only = run % 4 == 1;
		for (uint32_t i = 0; i < RTE_DIM(frames); i++)
			frames[i] = draw_frame();
		for (uint32_t i = 0; i < nb; i++)
			do
				draw_rule(&rules[i], &frames[below(RTE_DIM(frames))]);
			while (is_refused(&rules[i]));
		if (!make_programs(rules, nb, isolated, &p))
			continue;
		assert_int_equal(setsockopt(fd[0], SOL_SOCKET, SO_ATTACH_FILTER, &p.gate,
					    sizeof(p.gate)),
				 0);
		assert_true(classic_bpf_is_taken(&p.group));
		for (uint32_t i = 0; i < RTE_DIM(frames); i++) {
			struct trail trail = judge(rules, nb, &frames[i]);
			const struct rule *r = trail.last;

			check_frame(&trail, isolated, &p, &frames[i], fd);
			check_burst(&trail, &p, &frames[i]);
			decided += r != NULL;
			dropped += r != NULL && r->fate == RTE_FLOW_ACTION_TYPE_DROP;
			jumped += r != NULL && r->group != 0;
			missed += trail.is_missed;
			deep += r != NULL && is_deep(r);
			raw += r != NULL && has_item(r, RTE_FLOW_ITEM_TYPE_RAW);
			parts += r != NULL && has_item(r, RTE_FLOW_ITEM_TYPE_IPV6_FRAG_EXT);
		}
		free_programs(&p);
	}
	printf("%u of 160000 frames had a rule, %u of them behind a jump; %u were dropped, %u found "
	       "none behind a jump\n",
	       decided, jumped, dropped, missed);
	printf("%u rules looked into a tunnel, %u at bytes, %u at fragments\n", deep, raw, parts);
	assert_true(dropped > 20000 && decided - dropped > 20000);
	assert_true(jumped > 2000 && missed > 2000);
	assert_true(deep > 500 && raw > 500 && parts > 20);
	close(fd[0]);
	close(fd[1]);
}

/* ---- many rules ---- */

enum many {
	MANY_ADDRESSES,
	MANY_FLOWS,
	MANY_IN_TURN, /* addresses and ports */
};

/* nb rules that drop UDP of one such thing each. */
static int
many(uint32_t nb, enum many many, struct sock_fprog *prog)
{
	static const struct afpring_filter_rule all = {.promisc = true};
	struct afpring_flow_rule *said = calloc(nb, sizeof(*said)),
				 **order = calloc(nb, sizeof(*order));
	struct afpring_flow_set set = {.rules = order, .nb = nb};
	const struct rte_flow_item_ipv4 source = {.hdr = {.src_addr = UINT32_MAX}};
	int ret;

	for (uint32_t i = 0; i < nb; i++) {
		bool is_port = many == MANY_IN_TURN && i % 2 == 1;
		struct rte_flow_item_ipv4 ip = {.hdr = {.src_addr = RTE_BE32(0x0a000001)}};
		struct rte_flow_item_udp udp = {.hdr = {.src_port = RTE_BE16(7), .dst_port = i}};
		struct rte_flow_error error;
		struct rule r = {
			.items = {{.type = RTE_FLOW_ITEM_TYPE_ETH},
				  {.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = is_port ? NULL : &ip},
				  {.type = RTE_FLOW_ITEM_TYPE_UDP,
				   .spec = many == MANY_FLOWS || is_port ? &udp : NULL},
				  {.type = RTE_FLOW_ITEM_TYPE_END}},
			.fate = RTE_FLOW_ACTION_TYPE_DROP,
		};

		ip.hdr.src_addr = rte_cpu_to_be_32(0x0a000000 + 7 * i);
		ip.hdr.dst_addr = rte_cpu_to_be_32(0x0b000000 + i);
		if (many != MANY_FLOWS && !is_port)
			r.items[1].mask = &source;
		assert_int_equal(say(&r, &said[i], &error), 0);
		order[i] = &said[i];
	}
	ret = afpring_filter_open(&all, &set, prog);
	free(order);
	free(said);
	return ret;
}

static void
a_thousand_rules_fit_that_differ_in_one_field(void **state)
{
	static const struct {
		uint32_t nb;
		enum many many;
		int ret;
		uint16_t most; /* instructions */
	} sets[] = {
		{1, MANY_ADDRESSES, 0, 300},     {100, MANY_ADDRESSES, 0, 500},
		{1000, MANY_ADDRESSES, 0, 1500}, {1, MANY_FLOWS, 0, 300},
		{100, MANY_FLOWS, 0, 1100},      {400, MANY_FLOWS, 0, 4096},
		{1000, MANY_FLOWS, -ENOSPC, 0},  {1000, MANY_IN_TURN, 0, 1600},
	};
	static const char *const names[] = {"addresses", "flows", "addresses and ports in turn"};

	(void)state;
	for (size_t i = 0; i < RTE_DIM(sets); i++) {
		struct sock_fprog prog;

		assert_int_equal(many(sets[i].nb, sets[i].many, &prog), sets[i].ret);
		printf("%u rules of %s: %u instructions\n", sets[i].nb, names[sets[i].many],
		       prog.len);
		assert_true(prog.len <= sets[i].most);
		if (sets[i].ret == 0)
			assert_true(classic_bpf_is_taken(&prog));
		free(prog.filter);
	}
}

/* Of rules that follow each other and differ in values, each packet finds its own, and of equal ones
 * all, in their order. */
static void
burst_finds_one_rule_of_many(void **state)
{
	static struct afpring_flow_rule said[1500], *order[1500];
	struct afpring_flow_set set = {.rules = order, .nb = RTE_DIM(order)};
	uint8_t bytes[60] = {[12] = 0x08, [14] = 0x45};
	struct afpring_flow_table *table;
	struct rte_flow_error error;
	struct rte_mbuf m;

	(void)state;
	for (uint32_t i = 0; i < set.nb; i++) {
		struct rte_flow_item_ipv4 ip = {
			.hdr = {.src_addr = rte_cpu_to_be_32(i % 1000 * 77 % 1000),
				.dst_addr = RTE_BE32(0x0a000001)}};
		struct rule r = {
			.items = {{.type = RTE_FLOW_ITEM_TYPE_ETH},
				  {.type = RTE_FLOW_ITEM_TYPE_IPV4, .spec = &ip},
				  {.type = RTE_FLOW_ITEM_TYPE_END}},
			.fate = RTE_FLOW_ACTION_TYPE_PASSTHRU,
			.mark = i + 1,
		};

		assert_int_equal(say(&r, &said[i], &error), 0);
		order[i] = &said[i];
	}
	table = afpring_flow_table_make(&set);
	assert_non_null(table);
	assert_int_equal(table->nb_groups, 1);
	memset(&m, 0, sizeof(m));
	m.buf_addr = bytes;
	m.data_len = m.pkt_len = sizeof(bytes);
	bytes[30] = 0x0a;
	bytes[33] = 1;
	for (uint32_t i = 0; i < 1002; i++) {
		uint32_t source = i % 1000 * 77 % 1000;
		struct afpring_flow_asked asked = {0};
		struct afpring_flow_packet p;

		bytes[28] = source >> 8;
		bytes[29] = source & 0xff;
		bytes[33] = 1 + i / 1000; /* the last two are for no rule */
		afpring_flow_packet_find(&p, &m, table->needs_l4);
		for (uint32_t at = i; at < set.nb && i < 1000; at += 1000)
			assert_ptr_equal(afpring_flow_next(table, &p, &asked), &said[at]);
		assert_null(afpring_flow_next(table, &p, &asked));
	}
	afpring_flow_table_free(table);
}

/* Senders and receivers in turn, one packet for a rule of each. */
static void
burst_asks_rules_of_a_kind_together(void **state)
{
	static struct afpring_flow_rule said[100], *order[100];
	struct afpring_flow_set set = {.rules = order, .nb = RTE_DIM(order)};
	uint8_t bytes[60] = {[12] = 0x08, [14] = 0x45};
	struct afpring_flow_asked asked = {0};
	struct afpring_flow_packet p;
	struct afpring_flow_table *table;
	struct rte_mbuf m;

	(void)state;
	for (uint32_t i = 0; i < set.nb; i++) {
		order[i] = &said[i];
		said[i] = (struct afpring_flow_rule){
			.does = AFPRING_FLOW_MARK,
			.nb_tests = 2,
			.tests = {{AFPRING_FLOW_L3, 4, 0, UINT32_MAX, 0x0800, 0x0800},
				  {AFPRING_FLOW_L3_BYTES, 4, i % 2 == 0 ? 12 : 16, UINT32_MAX, i,
				   i}},
		};
	}
	table = afpring_flow_table_make(&set);
	assert_non_null(table);
	assert_int_equal(table->nb_groups, 2);
	memset(&m, 0, sizeof(m));
	m.buf_addr = bytes;
	m.data_len = m.pkt_len = sizeof(bytes);
	bytes[29] = 40;
	bytes[33] = 39;
	afpring_flow_packet_find(&p, &m, table->needs_l4);
	assert_ptr_equal(afpring_flow_next(table, &p, &asked), &said[39]);
	assert_ptr_equal(afpring_flow_next(table, &p, &asked), &said[40]);
	assert_null(afpring_flow_next(table, &p, &asked));
	afpring_flow_table_free(table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_are_what_rte_flow_says),
		cmocka_unit_test(a_thousand_rules_fit_that_differ_in_one_field),
		cmocka_unit_test(burst_finds_one_rule_of_many),
		cmocka_unit_test(burst_asks_rules_of_a_kind_together),
	};

	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
