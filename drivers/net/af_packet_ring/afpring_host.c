/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_event.h"
#include "afpring_features.h"
#include "afpring_gate.h"
#include "afpring_host.h"
#include "afpring_iface.h"
#include "afpring_link_state.h"
#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_socket.h"
#include "afpring_tx.h"

void
afpring_host_note_mtu_bounds(struct afpring_port *port, const struct afpring_link *link)
{
	uint32_t min = RTE_MAX(link->min_mtu, (uint32_t)RTE_ETHER_MIN_MTU);
	uint32_t max =
		link->max_mtu == 0 ? AFPRING_MAX_MTU : RTE_MIN(link->max_mtu, AFPRING_MAX_MTU);

	if (port->config.frame_size != 0)
		max = RTE_MIN(max, port->config.frame_size - AFPRING_RX_SLOT_OVERHEAD -
					   AFPRING_FRAME_OVERHEAD);
	/* relaxed: each is for an application's question */
	rte_atomic_store_explicit(&port->min_mtu, min, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&port->max_mtu, max, rte_memory_order_relaxed);
}

void
afpring_host_set_mtu(struct rte_eth_dev *dev, uint16_t mtu)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (q != NULL)
			afpring_rxq_set_mtu(q, mtu);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		if (q != NULL)
			afpring_txq_set_max_len(q, mtu + RTE_ETHER_HDR_LEN);
	}
}

static bool
has_room(const struct rte_eth_dev *dev, uint16_t mtu)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (q != NULL && !afpring_rxq_has_room(q, mtu))
			return false;
	}
	return true;
}

static void
follow_mtu(struct rte_eth_dev *dev, uint16_t mtu)
{
	struct afpring_port *port = dev->data->dev_private;
	uint16_t old = dev->data->mtu;

	if (mtu == old)
		return;
	dev->data->mtu = mtu;
	afpring_host_set_mtu(dev, mtu);
	if (!afpring_log_may_tell(&port->told_mtu_at))
		return;
	AFPRING_LOG(NOTICE, "%s: iface=%s: the host has set MTU %u, it was %u%s", dev->data->name,
		    port->config.iface, mtu, old,
		    has_room(dev, mtu) ? "" :
					 "; mbufs hold less and scatter is off: larger frames "
					 "will be dropped and counted (ierrors)");
}

static void
follow_mac(struct rte_eth_dev *dev, const struct rte_ether_addr *mac)
{
	struct rte_ether_addr old = afpring_gates_unicast(dev, 0);
	struct afpring_port *port = dev->data->dev_private;

	if (!rte_is_same_ether_addr(mac, &old)) {
		afpring_gates_set_unicast(dev, 0, mac);
		if (afpring_log_may_tell(&port->told_mac_at))
			AFPRING_LOG(
				NOTICE,
				"%s: iface=%s: the host has set address " RTE_ETHER_ADDR_PRT_FMT,
				dev->data->name, port->config.iface, RTE_ETHER_ADDR_BYTES(mac));
	}
	if (!rte_is_same_ether_addr(mac, dev->data->mac_addrs))
		*dev->data->mac_addrs = *mac;
}

void
afpring_host_follow(struct rte_eth_dev *dev, const struct afpring_link *link)
{
	afpring_host_note_mtu_bounds(dev->data->dev_private, link);
	follow_mac(dev, &link->mac);
	follow_mtu(dev, RTE_MIN(link->mtu, AFPRING_MAX_MTU));
}

void
afpring_host_follow_link(struct rte_eth_dev *dev, bool up)
{
	if (afpring_link_state_set(dev, up) == 0)
		afpring_event_raise(dev, AFPRING_EVENT_LINK);
}

/* A link that goes down leaves ENETDOWN on each receive socket (packet_notifier()), and an
 * application that sleeps there would wake for it again and again. The news of it are out first,
 * but the kernel answers what afpring_iface_get() asks when it is done with all of that. */
static void
take_errors(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	pthread_mutex_lock(&process->sockets_lock);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (process->rx[i].fd >= 0)
			afpring_socket_take_error(process->rx[i].fd);
	pthread_mutex_unlock(&process->sockets_lock);
}

/* Of an interface that is up, perhaps again. */
static void
rouse_threads(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	pthread_mutex_lock(&process->sockets_lock);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		afpring_tx_thread_rouse(afpring_port_txq(dev, i));
	pthread_mutex_unlock(&process->sockets_lock);
}

/* Nobody is told that the device is removed: the application would let go of a port that
 * takes up the interface again by itself. */
static void
await(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	port->is_lost = true;
	afpring_iface_await(dev);
	if (afpring_log_may_tell(&port->told_lost_at))
		AFPRING_LOG(NOTICE,
			    "%s: iface=%s: the interface was deleted or has left the network "
			    "namespace; goes on when one named %s is there",
			    dev->data->name, port->config.iface, port->ifname);
}

void
afpring_host_watch(struct rte_eth_dev *dev, bool always)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_link link;
	int ret;

	if (!afpring_iface_has_news(dev) && !always)
		return;
	if (port->is_lost) /* the sockets come first: afpring_recover() */
		return;
	ret = afpring_iface_get(dev, &link);
	take_errors(dev);
	if (ret < 0) {
		afpring_host_follow_link(dev, false);
		if (port->config.recover)
			await(dev);
		else if (!port->is_gone)
			afpring_event_raise(dev, AFPRING_EVENT_GONE);
		port->is_gone = true;
		return;
	}
	port->is_gone = false;
	afpring_iface_note_name(dev, &link);
	afpring_host_follow(dev, &link);
	afpring_features_read(dev);
	if (link.admin_up)
		rouse_threads(dev);
	afpring_host_follow_link(dev, link.admin_up && link.carrier);
}
