/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_ethtool.h"
#include "afpring_iface.h"
#include "afpring_link_state.h"
#include "afpring_port.h"

void
afpring_link_state_note_speeds(struct afpring_port *port, int fd)
{
	int ifindex = afpring_port_ifindex(port);
	uint32_t speeds = afpring_ethtool_speeds(fd, ifindex);
	struct afpring_ethtool_speed now;

	if (speeds == 0) {
		afpring_ethtool_speed(fd, ifindex, &now);
		speeds = rte_eth_speed_bitflag(now.mbps, now.full_duplex);
	}
	/* relaxed: for an application's question */
	rte_atomic_store_explicit(&port->speeds, speeds, rte_memory_order_relaxed);
}

/* ethdev compares the status alone. */
static bool
is_same(const struct rte_eth_link *a, const struct rte_eth_link *b)
{
	return a->link_status == b->link_status && a->link_speed == b->link_speed &&
	       a->link_duplex == b->link_duplex && a->link_autoneg == b->link_autoneg;
}

int
afpring_link_state_set(struct rte_eth_dev *dev, bool up)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct rte_eth_link status = {
		.link_speed = RTE_ETH_SPEED_NUM_NONE,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_status = RTE_ETH_LINK_DOWN,
	};
	struct afpring_ethtool_speed speed;
	struct rte_eth_link old;

	rte_eth_linkstatus_get(dev, &old);
	if (up) {
		afpring_ethtool_speed(process->control_fd, afpring_port_ifindex(port), &speed);
		status.link_status = RTE_ETH_LINK_UP;
		status.link_speed = speed.mbps != 0 ? speed.mbps : RTE_ETH_SPEED_NUM_UNKNOWN;
		status.link_duplex =
			speed.full_duplex ? RTE_ETH_LINK_FULL_DUPLEX : RTE_ETH_LINK_HALF_DUPLEX;
		afpring_link_set_connector(&status, speed.connector);
		status.link_autoneg = speed.autoneg ? RTE_ETH_LINK_AUTONEG : RTE_ETH_LINK_FIXED;
	}
	rte_eth_linkstatus_set(dev, &status);
	return is_same(&old, &status) ? -1 : 0;
}

int
afpring_link_state_read(struct rte_eth_dev *dev)
{
	struct afpring_link link;
	int ret = afpring_iface_get(dev, &link);

	return afpring_link_state_set(dev, ret == 0 && link.admin_up && link.carrier);
}

int
afpring_link_state_update(struct rte_eth_dev *dev, int wait)
{
	RTE_SET_USED(wait);
	/* a secondary or a forked child: what the owner of the port has seen last */
	if (dev->process_private == NULL)
		return 0;
	if (dev->data->dev_started == 0)
		return afpring_link_state_set(dev, false);
	return afpring_link_state_read(dev);
}

/* The host's own traffic ends with the link: it is the interface that goes down. */
static int
set_up(struct rte_eth_dev *dev, bool up)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	const char *what = up ? "link up" : "link down";
	struct afpring_link link;
	int ret = afpring_iface_claim(dev, what, &link);

	if (ret < 0 || link.admin_up == up)
		return ret;
	ret = afpring_link_set_up(&process->netlink, afpring_port_ifindex(port), up);
	return ret < 0 ? afpring_iface_refused(dev, ret, "set %s", what) : 0;
}

int
afpring_set_link_up(struct rte_eth_dev *dev)
{
	return set_up(dev, true);
}

int
afpring_set_link_down(struct rte_eth_dev *dev)
{
	return set_up(dev, false);
}
