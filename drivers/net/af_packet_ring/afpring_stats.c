/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_drops.h"
#include "afpring_host_count.h"
#include "afpring_port.h"
#include "afpring_queue.h"
#include "afpring_stats.h"

uint64_t
afpring_stats_rxq(const struct afpring_rxq *q, enum afpring_rx_counter counter)
{
	return afpring_count_read(&q->count[counter]) - afpring_count_read(&q->base[counter]);
}

uint64_t
afpring_stats_txq(const struct afpring_txq *q, enum afpring_tx_counter counter)
{
	return afpring_count_read(&q->count[counter]) - afpring_count_read(&q->base[counter]);
}

/* A port that is configured, but not all of it set up, has empty places. */
uint64_t
afpring_stats_rx(const struct rte_eth_dev *dev, enum afpring_rx_counter counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (afpring_port_rxq(dev, i) != NULL)
			sum += afpring_stats_rxq(afpring_port_rxq(dev, i), counter);
	return sum;
}

uint64_t
afpring_stats_tx(const struct rte_eth_dev *dev, enum afpring_tx_counter counter)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		if (afpring_port_txq(dev, i) != NULL)
			sum += afpring_stats_txq(afpring_port_txq(dev, i), counter);
	return sum;
}

uint64_t
afpring_stats_rxq_errors(const struct afpring_rxq *q)
{
	return afpring_stats_rxq(q, AFPRING_RX_TRUNCATED) +
	       afpring_stats_rxq(q, AFPRING_RX_OVERSIZE) +
	       afpring_stats_rxq(q, AFPRING_RX_BAD_CKSUM_REQ) +
	       afpring_stats_rxq(q, AFPRING_RX_UNSPLIT) + afpring_stats_rxq(q, AFPRING_RX_STARVED);
}

static uint64_t
sum_rx_errors(const struct rte_eth_dev *dev)
{
	uint64_t sum = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		if (afpring_port_rxq(dev, i) != NULL)
			sum += afpring_stats_rxq_errors(afpring_port_rxq(dev, i));
	return sum;
}

static void
queue_stats(const struct rte_eth_dev *dev, struct eth_queue_stats *qstats)
{
	uint16_t nb_rx = RTE_MIN(dev->data->nb_rx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS);
	uint16_t nb_tx = RTE_MIN(dev->data->nb_tx_queues, RTE_ETHDEV_QUEUE_STAT_CNTRS);

	for (uint16_t i = 0; i < nb_rx; i++) {
		const struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (q == NULL)
			continue;
		qstats->q_ipackets[i] = afpring_stats_rxq(q, AFPRING_RX_PACKETS);
		qstats->q_ibytes[i] = afpring_stats_rxq(q, AFPRING_RX_BYTES);
		qstats->q_errors[i] = afpring_stats_rxq_errors(q);
	}
	for (uint16_t i = 0; i < nb_tx; i++) {
		const struct afpring_txq *q = afpring_port_txq(dev, i);

		if (q == NULL)
			continue;
		qstats->q_opackets[i] = afpring_stats_txq(q, AFPRING_TX_PACKETS);
		qstats->q_obytes[i] = afpring_stats_txq(q, AFPRING_TX_BYTES);
	}
}

int
afpring_stats_get(struct rte_eth_dev *dev, struct rte_eth_stats *stats,
		  struct eth_queue_stats *qstats)
{
	afpring_drops_collect(dev);

	stats->ipackets = afpring_stats_rx(dev, AFPRING_RX_PACKETS);
	stats->ibytes = afpring_stats_rx(dev, AFPRING_RX_BYTES);
	stats->imissed = afpring_stats_rx(dev, AFPRING_RX_MISSED) +
			 afpring_stats_rx(dev, AFPRING_RX_FLUSHED);
	stats->ierrors = sum_rx_errors(dev);
	stats->rx_nombuf = afpring_stats_rx(dev, AFPRING_RX_NOMBUF);
	stats->opackets = afpring_stats_tx(dev, AFPRING_TX_PACKETS);
	stats->obytes = afpring_stats_tx(dev, AFPRING_TX_BYTES);
	stats->oerrors = afpring_stats_tx(dev, AFPRING_TX_OVERSIZE) +
			 afpring_stats_tx(dev, AFPRING_TX_MALFORMED) +
			 afpring_stats_tx(dev, AFPRING_TX_REFUSED) +
			 afpring_stats_tx(dev, AFPRING_TX_CANCELLED);
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
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (q != NULL)
			restart(q->base, q->count, AFPRING_RX_NB_COUNTERS);
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = afpring_port_txq(dev, i);

		if (q != NULL)
			restart(q->base, q->count, AFPRING_TX_NB_COUNTERS);
	}
	afpring_host_count_reset(dev);
	return 0;
}
