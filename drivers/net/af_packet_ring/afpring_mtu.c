/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_host.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_mtu.h"
#include "afpring_port.h"

#define MIN_ROOM 64 /* bytes of frame in an mbuf: addresses and tag are never cut */

int
afpring_mtu_check_room(const struct rte_eth_dev *dev, const struct afpring_rxq *q, uint32_t mtu)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t largest = mtu + RTE_ETHER_HDR_LEN;

	if (q->room < MIN_ROOM) {
		AFPRING_LOG(ERR,
			    "%s: iface=%s rx queue %u: an mbuf holds %u bytes of frame; use mbufs "
			    "of at least %u",
			    dev->data->name, port->config.iface, q->queue_id, q->room, MIN_ROOM);
		return -EINVAL;
	}
	if (afpring_rxq_has_room(q, mtu))
		return 0;
	AFPRING_LOG(ERR,
		    "%s: iface=%s rx queue %u: an mbuf holds %u bytes of frame, MTU %u has "
		    "frames of %u; use larger mbufs, scatter, or a smaller MTU",
		    dev->data->name, port->config.iface, q->queue_id, q->room, mtu, largest);
	return -EINVAL;
}

/* The default is no wish: an interface with a smaller MTU keeps it. */
static bool
is_asked_for(const struct afpring_port *port)
{
	return afpring_port_wished_mtu(port) != RTE_ETHER_MTU;
}

void
afpring_mtu_wish(struct rte_eth_dev *dev, uint32_t mtu, const struct afpring_link *link)
{
	struct afpring_port *port = dev->data->dev_private;

	afpring_port_set_wished_mtu(port, mtu);
	/* it is the start that raises the interface's, and nobody has changed that meanwhile */
	dev->data->mtu = RTE_MIN(link->mtu, AFPRING_MAX_MTU);
}

bool
afpring_mtu_wants_chains(const struct rte_eth_dev *dev, uint32_t room)
{
	const struct afpring_port *port = dev->data->dev_private;

	return is_asked_for(port) && afpring_port_wished_mtu(port) + RTE_ETHER_HDR_LEN > room;
}

int
afpring_mtu_check_wish(const struct rte_eth_dev *dev, const struct afpring_rxq *q)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t holds = dev->data->mtu;

	return afpring_mtu_check_room(dev, q,
				      is_asked_for(port) ?
					      afpring_port_wished_mtu(port) :
					      RTE_MIN(afpring_port_wished_mtu(port), holds));
}

/* Sockets have no part in it: the interface is changed before they are opened. */
void
afpring_mtu_raise(struct rte_eth_dev *dev, struct afpring_link *link)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	uint32_t wished = afpring_port_wished_mtu(port);
	int ret;

	if (wished == RTE_ETHER_MTU || link->mtu >= wished)
		return;
	ret = afpring_link_set_mtu(&process->netlink, afpring_port_ifindex(port), wished);
	if (ret < 0) {
		AFPRING_LOG(WARNING,
			    "%s: iface=%s: start: set MTU %u: %s; %s, frames above its MTU %u are "
			    "neither sent nor received",
			    dev->data->name, port->config.iface, wished, strerror(-ret),
			    ret == -EPERM ?
				    "the program needs CAP_NET_ADMIN, or set it on the host" :
				    "the interface does not take it",
			    link->mtu);
		return;
	}
	if (afpring_port_raised_mtu(port) == 0)
		port->found_mtu = link->mtu;
	afpring_port_set_raised_mtu(port, wished);
	link->mtu = wished;
	dev->data->mtu = wished;
}

void
afpring_mtu_restore(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret;

	if (afpring_port_raised_mtu(port) == 0 || afpring_iface_get(dev, &link) < 0 ||
	    link.mtu != afpring_port_raised_mtu(port))
		return;
	ret = afpring_link_set_mtu(&process->netlink, afpring_port_ifindex(port), port->found_mtu);
	if (ret < 0)
		AFPRING_LOG(WARNING, "%s: iface=%s: close: give back MTU %u: %s", dev->data->name,
			    port->config.iface, port->found_mtu, strerror(-ret));
	afpring_port_set_raised_mtu(port, 0);
}

/* Rings keep their slots until the next start; frames larger than a slot go by the superframe
 * lanes meanwhile. Only the mbufs must fit. */
static int
check_mtu(const struct rte_eth_dev *dev, uint16_t mtu)
{
	int ret = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues && ret == 0; i++)
		if (afpring_port_rxq(dev, i) != NULL)
			ret = afpring_mtu_check_room(dev, afpring_port_rxq(dev, i), mtu);
	return ret;
}

int
afpring_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret = afpring_iface_claim(dev, "set MTU", &link);

	if (ret == 0 && link.mtu != mtu) {
		ret = check_mtu(dev, mtu);
		if (ret < 0)
			return ret;
		ret = afpring_link_set_mtu(&process->netlink, afpring_port_ifindex(port), mtu);
		if (ret < 0)
			return afpring_iface_refused(dev, ret, "set MTU %u", mtu);
	}
	if (ret < 0)
		return ret;
	afpring_port_set_wished_mtu(port, RTE_ETHER_MTU); /* what configure wished is over */
	afpring_port_set_raised_mtu(port, 0);
	pthread_mutex_lock(&process->sockets_lock); /* a recovery resets the queues under it */
	afpring_host_set_mtu(dev, mtu);
	pthread_mutex_unlock(&process->sockets_lock);
	return 0;
}
