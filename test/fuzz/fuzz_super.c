/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Any bytes as a superframe to cut, as segments to join, as a packet with offload
 * requests and as one with an unfinished checksum. Buffers are malloc'ed to the
 * byte, so ASan sees one too far. Needs no EAL: all this is pure.
 */
#include <stdio.h>
#include <stdlib.h>

#include "afpring_cksum.h"
#include "afpring_crc32c.h"
#include "afpring_offload.h"
#include "afpring_segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(x)                                                                                   \
	do {                                                                                       \
		if (!(x)) {                                                                        \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #x);     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* The first bytes of an input; the frame follows. */
struct __rte_packed knobs {
	uint8_t gso_type;
	uint16_t gso_size;
	uint8_t requests; /* which mbuf flags */
	uint8_t l2_len;
	uint16_t l3_len;
	uint8_t cut;  /* where chain and second segment begin */
	uint8_t more; /* bytes that pkt_len says and nobody has; frame behind caplen */
};

#define MAX_SEGMENTS 70u

/* Of gso_type, for the input alone: l3_len and l2_len are csum_start and csum_offset. */
#define KNOWN_L4 0x40

static uint8_t *
exact(const uint8_t *bytes, size_t len)
{
	uint8_t *copy = malloc(len);

	if (len != 0)
		memcpy(copy, bytes, len);
	return copy;
}

/* ---- split and join ---- */

/* Headers that are the same but for the L4 checksum. */
static bool
same_headers(const struct afpring_headers *h, const uint8_t *x, const uint8_t *y)
{
	uint32_t field = h->l4 + afpring_headers_cksum_offset(h);

	return memcmp(x, y, field) == 0 &&
	       memcmp(x + field + 2, y + field + 2, h->payload - field - 2) == 0;
}

static uint8_t
gso_type(const struct afpring_headers *h)
{
	if (!h->tcp)
		return VIRTIO_NET_HDR_GSO_UDP_L4;
	return h->ipv6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;
}

/* Cutting what was joined gives the segments back. */
static void
check_join(const struct afpring_join *join, uint8_t *const *segments)
{
	const struct afpring_headers *h = &join->h;
	uint8_t *header = malloc(h->payload), *again = malloc(h->payload);
	struct virtio_net_hdr vnet = {.gso_type = gso_type(h), .gso_size = join->seg_size};
	struct afpring_split split;

	afpring_join_header(join, header, segments[join->nb_segs - 1]);
	if (join->nb_segs > 1) {
		HOLDS(afpring_split_plan(header, h->payload, h->payload + join->payload_len, &vnet,
					 &split));
		HOLDS(split.nb_segs == join->nb_segs && split.payload_len == join->payload_len);
		for (uint32_t i = 0; i < split.nb_segs; i++) {
			afpring_split_header(&split, again, header, i);
			HOLDS(same_headers(h, again, segments[i]));
		}
	}
	free(header);
	free(again);
}

static void
fuzz_split(const struct knobs *k, const uint8_t *frame, uint32_t len)
{
	uint32_t header_len = RTE_MIN(len, AFPRING_TUNNEL_HEADERS_MAX);
	uint8_t *header = exact(frame, header_len);
	struct virtio_net_hdr vnet = {
		.flags = (k->gso_type & KNOWN_L4) != 0 ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0,
		.gso_type = k->gso_type & ~KNOWN_L4,
		.gso_size = k->gso_size,
		.csum_start = k->l3_len,
		.csum_offset = k->l2_len,
	};
	uint8_t *segments[MAX_SEGMENTS] = {0};
	struct afpring_split split;
	struct afpring_join join;
	uint32_t nb = 0, sum = 0, jumbo;

	len += k->more * 1025;
	jumbo = afpring_split_unjumbo(header, header_len, len);
	header_len -= jumbo;
	len -= jumbo;
	if (afpring_split_plan(header, header_len, len, &vnet, &split)) {
		HOLDS(split.h.payload <= header_len && split.h.payload + split.payload_len == len);
		HOLDS(split.nb_segs > 0);
		for (uint32_t i = 0; i < split.nb_segs; i++) {
			uint32_t part = afpring_split_seg_len(&split, i);

			HOLDS(part > 0 && part <= split.seg_size);
			sum += part;
		}
		HOLDS(sum == split.payload_len);
		for (uint32_t i = 0; i < split.nb_segs && i < MAX_SEGMENTS; i++) {
			uint32_t part = split.h.payload + afpring_split_seg_len(&split, i);

			segments[i] = malloc(split.h.payload);
			afpring_split_header(&split, segments[i], header, i);
			HOLDS(afpring_headers_end(segments[i], &split.h) == part);
			HOLDS(afpring_headers_end(segments[i], afpring_split_outer(&split)) ==
			      part);
			if (nb != i)
				continue;
			nb += i == 0 ? afpring_join_begin(&join, segments[i], split.h.payload,
							  part) :
				       afpring_join_append(&join, segments[i], split.h.payload,
							   part, UINT16_MAX);
		}
		if (nb != 0)
			check_join(&join, segments);
	}
	for (uint32_t i = 0; i < MAX_SEGMENTS; i++)
		free(segments[i]);
	free(header);
}

/* The bytes, cut in two anywhere, as two segments. */
static void
fuzz_join(const struct knobs *k, const uint8_t *frame, uint32_t len)
{
	uint32_t a_len = RTE_MIN(len, (uint32_t)k->cut * 2);
	uint32_t b_len = len - a_len;
	uint8_t *two[2] = {exact(frame, a_len), exact(frame + a_len, b_len)};
	struct afpring_join join;

	if (afpring_join_begin(&join, two[0], a_len, a_len + k->more)) {
		HOLDS(join.h.payload <= a_len);
		if (afpring_join_append(&join, two[1], b_len, b_len, UINT16_MAX)) {
			HOLDS(join.nb_segs == 2);
			check_join(&join, two);
		}
	}
	free(two[0]);
	free(two[1]);
}

/* ---- mbufs ---- */

/* A chain of two over buffers that end where the data ends. */
struct chain {
	struct rte_mbuf m[2];
};

static void
chain_make(struct chain *c, const uint8_t *frame, uint32_t len, uint32_t cut)
{
	uint32_t at = RTE_MIN(cut, len);

	memset(c, 0, sizeof(*c));
	for (int i = 0; i < 2; i++) {
		c->m[i].data_len = i == 0 ? at : len - at;
		c->m[i].buf_addr = exact(frame + (i == 0 ? 0 : at), c->m[i].data_len);
		c->m[i].nb_segs = 2 - i;
	}
	c->m[0].next = &c->m[1];
	c->m[0].pkt_len = len;
}

static void
chain_free(struct chain *c)
{
	free(c->m[0].buf_addr);
	free(c->m[1].buf_addr);
}

static uint64_t
request_flags(uint8_t bits)
{
	static const uint64_t flags[] = {
		RTE_MBUF_F_TX_IP_CKSUM, RTE_MBUF_F_TX_TCP_CKSUM,     RTE_MBUF_F_TX_UDP_CKSUM,
		RTE_MBUF_F_TX_TCP_SEG,  RTE_MBUF_F_TX_UDP_SEG,       RTE_MBUF_F_TX_IPV6,
		RTE_MBUF_F_RX_LRO,      RTE_MBUF_F_RX_L4_CKSUM_NONE,
	};
	uint64_t ol_flags = 0;

	for (int i = 0; i < 8; i++)
		if ((bits & 1 << i) != 0)
			ol_flags |= flags[i];
	return ol_flags;
}

/* What both transmit lanes do with a request: the ring has the whole frame, the
 * other one its headers, unless there is padding. */
static void
check_apply(const struct afpring_offload *o, const uint8_t *frame, uint32_t len, bool whole)
{
	uint32_t caplen = whole || o->is_padded ? len : RTE_MAX(o->h.payload, 14u);
	struct virtio_net_hdr vnet;
	uint8_t *copy;

	if (caplen > len)
		return;
	copy = exact(frame, caplen);
	afpring_offload_apply(o, copy, &vnet);
	HOLDS((vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE) == (vnet.gso_size == 0));
	if (vnet.flags != 0) {
		HOLDS(vnet.csum_start + vnet.csum_offset + 2u <= len);
		HOLDS(vnet.csum_start == o->h.l4);
	}
	if (vnet.gso_size != 0) {
		HOLDS(vnet.flags == VIRTIO_NET_HDR_F_NEEDS_CSUM);
		HOLDS((uint32_t)o->h.payload + vnet.gso_size < len);
		HOLDS(vnet.gso_size != UINT16_MAX);
	}
	free(copy);
}

static void
fuzz_offload(const struct knobs *k, const uint8_t *frame, uint32_t len)
{
	struct afpring_offload o;
	struct chain c;

	chain_make(&c, frame, len, k->cut);
	c.m[0].ol_flags = request_flags(k->requests);
	c.m[0].l2_len = k->l2_len;
	c.m[0].l3_len = k->l3_len;
	c.m[0].tso_segsz = k->gso_size;
	c.m[0].pkt_len += k->more;
	if (afpring_offload_read(&c.m[0], 0, &o) == 0 && k->more == 0) {
		HOLDS(o.h.payload <= len && o.end <= len);
		check_apply(&o, frame, len, true);
		check_apply(&o, frame, len, false);
	}
	chain_free(&c);
}

static void
fuzz_vnet(const struct knobs *k, const uint8_t *frame, uint32_t len)
{
	struct chain c;

	chain_make(&c, frame, len, k->cut);
	if (afpring_cksum_finish(&c.m[0], k->gso_size, k->l3_len, len))
		HOLDS((uint32_t)k->gso_size + k->l3_len + 2 <= c.m[0].data_len);
	if (afpring_crc32c_finish(&c.m[0], k->gso_size, k->l3_len, len))
		HOLDS((uint32_t)k->gso_size + k->l3_len + 4 <= c.m[0].data_len);
	chain_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct knobs k;

	if (size < sizeof(k) || size > UINT16_MAX)
		return 0;
	memcpy(&k, data, sizeof(k));
	data += sizeof(k);
	size -= sizeof(k);
	fuzz_split(&k, data, size);
	fuzz_join(&k, data, size);
	fuzz_offload(&k, data, size);
	fuzz_vnet(&k, data, size);
	return 0;
}
