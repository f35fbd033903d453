/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_kvargs.h>
#include <rte_string_fns.h>

#include "afpring_devargs.h"
#include "afpring_uapi.h"

struct word {
	const char *name;
	uint16_t value;
};

static const struct word fanout_modes[] = {
	{"hash", PACKET_FANOUT_HASH}, {"lb", PACKET_FANOUT_LB},
	{"cpu", PACKET_FANOUT_CPU},   {"rollover", PACKET_FANOUT_ROLLOVER},
	{"rnd", PACKET_FANOUT_RND},   {"qm", PACKET_FANOUT_QM},
};

static const struct word fanout_flags[] = {
	{"none", 0},
	{"defrag", PACKET_FANOUT_FLAG_DEFRAG},
	{"rollover", PACKET_FANOUT_FLAG_ROLLOVER},
};

static bool
find_word(const struct word *words, size_t nb, const char *name, size_t len, uint16_t *value)
{
	for (size_t i = 0; i < nb; i++) {
		if (strlen(words[i].name) != len || memcmp(words[i].name, name, len) != 0)
			continue;
		*value = words[i].value;
		return true;
	}
	return false;
}

/* Decimal digits only: strtoul() alone would take " 1", "-1" and "1x". */
static bool
parse_number(const char *value, uint32_t min, uint32_t max, uint32_t *number)
{
	unsigned long long n;

	for (const char *p = value; *p != '\0'; p++)
		if (!isdigit((unsigned char)*p))
			return false;
	errno = 0;
	n = strtoull(value, NULL, 10);
	if (errno != 0 || n < min || n > max)
		return false;
	*number = n;
	return true;
}

static bool
parse_iface(const char *value, struct afpring_config *config)
{
	return strlcpy(config->iface, value, sizeof(config->iface)) < sizeof(config->iface);
}

static bool
parse_qpairs(const char *value, struct afpring_config *config)
{
	uint32_t number;

	if (!parse_number(value, 1, AFPRING_MAX_QUEUES, &number))
		return false;
	config->qpairs = number;
	return true;
}

static bool
parse_blocksz(const char *value, struct afpring_config *config)
{
	return parse_number(value, 4096, 1 << 30, &config->block_size);
}

static bool
parse_framesz(const char *value, struct afpring_config *config)
{
	return parse_number(value, 128, 1 << 24, &config->frame_size);
}

static bool
parse_framecnt(const char *value, struct afpring_config *config)
{
	return parse_number(value, 1, 1 << 20, &config->frame_nr);
}

static bool
parse_switch(const char *value, bool *on)
{
	uint32_t number;

	if (!parse_number(value, 0, 1, &number))
		return false;
	*on = number != 0;
	return true;
}

static bool
parse_qdisc_bypass(const char *value, struct afpring_config *config)
{
	return parse_switch(value, &config->qdisc_bypass);
}

static bool
parse_recover(const char *value, struct afpring_config *config)
{
	return parse_switch(value, &config->recover);
}

static bool
parse_device_stamps(const char *value, struct afpring_config *config)
{
	return parse_switch(value, &config->device_stamps);
}

static bool
parse_outgoing(const char *value, struct afpring_config *config)
{
	return parse_switch(value, &config->outgoing);
}

static bool
parse_fanout_mode(const char *value, struct afpring_config *config)
{
	return find_word(fanout_modes, RTE_DIM(fanout_modes), value, strlen(value),
			 &config->fanout.mode);
}

static bool
parse_fanout_flags(const char *value, struct afpring_config *config)
{
	config->fanout.flags = 0;
	for (;;) {
		size_t len = strcspn(value, "+");
		uint16_t flag;

		if (!find_word(fanout_flags, RTE_DIM(fanout_flags), value, len, &flag))
			return false;
		config->fanout.flags |= flag;
		if (value[len] == '\0')
			return true;
		value += len + 1;
	}
}

static bool
parse_fanout_group(const char *value, struct afpring_config *config)
{
	uint32_t number;

	config->fanout.group = AFPRING_FANOUT_AUTO;
	if (strcmp(value, "auto") == 0)
		return true;
	if (!parse_number(value, 0, UINT16_MAX, &number))
		return false;
	config->fanout.group = number;
	return true;
}

static bool
parse_sndbuf(const char *value, struct afpring_config *config)
{
	config->sndbuf = 0;
	return strcmp(value, "auto") == 0 ||
	       parse_number(value, 4096, INT32_MAX / 2, &config->sndbuf);
}

static bool
parse_choice(const char *value, enum afpring_choice *choice)
{
	static const struct word words[] = {
		{"auto", AFPRING_AUTO},
		{"0", AFPRING_OFF},
		{"1", AFPRING_ON},
	};
	uint16_t number;

	if (!find_word(words, RTE_DIM(words), value, strlen(value), &number))
		return false;
	*choice = number;
	return true;
}

static bool
parse_tx_join(const char *value, struct afpring_config *config)
{
	return parse_choice(value, &config->tx_join);
}

static bool
parse_vnet_hdr(const char *value, struct afpring_config *config)
{
	return parse_choice(value, &config->vnet_hdr);
}

