/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "afpring_clock.h"
#include "afpring_drops.h"
#include "afpring_features.h"
#include "afpring_gate.h"
#include "afpring_host.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_mtu.h"
#include "afpring_open.h"
#include "afpring_plan.h"
#include "afpring_port.h"
#include "afpring_queue_life.h"
#include "afpring_quiesce.h"
#include "afpring_rx.h"
#include "afpring_spread.h"
#include "afpring_stamping.h"
#include "afpring_start.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"
#include "afpring_uapi.h"

static int
join_group(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct afpring_fanout fanout = port->config.fanout;
	bool program = afpring_spread_choose(dev);

	if (!afpring_port_is_grouped(dev))
		return 0;
	if (program)
		fanout.mode = PACKET_FANOUT_CBPF;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		int ret = afpring_fanout_join(process->rx[i].fd, &fanout);

		/* traffic does not wait for a port that takes up its interface again */
		if (ret == 0 && port->is_lost)
			afpring_gate_open(dev, process->rx[i].fd);
		if (ret == 0)
			continue;
		AFPRING_LOG(ERR,
			    "%s: iface=%s rx queue %u: PACKET_FANOUT group %d mode %s: %s; "
			    "a group has one mode, flags and interface%s",
			    dev->data->name, port->config.iface, i, fanout.group,
			    afpring_devargs_fanout_mode(fanout.mode), strerror(-ret),
			    ret == -EINVAL ? ", and before Linux 6.13 the interface must be up" :
					     "");
		return ret;
	}
	return afpring_spread_set_flows(dev, &process->flows);
}

static int
queue_missing(const struct rte_eth_dev *dev, const char *half, uint16_t i)
{
	AFPRING_LOG(ERR, "%s: %s queue %u: not set up", dev->data->name, half, i);
	return -EINVAL;
}

static int
check_setup(const struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (dev->data->rx_queues[i] == NULL)
			return queue_missing(dev, "rx", i);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (dev->data->tx_queues[i] == NULL)
			return queue_missing(dev, "tx", i);
	return 0;
}

/* The kernel does not refuse rings larger than its memory: it kills processes for them. */
static int
check_memory(const struct rte_eth_dev *dev)
{
	uint64_t half = (uint64_t)sysconf(_SC_PHYS_PAGES) / 2 * sysconf(_SC_PAGESIZE);
	uint64_t bytes = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct afpring_rxq *q = afpring_port_rxq(dev, i);

		bytes += afpring_geometry_bytes(&q->geo);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct afpring_txq *q = afpring_port_txq(dev, i);

		bytes += afpring_geometry_bytes(&q->geo);
	}
	if (bytes <= half)
		return 0;
	AFPRING_LOG(ERR,
		    "%s: rings of %" PRIu64 " MiB in all, more than half of this machine's "
		    "memory; %s",
		    dev->data->name, bytes >> 20, afpring_log_remedy(ENOMEM));
	return -ENOMEM;
}

/* The MTU may have changed since the queues were set up. */
static int
plan_all(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t mtu = afpring_plan_mtu(dev);
	const char *why = NULL;
	int ret = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues && ret == 0; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		afpring_rxq_set_mtu(q, dev->data->mtu);
		ret = afpring_plan_rx(&port->config, mtu, q->nb_desc, &q->geo, &why);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues && ret == 0; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		rte_atomic_store_explicit(&q->max_len, dev->data->mtu + RTE_ETHER_HDR_LEN,
					  rte_memory_order_relaxed);
		ret = afpring_plan_tx(&port->config, mtu, q->nb_desc, &q->geo, &why);
	}
	if (ret == 0)
		return check_memory(dev);
	AFPRING_LOG(ERR, "%s: iface=%s framesz=%u blocksz=%u with MTU %u: %s", dev->data->name,
		    port->config.iface, port->config.frame_size, port->config.block_size, mtu, why);
	return ret;
}

static int
start_threads(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (port->config.kick != AFPRING_KICK_THREAD || dev->data->nb_tx_queues == 0)
		return 0;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);
		int ret = q->is_stopped ? 0 : afpring_tx_thread_start(q);

		if (ret == 0)
			continue;
		AFPRING_LOG(ERR, "%s: kick=thread: tx queue %u: no thread: %s; use kick=burst",
			    dev->data->name, i, strerror(-ret));
		return ret;
	}
	if (afpring_tx_thread_is_crowded(afpring_port_txq(dev, 0)))
		AFPRING_LOG(NOTICE,
			    "%s: kick=thread: every processor of this process has an lcore; the "
			    "threads run where the main lcore does",
			    dev->data->name);
	return 0;
}

static void
stop_threads(struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		afpring_tx_thread_stop(afpring_port_txq(dev, i));
}

/* No lcore has them before they are open, and deferred ones not then. */
static void
begin_taken(struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		q->is_stopped = q->is_deferred;
		rte_atomic_store_explicit(&q->access, AFPRING_RX_TAKEN, rte_memory_order_relaxed);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		q->is_stopped = q->is_deferred;
		rte_atomic_store_explicit(&q->owned, 1, rte_memory_order_relaxed);
	}
}

static void
give_all(struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		afpring_rxq_give(afpring_port_rxq(dev, i));
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		if (!q->is_stopped)
			afpring_tx_disown(q);
	}
}

int
afpring_start_queues(struct rte_eth_dev *dev)
{
	int ret = plan_all(dev);

	afpring_stamping_begin(dev);
	if (ret == 0)
		ret = afpring_open_all(dev);
	if (ret == 0)
		ret = join_group(dev);
	if (ret == 0)
		ret = afpring_gates_open(dev);
	if (ret == 0)
		ret = start_threads(dev);
	if (ret == 0) {
		give_all(dev);
	} else {
		stop_threads(dev);
		afpring_close_all(dev);
	}
	return ret;
}

void
afpring_stop_queues(struct rte_eth_dev *dev, uint64_t deadline)
{
	afpring_gates_close(dev);
	stop_threads(dev);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		afpring_tx_drain(afpring_port_txq(dev, i), deadline);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		afpring_rx_flush(afpring_port_rxq(dev, i));
	afpring_drops_read(dev);
	afpring_close_all(dev);
	/* what was cancelled waited in the rings, which are gone */
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		afpring_txq_reset(afpring_port_txq(dev, i));
}

int
afpring_start(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_link link;
	int ret = afpring_iface_check_netns(dev);

	if (ret == 0)
		ret = afpring_iface_claim(dev, "start", &link);
	if (ret < 0)
		return ret;
	afpring_mtu_raise(dev, &link);
	afpring_host_follow(dev, &link);
	ret = check_setup(dev);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&process->sockets_lock);
	begin_taken(dev);
	ret = afpring_start_queues(dev);
	pthread_mutex_unlock(&process->sockets_lock);
	if (ret == 0)
		afpring_features_read(dev);
	return ret;
}

void
afpring_stop(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	uint64_t deadline = afpring_clock_now() + afpring_clock_ms(AFPRING_TX_DRAIN_MS);

	pthread_mutex_lock(&process->sockets_lock);
	afpring_stop_queues(dev, deadline);
	port->is_lost = false;
	pthread_mutex_unlock(&process->sockets_lock);
}
