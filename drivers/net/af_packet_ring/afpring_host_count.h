/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the host drops of the interface's transmit packets, whoever sent them: the port's
 * memory of the kernel's figures.
 */
#ifndef AFPRING_HOST_COUNT_H
#define AFPRING_HOST_COUNT_H

#include "afpring_port.h"

/** Read the kernel's figures. Waits for the kernel's RTNL, with no lock held that anybody
 *  waits for: a second thread leaves the figures as they were read last, and so do a
 *  secondary and a port whose interface is lost. */
void afpring_host_count_read(struct rte_eth_dev *dev);

/** Count from now on; in a secondary, from the figures that the primary read last. Also called
 *  at probe. */
void afpring_host_count_reset(struct rte_eth_dev *dev);

static inline uint64_t
afpring_host_count(const struct rte_eth_dev *dev, enum afpring_host_counter counter)
{
	const struct afpring_port *port = dev->data->dev_private;

	return port->host[counter].count - port->host[counter].base;
}

#endif /* AFPRING_HOST_COUNT_H */
