/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_log.h"
#include "afpring_open.h"
#include "afpring_port.h"
#include "afpring_queue_life.h"

/* The most threads that wait for grace periods at once; a queue pair waits for two. */
#define MAX_THREADS 32

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

static uint32_t
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
	return 0;
}

/* The calling thread works as well: without other threads it only takes longer. */
static void
crew_run(struct crew *crew)
{
	rte_thread_t threads[MAX_THREADS];
	uint32_t nb = 0;

	while (nb < MAX_THREADS && nb + 1 < crew->nb_halves &&
	       rte_thread_create(&threads[nb], NULL, crew_member, crew) == 0)
		nb++;
	crew_member(crew);
	while (nb != 0)
		rte_thread_join(threads[--nb], NULL);
}

/* ---- open ---- */

static void
open_half(struct crew *crew, uint32_t half)
{
	struct rte_eth_dev *dev = crew->dev;
	bool is_rx = half % 2 == 0;
	uint16_t i = half / 2;
	const struct afpring_geometry *geo;
	const char *step = NULL;
	int ret;

	if (i >= (is_rx ? dev->data->nb_rx_queues : dev->data->nb_tx_queues))
		return;
	if (is_rx) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		ret = afpring_rxq_open(q, &step);
		geo = &q->geo;
	} else {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		ret = afpring_txq_open(q, &step);
		geo = &q->geo;
	}
	if (ret < 0 && is_first_failure(crew, ret))
		log_failed(dev, is_rx ? "rx" : "tx", i, geo, step, ret);
}

int
afpring_open_all(struct rte_eth_dev *dev)
{
	struct crew crew = {
		.dev = dev,
		.work = open_half,
		.nb_halves = 2 * RTE_MAX(dev->data->nb_rx_queues, dev->data->nb_tx_queues),
	};
	const struct afpring_port *port = dev->data->dev_private;

	/* what meets only sockets with closed gates is in no counter, so where a port takes up its
	 * interface again under traffic, the first queue's open gate comes before them */
	if (port->is_lost)
		open_half(&crew, crew.next++);
	crew_run(&crew);
	return crew.ret;
}

/* ---- close ---- */

static void
close_half(struct crew *crew, uint32_t half)
{
	struct afpring_process *process = crew->dev->process_private;

	if (half % 2 == 0)
		afpring_rxq_close(process, half / 2);
	else
		afpring_txq_close(process, half / 2);
}

void
afpring_close_all(struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;
	struct crew crew = {.dev = dev, .work = close_half, .nb_halves = 2 * process->nb_halves};

	crew_run(&crew);
}
