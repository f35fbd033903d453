/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_ethtool.h"
#include "afpring_features.h"
#include "afpring_iface.h"
#include "afpring_port.h"

/* dev->gso_max_size of a kernel that does not tell (include/linux/netdevice.h). */
#define GSO_LEGACY_MAX_SIZE 65536

static void
set_superframes(struct afpring_txq *q, enum afpring_choice join,
		const struct afpring_ethtool_features *features, uint32_t gso_max_len,
		bool carrier_came)
{
	/* The lcore takes the bypass back: the path is its own. Without a carrier the device
	 * refused everything, and what it made of tags is not known. */
	if (features->tso && (!q->device_tso || carrier_came))
		rte_atomic_fetch_add_explicit(&q->device_news, 1, rte_memory_order_relaxed);
	q->device_tso = features->tso;
	q->device_ecn = features->ecn;
	q->device_uso = features->uso;
	q->gso_max_len = gso_max_len;
	q->join_tcp = join == AFPRING_ON || (join == AFPRING_AUTO && q->device_tso);
	q->join_udp = join != AFPRING_OFF && q->device_uso;
	q->join_max = RTE_MIN(gso_max_len - 1, (uint32_t)UINT16_MAX);
}

void
afpring_features_read(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct afpring_ethtool_features features;
	struct afpring_link link = {0};
	bool carrier_came;
	uint32_t gso_max_len = GSO_LEGACY_MAX_SIZE;

	afpring_ethtool_features(process->control_fd, port->ifindex, &features);
	features.uso &= port->knows_uso; /* of the device, and of the kernel before it */
	if (afpring_iface_get(dev, &link) == 0 && link.gso_max_size != 0)
		gso_max_len = link.gso_max_size;
	carrier_came = link.carrier && !port->had_carrier;
	port->had_carrier = link.carrier;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		set_superframes(dev->data->tx_queues[i], port->config.tx_join, &features,
				gso_max_len, carrier_came);
}

bool
afpring_features_join(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	return port->config.tx_join != AFPRING_OFF;
}
