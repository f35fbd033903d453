/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_clock.h"
#include "afpring_drops.h"
#include "afpring_flow_age.h"
#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_quiesce.h"
#include "afpring_replace.h"
#include "afpring_slot.h"
#include "afpring_watchdog.h"

/* A look is one system call a queue; between two of them a wedged ring is not noticed. */
#define PERIOD_US (20 * 1000)

/* While nothing comes, looks are rarer: each wakes a processor, and there is nothing to see but
 * work put off where nobody polls, which may wait so long. */
#define QUIET_PERIOD_US (100 * 1000)

/* After this time a ring that looks wedged is looked at again. */
#define SOON_US (2 * 1000)

/* Looks with drops since the one before, no packet taken, and an empty ring until it counts as
 * wedged. At one of them it could be a full ring that has just been emptied. */
#define WEDGED_LOOKS 2

/* How long a wedged queue does without virtio_net_hdrs: twice as long each time that it is
 * wedged again within such a stay after the last one. A wedge costs 0.1 s at most. */
#define MIN_STAY_S 60
#define MAX_STAY_S (64 * MIN_STAY_S)

/* After this time a return to virtio_net_hdrs that failed is tried again. */
#define RETRY_S 1

/* ---- with and without virtio_net_hdrs ---- */

static bool
replace(struct rte_eth_dev *dev, uint16_t i, bool vnet)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	const char *step = NULL;
	int ret = afpring_replace_rx(dev, i, vnet, &step);

	if (ret < 0 && ret != -EAGAIN && !q->replace_failed) {
		AFPRING_LOG(ERR, "%s: rx queue %u: another ring: %s: %s; will be retried",
			    dev->data->name, i, step, strerror(-ret));
		q->replace_failed = true;
	}
	if (ret == 0) {
		q->replace_failed = false;
		q->wedged_looks = 0;
		afpring_count(&q->count[AFPRING_RX_REBUILT], 1);
	}
	return ret == 0;
}

static void
step_back(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	uint64_t now = afpring_clock_now();

	if (!replace(dev, i, false))
		return;
	if (q->stay_end != 0 && now < q->stay_end + q->stay_cycles)
		q->stay_cycles = RTE_MIN(2 * q->stay_cycles, afpring_clock_s(MAX_STAY_S));
	else
		q->stay_cycles = afpring_clock_s(MIN_STAY_S);
	q->stay_end = now + q->stay_cycles;
	/* the peer decides how often a ring is wedged */
	if (!afpring_log_may_tell(&port->told_at))
		return;
	AFPRING_LOG(NOTICE,
		    "%s: rx queue %u: the kernel had wedged the ring with a packet of a GSO type "
		    "that no virtio_net_hdr describes; goes on without them for %u s, UDP "
		    "superframes are counted in rx_unsplittable",
		    dev->data->name, i, (unsigned int)(q->stay_cycles / afpring_clock_s(1)));
}

static void
step_forward(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);

	if (!replace(dev, i, true))
		q->stay_end = afpring_clock_now() + afpring_clock_s(RETRY_S);
}

/* ---- watch ---- */

/* The next slot is the kernel's. Nobody moves the head while the queue is taken. */
static bool
is_empty(struct afpring_rxq *q)
{
	bool empty;

	if (!afpring_rxq_take(q))
		return false;
	empty = !afpring_rx_slot_is_ours(afpring_rxq_half(q)->ring + q->head.off);
	afpring_rxq_give(q);
	return empty;
}

/* Drops since the last look, and an empty ring. */
static bool
looks_wedged(struct afpring_rxq *q)
{
	uint64_t missed = afpring_count_read(&q->count[AFPRING_RX_MISSED]);
	bool wedged = missed != q->watched_missed && q->taken == q->watched_taken && is_empty(q);

	if (q->taken != q->watched_taken)
		q->wedged_looks = 0;
	else if (wedged)
		q->wedged_looks++;
	q->watched_taken = q->taken;
	q->watched_missed = missed;
	return wedged;
}

/* true: look again soon. */
static bool
watch_ring(struct rte_eth_dev *dev, uint16_t i)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	bool suspect;

	if (afpring_rxq_half(q)->ring == NULL) { /* making one has failed */
		replace(dev, i, q->vnet);
		return false;
	}
	if (!q->vnet) {
		if (q->stay_end != 0 && afpring_clock_now() > q->stay_end)
			step_forward(dev, i);
		return false;
	}
	suspect = looks_wedged(q);
	if (q->wedged_looks >= WEDGED_LOOKS)
		step_back(dev, i);
	return suspect;
}

/* Traffic that does not get through has its cause at the sender, so the one who looks for
 * it here is told, once. */
static void
tell_unknown_kind(struct rte_eth_dev *dev, const struct afpring_rxq *q)
{
	struct afpring_port *port = dev->data->dev_private;

	if (port->told_kind ||
	    rte_atomic_load_explicit(&q->unknown_kind, rte_memory_order_relaxed) == 0)
		return;
	port->told_kind = true;
	AFPRING_LOG(WARNING,
		    "%s: rx queue %u: superframes that cannot be split are dropped "
		    "(rx_unsplittable): %s; switch off segmentation of this traffic at its sender "
		    "(ethtool -K DEVICE tso off gso off, on the tunnel's device for a tunnel), "
		    "and gro on %s",
		    dev->data->name, q->queue_id,
		    q->vnet ? "a tunnel in a tunnel, GRE with sequence numbers, or headers that "
			      "the driver does not know" :
			      "vnet_hdr=0 does not say how UDP and tunnels were made",
		    port->config.iface);
}

/* No packet has come since the last look. */
static bool
is_quiet(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	uint64_t before = port->watched_packets;

	port->watched_packets = 0;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		port->watched_packets +=
			q->taken + afpring_count_read(&q->count[AFPRING_RX_MISSED]);
	}
	return port->watched_packets == before;
}

/* When to look again. */
static uint64_t
watch(struct rte_eth_dev *dev)
{
	uint64_t us;

	afpring_drops_read(dev);
	afpring_flow_age_look(dev);
	us = is_quiet(dev) ? QUIET_PERIOD_US : PERIOD_US;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		tell_unknown_kind(dev, afpring_port_rxq(dev, i));
		if (watch_ring(dev, i))
			us = SOON_US;
	}
	/* of an application that neither sends nor receives any more */
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		const struct afpring_txq *q = afpring_port_txq(dev, i);

		if (afpring_deferred_is_due(q->deferred))
			afpring_process_do_deferred(dev->data->port_id, i);
		if (afpring_deferred_get(q->deferred) != 0)
			us = RTE_MIN(us, (uint64_t)PERIOD_US);
	}
	return us;
}

uint64_t
afpring_watchdog_look(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;
	uint64_t us = PERIOD_US;

	const struct afpring_port *port = dev->data->dev_private;

	if (port->is_lost)
		return us;
	/* whoever holds it is soon done, or stops the port */
	if (pthread_mutex_trylock(&process->sockets_lock) == 0) {
		us = watch(dev);
		pthread_mutex_unlock(&process->sockets_lock);
	}
	return us;
}
