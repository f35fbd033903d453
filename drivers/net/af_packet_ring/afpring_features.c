/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_ethtool.h"
#include "afpring_features.h"
#include "afpring_iface.h"
#include "afpring_link_state.h"
#include "afpring_port.h"

/* dev->gso_max_size of a kernel that does not tell (include/linux/netdevice.h). */
#define GSO_LEGACY_MAX_SIZE 65536

/* Tell the queue's lcore what the device can do. If the device has learnt to segment, or its
 * carrier has come (without one it refused everything, whatever it can do), news counts up, and
 * the lcore, which alone changes the path, may go back to the bypass. */
static void
set_superframes(struct afpring_txq *q, union afpring_device device, bool carrier_came)
{
	union afpring_device old = {
		.word = rte_atomic_load_explicit(&q->device_now, rte_memory_order_relaxed)};

	device.news = old.news + (device.tso && (!old.tso || carrier_came));
	rte_atomic_store_explicit(&q->device_now, device.word, rte_memory_order_relaxed);
}

void
afpring_features_read(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct afpring_ethtool_features features;
	struct afpring_link link = {0};
	bool carrier_came;
	union afpring_device device = {.gso_max_len = GSO_LEGACY_MAX_SIZE};
	enum afpring_choice join = port->config.tx_join;

	afpring_link_state_note_speeds(port, process->control_fd);
	afpring_ethtool_features(process->control_fd, afpring_port_ifindex(port), &features);
	features.uso &= port->knows_uso; /* the kernel comes before the device */
	if (afpring_iface_get(dev, &link) == 0 && link.gso_max_size != 0)
		device.gso_max_len = link.gso_max_size;
	carrier_came = link.carrier && !port->had_carrier;
	port->had_carrier = link.carrier;
	device.tso = features.tso;
	device.ecn = features.ecn;
	device.uso = features.uso;
	device.join_tcp = join == AFPRING_ON || (join == AFPRING_AUTO && features.tso);
	device.join_udp = join != AFPRING_OFF && features.uso;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		set_superframes(afpring_port_txq(dev, i), device, carrier_came);
}

bool
afpring_features_join(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	return port->config.tx_join != AFPRING_OFF;
}
