/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_string_fns.h>

#include "afpring_drops.h"
#include "afpring_host_count.h"
#include "afpring_port.h"
#include "afpring_queue.h"
#include "afpring_stats.h"

/* clang-format off */
/* The counters that ethdev's basic statistics do not already show one to one. */
static const struct {
	const char *name;
	enum afpring_rx_counter counter;
} rx_xstats[] = {
	{"rx_truncated", AFPRING_RX_TRUNCATED},
	{"rx_oversize", AFPRING_RX_OVERSIZE},
	{"rx_bad_cksum_request", AFPRING_RX_BAD_CKSUM_REQ},
	{"rx_unsplittable", AFPRING_RX_UNSPLIT},
	{"rx_starved", AFPRING_RX_STARVED},
	{"rx_superframes_split", AFPRING_RX_SUPERFRAMES},
	{"rx_superframe_segments", AFPRING_RX_SEGMENTS},
	{"rx_cksum_finished", AFPRING_RX_CKSUM_DONE},
	{"rx_flushed_at_stop", AFPRING_RX_FLUSHED},
	{"rx_ring_full", AFPRING_RX_MISSED},
	{"rx_ring_rebuilt", AFPRING_RX_REBUILT},
};

static const struct {
	const char *name;
	enum afpring_tx_counter counter;
} tx_xstats[] = {
	{"tx_oversize", AFPRING_TX_OVERSIZE},
	{"tx_malformed", AFPRING_TX_MALFORMED},
	{"tx_refused", AFPRING_TX_REFUSED},
	{"tx_cancelled", AFPRING_TX_CANCELLED},
	{"tx_superframes", AFPRING_TX_SUPERFRAMES},
	{"tx_joined", AFPRING_TX_JOINED},
	{"tx_super_kicks", AFPRING_TX_SUPER_KICKS},
	{"tx_kicks", AFPRING_TX_KICKS},
	{"tx_kicks_sndbuf_full", AFPRING_TX_AGAIN},
	{"tx_kicks_pushed_back", AFPRING_TX_PUSHBACK},
};

static const struct {
	const char *name;
	enum afpring_host_counter counter;
} host_xstats[] = {
	{"tx_host_dropped", AFPRING_HOST_TX_DROPPED},
	{"tx_host_qdisc_drops", AFPRING_HOST_QDISC_DROPS},
};
/* clang-format on */

#define NB_XSTATS (RTE_DIM(rx_xstats) + RTE_DIM(tx_xstats) + RTE_DIM(host_xstats))

static uint64_t
rx_count(const struct afpring_rxq *q, enum afpring_rx_counter counter)
{
	return afpring_count_read(&q->count[counter]) - afpring_count_read(&q->base[counter]);
}

static uint64_t
tx_count(const struct afpring_txq *q, enum afpring_tx_counter counter)
{
	return afpring_count_read(&q->count[counter]) - afpring_count_read(&q->base[counter]);
}

/* A port that is configured, but not all of it set up, has empty places. */
static uint64_t
rx_sum(const struct rte_eth_dev *dev, enum afpring_rx_counter counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (dev->data->rx_queues[i] != NULL)
			sum += rx_count(dev->data->rx_queues[i], counter);
	return sum;
}

static uint64_t
tx_sum(const struct rte_eth_dev *dev, enum afpring_tx_counter counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (dev->data->tx_queues[i] != NULL)
			sum += tx_count(dev->data->tx_queues[i], counter);
	return sum;
}

static uint64_t
rx_errors(const struct afpring_rxq *q)
{
	return rx_count(q, AFPRING_RX_TRUNCATED) + rx_count(q, AFPRING_RX_OVERSIZE) +
	       rx_count(q, AFPRING_RX_BAD_CKSUM_REQ) + rx_count(q, AFPRING_RX_UNSPLIT) +
	       rx_count(q, AFPRING_RX_STARVED);
}

static uint64_t
sum_rx_errors(const struct rte_eth_dev *dev)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (dev->data->rx_queues[i] != NULL)
			sum += rx_errors(dev->data->rx_queues[i]);
	return sum;
}

