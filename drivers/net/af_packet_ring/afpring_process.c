/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <stdlib.h>
#include <unistd.h>

#include "afpring_flow_set.h"
#include "afpring_process.h"

struct afpring_process *
afpring_process_alloc(uint16_t nb_halves)
{
	struct afpring_process *process;

	process = calloc(1, sizeof(*process) + nb_halves * (2 * sizeof(struct afpring_half) +
							    sizeof(struct afpring_wakeup)));
	if (process == NULL)
		return NULL;
	pthread_mutex_init(&process->sockets_lock, NULL);
	pthread_mutex_init(&process->host_lock, NULL);
	pthread_mutex_init(&process->modes_lock, NULL);
	process->control_fd = -1;
	process->news_fd = -1;
	process->ethtool_fd = -1;
	process->stop_fd = -1;
	process->phc_fd = -1;
	process->netlink.fd = -1;
	afpring_places_init(&process->places);
	process->nb_halves = nb_halves;
	process->rx = (struct afpring_half *)(process + 1);
	process->tx = process->rx + nb_halves;
	process->wakeup = (struct afpring_wakeup *)(process->tx + nb_halves);
	for (uint16_t i = 0; i < nb_halves; i++)
		afpring_wakeup_init(&process->wakeup[i]);
	for (uint16_t i = 0; i < 2 * nb_halves; i++)
		process->rx[i] = (struct afpring_half){.fd = -1, .super_fd = -1};
	return process;
}

void
afpring_process_free(struct afpring_process *process)
{
	if (process == NULL)
		return;
	for (uint16_t i = 0; i < 2 * process->nb_halves; i++)
		afpring_half_close(&process->rx[i]);
	for (uint16_t i = 0; i < process->nb_halves; i++)
		afpring_wakeup_close(&process->wakeup[i]);
	if (process->control_fd >= 0)
		close(process->control_fd);
	if (process->news_fd >= 0)
		close(process->news_fd);
	if (process->ethtool_fd >= 0)
		close(process->ethtool_fd);
	if (process->stop_fd >= 0)
		close(process->stop_fd);
	if (process->phc_fd >= 0)
		close(process->phc_fd);
	afpring_places_release(&process->places);
	afpring_netlink_close(&process->netlink);
	afpring_flow_table_free(process->flow_table);
	afpring_flow_set_free(&process->flows);
	for (uint32_t i = 0; i < process->flow_list.nb; i++)
		afpring_flow_rule_free(process->flow_list.rules[i]);
	free(process->flow_list.rules);
	free(process);
}

void
afpring_process_forget(struct afpring_process *process)
{
	for (uint16_t i = 0; i < 2 * process->nb_halves; i++) {
		process->rx[i].ring = NULL;
		process->rx[i].place = NULL;
	}
	afpring_places_forget(&process->places);
	afpring_process_free(process);
}

void
afpring_process_do_deferred(uint16_t port_id, uint16_t queue_id)
{
	struct rte_eth_dev *dev = &rte_eth_devices[port_id];
	const struct afpring_process *process = dev->process_private;

	process->deferred(dev, queue_id);
}
