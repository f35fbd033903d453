/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_iface.h"
#include "fake_drops.h"

uint32_t fake_drops[FAKE_SOCKETS];

int __wrap_afpring_socket_statistics(int fd, uint32_t *packets, uint32_t *drops);
int __wrap_afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link);

int
__wrap_afpring_socket_statistics(int fd, uint32_t *packets, uint32_t *drops)
{
	*packets = *drops = fake_drops[fd];
	fake_drops[fd] = 0;
	return 0;
}

int
__wrap_afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link)
{
	(void)dev;
	(void)link;
	return -ENODEV;
}
