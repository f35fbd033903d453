/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_log.h"
#include "afpring_plan.h"
#include "afpring_port.h"
#include "afpring_queue_life.h"
#include "afpring_queue_stop.h"
#include "afpring_quiesce.h"
#include "afpring_replace.h"
#include "afpring_rx.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

static int
refused(const struct rte_eth_dev *dev, const char *what, uint16_t i, int ret)
{
	AFPRING_LOG(ERR, "%s: %s queue %u: %s%s", dev->data->name, what, i, strerror(-ret),
		    ret == -EBUSY ? "; an lcore is inside a burst on it and does not run" : "");
	return ret;
}

int
afpring_rx_queue_stop(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	bool taken;

	pthread_mutex_lock(&process->sockets_lock);
	taken = afpring_rxq_take_patiently(q);
	if (taken) {
		q->is_stopped = true;
		afpring_rxq_watch(q);
		afpring_rx_flush(q);
		dev->data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return taken ? 0 : refused(dev, "stop rx", i, -EBUSY);
}

int
afpring_rx_queue_start(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_rxq *q = afpring_port_rxq(dev, i);

	pthread_mutex_lock(&process->sockets_lock);
	afpring_rx_flush(q);
	q->is_stopped = false;
	afpring_rxq_watch(q);
	/* without a ring the watchdog gives it back, when it has made one */
	if (afpring_rxq_half(q)->ring != NULL)
		afpring_rxq_give(q);
	dev->data->rx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
	pthread_mutex_unlock(&process->sockets_lock);
	return 0;
}

/* As afpring_rxq_take_patiently(). */
static bool
take_patiently(struct afpring_txq *q)
{
	uint64_t end = afpring_clock_now() + afpring_clock_s(1);
	bool taken;

	do
		taken = afpring_txq_take(q);
	while (!taken && afpring_clock_now() < end);
	return taken;
}

int
afpring_tx_queue_stop(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_process *process = dev->process_private;
	struct afpring_txq *q = afpring_port_txq(dev, i);
	bool owned;

	pthread_mutex_lock(&process->sockets_lock);
	owned = q->is_stopped || take_patiently(q);
	if (owned && !q->is_stopped) {
		afpring_tx_thread_stop(q);
		afpring_tx_drain(q, afpring_clock_now() + afpring_clock_ms(AFPRING_TX_DRAIN_MS));
		q->is_stopped = true;
		dev->data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STOPPED;
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return owned ? 0 : refused(dev, "stop tx", i, -EBUSY);
}

int
afpring_tx_queue_start(struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_txq *q = afpring_port_txq(dev, i);
	bool is_open;
	int ret = 0;

	pthread_mutex_lock(&process->sockets_lock);
	is_open = afpring_txq_half(q)->ring != NULL;
	if (is_open && port->config.kick == AFPRING_KICK_THREAD)
		ret = afpring_tx_thread_start(q);
	if (ret == 0) {
		q->is_stopped = false;
		dev->data->tx_queue_state[i] = RTE_ETH_QUEUE_STATE_STARTED;
	}
	/* without a ring afpring_recover() gives it back, when the interface is there again */
	if (ret == 0 && is_open)
		afpring_tx_disown(q);
	pthread_mutex_unlock(&process->sockets_lock);
	return ret == 0 ? 0 : refused(dev, "start tx", i, ret);
}

/* ---- set up anew ---- */

static int
not_renewed(const struct rte_eth_dev *dev, const char *what, uint16_t i, const char *step, int ret)
{
	AFPRING_LOG(ERR, "%s: set up %s queue %u: %s: %s; %s", dev->data->name, what, i, step,
		    strerror(-ret), afpring_log_remedy(-ret));
	return ret;
}

int
afpring_rx_queue_renew(struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	struct afpring_geometry geo;
	const char *step = NULL;
	int ret;

	ret = afpring_plan_rx(&port->config, afpring_plan_mtu(dev), q->nb_desc, &geo, &step);
	pthread_mutex_lock(&process->sockets_lock);
	if (ret == 0 && !port->is_lost) {
		q->geo = geo;
		ret = afpring_replace_rx(dev, i, q->vnet, &step);
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret == 0 ? 0 : not_renewed(dev, "rx", i, step, ret);
}

int
afpring_tx_queue_renew(struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	struct afpring_txq *q = afpring_port_txq(dev, i);
	struct afpring_geometry geo;
	const char *step = NULL;
	int ret;

	ret = afpring_plan_tx(&port->config, afpring_plan_mtu(dev), q->nb_desc, &geo, &step);
	pthread_mutex_lock(&process->sockets_lock);
	if (ret == 0 && !port->is_lost) {
		afpring_txq_close(process, i);
		q->geo = geo;
		ret = afpring_txq_open(q, &step);
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret == 0 ? 0 : not_renewed(dev, "tx", i, step, ret);
}

void
afpring_queue_states_set(struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct afpring_rxq *q = afpring_port_rxq(dev, i);

		dev->data->rx_queue_state[i] =
			q->is_stopped ? RTE_ETH_QUEUE_STATE_STOPPED : RTE_ETH_QUEUE_STATE_STARTED;
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct afpring_txq *q = afpring_port_txq(dev, i);

		dev->data->tx_queue_state[i] =
			q->is_stopped ? RTE_ETH_QUEUE_STATE_STOPPED : RTE_ETH_QUEUE_STATE_STARTED;
	}
}
