/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_ptype.h"
#include "afpring_ptypes.h"
#include "afpring_quiesce.h"

static int
tell(struct rte_eth_dev *dev, uint32_t mask)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret;

	if (port->classify.ptypes == mask)
		return 0;
	pthread_mutex_lock(&process->sockets_lock);
	ret = afpring_rxqs_take_for(dev, "packet types");
	if (ret == 0) {
		port->classify.ptypes = mask;
		afpring_classify_set_step(&port->classify, AFPRING_CLASSIFY_PTYPE, mask != 0);
		afpring_rxqs_give(dev);
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

const uint32_t *
afpring_ptypes_get(struct rte_eth_dev *dev, size_t *nb)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (!port->chose_ptypes)
		tell(dev, RTE_PTYPE_ALL_MASK);
	*nb = afpring_nb_ptypes;
	return afpring_ptypes;
}

int
afpring_ptypes_set(struct rte_eth_dev *dev, uint32_t mask)
{
	struct afpring_port *port = dev->data->dev_private;

	port->chose_ptypes = true;
	return tell(dev, mask);
}
