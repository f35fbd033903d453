/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdlib.h>

#include "afpring_filter.h"
#include "afpring_log.h"
#include "afpring_queue_life.h"
#include "afpring_tx.h"

/* What an skb of this many bytes is charged with (sock_alloc_send_skb(): kmalloc
 * rounds up to a power of two, headroom and skb_shared_info included). */
#define SKB_EXTRA 640
#define SKB_STRUCT 256

static struct rte_eth_dev_data *
data_of(uint16_t port_id)
{
	return rte_eth_devices[port_id].data;
}

static const struct afpring_port *
port_of(uint16_t port_id)
{
	return data_of(port_id)->dev_private;
}

static struct afpring_half_plan
plan_of(uint16_t port_id)
{
	struct afpring_process *process = rte_eth_devices[port_id].process_private;
	const struct afpring_port *port = data_of(port_id)->dev_private;

	return (struct afpring_half_plan){
		.places = &process->places,
		.ifindex = afpring_port_ifindex(port),
		.vnet = afpring_port_has_vnet(port),
		.stamps = port->stamping.sync,
		.outgoing = port->config.outgoing,
		.qdisc_bypass = port->config.qdisc_bypass,
		.sndbuf = port->config.sndbuf,
	};
}

/* ---- receive ---- */

int
afpring_rxq_open_half(const struct afpring_rxq *q, bool vnet, struct afpring_half *half,
		      struct afpring_geometry *geo, const char **step)
{
	struct afpring_half_plan plan = plan_of(q->port_id);

	plan.vnet = vnet;
	return afpring_half_open_rx(half, &plan, geo, step);
}

/* What a closed gate drops is in no counter, while the kernel counts what meets no socket. So
 * where a port takes up its interface again under traffic, the first socket takes all from the
 * moment in which it is there, until others have joined its group. */
static int
open_first_again(struct afpring_rxq *q, const char **step)
{
	const struct afpring_port *port = data_of(q->port_id)->dev_private;
	const struct afpring_process *process = rte_eth_devices[q->port_id].process_private;
	struct afpring_half_plan plan = plan_of(q->port_id);
	struct sock_fprog prog;
	int ret = afpring_filter_open(&port->rule, &process->flows, &prog);

	*step = "the program of the receive filter";
	plan.gate = &prog;
	if (ret == 0)
		ret = afpring_half_open_rx(afpring_rxq_half(q), &plan, &q->geo, step);
	free(prog.filter);
	return ret;
}

void
afpring_rxq_reset(struct afpring_rxq *q, bool vnet)
{
	q->head = (struct afpring_cursor){0};
	q->walk = afpring_geometry_walk(&q->geo);
	q->vnet = vnet;
}

void
afpring_rxq_watch(struct afpring_rxq *q)
{
	afpring_wakeup_watch(afpring_rxq_wakeup(q), q->is_stopped ? -1 : afpring_rxq_half(q)->fd);
}

int
afpring_rxq_open(struct afpring_rxq *q, const char **step)
{
	const struct afpring_port *port = data_of(q->port_id)->dev_private;
	bool vnet = afpring_port_has_vnet(port);
	int ret = port->is_lost && q->queue_id == 0 ?
			  open_first_again(q, step) :
			  afpring_rxq_open_half(q, vnet, afpring_rxq_half(q), &q->geo, step);

	if (ret < 0)
		return ret;
	afpring_rxq_reset(q, vnet);
	q->device_stamps = port->stamping.mbufs == AFPRING_STAMP_HARDWARE;
	q->wedged_looks = 0;
	q->replace_failed = false;
	q->stay_end = 0;
	afpring_rxq_watch(q);
	afpring_deferred_set(&q->deferred, 0);
	return 0;
}

void
afpring_rxq_close(struct afpring_process *process, uint16_t i)
{
	afpring_wakeup_watch(&process->wakeup[i], -1);
	afpring_half_close(&process->rx[i]);
}

/* ---- transmit ---- */

void
afpring_txq_reset(struct afpring_txq *q)
{
	q->walk = afpring_geometry_walk(&q->geo);
	q->tail = (struct afpring_cursor){0};
	q->head = (struct afpring_cursor){0};
	q->filled = 0;
	rte_atomic_store_explicit(&q->reaped, 0, rte_memory_order_relaxed);
	q->nb_held = 0;
	q->run = AFPRING_RUN_NONE;
	q->nb_cancelled = 0;
	q->requested_bytes = 0;
	q->requested = 0;
	q->request = (struct afpring_cursor){0};
	q->slot_len = q->geo.frame_size - AFPRING_TX_SLOT_OVERHEAD;
	afpring_txq_set_max_len(q, afpring_txq_max_len(q));
}

/* Work is put off, and a run held, only where the receive queue of this index looks after it. */
static void
set_helper(struct afpring_txq *q)
{
	const struct rte_eth_dev *dev = &rte_eth_devices[q->port_id];
	struct afpring_rxq *rxq =
		q->queue_id < dev->data->nb_rx_queues ? afpring_port_rxq(dev, q->queue_id) : NULL;

	q->more_flag = rxq != NULL ? afpring_held_flag() : 0;
	q->deferred = rxq != NULL ? &rxq->deferred : &q->alone;
	afpring_deferred_set(q->deferred, 0);
}

int
afpring_txq_open(struct afpring_txq *q, const char **step)
{
	const struct rte_eth_dev_data *data = data_of(q->port_id);
	struct afpring_half_plan plan = plan_of(q->port_id);
	bool no_bypass = false;
	int ret;

	if (plan.sndbuf == 0)
		plan.sndbuf = (rte_align64pow2(afpring_txq_max_len(q) + SKB_EXTRA) + SKB_STRUCT) *
			      q->geo.frame_nr;
	ret = afpring_half_open_tx(afpring_txq_half(q), &plan, &q->geo, &no_bypass, step);
	if (ret < 0)
		return ret;
	if (no_bypass && q->queue_id == 0)
		AFPRING_LOG(NOTICE,
			    "%s: qdisc_bypass=1: this kernel has no PACKET_QDISC_BYPASS, "
			    "frames take the qdisc",
			    data->name);
	q->fast_free = ((data->dev_conf.txmode.offloads | q->offloads) &
			RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
	rte_atomic_store_explicit(&q->stamps, port_of(q->port_id)->stamping.sync,
				  rte_memory_order_relaxed);
	afpring_tx_path_begin(q, plan.qdisc_bypass && !no_bypass);
	set_helper(q);
	afpring_txq_reset(q);
	return 0;
}

void
afpring_txq_close(struct afpring_process *process, uint16_t i)
{
	afpring_half_close(&process->tx[i]);
}
