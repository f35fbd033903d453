/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf_ptype.h>

#include "afpring_ptype.h"

/* Frames as strings, header by header; the 0 byte at the end of each is not theirs. */
#define MACS "\2\0\0\0\0\1\2\0\0\0\0\2"
#define TYPE_IP4 "\x8\0"
#define TYPE_IP6 "\x86\xdd"
#define TYPE_TEB "\x65\x58"
#define CTAG "\x81\0\0\5"
#define STAG "\x88\xa8\0\7"
#define ADDRESSES4 "\xa\0\0\1\xa\0\0\2"
#define IP4_FRAG(proto, frag) "\x45\0\0\0\0\0" frag "\x40" proto "\0\0" ADDRESSES4
#define IP4(proto) IP4_FRAG(proto, "\x40\0")
#define IP4_OPTIONS(proto) "\x46\0\0\0\0\0\0\0\x40" proto "\0\0" ADDRESSES4 "\1\1\1\1"
#define ADDRESS6 "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"
#define IP6(next) "\x60\0\0\0\0\0" next "\x40" ADDRESS6 ADDRESS6
#define EXT(next) next "\0\0\0\0\0\0\0"
#define EXT_OF_16(next) next "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define FRAGMENT(next, offset) next "\0" offset "\0\0\0\1"
#define TCP "\0\x50\4\0\0\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0"
#define UDP_TO(port) "\x80\0" port "\0\0\0\0"
#define UDP UDP_TO("\0\x35")
#define SCTP "\0\1\0\2\0\0\0\0\0\0\0\0"
#define ICMP "\x8\0\0\0\0\0\0\0"
#define P_ICMP "\1"
#define P_IGMP "\2"
#define P_IP4 "\4"
#define P_TCP "\6"
#define P_UDP "\x11"
#define P_IP6 "\x29"
#define P_FRAGMENT "\x2c"
#define P_GRE "\x2f"
#define P_ESP "\x32"
#define P_ICMP6 "\x3a"
#define P_DSTOPTS "\x3c"
#define P_SCTP "\x84"
#define P_OSPF "\x59"
#define VXLAN "\x8\0\0\0\0\0\1\0"
#define GPE(next) "\xc\0\0" next "\0\0\1\0"
#define GENEVE(type) "\2\0" type "\0\0\1\0\0\0\0\0\0\0\0\0" /* two words of options */
#define GTPU(flags, kind) flags kind "\0\0\0\0\0\1"

#define ETHER RTE_PTYPE_L2_ETHER
#define L3_4 RTE_PTYPE_L3_IPV4
#define L3_6 RTE_PTYPE_L3_IPV6
#define IN_ETHER RTE_PTYPE_INNER_L2_ETHER
#define IN_4 RTE_PTYPE_INNER_L3_IPV4
#define IN_6 RTE_PTYPE_INNER_L3_IPV6
#define IN_TCP RTE_PTYPE_INNER_L4_TCP
#define IN_UDP RTE_PTYPE_INNER_L4_UDP

struct frame {
	const char *bytes;
	uint32_t len;
	uint32_t ptype;
};

#define FRAME(bytes, ptype)                                                                        \
	{                                                                                          \
		bytes, sizeof(bytes) - 1, ptype                                                    \
	}

