/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Finished checksums, compared with RFC 1071 written down plainly. Each packet
 * lies in buffers of exactly its size.
 */
#include "unit.h"

#include "afpring_cksum.h"
#include "afpring_crc32c.h"

#define UDP_FIELD 6
#define TCP_FIELD 16
#define SCTP_FIELD 8

struct packet {
	struct rte_mbuf seg[3];
	uint8_t *flat; /* what it was before */
	uint32_t len;
};

static void
packet_make(struct packet *p, const uint8_t *bytes, uint32_t len, uint32_t first)
{
	uint32_t cut[4] = {0, RTE_MIN(first, len), 0, len};

	cut[2] = cut[1] + (len - cut[1]) / 2;
	memset(p, 0, sizeof(*p));
	p->len = len;
	p->flat = malloc(len);
	memcpy(p->flat, bytes, len);
	for (int i = 0; i < 3; i++) {
		struct rte_mbuf *m = &p->seg[i];

		m->data_len = cut[i + 1] - cut[i];
		m->buf_addr = malloc(m->data_len);
		memcpy(m->buf_addr, bytes + cut[i], m->data_len);
		m->next = i < 2 ? &p->seg[i + 1] : NULL;
	}
	p->seg[0].pkt_len = len;
	p->seg[0].nb_segs = 3;
}

static void
packet_free(struct packet *p)
{
	for (int i = 0; i < 3; i++)
		free(p->seg[i].buf_addr);
	free(p->flat);
}

static bool
packet_is(const struct packet *p, const uint8_t *bytes)
{
	for (int i = 0; i < 3; i++) {
		if (memcmp(p->seg[i].buf_addr, bytes, p->seg[i].data_len) != 0)
			return false;
		bytes += p->seg[i].data_len;
	}
	return true;
}

/* The complement of the one's complement sum, byte by byte; an odd end counts as
 * the high byte of a last word. */
static uint16_t
plain_cksum(const uint8_t *bytes, uint32_t len)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < len; i++)
		sum += i % 2 ? bytes[i] : bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

static void
put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static void
every_length_and_place(void **state)
{
	static const uint16_t fields[] = {UDP_FIELD, TCP_FIELD};
	uint8_t bytes[512];
	struct packet p;

	(void)state;
	for (uint32_t len = 60; len < sizeof(bytes); len += 7) {
		for (uint32_t start = 14; start < len - 18; start += 5) {
			uint16_t field = fields[start % 2];

			unit_fill(bytes, len, len + start);
			packet_make(&p, bytes, len, len);
			CHECK(afpring_cksum_finish(&p.seg[0], start, field, len), "%u %u\n", len,
			      start);
			put16(bytes + start + field, plain_cksum(bytes + start, len - start));
			CHECK(packet_is(&p, bytes), "length %u, start %u\n", len, start);
			packet_free(&p);
		}
	}
}

static void
chains_cut_anywhere(void **state)
{
	uint8_t bytes[201];
	struct packet p;

	(void)state;
	for (uint32_t first = 34 + TCP_FIELD + 2; first <= sizeof(bytes); first++) {
		unit_fill(bytes, sizeof(bytes), first);
		packet_make(&p, bytes, sizeof(bytes), first);
		assert_true(afpring_cksum_finish(&p.seg[0], 34, TCP_FIELD, sizeof(bytes)));
		put16(bytes + 34 + TCP_FIELD, plain_cksum(bytes + 34, sizeof(bytes) - 34));
		CHECK(packet_is(&p, bytes), "first segment of %u\n", first);
		packet_free(&p);
	}
}

/* RFC 768: zero means "no checksum", so a sum of zero goes out as ones. */
static void
udp_sum_of_zero(void **state)
{
	uint8_t bytes[60] = {0};
	struct packet p;

	(void)state;
	memset(bytes + 34, 0, sizeof(bytes) - 34);
	put16(bytes + 34, 0xffff); /* the sum is 0xffff, its complement 0 */
	packet_make(&p, bytes, sizeof(bytes), sizeof(bytes));
	assert_true(afpring_cksum_finish(&p.seg[0], 34, UDP_FIELD, sizeof(bytes)));
	put16(bytes + 34 + UDP_FIELD, 0xffff);
	assert_true(packet_is(&p, bytes));
	packet_free(&p);
}

/* clang-format off */
static const struct {
	uint32_t len, first, start, offset;
} outside[] = {
	{60,  60, 60,    UDP_FIELD}, /* starts behind the end */
	{60,  60, 59,    0},
	{60,  60, 54,    UDP_FIELD - 1},
	{60,  60, 53,    UDP_FIELD}, /* last byte of the field is one too far */
	{60,  60, 65535, 0},
	{60,  60, 0,     65535},
	{60,  60, 65539, 65535},
	{200, 50, 34,    TCP_FIELD}, /* field in the second segment */
	{200, 51, 34,    TCP_FIELD}, /* field in two */
};
/* clang-format on */

static void
field_outside_is_refused(void **state)
{
	uint8_t bytes[200];
	struct packet p;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(outside); i++) {
		bool last_fits = outside[i].start + outside[i].offset + 2 <= outside[i].first;

		unit_fill(bytes, outside[i].len, i);
		packet_make(&p, bytes, outside[i].len, outside[i].first);
		CHECK(afpring_cksum_finish(&p.seg[0], outside[i].start, outside[i].offset,
					   outside[i].len) == last_fits,
		      "row %zu\n", i);
		if (!last_fits)
			CHECK(packet_is(&p, p.flat), "row %zu changed the packet\n", i);
		packet_free(&p);
	}
}

/* CRC32c bit by bit, the field of an SCTP header taken for zero. */
static uint32_t
plain_crc32c(const uint8_t *bytes, uint32_t len)
{
	uint32_t crc = 0xffffffff;

	for (uint32_t i = 0; i < len; i++) {
		crc ^= i >= SCTP_FIELD && i < SCTP_FIELD + 4 ? 0 : bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

/* A packet begins at any address, as do the parts of a chain. */
static void
crc32c_of_every_length_and_place(void **state)
{
	uint8_t bytes[120];
	struct packet p;

	(void)state;
	for (uint32_t start = 14; start < 40; start++) {
		for (uint32_t len = start + 12; len < sizeof(bytes); len++) {
			for (uint32_t first = start + 12; first <= len; first += 5) {
				uint32_t crc;

				unit_fill(bytes, len, len + start);
				packet_make(&p, bytes, len, first);
				assert_true(
					afpring_crc32c_finish(&p.seg[0], start, SCTP_FIELD, len));
				crc = plain_crc32c(bytes + start, len - start);
				for (int i = 0; i < 4; i++)
					bytes[start + SCTP_FIELD + i] = crc >> 8 * i;
				CHECK(packet_is(&p, bytes), "length %u, start %u, first %u\n", len,
				      start, first);
				packet_free(&p);
			}
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_place),
		cmocka_unit_test(crc32c_of_every_length_and_place),
		cmocka_unit_test(chains_cut_anywhere),
		cmocka_unit_test(udp_sum_of_zero),
		cmocka_unit_test(field_outside_is_refused),
	};

	return cmocka_run_group_tests_name("cksum", tests, NULL, NULL);
}