static bool
parse_rx_partial(const char *value, struct afpring_config *config)
{
	return parse_choice(value, &config->rx_partial);
}

static bool
parse_kick(const char *value, struct afpring_config *config)
{
	static const struct word words[] = {
		{"burst", AFPRING_KICK_BURST},
		{"thread", AFPRING_KICK_THREAD},
	};
	uint16_t number;

	if (!find_word(words, RTE_DIM(words), value, strlen(value), &number))
		return false;
	config->kick = number;
	return true;
}

static const struct key {
	const char *name;
	bool (*parse)(const char *value, struct afpring_config *config);
	const char *expected;
} keys[] = {
	{"iface", parse_iface, "the name of an interface, 1 to 15 characters"},
	{"qpairs", parse_qpairs, "a number from 1 to 256"},
	{"blocksz", parse_blocksz, "bytes, a multiple of the page size, 4096 to 1073741824"},
	{"framesz", parse_framesz, "bytes, a multiple of 16, 128 to 16777216"},
	{"framecnt", parse_framecnt, "slots, 1 to 1048576"},
	{"qdisc_bypass", parse_qdisc_bypass, "0 or 1"},
	{"fanout_mode", parse_fanout_mode, "hash, lb, cpu, rollover, rnd or qm"},
	{"fanout_flags", parse_fanout_flags, "none, defrag, rollover or defrag+rollover"},
	{"fanout_group", parse_fanout_group, "auto or a number from 0 to 65535"},
	{"outgoing", parse_outgoing, "0 or 1"},
	{"recover", parse_recover, "0 or 1"},
	{"device_stamps", parse_device_stamps, "0 or 1"},
	{"sndbuf", parse_sndbuf, "auto or bytes, 4096 to 1073741823"},
	{"tx_join", parse_tx_join, "auto, 0 or 1"},
	{"vnet_hdr", parse_vnet_hdr, "auto, 0 or 1"},
	{"rx_partial", parse_rx_partial, "auto, 0 or 1"},
	{"kick", parse_kick, "burst or thread"},
};

static const struct key *
find_key(const char *name)
{
	for (size_t i = 0; i < RTE_DIM(keys); i++)
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	return NULL;
}

static int
parse_pair(const struct rte_kvargs_pair *pair, struct afpring_config *config, char *why,
	   size_t why_len)
{
	const struct key *key = find_key(pair->key);

	if (key == NULL) {
		snprintf(why, why_len, "%s: unknown key; known: " AFPRING_DEVARGS_HELP, pair->key);
		return -EINVAL;
	}
	if (pair->value == NULL || pair->value[0] == '\0') {
		snprintf(why, why_len, "%s: no value; give %s", key->name, key->expected);
		return -EINVAL;
	}
	if (!key->parse(pair->value, config)) {
		snprintf(why, why_len, "%s=%s: must be %s", key->name, pair->value, key->expected);
		return -EINVAL;
	}
	return 0;
}

static int
check_whole(const struct rte_kvargs *list, const struct afpring_config *config, char *why,
	    size_t why_len)
{
	for (size_t i = 0; i < RTE_DIM(keys); i++) {
		if (rte_kvargs_count(list, keys[i].name) < 2)
			continue;
		snprintf(why, why_len, "%s: given more than once", keys[i].name);
		return -EINVAL;
	}
	if (config->iface[0] == '\0') {
		snprintf(why, why_len, "iface: missing; give the name of an interface");
		return -EINVAL;
	}
	if (config->fanout.mode == PACKET_FANOUT_ROLLOVER &&
	    (config->fanout.flags & PACKET_FANOUT_FLAG_ROLLOVER) != 0) {
		snprintf(why, why_len,
			 "fanout_flags=rollover: not with fanout_mode=rollover, "
			 "which is that already");
		return -EINVAL;
	}
	return 0;
}

int
afpring_devargs_parse(const char *args, struct afpring_config *config, char *why, size_t why_len)
{
	struct rte_kvargs *list;
	int ret = 0;

	*config = (struct afpring_config){
		.qpairs = 1,
		.qdisc_bypass = true,
		.recover = true,
		.device_stamps = true,
		.kick = AFPRING_KICK_BURST,
		.fanout.group = AFPRING_FANOUT_AUTO,
		.fanout.mode = PACKET_FANOUT_HASH,
	};
	list = rte_kvargs_parse(args != NULL ? args : "", NULL);
	if (list == NULL) {
		snprintf(why, why_len, "\"%s\": not of the form key=value,key=value", args);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < list->count && ret == 0; i++)
		ret = parse_pair(&list->pairs[i], config, why, why_len);
	if (ret == 0)
		ret = check_whole(list, config, why, why_len);
	rte_kvargs_free(list);
	config->fanout.outgoing = config->outgoing;
	return ret;
}

const char *
afpring_devargs_fanout_mode(uint16_t mode)
{
	for (size_t i = 0; i < RTE_DIM(fanout_modes); i++)
		if (fanout_modes[i].value == mode)
			return fanout_modes[i].name;
	return "?";
}
