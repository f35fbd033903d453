/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include <rte_interrupts.h>

#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_process.h"
#include "afpring_rx_intr.h"
#include "afpring_rx_lane.h"

static int
open_wakeups(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;
	int ret = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues && ret == 0; i++)
		ret = afpring_wakeup_open(&process->wakeup[i]);
	return ret;
}

/* EAL has nothing to read from a descriptor that is ready: it is so until the packets are
 * received (efd_counter_size 0). */
static int
show(struct rte_eth_dev *dev, struct rte_intr_handle *handle)
{
	const struct afpring_process *process = dev->process_private;
	uint16_t nb = dev->data->nb_rx_queues;

	rte_intr_vec_list_free(handle);
	if (rte_intr_type_set(handle, RTE_INTR_HANDLE_VDEV) != 0 ||
	    rte_intr_efd_counter_size_set(handle, 0) != 0 ||
	    rte_intr_vec_list_alloc(handle, NULL, nb) != 0 || rte_intr_nb_efd_set(handle, nb) != 0)
		return -ENOMEM;
	for (uint16_t i = 0; i < nb; i++)
		if (rte_intr_vec_list_index_set(handle, i, RTE_INTR_VEC_RXTX_OFFSET + i) != 0 ||
		    rte_intr_efds_index_set(handle, i, process->wakeup[i].epoll_fd) != 0)
			return -ENOMEM;
	return 0;
}

int
afpring_rx_intr_open(struct rte_eth_dev *dev)
{
	int ret;

	if (dev->data->dev_conf.intr_conf.rxq == 0)
		return 0;
	if (dev->intr_handle == NULL)
		dev->intr_handle = rte_intr_instance_alloc(RTE_INTR_INSTANCE_F_PRIVATE);
	ret = dev->intr_handle == NULL ? -ENOMEM : open_wakeups(dev);
	if (ret == 0)
		ret = show(dev, dev->intr_handle);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: Rx interrupts of %u queues: %s; %s", dev->data->name,
			    dev->data->nb_rx_queues, strerror(-ret), afpring_log_remedy(-ret));
		afpring_rx_intr_close(dev);
	}
	return ret;
}

void
afpring_rx_intr_close(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	if (dev->intr_handle != NULL) {
		rte_intr_free_epoll_fd(dev->intr_handle);
		rte_intr_vec_list_free(dev->intr_handle);
		rte_intr_instance_free(dev->intr_handle);
		dev->intr_handle = NULL;
	}
	for (uint16_t i = 0; i < process->nb_halves; i++)
		afpring_wakeup_close(&process->wakeup[i]);
}

/* What the queue's socket does not show. */
static bool
has_more_to_do(struct afpring_rxq *q)
{
	return q->lane->nb != q->lane->next || afpring_deferred_get(&q->deferred) != 0;
}

int
afpring_rx_queue_intr_enable(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct afpring_process *process = dev->process_private;

	return afpring_wakeup_set(&process->wakeup[queue_id],
				  has_more_to_do(afpring_port_rxq(dev, queue_id)) ?
					  AFPRING_WAKEUP_AWAKE :
					  AFPRING_WAKEUP_ARMED);
}

int
afpring_rx_queue_intr_disable(struct rte_eth_dev *dev, uint16_t queue_id)
{
	struct afpring_process *process = dev->process_private;

	return afpring_wakeup_set(&process->wakeup[queue_id], AFPRING_WAKEUP_DISARMED);
}
