/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_address.h"
#include "afpring_gate.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_socket.h"

static int
refused(const struct rte_eth_dev *dev, const char *what, const struct rte_ether_addr *mac, int ret)
{
	return afpring_iface_refused(dev, ret, "%s address " RTE_ETHER_ADDR_PRT_FMT, what,
				     RTE_ETHER_ADDR_BYTES(mac));
}

/* To set the address that the interface has already needs no privilege. */
int
afpring_mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret;

	/* ethdev repeats the address it knows at every start: that is no request */
	if (mac == dev->data->mac_addrs)
		return 0;
	ret = afpring_iface_claim(dev, "set address", &link);
	if (ret < 0)
		return ret;
	if (!rte_is_same_ether_addr(mac, &link.mac))
		ret = afpring_link_set_mac(&process->netlink, afpring_port_ifindex(port), mac);
	if (ret == 0)
		return afpring_gates_set_unicast(dev, 0, mac);
	return refused(dev, "set", mac, ret);
}

/* ---- what the device lets in ---- */

static int
ask(const struct rte_eth_dev *dev, const struct rte_ether_addr *mac)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	int ret =
		afpring_socket_address(process->control_fd, afpring_port_ifindex(port), mac, true);

	return ret < 0 ? refused(dev, "PACKET_ADD_MEMBERSHIP:", mac, ret) : 0;
}

/* Of an interface that is gone the kernel has dropped it already. */
static void
forget(const struct rte_eth_dev *dev, const struct rte_ether_addr *mac)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	afpring_socket_address(process->control_fd, afpring_port_ifindex(port), mac, false);
}

static void
forget_all(const struct rte_eth_dev *dev, const struct rte_ether_addr *list, uint32_t nb)
{
	for (uint32_t i = 0; i < nb; i++)
		forget(dev, &list[i]);
}

static int
ask_all(const struct rte_eth_dev *dev, const struct rte_ether_addr *list, uint32_t nb)
{
	for (uint32_t i = 0; i < nb; i++) {
		int ret = ask(dev, &list[i]);

		if (ret < 0) {
			forget_all(dev, list, i);
			return ret;
		}
	}
	return 0;
}

/* ---- lists ---- */

/* ethdev repeats the addresses it knows. */
int
afpring_mac_addr_add(struct rte_eth_dev *dev, struct rte_ether_addr *mac, uint32_t index,
		     uint32_t pool)
{
	struct rte_ether_addr old = afpring_gates_unicast(dev, index);
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret;

	RTE_SET_USED(pool);
	if (rte_is_same_ether_addr(mac, &old))
		return 0;
	ret = afpring_iface_claim(dev, "add address", &link);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&process->modes_lock);
	ret = ask(dev, mac);
	if (ret == 0) {
		ret = afpring_gates_set_unicast(dev, index, mac);
		if (ret < 0)
			forget(dev, mac);
	}
	pthread_mutex_unlock(&process->modes_lock);
	return ret;
}

void
afpring_mac_addr_remove(struct rte_eth_dev *dev, uint32_t index)
{
	static const struct rte_ether_addr none;
	struct rte_ether_addr old = afpring_gates_unicast(dev, index);
	struct afpring_process *process = dev->process_private;

	pthread_mutex_lock(&process->modes_lock);
	if (afpring_gates_set_unicast(dev, index, &none) == 0)
		forget(dev, &old);
	pthread_mutex_unlock(&process->modes_lock);
}

static int
check_list(const struct rte_eth_dev *dev, const struct rte_ether_addr *list, uint32_t nb)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (nb > AFPRING_FILTER_MULTICAST) {
		AFPRING_LOG(ERR, "%s: iface=%s: %u multicast addresses; %u are possible, or all",
			    dev->data->name, port->config.iface, nb, AFPRING_FILTER_MULTICAST);
		return -ENOSPC;
	}
	for (uint32_t i = 0; i < nb; i++)
		if (!rte_is_multicast_ether_addr(&list[i]))
			return refused(dev, "multicast", &list[i], -EINVAL);
	return 0;
}

static int
replace_list(struct rte_eth_dev *dev, struct rte_ether_addr *list, uint32_t nb)
{
	struct rte_ether_addr old[AFPRING_FILTER_MULTICAST];
	uint32_t nb_old;
	int ret = ask_all(dev, list, nb);

	if (ret < 0)
		return ret;
	nb_old = afpring_gates_multicast(dev, old);
	ret = afpring_gates_set_multicast(dev, list, nb);
	if (ret < 0)
		forget_all(dev, list, nb);
	else
		forget_all(dev, old, nb_old);
	return ret;
}

int
afpring_set_mc_addr_list(struct rte_eth_dev *dev, struct rte_ether_addr *list, uint32_t nb)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret = check_list(dev, list, nb);

	if (ret == 0 && nb != 0)
		ret = afpring_iface_claim(dev, "multicast addresses", &link);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&process->modes_lock);
	ret = replace_list(dev, list, nb);
	pthread_mutex_unlock(&process->modes_lock);
	return ret;
}
