/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_alarm.h>

#include "afpring_event.h"
#include "afpring_process.h"

static void
deliver(void *arg)
{
	struct rte_eth_dev *dev = arg;
	struct afpring_process *process = dev->process_private;
	uint32_t events =
		rte_atomic_exchange_explicit(&process->events, 0, rte_memory_order_relaxed);

	if ((events & AFPRING_EVENT_LINK) != 0)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
	if ((events & AFPRING_EVENT_AGED) != 0)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_FLOW_AGED, NULL);
	/* the last, because the application may close the port at it */
	if ((events & AFPRING_EVENT_GONE) != 0)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_RMV, NULL);
}

static bool
is_asked_for(const struct rte_eth_dev *dev, enum afpring_event event)
{
	const struct rte_eth_intr_conf *conf = &dev->data->dev_conf.intr_conf;

	if (event == AFPRING_EVENT_AGED) /* with its rule */
		return true;
	return event == AFPRING_EVENT_LINK ? conf->lsc != 0 : conf->rmv != 0;
}

/* An alarm that is not needed finds no event. */
void
afpring_event_prepare(struct rte_eth_dev *dev)
{
	rte_eal_alarm_set(1, deliver, dev);
}

void
afpring_event_raise(struct rte_eth_dev *dev, enum afpring_event event)
{
	struct afpring_process *process = dev->process_private;

	if (!is_asked_for(dev, event))
		return;
	rte_atomic_fetch_or_explicit(&process->events, event, rte_memory_order_relaxed);
	afpring_event_retry(dev);
}

void
afpring_event_retry(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	if (rte_atomic_load_explicit(&process->events, rte_memory_order_relaxed) != 0)
		rte_eal_alarm_set(1, deliver, dev);
}

void
afpring_event_cancel(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	rte_eal_alarm_cancel(deliver, dev);
	rte_atomic_store_explicit(&process->events, 0, rte_memory_order_relaxed);
}
