/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdio.h>

#include <rte_string_fns.h>

#include "afpring_drops.h"
#include "afpring_host_count.h"
#include "afpring_port.h"
#include "afpring_stats.h"
#include "afpring_xstats.h"

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
	{"rx_flow_dropped", AFPRING_RX_FLOW_DROPPED},
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

/* Of each queue, as ethdev names them, which shows them for the first queues. */
static const char *const rxq_xstats[] = {"packets", "bytes", "errors"};
static const char *const txq_xstats[] = {"packets", "bytes"};
/* clang-format on */

#define ETHDEVS_QUEUES RTE_ETHDEV_QUEUE_STAT_CNTRS

/* They are numbered in this order. */
enum xstat_group {
	RX,
	TX,
	HOST,
	RX_QUEUES,
	TX_QUEUES,
	NB_GROUPS
};

static uint32_t
nb_beyond(uint16_t nb_queues)
{
	return nb_queues > ETHDEVS_QUEUES ? nb_queues - ETHDEVS_QUEUES : 0;
}

static uint32_t
group_size(const struct rte_eth_dev *dev, enum xstat_group group)
{
	switch (group) {
	case RX:
		return RTE_DIM(rx_xstats);
	case TX:
		return RTE_DIM(tx_xstats);
	case HOST:
		return RTE_DIM(host_xstats);
	case RX_QUEUES:
		return nb_beyond(dev->data->nb_rx_queues) * RTE_DIM(rxq_xstats);
	case TX_QUEUES:
		return nb_beyond(dev->data->nb_tx_queues) * RTE_DIM(txq_xstats);
	default:
		return 0;
	}
}

static uint32_t
nb_xstats(const struct rte_eth_dev *dev)
{
	uint32_t nb = 0;

	for (uint32_t group = 0; group < NB_GROUPS; group++)
		nb += group_size(dev, group);
	return nb;
}

/* Makes the number of one of its group; NB_GROUPS: there is none of this number. */
static enum xstat_group
group_of(const struct rte_eth_dev *dev, uint64_t *id)
{
	uint32_t group = 0;

	while (group < NB_GROUPS && *id >= group_size(dev, group))
		*id -= group_size(dev, group++);
	return group;
}

static uint64_t
rxq_value(const struct rte_eth_dev *dev, uint32_t id)
{
	const struct afpring_rxq *q =
		afpring_port_rxq(dev, ETHDEVS_QUEUES + id / RTE_DIM(rxq_xstats));

	if (q == NULL)
		return 0;
	switch (id % RTE_DIM(rxq_xstats)) {
	case 0:
		return afpring_stats_rxq(q, AFPRING_RX_PACKETS);
	case 1:
		return afpring_stats_rxq(q, AFPRING_RX_BYTES);
	default:
		return afpring_stats_rxq_errors(q);
	}
}

static uint64_t
txq_value(const struct rte_eth_dev *dev, uint32_t id)
{
	const struct afpring_txq *q =
		afpring_port_txq(dev, ETHDEVS_QUEUES + id / RTE_DIM(txq_xstats));

	if (q == NULL)
		return 0;
	return afpring_stats_txq(q, id % RTE_DIM(txq_xstats) == 0 ? AFPRING_TX_PACKETS :
								    AFPRING_TX_BYTES);
}

/* What the kernel counts has been read. */
static int
xstat_value(const struct rte_eth_dev *dev, uint64_t id, uint64_t *value)
{
	switch (group_of(dev, &id)) {
	case RX:
		*value = afpring_stats_rx(dev, rx_xstats[id].counter);
		return 0;
	case TX:
		*value = afpring_stats_tx(dev, tx_xstats[id].counter);
		return 0;
	case HOST:
		*value = afpring_host_count(dev, host_xstats[id].counter);
		return 0;
	case RX_QUEUES:
		*value = rxq_value(dev, id);
		return 0;
	case TX_QUEUES:
		*value = txq_value(dev, id);
		return 0;
	default:
		return -EINVAL;
	}
}

static void
queue_name(struct rte_eth_xstat_name *name, const char *half, uint32_t queue, const char *what)
{
	snprintf(name->name, sizeof(name->name), "%s_q%u_%s", half, ETHDEVS_QUEUES + queue, what);
}

static int
xstat_name(const struct rte_eth_dev *dev, uint64_t id, struct rte_eth_xstat_name *name)
{
	switch (group_of(dev, &id)) {
	case RX:
		strlcpy(name->name, rx_xstats[id].name, sizeof(name->name));
		return 0;
	case TX:
		strlcpy(name->name, tx_xstats[id].name, sizeof(name->name));
		return 0;
	case HOST:
		strlcpy(name->name, host_xstats[id].name, sizeof(name->name));
		return 0;
	case RX_QUEUES:
		queue_name(name, "rx", id / RTE_DIM(rxq_xstats),
			   rxq_xstats[id % RTE_DIM(rxq_xstats)]);
		return 0;
	case TX_QUEUES:
		queue_name(name, "tx", id / RTE_DIM(txq_xstats),
			   txq_xstats[id % RTE_DIM(txq_xstats)]);
		return 0;
	default:
		return -EINVAL;
	}
}

int
afpring_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	uint32_t nb = nb_xstats(dev);

	if (n < nb || xstats == NULL)
		return nb;
	afpring_drops_collect(dev);
	afpring_host_count_read(dev);
	for (uint32_t id = 0; id < nb; id++) {
		xstats[id].id = id;
		xstat_value(dev, id, &xstats[id].value);
	}
	return nb;
}

int
afpring_xstats_get_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	uint32_t nb = nb_xstats(dev);

	if (n < nb || names == NULL)
		return nb;
	for (uint32_t id = 0; id < nb; id++)
		xstat_name(dev, id, &names[id]);
	return nb;
}

/* The kernel's RTNL is waited for only where one of its figures is asked for. */
static bool
has_host_count(const struct rte_eth_dev *dev, const uint64_t *ids, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		uint64_t id = ids[i];

		if (group_of(dev, &id) == HOST)
			return true;
	}
	return false;
}

int
afpring_xstats_get_by_id(struct rte_eth_dev *dev, const uint64_t *ids, uint64_t *values,
			 unsigned int n)
{
	afpring_drops_collect(dev);
	if (has_host_count(dev, ids, n))
		afpring_host_count_read(dev);
	for (unsigned int i = 0; i < n; i++) {
		int ret = xstat_value(dev, ids[i], &values[i]);

		if (ret < 0)
			return ret;
	}
	return n;
}

int
afpring_xstats_get_names_by_id(struct rte_eth_dev *dev, const uint64_t *ids,
			       struct rte_eth_xstat_name *names, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		int ret = xstat_name(dev, ids[i], &names[i]);

		if (ret < 0)
			return ret;
	}
	return n;
}
