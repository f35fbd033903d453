/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_iface.h"
#include "afpring_port.h"

int
afpring_iface_get(struct rte_eth_dev *dev, struct afpring_link *link)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;

	return afpring_link_get(&process->netlink, port->ifindex, link);
}
