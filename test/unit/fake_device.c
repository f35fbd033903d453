/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>

#include "afpring_iface.h"
#include "fake_device.h"

struct fake_device fake_device;

int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link);

/* ethtool_get_sset_info() */
static void
get_sset_info(struct ethtool_sset_info *info)
{
	assert_int_equal(info->sset_mask, 1 << ETH_SS_FEATURES);
	info->data[0] = fake_device.nb_features;
}

/* ethtool_get_strings() */
static void
get_strings(struct ethtool_gstrings *strings)
{
	uint32_t room = strings->len;

	assert_int_equal(strings->string_set, ETH_SS_FEATURES);
	strings->len = fake_device.nb_features;
	if (room != fake_device.nb_features && !fake_device.any_room) {
		strings->len = 0;
		return;
	}
	for (uint32_t i = 0; i < RTE_MIN(room, fake_device.nb_features); i++) {
		const char *name = fake_device.features[i].name;
		char *at = (char *)strings->data + i * ETH_GSTRING_LEN;

		if (name == NULL) /* with every byte, no end */
			memset(at, 'x', ETH_GSTRING_LEN);
		else
			strncpy(at, name, ETH_GSTRING_LEN);
	}
}

/* ethtool_get_features() */
static void
get_features(struct ethtool_gfeatures *features)
{
	uint32_t blocks = (fake_device.nb_features + 31) / 32, room = features->size;

	features->size = blocks;
	for (uint32_t b = 0; b < RTE_MIN(room, blocks); b++) {
		features->features[b] =
			(struct ethtool_get_features_block){.available = UINT32_MAX,
							    .requested = UINT32_MAX,
							    .never_changed = UINT32_MAX};
		for (uint32_t i = 0; i < 32 && b * 32 + i < fake_device.nb_features; i++)
			if (fake_device.features[b * 32 + i].active)
				features->features[b].active |= UINT32_C(1) << i;
	}
}

/* ethtool_get_link_ksettings() */
static int
get_link_settings(struct ethtool_link_settings *link)
{
	int8_t room = link->link_mode_masks_nwords;

	if (fake_device.nb_words == 0)
		return errno = EOPNOTSUPP, -1;
	*link = (struct ethtool_link_settings){.cmd = ETHTOOL_GLINKSETTINGS};
	if (room != fake_device.nb_words) {
		link->link_mode_masks_nwords = -fake_device.nb_words;
		return 0;
	}
	link->link_mode_masks_nwords = room;
	memcpy(link + 1, fake_device.supported, room * sizeof(uint32_t));
	memset((uint32_t *)(link + 1) + room, 0xff, 2 * room * sizeof(uint32_t));
	return 0;
}

int
__wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct ifreq *ifr = arg;
	uint32_t command;

	if (fd != FAKE_FD && request != SIOCETHTOOL)
		return -1; /* of a queue, for the carrier: its interface is gone */
	assert_int_equal(fd, FAKE_FD);
	if (request == SIOCGIFNAME) {
		assert_int_equal(ifr->ifr_ifindex, FAKE_IFINDEX);
		strcpy(ifr->ifr_name, "fake0");
		return 0;
	}
	assert_int_equal(request, SIOCETHTOOL);
	assert_string_equal(ifr->ifr_name, "fake0");
	memcpy(&command, ifr->ifr_data, sizeof(command));
	if (command == fake_device.fails)
		return errno = EOPNOTSUPP, -1;
	switch (command) {
	case ETHTOOL_GSSET_INFO:
		get_sset_info((void *)ifr->ifr_data);
		return 0;
	case ETHTOOL_GSTRINGS:
		get_strings((void *)ifr->ifr_data);
		return 0;
	case ETHTOOL_GSET:
		((struct ethtool_cmd *)(void *)ifr->ifr_data)->port = fake_device.port;
		return 0;
	case ETHTOOL_GLINKSETTINGS:
		return get_link_settings((void *)ifr->ifr_data);
	case ETHTOOL_GFEATURES:
		get_features((void *)ifr->ifr_data);
		return 0;
	}
	return errno = EOPNOTSUPP, -1;
}

int
__wrap_afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link)
{
	(void)dev;
	if (fake_device.gone)
		return -ENODEV;
	*link = (struct afpring_link){.gso_max_size = fake_device.gso_max_size,
				      .carrier = fake_device.carrier};
	return 0;
}

void
fake_device_setup(uint32_t nb)
{
	assert_true(nb <= FAKE_MAX_FEATURES);
	fake_device = (struct fake_device){.nb_features = nb};
}

void
fake_device_feature(uint32_t at, const char *name, bool active)
{
	assert_true(at < fake_device.nb_features);
	fake_device.features[at] = (struct fake_feature){name, active};
}
