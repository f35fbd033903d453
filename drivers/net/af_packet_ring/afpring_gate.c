/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdlib.h>
#include <string.h>

#include "afpring_gate.h"
#include "afpring_log.h"
#include "afpring_socket.h"

int
afpring_gate_open(const struct rte_eth_dev *dev, int fd)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct sock_fprog prog;
	int ret = afpring_filter_open(&port->rule, &prog);

	if (ret == 0)
		ret = afpring_socket_filter(fd, &prog);
	free(prog.filter);
	return ret;
}

int
afpring_gate_close(int fd)
{
	return afpring_socket_filter(fd, &afpring_filter_closed);
}

static int
set_all(const struct rte_eth_dev *dev, const struct sock_fprog *prog)
{
	const struct afpring_process *process = dev->process_private;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		int ret;

		if (process->rx[i].fd < 0)
			continue;
		ret = afpring_socket_filter(process->rx[i].fd, prog);
		if (ret < 0) {
			AFPRING_LOG(ERR, "%s: rx queue %u: SO_ATTACH_FILTER: %s; %s",
				    dev->data->name, i, strerror(-ret), afpring_log_remedy(-ret));
			return ret;
		}
	}
	return 0;
}

/* Programs before sockets: what cannot be said changes no gate. */
static int
open_all(const struct rte_eth_dev *dev, const struct afpring_filter_rule *rule)
{
	struct sock_fprog prog;
	int ret = afpring_filter_open(rule, &prog);

	if (ret < 0)
		AFPRING_LOG(ERR, "%s: the program of the receive filter: %s", dev->data->name,
			    strerror(-ret));
	else
		ret = set_all(dev, &prog);
	free(prog.filter);
	return ret;
}

int
afpring_gates_open(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	return open_all(dev, &port->rule);
}

void
afpring_gates_close(struct rte_eth_dev *dev)
{
	set_all(dev, &afpring_filter_closed);
}

/* ---- change ---- */

/* Of some queues the gate may have the new rule already. */
static int
change(struct rte_eth_dev *dev, const struct afpring_filter_rule *next)
{
	struct afpring_port *port = dev->data->dev_private;
	int ret = open_all(dev, next);

	if (ret == 0)
		port->rule = *next;
	else
		open_all(dev, &port->rule);
	return ret;
}

struct afpring_filter_rule
afpring_gates_rule(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_filter_rule rule;

	pthread_mutex_lock(&process->sockets_lock);
	rule = port->rule;
	pthread_mutex_unlock(&process->sockets_lock);
	return rule;
}

int
afpring_gates_set_mac(struct rte_eth_dev *dev, const struct rte_ether_addr *mac)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_filter_rule next;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	next = port->rule;
	next.mac = *mac;
	ret = change(dev, &next);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

int
afpring_gates_set_promisc(struct rte_eth_dev *dev, bool on)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_filter_rule next;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	next = port->rule;
	next.promisc = on;
	ret = change(dev, &next);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

int
afpring_gates_set_allmulti(struct rte_eth_dev *dev, bool on)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_filter_rule next;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	next = port->rule;
	next.allmulti = on;
	ret = change(dev, &next);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}
