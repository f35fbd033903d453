/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_gate.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_mode.h"
#include "afpring_port.h"
#include "afpring_quiesce.h"
#include "afpring_socket.h"
#include "afpring_uapi.h"

struct receive_mode {
	uint16_t membership; /* PACKET_MR_* */
	int (*set_gates)(struct rte_eth_dev *dev, bool on);
};

static const struct receive_mode promisc = {PACKET_MR_PROMISC, afpring_gates_set_promisc};
static const struct receive_mode allmulti = {PACKET_MR_ALLMULTI, afpring_gates_set_allmulti};

/* Take or drop the port's one reference on a receive mode of the interface, and let the
 * gates follow. A membership that the kernel has dropped with the interface can be dropped
 * again. */
static int
change_receive_mode(struct rte_eth_dev *dev, const struct receive_mode *mode, bool on)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	int ret;

	ret = afpring_socket_membership(process->control_fd, afpring_port_ifindex(port),
					mode->membership, on);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: PACKET_ADD_MEMBERSHIP: %s", dev->data->name,
			    port->config.iface, strerror(-ret));
		return ret;
	}
	ret = mode->set_gates(dev, on);
	if (ret < 0)
		afpring_socket_membership(process->control_fd, afpring_port_ifindex(port),
					  mode->membership, !on);
	return ret;
}

static int
set_receive_mode(struct rte_eth_dev *dev, const struct receive_mode *mode, bool on)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret = on ? afpring_iface_claim(dev, "receive mode", &link) : 0;

	if (ret < 0)
		return ret;
	pthread_mutex_lock(&process->modes_lock);
	ret = change_receive_mode(dev, mode, on);
	pthread_mutex_unlock(&process->modes_lock);
	return ret;
}

/* Called for a mode that is on already, too: ethdev repeats the modes at start. */
int
afpring_promiscuous_enable(struct rte_eth_dev *dev)
{
	return afpring_gates_promisc(dev) ? 0 : set_receive_mode(dev, &promisc, true);
}

int
afpring_promiscuous_disable(struct rte_eth_dev *dev)
{
	return afpring_gates_promisc(dev) ? set_receive_mode(dev, &promisc, false) : 0;
}

int
afpring_allmulticast_enable(struct rte_eth_dev *dev)
{
	return afpring_gates_allmulti(dev) ? 0 : set_receive_mode(dev, &allmulti, true);
}

int
afpring_allmulticast_disable(struct rte_eth_dev *dev)
{
	return afpring_gates_allmulti(dev) ? set_receive_mode(dev, &allmulti, false) : 0;
}

static void
set_strip(struct rte_eth_dev *dev, bool strip)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (q != NULL)
			afpring_rxq_set_strip(q, strip);
	}
}

int
afpring_vlan_offload_set(struct rte_eth_dev *dev, int mask)
{
	uint64_t offloads = dev->data->dev_conf.rxmode.offloads;
	int ret = 0;

	if ((mask & RTE_ETH_VLAN_STRIP_MASK) != 0)
		set_strip(dev, (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0);
	if ((mask & RTE_ETH_QINQ_STRIP_MASK) != 0)
		ret = afpring_rxqs_set_step(dev, AFPRING_CLASSIFY_QINQ,
					    (offloads & RTE_ETH_RX_OFFLOAD_QINQ_STRIP) != 0,
					    "QinQ strip");
	if (ret == 0 && (mask & RTE_ETH_VLAN_FILTER_MASK) != 0)
		return afpring_gates_set_vlan_filter(dev, (offloads &
							   RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0);
	return ret;
}

int
afpring_vlan_filter_set(struct rte_eth_dev *dev, uint16_t id, int on)
{
	return afpring_gates_set_vlan(dev, id, on != 0);
}
