/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "afpring_log.h"
#include "afpring_open.h"
#include "afpring_tx.h"

/* The most threads that wait for grace periods at once; a queue pair waits for two. */
#define MAX_THREADS 32

/* What an skb of this many bytes is charged with (sock_alloc_send_skb(): kmalloc
 * rounds up to a power of two, headroom and skb_shared_info included). */
#define SKB_EXTRA 640
#define SKB_STRUCT 256

static void
log_failed(struct rte_eth_dev *dev, const char *half, uint16_t queue,
	   const struct afpring_geometry *geo, const char *step, int ret)
{
	const struct afpring_port *port = dev->data->dev_private;

	AFPRING_LOG(ERR, "%s: iface=%s %s queue %u (%u slots of %u bytes): %s: %s; %s",
		    dev->data->name, port->config.iface, half, queue, geo->frame_nr,
		    geo->frame_size, step, strerror(-ret), afpring_log_remedy(-ret));
}

/* ---- side by side ---- */

/* Each thread takes the next half until none is left, or one has failed. */
struct crew {
	struct rte_eth_dev *dev;
	struct afpring_half_plan plan;
	void (*work)(struct crew *crew, uint32_t half);
	uint32_t nb_halves;
	RTE_ATOMIC(uint32_t) next;
	RTE_ATOMIC(int) ret;
};

/* Only the first failure is logged; later ones most likely have its cause. */
static bool
is_first_failure(struct crew *crew, int ret)
{
	int none = 0;

	return rte_atomic_compare_exchange_strong_explicit(&crew->ret, &none, ret,
							   rte_memory_order_relaxed,
							   rte_memory_order_relaxed);
}

static void *
crew_member(void *arg)
{
	struct crew *crew = arg;

	while (rte_atomic_load_explicit(&crew->ret, rte_memory_order_relaxed) == 0) {
		uint32_t half =
			rte_atomic_fetch_add_explicit(&crew->next, 1, rte_memory_order_relaxed);

		if (half >= crew->nb_halves)
			break;
		crew->work(crew, half);
	}
	return NULL;
}

/* The calling thread works as well: without other threads it only takes longer. */
static void
crew_run(struct crew *crew)
{
	pthread_t threads[MAX_THREADS];
	uint32_t nb = 0;

	while (nb < MAX_THREADS && nb + 1 < crew->nb_halves &&
	       pthread_create(&threads[nb], NULL, crew_member, crew) == 0)
		nb++;
	crew_member(crew);
	while (nb != 0)
		pthread_join(threads[--nb], NULL);
}

/* ---- open ---- */

static void
open_rx(struct crew *crew, uint16_t i)
{
	const struct afpring_half_plan *plan = &crew->plan;
	struct rte_eth_dev *dev = crew->dev;
	struct afpring_rxq *q = dev->data->rx_queues[i];
	const char *step = NULL;
	int ret;

	q->head = (struct afpring_cursor){0};
	ret = afpring_half_open_rx(afpring_rxq_half(q), plan, &q->geo, &step);
	if (ret < 0) {
		if (is_first_failure(crew, ret))
			log_failed(dev, "rx", i, &q->geo, step, ret);
		return;
	}
	q->walk = afpring_geometry_walk(&q->geo);
	q->vnet = plan->vnet;
	q->wedged_looks = 0;
	q->replace_failed = false;
	q->stay_end = 0;
	afpring_wakeup_watch(afpring_rxq_wakeup(q), afpring_rxq_half(q)->fd);
	rte_atomic_store_explicit(&q->mode, AFPRING_RX_RUN, rte_memory_order_release);
	afpring_deferred_set(&q->deferred, 0);
}

static void
open_tx(struct crew *crew, uint16_t i)
{
	struct afpring_half_plan plan = crew->plan;
	struct rte_eth_dev *dev = crew->dev;
	struct afpring_txq *q = dev->data->tx_queues[i];
	const char *step = NULL;
	bool no_bypass = false;
	int ret;

	if (plan.sndbuf == 0)
		plan.sndbuf = (rte_align64pow2(afpring_txq_max_len(q) + SKB_EXTRA) + SKB_STRUCT) *
			      q->geo.frame_nr;
	ret = afpring_half_open_tx(afpring_txq_half(q), &plan, &q->geo, &no_bypass, &step);
	if (ret < 0) {
		if (is_first_failure(crew, ret))
			log_failed(dev, "tx", i, &q->geo, step, ret);
		return;
	}
	if (no_bypass && i == 0)
		AFPRING_LOG(NOTICE,
			    "%s: qdisc_bypass=1: this kernel has no PACKET_QDISC_BYPASS, "
			    "frames take the qdisc",
			    dev->data->name);

	q->fast_free = ((dev->data->dev_conf.txmode.offloads | q->offloads) &
			RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
	afpring_tx_path_begin(q, plan.qdisc_bypass && !no_bypass);
	q->walk = afpring_geometry_walk(&q->geo);
	q->tail = (struct afpring_cursor){0};
	q->head = (struct afpring_cursor){0};
	q->filled = 0;
	rte_atomic_store_explicit(&q->reaped, 0, rte_memory_order_relaxed);
	q->nb_held = 0;
	q->run = AFPRING_RUN_NONE;
	/* a run may be held only where the receive queue of this index looks after it */
	q->more_flag = i < dev->data->nb_rx_queues ? afpring_held_flag() : 0;
	q->nb_cancelled = 0;
	q->requested_bytes = 0;
	q->deferred = i < dev->data->nb_rx_queues ?
			      &((struct afpring_rxq *)dev->data->rx_queues[i])->deferred :
			      &q->alone;
	afpring_deferred_set(q->deferred, 0);
	q->slot_len = q->geo.frame_size - AFPRING_TX_SLOT_OVERHEAD;
	afpring_txq_set_max_len(q, afpring_txq_max_len(q));
}

static void
open_half(struct crew *crew, uint32_t half)
{
	uint16_t i = half / 2;

	if (half % 2 == 0 && i < crew->dev->data->nb_rx_queues)
		open_rx(crew, i);
	if (half % 2 != 0 && i < crew->dev->data->nb_tx_queues)
		open_tx(crew, i);
}

struct afpring_half_plan
afpring_open_plan(const struct afpring_port *port)
{
	return (struct afpring_half_plan){
		.ifindex = port->ifindex,
		.vnet = afpring_port_has_vnet(port),
		.outgoing = port->config.outgoing,
		.qdisc_bypass = port->config.qdisc_bypass,
		.sndbuf = port->config.sndbuf,
	};
}

int
afpring_open_all(struct rte_eth_dev *dev)
{
	struct crew crew = {
		.dev = dev,
		.plan = afpring_open_plan(dev->data->dev_private),
		.work = open_half,
		.nb_halves = 2 * RTE_MAX(dev->data->nb_rx_queues, dev->data->nb_tx_queues),
	};

	crew_run(&crew);
	return crew.ret;
}

/* ---- close ---- */

static void
close_half(struct crew *crew, uint32_t half)
{
	struct afpring_process *process = crew->dev->process_private;

	if (half % 2 == 0)
		afpring_wakeup_watch(&process->wakeup[half / 2], -1);
	afpring_half_close(half % 2 == 0 ? &process->rx[half / 2] : &process->tx[half / 2]);
}

void
afpring_close_all(struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;
	struct crew crew = {.dev = dev, .work = close_half, .nb_halves = 2 * process->nb_halves};

	crew_run(&crew);
}