/* clang-format off */
static const struct frame frames[] = {
	FRAME(MACS "\x88\xb5", ETHER),
	FRAME(MACS "\x8\6" "\0\1\x8\0\6\4", RTE_PTYPE_L2_ETHER_ARP),
	FRAME(MACS "\x88\xcc" "\2", RTE_PTYPE_L2_ETHER_LLDP),
	FRAME(MACS "\x88\xf7" "\0", RTE_PTYPE_L2_ETHER_TIMESYNC),
	FRAME(MACS "\x88\x64" "\x11\0", RTE_PTYPE_L2_ETHER_PPPOE),
	FRAME(MACS "\x88\x47" "\0\1\1\x40", RTE_PTYPE_L2_ETHER_MPLS),
	/* layer 3 and 4 */
	FRAME(MACS TYPE_IP4 IP4(P_TCP) TCP, ETHER | L3_4 | RTE_PTYPE_L4_TCP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP, ETHER | L3_4 | RTE_PTYPE_L4_UDP),
	FRAME(MACS TYPE_IP4 IP4(P_SCTP) SCTP, ETHER | L3_4 | RTE_PTYPE_L4_SCTP),
	FRAME(MACS TYPE_IP4 IP4(P_ICMP) ICMP, ETHER | L3_4 | RTE_PTYPE_L4_ICMP),
	FRAME(MACS TYPE_IP4 IP4(P_IGMP) ICMP, ETHER | L3_4 | RTE_PTYPE_L4_IGMP),
	FRAME(MACS TYPE_IP4 IP4(P_OSPF) ICMP, ETHER | L3_4 | RTE_PTYPE_L4_NONFRAG),
	FRAME(MACS TYPE_IP4 IP4_OPTIONS(P_TCP) TCP, ETHER | RTE_PTYPE_L3_IPV4_EXT | RTE_PTYPE_L4_TCP),
	FRAME(MACS TYPE_IP4 IP4_FRAG(P_UDP, "\x20\0") UDP, ETHER | L3_4 | RTE_PTYPE_L4_FRAG),
	FRAME(MACS TYPE_IP4 IP4_FRAG(P_UDP, "\0\1") UDP, ETHER | L3_4 | RTE_PTYPE_L4_FRAG),
	FRAME(MACS TYPE_IP4 "\x65" TCP TCP, ETHER),      /* version 6 */
	FRAME(MACS TYPE_IP4 "\x44" TCP TCP TCP, ETHER),  /* a header of 16 bytes */
	FRAME(MACS TYPE_IP6 IP6(P_TCP) TCP, ETHER | L3_6 | RTE_PTYPE_L4_TCP),
	FRAME(MACS TYPE_IP6 IP6(P_UDP) UDP, ETHER | L3_6 | RTE_PTYPE_L4_UDP),
	FRAME(MACS TYPE_IP6 IP6(P_ICMP6) ICMP, ETHER | L3_6 | RTE_PTYPE_L4_ICMP),
	FRAME(MACS TYPE_IP6 IP6("\0") EXT(P_DSTOPTS) EXT_OF_16(P_SCTP) SCTP,
	      ETHER | RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_SCTP),
	FRAME(MACS TYPE_IP6 IP6(P_FRAGMENT) FRAGMENT(P_UDP, "\0\1") UDP,
	      ETHER | RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_FRAG),
	FRAME(MACS TYPE_IP6 IP6("\0") EXT(P_FRAGMENT) FRAGMENT(P_TCP, "\1\0") TCP,
	      ETHER | RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_FRAG),
	FRAME(MACS TYPE_IP6 IP6(P_FRAGMENT) FRAGMENT(P_DSTOPTS, "\0\1") EXT(P_UDP) UDP,
	      ETHER | RTE_PTYPE_L3_IPV6_EXT | RTE_PTYPE_L4_FRAG),
	/* tags */
	FRAME(MACS CTAG TYPE_IP4 IP4(P_TCP) TCP, RTE_PTYPE_L2_ETHER_VLAN | L3_4 | RTE_PTYPE_L4_TCP),
	FRAME(MACS STAG TYPE_IP6 IP6(P_UDP) UDP, RTE_PTYPE_L2_ETHER_QINQ | L3_6 | RTE_PTYPE_L4_UDP),
	FRAME(MACS STAG CTAG TYPE_IP4 IP4(P_TCP) TCP,
	      RTE_PTYPE_L2_ETHER_QINQ | L3_4 | RTE_PTYPE_L4_TCP),
	FRAME(MACS CTAG CTAG TYPE_IP4 IP4(P_TCP) TCP,
	      RTE_PTYPE_L2_ETHER_QINQ | L3_4 | RTE_PTYPE_L4_TCP),
	FRAME(MACS CTAG "\x8\6" "\0\1", RTE_PTYPE_L2_ETHER_VLAN),
	/* tunnels */
	FRAME(MACS TYPE_IP4 IP4(P_IP4) IP4(P_UDP) UDP,
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_IP | IN_4 | IN_UDP),
	FRAME(MACS TYPE_IP6 IP6(P_IP6) IP6("\0") EXT(P_TCP) TCP,
	      ETHER | L3_6 | RTE_PTYPE_TUNNEL_IP | RTE_PTYPE_INNER_L3_IPV6_EXT | IN_TCP),
	FRAME(MACS TYPE_IP4 IP4(P_IP6) IP6(P_FRAGMENT) FRAGMENT(P_UDP, "\0\1") UDP,
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_IP | RTE_PTYPE_INNER_L3_IPV6_EXT |
	      RTE_PTYPE_INNER_L4_FRAG),
	FRAME(MACS TYPE_IP4 IP4(P_GRE) "\0\0" TYPE_IP4 IP4_OPTIONS(P_ICMP) ICMP,
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_GRE | RTE_PTYPE_INNER_L3_IPV4_EXT |
	      RTE_PTYPE_INNER_L4_ICMP),
	FRAME(MACS TYPE_IP4 IP4(P_GRE) "\xb0\0" TYPE_IP6 "\0\0\0\0\0\0\0\1\0\0\0\2" IP6(P_SCTP) SCTP,
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_GRE | IN_6 | RTE_PTYPE_INNER_L4_SCTP),
	FRAME(MACS TYPE_IP4 IP4(P_GRE) "\x20\0" TYPE_TEB "\0\0\0\1" MACS TYPE_IP4 IP4(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_NVGRE | IN_ETHER | IN_4 | IN_TCP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x12\xb5") VXLAN MACS CTAG TYPE_IP4 IP4(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_VXLAN |
	      RTE_PTYPE_INNER_L2_ETHER_VLAN | IN_4 | IN_TCP),
	FRAME(MACS TYPE_IP6 IP6(P_UDP) UDP_TO("\x12\xb5") VXLAN MACS STAG CTAG TYPE_IP6 IP6(P_UDP) UDP,
	      ETHER | L3_6 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_VXLAN |
	      RTE_PTYPE_INNER_L2_ETHER_QINQ | IN_6 | IN_UDP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x12\xb6") GPE("\2") IP6(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_VXLAN_GPE | IN_6 | IN_TCP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x12\xb6") GPE("\4") IP6(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_VXLAN_GPE),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x17\xc1") GENEVE(TYPE_TEB) MACS TYPE_IP4 IP4(P_UDP) UDP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_GENEVE | IN_ETHER | IN_4 | IN_UDP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x8\x68") GTPU("\x30", "\xff") IP4(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_GTPU | IN_4 | IN_TCP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x8\x68") GTPU("\x32", "\xff") "\0\0\0\0" IP6(P_UDP) UDP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_GTPU | IN_6 | IN_UDP),
	FRAME(MACS TYPE_IP4 IP4(P_UDP) UDP_TO("\x8\x68") GTPU("\x30", "\1") IP4(P_TCP) TCP,
	      ETHER | L3_4 | RTE_PTYPE_L4_UDP | RTE_PTYPE_TUNNEL_GTPU), /* an echo request */
	FRAME(MACS TYPE_IP4 IP4(P_ESP) ICMP, ETHER | L3_4 | RTE_PTYPE_TUNNEL_ESP),
	FRAME(MACS TYPE_IP4 IP4(P_IP4) IP4(P_GRE) "\0\0" TYPE_IP4 IP4(P_TCP) TCP, /* the second tunnel */
	      ETHER | L3_4 | RTE_PTYPE_TUNNEL_IP | IN_4 | RTE_PTYPE_INNER_L4_NONFRAG),
};
/* clang-format on */

static const uint32_t layers[] = {
	RTE_PTYPE_L2_MASK,       RTE_PTYPE_L3_MASK,       RTE_PTYPE_L4_MASK,
	RTE_PTYPE_TUNNEL_MASK,   RTE_PTYPE_INNER_L2_MASK, RTE_PTYPE_INNER_L3_MASK,
	RTE_PTYPE_INNER_L4_MASK,
};

/* Of the first len bytes, behind which ASan sees the end. */
static uint32_t
ptype_of(const struct frame *f, uint32_t len, uint32_t mask)
{
	uint8_t *bytes = malloc(len + 1); /* 0 bytes may be no memory */
	uint32_t ptype;

	memcpy(bytes + 1, f->bytes, len);
	ptype = afpring_ptype(bytes + 1, len, mask);
	free(bytes);
	return ptype;
}

static void
each_layer_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(frames); i++) {
		const struct frame *f = &frames[i];
		uint32_t ptype = ptype_of(f, f->len, RTE_PTYPE_ALL_MASK);

		if (ptype != f->ptype)
			fail_msg("frame %zu: %#x, not %#x", i, ptype, f->ptype);
	}
}

