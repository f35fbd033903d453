/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Descriptors and burst functions are this process's own memory and may be changed in a
 * child; everything else of a port may be shared with the parent and may not.
 */
#include <pthread.h>

#include "afpring_fast_path.h"
#include "afpring_fork.h"
#include "afpring_process.h"

/* Of the process that has a port's sockets, and of every other one. NULL: nobody watches. */
static const struct eth_dev_ops *ops_of_owner, *ops_of_child;

/* Held from before a fork until after it, and while a port comes to its end. Taken before any
 * port's sockets_lock. */
static pthread_mutex_t forks = PTHREAD_MUTEX_INITIALIZER;

/* By port: the process state whose sockets_lock the forking thread holds, else NULL. */
static struct afpring_process *held[RTE_MAX_ETHPORTS];

/* Also true of ports that another port owns, such as the members of a bond. */
static bool
has_sockets(const struct rte_eth_dev *dev)
{
	return dev->state != RTE_ETH_DEV_UNUSED && dev->dev_ops == ops_of_owner &&
	       dev->process_private != NULL;
}

/* Nothing is half open or half closed when the child gets its copy. */
static void
before_fork(void)
{
	pthread_mutex_lock(&forks);
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		const struct rte_eth_dev *dev = &rte_eth_devices[id];

		held[id] = has_sockets(dev) ? dev->process_private : NULL;
		if (held[id] != NULL)
			pthread_mutex_lock(&held[id]->sockets_lock);
	}
}

static void
in_parent(void)
{
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++)
		if (held[id] != NULL)
			pthread_mutex_unlock(&held[id]->sockets_lock);
	pthread_mutex_unlock(&forks);
}

/* The ports' locks go with their handles. */
static void
in_child(void)
{
	pthread_mutex_unlock(&forks);
	for (uint16_t id = 0; id < RTE_MAX_ETHPORTS; id++) {
		struct rte_eth_dev *dev = &rte_eth_devices[id];

		if (!has_sockets(dev))
			continue;
		afpring_process_forget(dev->process_private);
		dev->process_private = NULL;
		dev->dev_ops = ops_of_child;
		afpring_fast_path_idle(dev);
		rte_eth_fp_ops[id].rx_pkt_burst = dev->rx_pkt_burst;
		rte_eth_fp_ops[id].tx_pkt_burst = dev->tx_pkt_burst;
		rte_eth_fp_ops[id].rx_queue_count = dev->rx_queue_count;
		afpring_copy_tx_queue_count(&rte_eth_fp_ops[id], dev);
		rte_eth_fp_ops[id].rx_descriptor_status = dev->rx_descriptor_status;
		rte_eth_fp_ops[id].tx_descriptor_status = dev->tx_descriptor_status;
	}
}

void
afpring_fork_hold(void)
{
	pthread_mutex_lock(&forks);
}

void
afpring_fork_release(void)
{
	pthread_mutex_unlock(&forks);
}

int
afpring_fork_watch(const struct eth_dev_ops *owner, const struct eth_dev_ops *child)
{
	int ret = ops_of_owner != NULL ? 0 : pthread_atfork(before_fork, in_parent, in_child);

	if (ret == 0) {
		ops_of_owner = owner;
		ops_of_child = child;
	}
	return -ret;
}
