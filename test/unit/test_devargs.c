/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * devargs: each string and what it means, or what its one line says.
 */
#include "unit.h"

#include <errno.h>

#include <rte_log.h>

#include "afpring_devargs.h"
#include "afpring_uapi.h"

#define AUTO AFPRING_FANOUT_AUTO
#define HASH PACKET_FANOUT_HASH
#define DEFRAG PACKET_FANOUT_FLAG_DEFRAG
#define ROLL PACKET_FANOUT_FLAG_ROLLOVER
#define FANOUT(g, m, f)                                                                            \
	{                                                                                          \
		.group = (g), .mode = (m), .flags = (f)                                            \
	}

/* clang-format off */
static const struct {
	const char *args;
	struct afpring_config c;
} good[] = {
	/*                                    iface   qp bypass outgoing blocksz framesz framecnt sndbuf */
	{"iface=eth0",                       {"eth0", 1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=a",                          {"a",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=abcdefghijklmno",  {"abcdefghijklmno", 1, true, false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e0.7:x-y_z",            {"e0.7:x-y_z", 1, true, false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,qpairs=1",                 {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,qpairs=256",               {"e",  256, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"qpairs=2,iface=e",                 {"e",    2, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,qpairs=004",               {"e",    4, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,qdisc_bypass=0",           {"e",    1, false, false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,qdisc_bypass=1",           {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,outgoing=1",               {"e",    1, true,  true,  0, 0, 0, 0, {AUTO, HASH, 0, true}}},
	{"iface=e,blocksz=4096",             {"e",    1, true,  false, 4096, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,blocksz=1073741824",       {"e",    1, true,  false, 1 << 30, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,framesz=128",              {"e",    1, true,  false, 0, 128, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,framesz=16777216",         {"e",    1, true,  false, 0, 1 << 24, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,framecnt=1",               {"e",    1, true,  false, 0, 0, 1, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,framecnt=1048576",         {"e",    1, true,  false, 0, 0, 1 << 20, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,sndbuf=auto",              {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,sndbuf=4096",              {"e",    1, true,  false, 0, 0, 0, 4096, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,fanout_mode=lb",           {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, PACKET_FANOUT_LB, 0)}},
	{"iface=e,fanout_mode=cpu",          {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, PACKET_FANOUT_CPU, 0)}},
	{"iface=e,fanout_mode=rollover",     {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, PACKET_FANOUT_ROLLOVER, 0)}},
	{"iface=e,fanout_mode=rnd",          {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, PACKET_FANOUT_RND, 0)}},
	{"iface=e,fanout_mode=qm",           {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, PACKET_FANOUT_QM, 0)}},
	{"iface=e,kick=burst",               {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,kick=thread",              {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0), .kick = AFPRING_KICK_THREAD}},
	{"iface=e,recover=0",                {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,recover=1",                {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,device_stamps=0",          {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,device_stamps=1",          {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,fanout_flags=none",        {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,fanout_flags=defrag",      {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, DEFRAG)}},
	{"iface=e,fanout_flags=defrag+rollover", {"e", 1, true, false, 0, 0, 0, 0, FANOUT(AUTO, HASH, DEFRAG | ROLL)}},
	{"iface=e,fanout_flags=rollover+defrag", {"e", 1, true, false, 0, 0, 0, 0, FANOUT(AUTO, HASH, DEFRAG | ROLL)}},
	{"iface=e,fanout_group=auto",        {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=e,fanout_group=0",           {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(0, HASH, 0)}},
	{"iface=e,fanout_group=65535",       {"e",    1, true,  false, 0, 0, 0, 0, FANOUT(65535, HASH, 0)}},
	/* from scripts of net_af_packet's users */
	{"iface=ve0,blocksz=4096,framesz=2048,framecnt=512,qpairs=1,qdisc_bypass=0,fanout_mode=hash",
	                                     {"ve0",  1, false, false, 4096, 2048, 512, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=ve0,blocksz=593920,framesz=9280,framecnt=256",
	                                     {"ve0",  1, true,  false, 593920, 9280, 256, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=ve0,framesz=9216",           {"ve0",  1, true,  false, 0, 9216, 0, 0, FANOUT(AUTO, HASH, 0)}},
	{"iface=ve0,blocksz=16384,framesz=2048,framecnt=4096",
	                                     {"ve0",  1, true,  false, 16384, 2048, 4096, 0, FANOUT(AUTO, HASH, 0)}},
};

static const struct {
	const char *args;
	const char *says; /* part of the message: the key and what was given */
	const char *and_says; /* what would work */
} bad[] = {
	{NULL,                            "iface: missing", "name of an interface"},
	{"",                              "iface: missing", "name of an interface"},
	{"qpairs=2",                      "iface: missing", "name of an interface"},
	{"iface=",                        "iface: no value", "name of an interface"},
	{"iface",                         "iface", "name of an interface"},
	{"iface=abcdefghijklmnop",        "iface=abcdefghijklmnop", "1 to 15 characters"},
	{"iface=e,iface=f",               "iface: given more than once", ""},
	{"iface=e,qpairs=1,qpairs=1",     "qpairs: given more than once", ""},
	{"iface=e,bogus=1",               "bogus: unknown key", "qdisc_bypass"},
	{"iface=e,IFACE=f",               "IFACE: unknown key", "iface"},
	{"iface=e,qpairs=0",              "qpairs=0", "1 to 256"},
	{"iface=e,qpairs=257",            "qpairs=257", "1 to 256"},
	{"iface=e,qpairs=-1",             "qpairs=-1", "1 to 256"},
	{"iface=e,qpairs=+1",             "qpairs=+1", "1 to 256"},
	{"iface=e,qpairs=1x",             "qpairs=1x", "1 to 256"},
	{"iface=e,qpairs=0x2",            "qpairs=0x2", "1 to 256"},
	{"iface=e,qpairs=1.5",            "qpairs=1.5", "1 to 256"},
	{"iface=e,qpairs=two",            "qpairs=two", "1 to 256"},
	{"iface=e,qpairs=4294967297",     "qpairs=4294967297", "1 to 256"},
	{"iface=e,qpairs=99999999999999999999999", "qpairs=9999", "1 to 256"},
	{"iface=e,qpairs=18446744073709551617", "qpairs=1844", "1 to 256"},
	{"iface=e,qpairs=",               "qpairs: no value", "1 to 256"},
	{"iface=e,blocksz=0",             "blocksz=0", "4096"},
	{"iface=e,blocksz=4095",          "blocksz=4095", "4096"},
	{"iface=e,blocksz=-4096",         "blocksz=-4096", "4096"},
	{"iface=e,blocksz=1073741825",    "blocksz=1073741825", "1073741824"},
	{"iface=e,framesz=0",             "framesz=0", "multiple of 16"},
	{"iface=e,framesz=-2048",         "framesz=-2048", "multiple of 16"},
	{"iface=e,framesz=127",           "framesz=127", "128"},
	{"iface=e,framesz=16777217",      "framesz=16777217", "16777216"},
	{"iface=e,framesz=2K",            "framesz=2K", "bytes"},
	{"iface=e,framecnt=0",            "framecnt=0", "1 to 1048576"},
	{"iface=e,framecnt=1048577",      "framecnt=1048577", "1 to 1048576"},
	{"iface=e,qdisc_bypass=2",        "qdisc_bypass=2", "0 or 1"},
	{"iface=e,qdisc_bypass=yes",      "qdisc_bypass=yes", "0 or 1"},
	{"iface=e,outgoing=-1",           "outgoing=-1", "0 or 1"},
	{"iface=e,sndbuf=0",              "sndbuf=0", "4096"},
	{"iface=e,sndbuf=1073741824",     "sndbuf=1073741824", "1073741823"},
	{"iface=e,sndbuf=automatic",      "sndbuf=automatic", "auto or bytes"},
	{"iface=e,fanout_mode=",          "fanout_mode: no value", "hash, lb"},
	{"iface=e,fanout_mode=HASH",      "fanout_mode=HASH", "hash, lb"},
	{"iface=e,fanout_mode=has",       "fanout_mode=has", "hash, lb"},
	{"iface=e,fanout_mode=hashh",     "fanout_mode=hashh", "hash, lb"},
	{"iface=e,fanout_mode=0",         "fanout_mode=0", "hash, lb"},
	{"iface=e,fanout_flags=defrag+",  "fanout_flags=defrag+", "none, defrag"},
	{"iface=e,fanout_flags=+defrag",  "fanout_flags=+defrag", "none, defrag"},
	{"iface=e,fanout_flags=def",      "fanout_flags=def", "none, defrag"},
	{"iface=e,fanout_flags=defrag|rollover", "fanout_flags=defrag|rollover", "defrag+rollover"},
	{"iface=e,fanout_mode=rollover,fanout_flags=rollover", "fanout_flags=rollover", "fanout_mode=rollover"},
	{"iface=e,fanout_group=-1",       "fanout_group=-1", "0 to 65535"},
	{"iface=e,fanout_group=65536",    "fanout_group=65536", "0 to 65535"},
	{"iface=e,kick=",                 "kick: no value", "burst or thread"},
	{"iface=e,kick=1",                "kick=1", "burst or thread"},
	{"iface=e,kick=sqpoll",           "kick=sqpoll", "burst or thread"},
	{"iface=e,recover=2",             "recover=2", "0 or 1"},
	{"iface=e,device_stamps=yes",     "device_stamps=yes", "0 or 1"},
	{"iface=e,=1",                    ": unknown key", "iface"},
	{"=",                             ": unknown key", "iface"},
};
/* clang-format on */

static void
check_config(const char *args, const struct afpring_config *c, const struct afpring_config *want)
{
	CHECK(c->recover == (strstr(args, "recover=0") == NULL), "%s: recover %d\n", args,
	      c->recover);
	CHECK(c->device_stamps == (strstr(args, "device_stamps=0") == NULL), "%s\n", args);
	CHECK(strcmp(c->iface, want->iface) == 0, "%s: iface %s\n", args, c->iface);
	CHECK(c->qpairs == want->qpairs, "%s: qpairs %u\n", args, c->qpairs);
	CHECK(c->qdisc_bypass == want->qdisc_bypass, "%s\n", args);
	CHECK(c->outgoing == want->outgoing, "%s\n", args);
	CHECK(c->block_size == want->block_size, "%s: blocksz %u\n", args, c->block_size);
	CHECK(c->frame_size == want->frame_size, "%s: framesz %u\n", args, c->frame_size);
	CHECK(c->frame_nr == want->frame_nr, "%s: framecnt %u\n", args, c->frame_nr);
	CHECK(c->kick == want->kick, "%s: kick\n", args);
	CHECK(c->sndbuf == want->sndbuf, "%s: sndbuf %u\n", args, c->sndbuf);
	CHECK(c->fanout.group == want->fanout.group, "%s: group %d\n", args, c->fanout.group);
	CHECK(c->fanout.mode == want->fanout.mode, "%s: mode %u\n", args, c->fanout.mode);
	CHECK(c->fanout.flags == want->fanout.flags, "%s: flags %x\n", args, c->fanout.flags);
	CHECK(c->fanout.outgoing == want->fanout.outgoing, "%s: outgoing\n", args);
}

static void
good_strings(void **state)
{
	struct afpring_config c;
	char why[256] = "";

	(void)state;
	for (size_t i = 0; i < RTE_DIM(good); i++) {
		int ret = afpring_devargs_parse(good[i].args, &c, why, sizeof(why));

		CHECK(ret == 0, "%s: %s\n", good[i].args, why);
		check_config(good[i].args, &c, &good[i].c);
	}
}

static void
bad_strings(void **state)
{
	struct afpring_config c;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(bad); i++) {
		const char *args = bad[i].args != NULL ? bad[i].args : "(null)";
		char why[512] = "";
		int ret = afpring_devargs_parse(bad[i].args, &c, why, sizeof(why));

		CHECK(ret == -EINVAL, "%s: %d\n", args, ret);
		CHECK(strstr(why, bad[i].says) != NULL, "%s: \"%s\"\n", args, why);
		CHECK(strstr(why, bad[i].and_says) != NULL, "%s: \"%s\"\n", args, why);
		CHECK(strchr(why, '\n') == NULL, "%s: more than a line: %s\n", args, why);
	}
}

/* The message never runs over its buffer, however small. */
static void
message_is_cut_to_its_buffer(void **state)
{
	struct afpring_config c;

	(void)state;
	for (size_t len = 1; len < 64; len++) {
		char *why = malloc(len);

		assert_int_equal(afpring_devargs_parse("iface=e,qpairs=none", &c, why, len),
				 -EINVAL);
		assert_true(strnlen(why, len) < len);
		free(why);
	}
}

/* Words of the grammar and junk in any order: an answer, whatever it is. */
static void
garbage(void **state)
{
	static const char *const words[] = {
		"iface",  "=",    ",",           "qpairs", "e0",      "1",  "-",    "99999999999",
		"fanout", "_",    "fanout_mode", "hash",   "[",       "]",  "(",    ")",
		"+",      "auto", "\xff\xfe",    " ",      "%n%s",    "==", ",,,,", "framesz=",
		"\t",     "\"",   "iface=e",     "sndbuf", "blocksz", ":",  "/",    "outgoing",
	};
	uint64_t seed = 42;
	struct afpring_config c;
	uint32_t accepted = 0;

	(void)state;
	rte_log_set_global_level(RTE_LOG_EMERG);
	for (int i = 0; i < 200000; i++) {
		char text[512] = "";
		char *exact;
		char why[128];
		size_t nb = unit_random(&seed) % 12;

		for (size_t w = 0; w < nb; w++)
			strcat(text, words[unit_random(&seed) % RTE_DIM(words)]);
		exact = strdup(text); /* its end is the buffer's end */
		accepted += afpring_devargs_parse(exact, &c, why, sizeof(why)) == 0;
		free(exact);
	}
	assert_true(accepted > 0);
}

static void
random_bytes(void **state)
{
	uint64_t seed = 7;
	struct afpring_config c;
	char why[128];

	(void)state;
	for (int i = 0; i < 50000; i++) {
		size_t len = unit_random(&seed) % 64;
		char *exact = malloc(len + 1);

		for (size_t b = 0; b < len; b++)
			exact[b] = 1 + unit_random(&seed) % 255;
		exact[len] = '\0';
		afpring_devargs_parse(exact, &c, why, sizeof(why));
		free(exact);
	}
}

static void
mode_names_go_both_ways(void **state)
{
	static const char *const modes[] = {"hash", "lb", "cpu", "rollover", "rnd", "qm"};
	struct afpring_config c;
	char args[64], why[128];

	(void)state;
	for (size_t i = 0; i < RTE_DIM(modes); i++) {
		snprintf(args, sizeof(args), "iface=e,fanout_mode=%s", modes[i]);
		assert_int_equal(afpring_devargs_parse(args, &c, why, sizeof(why)), 0);
		assert_string_equal(afpring_devargs_fanout_mode(c.fanout.mode), modes[i]);
	}
	assert_string_equal(afpring_devargs_fanout_mode(999), "?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_strings),
		cmocka_unit_test(bad_strings),
		cmocka_unit_test(message_is_cut_to_its_buffer),
		cmocka_unit_test(garbage),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(mode_names_go_both_ways),
	};

	return cmocka_run_group_tests_name("devargs", tests, NULL, NULL);
}
