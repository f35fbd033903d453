/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <string.h>

#include <rte_alarm.h>
#include <rte_cycles.h>

#include "afpring_features.h"
#include "afpring_frame.h"
#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_rx.h"
#include "afpring_tx_left.h"
#include "afpring_watchdog.h"

#define PERIOD_US (100 * 1000)

/* Periods of drops without one packet taken, the ring empty, until it counts as
 * wedged. One could be a ring that was full and has just been emptied. */
#define WEDGED_PERIODS 2

/* Device features are read again once a second. */
#define FEATURES_PERIODS 10

/* How long a polling lcore may take to come by. */
#define PAUSE_US (20 * 1000)

/* ---- pause ---- */

/* Wait until no lcore is inside the queue's burst. false: none polls it. */
static bool
pause_queue(struct afpring_rxq *q)
{
	uint64_t deadline = rte_get_timer_cycles() + PAUSE_US * (rte_get_timer_hz() / US_PER_S);
	uint32_t state = AFPRING_RX_PAUSE;

	if (rte_atomic_load_explicit(&q->pause, rte_memory_order_acquire) == AFPRING_RX_PAUSED)
		return true; /* an earlier rebuild has failed */
	rte_atomic_store_explicit(&q->pause, AFPRING_RX_PAUSE, rte_memory_order_release);
	while (rte_atomic_load_explicit(&q->pause, rte_memory_order_acquire) != AFPRING_RX_PAUSED) {
		if (rte_get_timer_cycles() > deadline)
			return !rte_atomic_compare_exchange_strong_explicit(
				&q->pause, &state, AFPRING_RX_RUN, rte_memory_order_acquire,
				rte_memory_order_acquire);
		rte_delay_us_sleep(20);
	}
	return true;
}

static void
resume_queue(struct afpring_rxq *q)
{
	rte_atomic_store_explicit(&q->pause, AFPRING_RX_RUN, rte_memory_order_release);
}

/* ---- rebuild ---- */

/* A new ring on the same socket. When that fails the queue stays paused, and the next
 * period tries again. */
static bool
rebuild_ring(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_rxq *q = dev->data->rx_queues[i];
	int ret;

	if (!pause_queue(q))
		return false;
	afpring_rx_flush(q);
	ret = afpring_half_renew_ring(afpring_rxq_half(q), &q->geo);
	if (ret < 0) {
		if (!q->rebuild_failed)
			AFPRING_LOG(ERR,
				    "%s: rx queue %u: PACKET_RX_RING again: %s; will be retried",
				    dev->data->name, i, strerror(-ret));
		q->rebuild_failed = true;
		return false;
	}
	q->rebuild_failed = false;
	q->head = (struct afpring_cursor){0};
	q->walk = afpring_geometry_walk(&q->geo);
	resume_queue(q);
	return true;
}

/* A socket that gets a new ring leaves its fanout group and joins it again as the
 * last, and the last takes its place (__fanout_unlink(), __fanout_link()). The same
 * once more with the one that was the last restores the order. */
static void
rebuild(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_rxq *q = dev->data->rx_queues[i];
	uint16_t last = dev->data->nb_rx_queues - 1;

	if (!rebuild_ring(dev, i))
		return;
	if (i != last)
		rebuild_ring(dev, last);
	q->wedged_periods = 0;
	q->count[AFPRING_RX_REBUILT]++;
	AFPRING_LOG(NOTICE,
		    "%s: rx queue %u: ring rebuilt, the kernel had wedged it with a packet "
		    "of an unknown GSO type",
		    dev->data->name, i);
}

/* ---- watch ---- */

static bool
is_wedged(struct afpring_rxq *q)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;
	uint64_t missed = q->count[AFPRING_RX_MISSED];

	if (ring == NULL)
		return true; /* an earlier rebuild has failed */
	if (q->taken != q->watched_taken)
		q->wedged_periods = 0;
	else if (missed != q->watched_missed && !afpring_rx_slot_is_ours(ring + q->head.off))
		q->wedged_periods++;
	q->watched_taken = q->taken;
	q->watched_missed = missed;
	return q->wedged_periods >= WEDGED_PERIODS;
}

static void
watch(struct rte_eth_dev *dev)
{
	afpring_port_read_drops(dev);
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (is_wedged(dev->data->rx_queues[i]))
			rebuild(dev, i);
	/* of an application that neither sends nor receives any more */
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (afpring_tx_is_due(dev->data->tx_queues[i]))
			afpring_tx_help(dev->data->tx_queues[i]);
}

static void
run(void *arg)
{
	struct rte_eth_dev *dev = arg;
	struct afpring_port *port = dev->data->dev_private;

	/* whoever holds it is soon done, or stops the port */
	if (rte_spinlock_trylock(&port->sockets_lock)) {
		watch(dev);
		rte_spinlock_unlock(&port->sockets_lock);
	}
	if (++port->periods % FEATURES_PERIODS == 0)
		afpring_features_read(dev);
	rte_eal_alarm_set(PERIOD_US, run, dev);
}

int
afpring_watchdog_start(struct rte_eth_dev *dev)
{
	return rte_eal_alarm_set(PERIOD_US, run, dev);
}

void
afpring_watchdog_stop(struct rte_eth_dev *dev)
{
	rte_eal_alarm_cancel(run, dev);
}
