/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_string_fns.h>

#include "afpring_ethtool_news.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_socket.h"
#include "afpring_uapi.h"

int
afpring_iface_open(struct afpring_process *process, const char *name, struct afpring_port *port,
		   struct afpring_link *link)
{
	int ret = afpring_link_find(name);

	if (ret < 0)
		return ret;
	afpring_port_set_ifindex(port, ret);
	process->news_fd = afpring_netlink_subscribe(afpring_port_ifindex(port));
	if (process->news_fd < 0)
		return process->news_fd;
	process->ethtool_fd = afpring_ethtool_news_open();
	ret = afpring_socket_bind(process->control_fd, afpring_port_ifindex(port), 0);
	if (ret == 0)
		ret = afpring_link_get(&process->netlink, afpring_port_ifindex(port), link);
	if (ret < 0)
		return ret;
	port->netns = afpring_netns_of_thread();
	port->iftype = link->type;
	rte_strlcpy(port->ifname, link->name, sizeof(port->ifname));
	return 0;
}

static bool
is_held(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	return afpring_socket_ifindex(process->control_fd) == afpring_port_ifindex(port);
}

/* A rename that nobody has looked at is remembered by the news, up to the word that the
 * interface is gone. */
static int
note_name(struct nlmsghdr *msg, void *arg)
{
	struct afpring_port *port = arg;
	struct afpring_link link;
	int ret = afpring_link_read(msg, &link);

	if (ret == -ENODEV)
		port->was_away = true;
	if (ret == 0 && link.name[0] != '\0' && !port->was_away)
		rte_strlcpy(port->ifname, link.name, sizeof(port->ifname));
	return 0;
}

bool
afpring_iface_has_news(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	bool told = afpring_netlink_listen(process->news_fd, note_name, port) != 0;

	told |= afpring_ethtool_news_are_of(process->ethtool_fd, afpring_port_ifindex(port));
	return told;
}

int
afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;

	if (!is_held(dev))
		return -ENODEV;
	return afpring_link_get(&process->netlink, afpring_port_ifindex(port), link);
}

void
afpring_iface_note_name(struct rte_eth_dev *dev, const struct afpring_link *link)
{
	struct afpring_port *port = dev->data->dev_private;

	if (strcmp(port->ifname, link->name) != 0)
		rte_strlcpy(port->ifname, link->name, sizeof(port->ifname));
}

/* The interface may have the membership already: the application has asked for it since it is
 * back. A second one would outlive the application's wish. */
static int
take_mode(const struct afpring_process *process, int ifindex, uint16_t type)
{
	afpring_socket_membership(process->control_fd, ifindex, type, false);
	return afpring_socket_membership(process->control_fd, ifindex, type, true);
}

static int
take_address(const struct afpring_process *process, int ifindex, const struct rte_ether_addr *mac)
{
	afpring_socket_address(process->control_fd, ifindex, mac, false);
	return afpring_socket_address(process->control_fd, ifindex, mac, true);
}

static int
take_modes(const struct afpring_process *process, int ifindex,
	   const struct afpring_filter_rule *rule)
{
	int ret = rule->promisc ? take_mode(process, ifindex, PACKET_MR_PROMISC) : 0;

	if (ret == 0 && rule->allmulti)
		ret = take_mode(process, ifindex, PACKET_MR_ALLMULTI);
	for (uint32_t i = 1; ret == 0 && i < RTE_DIM(rule->unicast); i++)
		if (!rte_is_zero_ether_addr(&rule->unicast[i]))
			ret = take_address(process, ifindex, &rule->unicast[i]);
	for (uint32_t i = 0; ret == 0 && i < rule->nb_multicast; i++)
		ret = take_address(process, ifindex, &rule->multicast[i]);
	return ret;
}

/* The kernel has dropped the memberships with the interface. */
static int
restore_modes(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->modes_lock);
	pthread_mutex_lock(&process->sockets_lock); /* for the rule */
	ret = take_modes(process, afpring_port_ifindex(port), &port->rule);
	pthread_mutex_unlock(&process->sockets_lock);
	pthread_mutex_unlock(&process->modes_lock);
	return ret;
}

void
afpring_iface_await(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	port->was_away = true;
	afpring_netlink_hear(process->news_fd, 0);
}

/* Binding comes before looking: what is looked at is the interface that is held, and no other
 * one of the same index. -ENODEV: it is not the port's; link tells of it. */
static int
hold(struct rte_eth_dev *dev, int ifindex, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = afpring_socket_bind(process->control_fd, ifindex, 0);

	if (ret == 0)
		ret = afpring_link_get(&process->netlink, ifindex, link);
	if (ret == 0 && (strcmp(port->ifname, link->name) != 0 || link->type != port->iftype))
		ret = -ENODEV;
	return ret;
}