static void
layers_that_nobody_wants_are_not_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(frames); i++)
		for (size_t k = 0; k < RTE_DIM(layers); k++)
			assert_int_equal(ptype_of(&frames[i], frames[i].len, layers[k]),
					 frames[i].ptype & layers[k]);
}

/* Cut anywhere, a layer is what it is or is not told; nothing behind the end is looked at. */
static void
what_is_cut_is_not_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < RTE_DIM(frames); i++) {
		for (uint32_t len = 0; len < frames[i].len; len++) {
			uint32_t ptype = ptype_of(&frames[i], len, RTE_PTYPE_ALL_MASK);

			for (size_t k = 1; k < RTE_DIM(layers); k++) {
				uint32_t part = ptype & layers[k];

				if (layers[k] == RTE_PTYPE_INNER_L2_MASK)
					continue; /* a frame cut in its tags has fewer of them */
				if (part != 0 && part != (frames[i].ptype & layers[k]))
					fail_msg("frame %zu, %u bytes: %#x", i, len, ptype);
			}
			assert_true((ptype != 0) == (len >= 14));
		}
	}
}

/* What the parser says is in the list that applications read, and the list has nothing else. */
static void
list_is_what_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < afpring_nb_ptypes; i++) {
		bool found = false;

		for (size_t f = 0; f < RTE_DIM(frames); f++)
			for (size_t k = 0; k < RTE_DIM(layers); k++)
				found |= (frames[f].ptype & layers[k]) == afpring_ptypes[i];
		if (!found)
			fail_msg("no frame is %#x", afpring_ptypes[i]);
	}
	for (size_t f = 0; f < RTE_DIM(frames); f++) {
		for (size_t k = 0; k < RTE_DIM(layers); k++) {
			uint32_t part = frames[f].ptype & layers[k];
			bool found = part == 0;

			for (size_t i = 0; i < afpring_nb_ptypes; i++)
				found |= afpring_ptypes[i] == part;
			assert_true(found);
		}
	}
	assert_int_equal(afpring_ptypes[afpring_nb_ptypes], RTE_PTYPE_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_layer_is_told),
		cmocka_unit_test(layers_that_nobody_wants_are_not_told),
		cmocka_unit_test(what_is_cut_is_not_told),
		cmocka_unit_test(list_is_what_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
