/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The tag helpers, on buffers that end where the tag ends.
 */
#include "unit.h"

#include "afpring_vlan.h"

/* clang-format off */
static const struct {
	uint16_t tpid, tci;
	uint8_t bytes[4];
} tags[] = {
	{0x8100, 0x0000, {0x81, 0x00, 0x00, 0x00}},
	{0x8100, 0x0fff, {0x81, 0x00, 0x0f, 0xff}},
	{0x8100, 0xe001, {0x81, 0x00, 0xe0, 0x01}}, /* priority 7 */
	{0x88a8, 0x1234, {0x88, 0xa8, 0x12, 0x34}},
	{0x9100, 0xffff, {0x91, 0x00, 0xff, 0xff}},
};

static const struct {
	uint8_t type[2];
	bool tagged;
} types[] = {
	{{0x81, 0x00}, true},
	{{0x88, 0xa8}, true},
	{{0x08, 0x00}, false},
	{{0x86, 0xdd}, false},
	{{0x00, 0x81}, false},
	{{0xa8, 0x88}, false},
	{{0x05, 0xdc}, false},
};
/* clang-format on */

static void
tag_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(tags); i++) {
		uint8_t *exact = malloc(AFPRING_VLAN_LEN);

		afpring_vlan_write(exact, tags[i].tpid, tags[i].tci);
		assert_memory_equal(exact, tags[i].bytes, AFPRING_VLAN_LEN);
		free(exact);
	}
}

/* A tag lies at any address: frames do. */
static void
tag_at_odd_addresses(void **state)
{
	(void)state;
	for (size_t shift = 0; shift < 8; shift++) {
		uint8_t *exact = malloc(shift + AFPRING_VLAN_LEN);

		afpring_vlan_write(exact + shift, 0x88a8, 0x1234);
		assert_memory_equal(exact + shift, tags[3].bytes, AFPRING_VLAN_LEN);
		free(exact);
	}
}

static void
tagged_or_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(types); i++) {
		uint8_t *exact = calloc(1, RTE_ETHER_HDR_LEN); /* not a byte behind it */

		memcpy(exact + AFPRING_VLAN_OFFSET, types[i].type, 2);
		CHECK(afpring_vlan_is_tagged(exact) == types[i].tagged, "type %02x%02x\n",
		      types[i].type[0], types[i].type[1]);
		free(exact);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tag_bytes),
		cmocka_unit_test(tag_at_odd_addresses),
		cmocka_unit_test(tagged_or_not),
	};

	return cmocka_run_group_tests_name("vlan", tests, NULL, NULL);
}
