/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_drops.h"
#include "afpring_port.h"
#include "afpring_socket.h"

void
afpring_drops_read(struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;
	uint32_t packets, drops;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = afpring_port_rxq(dev, i);

		if (process->rx[i].fd < 0 ||
		    afpring_socket_statistics(process->rx[i].fd, &packets, &drops) < 0)
			continue;
		afpring_count(&q->count[AFPRING_RX_MISSED], drops);
		q->taken += packets - drops;
	}
}

void
afpring_drops_collect(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	/* a secondary has no sockets; it reads what the primary collected last */
	if (process == NULL || pthread_mutex_trylock(&process->sockets_lock) != 0)
		return;
	afpring_drops_read(dev);
	pthread_mutex_unlock(&process->sockets_lock);
}
