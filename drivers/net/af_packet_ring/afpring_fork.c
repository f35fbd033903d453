/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Descriptors and burst functions are this process's own memory and may be changed in a
 * child; everything else of a port may be shared with the parent and may not.
 */
#include <pthread.h>

#include "afpring_ethdev.h"
#include "afpring_fork.h"
#include "afpring_port.h"

static bool watching;

/* Of the ports that the thread which forks has locked; NULL for the others. */
static rte_spinlock_t *held[RTE_MAX_ETHPORTS];

/* Ports with an owner too, such as the members of a bond. */
static bool
has_sockets(const struct rte_eth_dev *dev)
{
	return dev->state != RTE_ETH_DEV_UNUSED && afpring_ethdev_is_ours(dev) &&
	       dev->process_private != NULL;
}

/* Nothing is half open or half closed when the child gets its copy. */
static __rte_no_thread_safety_analysis void
before_fork(void)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		struct afpring_port *port;

		held[id] = NULL;
		if (!has_sockets(&rte_eth_devices[id]))
			continue;
		port = rte_eth_devices[id].data->dev_private;
		held[id] = &port->sockets_lock;
		rte_spinlock_lock(held[id]);
	}
}

static __rte_no_thread_safety_analysis void
in_parent(void)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (held[id] != NULL)
			rte_spinlock_unlock(held[id]);
}

/* The locks stay as they are: they may be the parent's, and a process without sockets
 * does not take them. */
static void
in_child(void)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		struct rte_eth_dev *dev = &rte_eth_devices[id];

		if (!has_sockets(dev))
			continue;
		afpring_process_forget(dev->process_private);
		dev->process_private = NULL;
		dev->dev_ops = &afpring_secondary_ops;
		dev->rx_pkt_burst = rte_eth_pkt_burst_dummy;
		dev->tx_pkt_burst = rte_eth_pkt_burst_dummy;
		rte_eth_fp_ops[id].rx_pkt_burst = rte_eth_pkt_burst_dummy;
		rte_eth_fp_ops[id].tx_pkt_burst = rte_eth_pkt_burst_dummy;
	}
}

int
afpring_fork_watch(void)
{
	int ret = watching ? 0 : pthread_atfork(before_fork, in_parent, in_child);

	watching = watching || ret == 0;
	return -ret;
}