static void
queue_stats(const struct rte_eth_dev *dev, struct eth_queue_stats *qstats)
{
	uint16_t nb_rx = RTE_MIN(dev->data->nb_rx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS);
	uint16_t nb_tx = RTE_MIN(dev->data->nb_tx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS);

	for (uint16_t i = 0; i < nb_rx; i++) {
		const struct afpring_rxq *q = dev->data->rx_queues[i];

		if (q == NULL)
			continue;
		qstats->q_ipackets[i] = rx_count(q, AFPRING_RX_PACKETS);
		qstats->q_ibytes[i] = rx_count(q, AFPRING_RX_BYTES);
		qstats->q_errors[i] = rx_errors(q);
	}
	for (uint16_t i = 0; i < nb_tx; i++) {
		const struct afpring_txq *q = dev->data->tx_queues[i];

		if (q == NULL)
			continue;
		qstats->q_opackets[i] = tx_count(q, AFPRING_TX_PACKETS);
		qstats->q_obytes[i] = tx_count(q, AFPRING_TX_BYTES);
	}
}

int
afpring_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats,
		  struct eth_queue_stats *qstats)
{
	afpring_drops_collect(dev);

	stats->ipackets = rx_sum(dev, AFPRING_RX_PACKETS);
	stats->ibytes = rx_sum(dev, AFPRING_RX_BYTES);
	stats->imissed = rx_sum(dev, AFPRING_RX_MISSED) + rx_sum(dev, AFPRING_RX_FLUSHED);
	stats->ierrors = sum_rx_errors(dev);
	stats->rx_nombuf = rx_sum(dev, AFPRING_RX_NOMBUF);
	stats->opackets = tx_sum(dev, AFPRING_TX_PACKETS);
	stats->obytes = tx_sum(dev, AFPRING_TX_BYTES);
	stats->oerrors = tx_sum(dev, AFPRING_TX_OVERSIZE) + tx_sum(dev, AFPRING_TX_MALFORMED) +
			 tx_sum(dev, AFPRING_TX_REFUSED) + tx_sum(dev, AFPRING_TX_CANCELLED);
	if (qstats != NULL)
		queue_stats(dev, qstats);
	return 0;
}

static void
restart(afpring_counter *base, const afpring_counter *count, uint32_t nb)
{
	for (uint32_t i = 0; i < nb; i++)
		afpring_count_set(&base[i], afpring_count_read(&count[i]));
}

int
afpring_stats_reset(struct rte_eth_dev *dev)
{
	afpring_drops_collect(dev);

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = dev->data->rx_queues[i];

		if (q != NULL)
			restart(q->base, q->count, AFPRING_RX_NB_COUNTERS);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = dev->data->tx_queues[i];

		if (q != NULL)
			restart(q->base, q->count, AFPRING_TX_NB_COUNTERS);
	}
	afpring_host_count_reset(dev);
	return 0;
}

int
afpring_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	unsigned int id = 0;

	if (n < NB_XSTATS || xstats == NULL)
		return NB_XSTATS;
	afpring_drops_collect(dev);
	afpring_host_count_read(dev);
	for (size_t i = 0; i < RTE_DIM(rx_xstats); i++, id++)
		xstats[id] = (struct rte_eth_xstat){id, rx_sum(dev, rx_xstats[i].counter)};
	for (size_t i = 0; i < RTE_DIM(tx_xstats); i++, id++)
		xstats[id] = (struct rte_eth_xstat){id, tx_sum(dev, tx_xstats[i].counter)};
	for (size_t i = 0; i < RTE_DIM(host_xstats); i++, id++)
		xstats[id] =
			(struct rte_eth_xstat){id, afpring_host_count(dev, host_xstats[i].counter)};
	return id;
}

int
afpring_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int id = 0;

	RTE_SET_USED(dev);
	if (n < NB_XSTATS || names == NULL)
		return NB_XSTATS;
	for (size_t i = 0; i < RTE_DIM(rx_xstats); i++, id++)
		strlcpy(names[id].name, rx_xstats[i].name, sizeof(names[id].name));
	for (size_t i = 0; i < RTE_DIM(tx_xstats); i++, id++)
		strlcpy(names[id].name, tx_xstats[i].name, sizeof(names[id].name));
	for (size_t i = 0; i < RTE_DIM(host_xstats); i++, id++)
		strlcpy(names[id].name, host_xstats[i].name, sizeof(names[id].name));
	return id;
}
