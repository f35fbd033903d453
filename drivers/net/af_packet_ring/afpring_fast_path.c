/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_fast_path.h"
#include "afpring_features.h"
#include "afpring_port.h"
#include "afpring_queue_info.h"
#include "afpring_rx.h"
#include "afpring_tx.h"
#include "afpring_tx_check.h"

static int
no_tx_count(void *txq)
{
	RTE_SET_USED(txq);
	return -ENOTSUP;
}

void
afpring_fast_path_idle(struct rte_eth_dev *dev)
{
	dev->rx_pkt_burst = rte_eth_pkt_burst_dummy;
	dev->tx_pkt_burst = rte_eth_pkt_burst_dummy;
	dev->rx_queue_count = rte_eth_queue_count_dummy;
	afpring_set_tx_queue_count(dev, no_tx_count);
	dev->rx_descriptor_status = rte_eth_descriptor_status_dummy;
	dev->tx_descriptor_status = rte_eth_descriptor_status_dummy;
}

void
afpring_fast_path_select(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	dev->rx_pkt_burst =
		afpring_rx_burst_select(dev->data->dev_conf.rxmode.offloads,
					afpring_port_has_vnet(port), port->stamping.looks);
	dev->tx_pkt_burst = afpring_tx_burst_select(afpring_features_join(dev),
						    port->config.kick == AFPRING_KICK_THREAD);
	dev->tx_pkt_prepare = afpring_tx_prepare;
	dev->rx_queue_count = afpring_rx_queue_count;
	afpring_set_tx_queue_count(dev, afpring_tx_queue_count);
	dev->rx_descriptor_status = afpring_rx_descriptor_status;
	dev->tx_descriptor_status = afpring_tx_descriptor_status;
}
