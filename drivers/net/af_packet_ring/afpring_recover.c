/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_features.h"
#include "afpring_host.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_mtu.h"
#include "afpring_port.h"
#include "afpring_quiesce.h"
#include "afpring_recover.h"
#include "afpring_start.h"
#include "afpring_transmit.h"

/* After sockets could not be opened: twice as long each time. */
#define MIN_RETRY_MS 20
#define MAX_RETRY_MS 10000

static bool
is_open(const struct afpring_half *half)
{
	return half->fd >= 0;
}

/* Closed queues are still taken since the last try. Queues that were taken in vain go on with
 * their old sockets. */
static bool
take_all(struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;
	uint16_t nb_rx = 0, nb_tx = 0;
	bool taken = true;

	while (taken && nb_rx < dev->data->nb_rx_queues) {
		taken = !is_open(&process->rx[nb_rx]) ||
			afpring_rxq_take(afpring_port_rxq(dev, nb_rx));
		nb_rx += taken;
	}
	while (taken && nb_tx < dev->data->nb_tx_queues) {
		struct afpring_txq *q = afpring_port_txq(dev, nb_tx);

		taken = !is_open(&process->tx[nb_tx]) || q->is_stopped || afpring_txq_take(q);
		nb_tx += taken;
	}
	if (taken)
		return true;
	while (nb_rx-- != 0)
		if (is_open(&process->rx[nb_rx]))
			afpring_rxq_give(afpring_port_rxq(dev, nb_rx));
	while (nb_tx-- != 0) {
		struct afpring_txq *q = afpring_port_txq(dev, nb_tx);

		if (is_open(&process->tx[nb_tx]) && !q->is_stopped)
			afpring_tx_disown(q);
	}
	return false;
}

static bool
has_open(const struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;

	return (dev->data->nb_rx_queues != 0 && is_open(&process->rx[0])) ||
	       (dev->data->nb_tx_queues != 0 && is_open(&process->tx[0]));
}

/* 0, -EBUSY: a burst is under way, or another -errno: all queues are taken and closed. */
static int
reopen(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = -EBUSY;

	pthread_mutex_lock(&process->sockets_lock);
	if (take_all(dev)) {
		if (has_open(dev))
			afpring_stop_queues(dev, afpring_clock_now());
		ret = afpring_start_queues(dev);
		port->is_lost = ret < 0;
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

/* When to try again, milliseconds. */
static uint32_t
try_later(struct afpring_port *port, int ret)
{
	uint32_t ms = RTE_MAX(port->retry_ms, (uint32_t)MIN_RETRY_MS);

	if (ret == -EBUSY)
		return MIN_RETRY_MS;
	port->retry_ms = RTE_MIN(2 * ms, (uint32_t)MAX_RETRY_MS);
	return ms;
}

uint32_t
afpring_recover(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_link link;
	int ret;

	if (!port->is_lost || afpring_iface_find_again(dev, &link) < 0) {
		port->retry_ms = 0;
		return 0;
	}
	afpring_mtu_raise(dev, &link);
	afpring_host_follow(dev, &link);
	ret = reopen(dev);
	if (ret < 0)
		return try_later(port, ret);
	port->is_gone = false;
	AFPRING_LOG(NOTICE, "%s: iface=%s: %s is back with index %d, and the port goes on",
		    dev->data->name, port->config.iface, port->ifname, afpring_port_ifindex(port));
	afpring_features_read(dev);
	afpring_host_follow_link(dev, link.admin_up && link.carrier);
	return 0;
}
