/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "afpring_gate.h"
#include "afpring_log.h"
#include "afpring_socket.h"

int
afpring_gate_open(const struct rte_eth_dev *dev, int fd)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct sock_fprog prog;
	int ret = afpring_filter_open(&port->rule, &process->flows, &prog);

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
set_all(const struct rte_eth_dev *dev, const struct sock_fprog *prog, bool tell)
{
	const struct afpring_process *process = dev->process_private;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		int ret;

		if (process->rx[i].fd < 0)
			continue;
		ret = afpring_socket_filter(process->rx[i].fd, prog);
		if (ret < 0 && tell)
			AFPRING_LOG(ERR,
				    "%s: rx queue %u: SO_ATTACH_FILTER of %u instructions: %s; %s",
				    dev->data->name, i, prog->len, strerror(-ret),
				    ret == -ENOMEM ? "raise net.core.optmem_max, or ask for fewer "
						     "addresses, VLANs and flow rules" :
						     afpring_log_remedy(-ret));
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* Programs before sockets: what cannot be said changes no gate. Applications try out how many
 * flow rules a port takes, and rte_flow has its own words for a refusal: no line then. */
static int
open_all(const struct rte_eth_dev *dev, const struct afpring_filter_rule *rule,
	 const struct afpring_flow_set *flows, bool tell)
{
	struct sock_fprog prog;
	int ret = afpring_filter_open(rule, flows, &prog);

	if (ret < 0 && tell)
		AFPRING_LOG(ERR, "%s: the program of the receive filter: %s", dev->data->name,
			    strerror(-ret));
	if (ret == 0)
		ret = set_all(dev, &prog, tell);
	free(prog.filter);
	return ret;
}

int
afpring_gates_open(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	return open_all(dev, &port->rule, &process->flows, true);
}

void
afpring_gates_close(struct rte_eth_dev *dev)
{
	set_all(dev, &afpring_filter_closed, true);
}

/* ---- the rule as it stands ---- */

/* What the application reads: a thread that follows the host may be changing it. */
static const struct afpring_filter_rule *
lock_rule(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;

	pthread_mutex_lock(&process->sockets_lock);
	return &port->rule;
}

static void
unlock_rule(const struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	pthread_mutex_unlock(&process->sockets_lock);
}

bool
afpring_gates_promisc(const struct rte_eth_dev *dev)
{
	bool on = lock_rule(dev)->promisc;

	unlock_rule(dev);
	return on;
}

bool
afpring_gates_allmulti(const struct rte_eth_dev *dev)
{
	bool on = lock_rule(dev)->allmulti;

	unlock_rule(dev);
	return on;
}

struct rte_ether_addr
afpring_gates_unicast(const struct rte_eth_dev *dev, uint32_t index)
{
	struct rte_ether_addr mac = lock_rule(dev)->unicast[index];

	unlock_rule(dev);
	return mac;
}

uint32_t
afpring_gates_multicast(const struct rte_eth_dev *dev, struct rte_ether_addr *list)
{
	const struct afpring_filter_rule *rule = lock_rule(dev);
	uint32_t nb = rule->nb_multicast;

	memcpy(list, rule->multicast, nb * sizeof(*list));
	unlock_rule(dev);
	return nb;
}

/* ---- change ---- */

/* The rule to change a copy of: nobody else changes it until commit(). */
static void
begin(struct rte_eth_dev *dev, struct afpring_filter_rule *next)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;

	pthread_mutex_lock(&process->sockets_lock);
	*next = port->rule;
}

/* If it fails, the gates of some queues may have the new rule already. */
static int
commit(struct rte_eth_dev *dev, const struct afpring_filter_rule *next)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = open_all(dev, next, &process->flows, true);

	if (ret == 0)
		port->rule = *next;
	else
		afpring_gates_open(dev);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

int
afpring_gates_set_promisc(struct rte_eth_dev *dev, bool on)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	next.promisc = on;
	return commit(dev, &next);
}

int
afpring_gates_set_allmulti(struct rte_eth_dev *dev, bool on)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	next.allmulti = on;
	return commit(dev, &next);
}

int
afpring_gates_set_unicast(struct rte_eth_dev *dev, uint32_t index, const struct rte_ether_addr *mac)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	next.unicast[index] = *mac;
	return commit(dev, &next);
}

int
afpring_gates_set_multicast(struct rte_eth_dev *dev, const struct rte_ether_addr *list, uint32_t nb)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	memcpy(next.multicast, list, nb * sizeof(*list));
	next.nb_multicast = nb;
	return commit(dev, &next);
}

int
afpring_gates_set_vlan_filter(struct rte_eth_dev *dev, bool on)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	next.vlan = on;
	return commit(dev, &next);
}

int
afpring_gates_set_vlan(struct rte_eth_dev *dev, uint16_t id, bool on)
{
	struct afpring_filter_rule next;

	begin(dev, &next);
	next.vlans[id / 32] &= ~(UINT32_C(1) << id % 32);
	next.vlans[id / 32] |= (uint32_t)on << id % 32;
	return commit(dev, &next);
}

int
afpring_gates_set_flows(struct rte_eth_dev *dev, const struct afpring_flow_set *flows)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = open_all(dev, &port->rule, flows, false);

	if (ret < 0)
		afpring_gates_open(dev);
	return ret;
}