/* With the receive modes of the port, or not at all. */
static int
take(struct rte_eth_dev *dev, int ifindex, struct afpring_link *link)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	int before = afpring_port_ifindex(port);
	int ret = hold(dev, ifindex, link);

	if (ret == 0) {
		afpring_port_set_ifindex(port, ifindex);
		ret = restore_modes(dev);
	}
	if (ret == 0) {
		afpring_netlink_hear(process->news_fd, ifindex);
		port->was_away = false;
		if (ifindex != before)
			afpring_port_set_raised_mtu(port, 0); /* it was the other one's */
		return 0;
	}
	afpring_port_set_ifindex(port, before);
	afpring_socket_bind(process->control_fd, 0, 0);
	return ret;
}

/* The name of the lost interface may be another's now, of another index. */
static int
take_by_name(struct rte_eth_dev *dev, const char *call, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	int before = afpring_port_ifindex(port);
	int ret = afpring_link_find(port->ifname);

	if (ret < 0 || ret == before)
		return -ENODEV;
	ret = take(dev, ret, link);
	if (ret == 0)
		AFPRING_LOG(NOTICE,
			    "%s: iface=%s: %s: %s is another interface now, index %d and not %d",
			    dev->data->name, port->config.iface, call, port->ifname,
			    afpring_port_ifindex(port), before);
	return ret;
}

static int
take_again(struct rte_eth_dev *dev, const char *call, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_link same_index = {0};
	int ret;

	afpring_iface_has_news(dev);
	ret = take(dev, afpring_port_ifindex(port), &same_index);
	*link = same_index;
	if (ret == -ENODEV && port->config.recover)
		ret = take_by_name(dev, call, link);
	if (ret == 0)
		return 0;
	if (ret == -ENODEV && same_index.name[0] != '\0')
		AFPRING_LOG(ERR,
			    "%s: iface=%s: %s: refused; the interface %d that was %s is gone, "
			    "and that number is now %s, ARPHRD type %u; bring it back, or remove "
			    "the port",
			    dev->data->name, port->config.iface, call, afpring_port_ifindex(port),
			    port->ifname, same_index.name, same_index.type);
	else
		AFPRING_LOG(ERR,
			    "%s: iface=%s: %s: %s; the interface was deleted or has left the "
			    "network namespace; bring it back, or remove the port",
			    dev->data->name, port->config.iface, call, strerror(-ret));
	return ret;
}

int
afpring_iface_find_again(struct rte_eth_dev *dev, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ifindex = afpring_link_find(port->ifname);

	if (ifindex < 0)
		return ifindex;
	/* and only the queues could not be opened */
	if (ifindex == afpring_port_ifindex(port) && is_held(dev))
		return afpring_link_get(&process->netlink, ifindex, link);
	return take(dev, ifindex, link);
}

int
afpring_iface_claim(struct rte_eth_dev *dev, const char *call, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = afpring_iface_get(dev, link);

	if (ret == -ENODEV && !dev->data->dev_started)
		return take_again(dev, call, link);
	if (ret == 0 && !dev->data->dev_started)
		afpring_iface_note_name(dev, link);
	if (ret == -ENODEV)
		AFPRING_LOG(ERR,
			    "%s: iface=%s: %s: the interface was deleted or has left the network "
			    "namespace; %s",
			    dev->data->name, port->config.iface, call,
			    port->config.recover ?
				    "the port goes on when it is back, ask again then" :
				    "once it is back, stop and start the port");
	else if (ret < 0)
		AFPRING_LOG(ERR, "%s: iface=%s: %s: RTM_GETLINK: %s", dev->data->name,
			    port->config.iface, call, strerror(-ret));
	return ret;
}

int
afpring_iface_check_netns(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_netns here = afpring_netns_of_thread();

	if (afpring_netns_may_be_same(&here, &port->netns))
		return 0;
	AFPRING_LOG(ERR,
		    "%s: iface=%s: start: this thread has gone to another network namespace, "
		    "where %s is another interface or none; start the port from its own",
		    dev->data->name, port->config.iface, port->config.iface);
	return -ENODEV;
}

int
afpring_iface_refused(const struct rte_eth_dev *dev, int ret, const char *fmt, ...)
{
	const struct afpring_port *port = dev->data->dev_private;
	char what[64];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	AFPRING_LOG(ERR, "%s: iface=%s: %s: %s%s", dev->data->name, port->config.iface, what,
		    strerror(-ret), ret == -EPERM ? "; the program needs CAP_NET_ADMIN" : "");
	return ret;
}
