/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_host_count.h"
#include "afpring_iface.h"
#include "afpring_qdisc.h"

/* A figure below the last one began again at 0: it is that of another qdisc with the same
 * handle, or has filled its 32 bits. */
static void
follow(struct afpring_host_count *host, uint64_t now)
{
	host->count += now >= host->seen ? now - host->seen : now;
	host->seen = now;
}

static void
follow_qdisc(struct afpring_port *port, const struct afpring_qdisc *qdisc)
{
	struct afpring_host_count *host = &port->host[AFPRING_HOST_QDISC_DROPS];

	if (qdisc->handle != port->qdisc_handle)
		host->seen = 0;
	port->qdisc_handle = qdisc->handle;
	follow(host, qdisc->drops);
}

void
afpring_host_count_read(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	struct afpring_qdisc qdisc;

	/* a secondary has no socket */
	if (process == NULL || pthread_mutex_trylock(&process->host_lock) != 0)
		return;
	if (afpring_iface_get(dev, &link) == 0) {
		follow(&port->host[AFPRING_HOST_TX_DROPPED], link.tx_dropped);
		if (afpring_qdisc_get(&process->netlink, afpring_port_ifindex(port), &qdisc) == 0)
			follow_qdisc(port, &qdisc);
	}
	pthread_mutex_unlock(&process->host_lock);
}

void
afpring_host_count_reset(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	afpring_host_count_read(dev);
	for (size_t i = 0; i < AFPRING_HOST_COUNTERS; i++)
		port->host[i].base = port->host[i].count;
}
