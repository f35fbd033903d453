/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "afpring_ethtool.h"
#include "afpring_log.h"
#include "afpring_phc.h"
#include "afpring_stamping.h"

/* ---- the device's part ---- */

static bool
covers(const struct afpring_stamp_config *has, const struct afpring_stamp_config *wish)
{
	return has->tx && (has->all || has->filter == wish->filter || (has->ptp && !wish->all));
}

/* 0, and the interface has the setting: it had it before, or is asked for it. */
static int
configure_device(struct rte_eth_dev *dev, const struct afpring_stamp_config *wish)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_stamping *s = &port->stamping;
	const struct afpring_process *process = dev->process_private;
	int ifindex = afpring_port_ifindex(port);
	struct afpring_stamp_config found, set = *wish;
	int ret = afpring_stamp_config_get(process->control_fd, ifindex, &found);

	if (ret < 0)
		return ret;
	if (covers(&found, wish))
		return 0;
	ret = afpring_stamp_config_set(process->control_fd, ifindex, &set);
	if (ret < 0)
		return ret;
	if (s->ifindex != ifindex) {
		s->found = found;
		s->ifindex = ifindex;
	}
	s->set = set;
	return covers(&set, wish) ? 0 : -EOPNOTSUPP;
}

static int
open_clock(struct rte_eth_dev *dev, int index)
{
	struct afpring_process *process = dev->process_private;
	int fd;

	if (process->phc_fd >= 0 && process->phc_index == index)
		return 0;
	fd = afpring_phc_open(index);
	if (fd < 0)
		return fd;
	if (process->phc_fd >= 0)
		close(process->phc_fd);
	process->phc_fd = fd;
	process->phc_index = index;
	return 0;
}

/* Whether the device stamps from now on; one line says which of both it is. */
static bool
ask_device(struct rte_eth_dev *dev, const struct afpring_ethtool_stamps *can, bool all)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_stamp_config wish =
		afpring_stamp_config_of(all ? can->filter_all : can->filter_ptp);
	const char *what = "SIOCSHWTSTAMP";
	int ret = configure_device(dev, &wish);

	if (ret == 0) {
		what = "open its clock";
		ret = open_clock(dev, can->phc);
	}
	if (ret < 0) {
		AFPRING_LOG(NOTICE,
			    "%s: iface=%s: the device has stamps, but %s: %s; %s, the "
			    "kernel stamps",
			    dev->data->name, port->config.iface, what, strerror(-ret),
			    afpring_log_remedy(-ret));
		return false;
	}
	AFPRING_LOG(INFO, "%s: iface=%s: the device stamps %s packets, by the clock /dev/ptp%d",
		    dev->data->name, port->config.iface, all ? "all" : "PTP", can->phc);
	return true;
}

/* ---- the sockets' part ---- */

/* Sockets that are opened later hear of it by their plan. */
static void
tell_sockets(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_stamping *s = &port->stamping;
	struct afpring_process *process = dev->process_private;

	port->classify.ptp_unflagged = s->mbufs != s->sync;
	pthread_mutex_lock(&process->sockets_lock);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (process->rx[i].fd >= 0)
			afpring_stamp_receive(process->rx[i].fd, s->sync);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (afpring_port_txq(dev, i) != NULL)
			rte_atomic_store_explicit(&afpring_port_txq(dev, i)->stamps, s->sync,
						  rte_memory_order_relaxed);
	pthread_mutex_unlock(&process->sockets_lock);
}

void
afpring_stamping_begin(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_stamping *s = &port->stamping;
	const struct afpring_process *process = dev->process_private;
	bool syncs = (port->classify.steps & AFPRING_CLASSIFY_PTP) != 0;
	struct afpring_ethtool_stamps can = {0};

	s->mbufs = AFPRING_STAMP_SOFTWARE;
	s->sync = AFPRING_STAMP_SOFTWARE;
	if (port->config.device_stamps &&
	    (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0)
		afpring_ethtool_stamps(process->control_fd, afpring_port_ifindex(port), &can);
	if (!port->is_lost) /* the bursts stay those of the start */
		s->looks = can.has;
	if (s->looks && can.has && can.filter_all != 0 && ask_device(dev, &can, true))
		s->mbufs = s->sync = AFPRING_STAMP_HARDWARE;
	else if (s->looks && can.has && syncs && ask_device(dev, &can, false))
		s->sync = AFPRING_STAMP_HARDWARE;
	port->classify.ptp_unflagged = s->mbufs != s->sync;
}

void
afpring_stamping_sync(struct rte_eth_dev *dev, bool on)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_stamping *s = &port->stamping;
	const struct afpring_process *process = dev->process_private;
	struct afpring_ethtool_stamps can = {0};

	if (s->mbufs == AFPRING_STAMP_HARDWARE || !s->looks)
		return;
	if (on)
		afpring_ethtool_stamps(process->control_fd, afpring_port_ifindex(port), &can);
	s->sync = can.has && ask_device(dev, &can, false) ? AFPRING_STAMP_HARDWARE :
							    AFPRING_STAMP_SOFTWARE;
	tell_sockets(dev);
}

void
afpring_stamping_end(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_stamping *s = &port->stamping;
	const struct afpring_process *process = dev->process_private;
	struct afpring_stamp_config now;
	int ret;

	if (s->ifindex == 0 || s->ifindex != afpring_port_ifindex(port) ||
	    afpring_stamp_config_get(process->control_fd, s->ifindex, &now) < 0 ||
	    !afpring_stamp_config_is(&now, &s->set))
		return;
	ret = afpring_stamp_config_set(process->control_fd, s->ifindex, &s->found);
	if (ret < 0)
		AFPRING_LOG(WARNING, "%s: iface=%s: close: give back the stamps' setting: %s",
			    dev->data->name, port->config.iface, strerror(-ret));
	s->ifindex = 0;
}
