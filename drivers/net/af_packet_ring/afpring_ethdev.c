/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>

#include "afpring_ethdev.h"
#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_rx.h"
#include "afpring_socket.h"
#include "afpring_stats.h"
#include "afpring_tx.h"
#include "afpring_uapi.h"

#define MIN_DESC 16
#define MAX_DESC 32768
#define BURST 32

static int
afpring_configure(struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t wished = dev->data->dev_conf.rxmode.mtu;
	struct afpring_link link;
	int ret = afpring_link_get(port->ifindex, &link);

	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: %s", dev->data->name, port->config.iface,
			    strerror(-ret));
		return ret;
	}
	/* configure is no request to change the host's MTU, mtu_set is */
	dev->data->mtu = RTE_MIN(link.mtu, AFPRING_MAX_MTU);
	if (wished > dev->data->mtu)
		AFPRING_LOG(NOTICE, "%s: iface=%s has MTU %u, not %u; set it with "
				    "rte_eth_dev_set_mtu()",
			    dev->data->name, port->config.iface, link.mtu, wished);
	return 0;
}

static int
afpring_infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct afpring_port *port = dev->data->dev_private;

	info->if_index = port->ifindex;
	info->max_mac_addrs = 1;
	info->min_mtu = port->min_mtu;
	info->max_mtu = port->max_mtu;
	info->max_rx_pktlen = port->max_mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
	info->max_rx_queues = port->config.qpairs;
	info->max_tx_queues = port->config.qpairs;
	info->rx_desc_lim = (struct rte_eth_desc_lim){
		.nb_max = MAX_DESC,
		.nb_min = MIN_DESC,
		.nb_align = 1,
	};
	info->tx_desc_lim = info->rx_desc_lim;
	info->tx_desc_lim.nb_seg_max = UINT16_MAX;
	info->tx_desc_lim.nb_mtu_seg_max = UINT16_MAX;
	info->rx_offload_capa = AFPRING_RX_OFFLOADS;
	info->tx_offload_capa = AFPRING_TX_OFFLOADS;
	info->default_rxportconf = (struct rte_eth_dev_portconf){
		.burst_size = BURST,
		.ring_size = AFPRING_DEFAULT_DESC,
		.nb_queues = 1,
	};
	info->default_txportconf = info->default_rxportconf;
	info->speed_capa = dev->data->dev_link.link_speed == RTE_ETH_SPEED_NUM_NONE ||
					   dev->data->dev_link.link_speed ==
						   RTE_ETH_SPEED_NUM_UNKNOWN
				   ? 0
				   : rte_eth_speed_bitflag(dev->data->dev_link.link_speed, 1);
	return 0;
}

/* ---- queues ---- */

/* Frames of the MTU must fit what the application gave, or what it configured. */
static int
check_room(const struct rte_eth_dev *dev, const struct afpring_rxq *q, uint32_t mtu)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t largest = mtu + RTE_ETHER_HDR_LEN;

	if (q->scatter || q->room >= largest)
		return 0;
	AFPRING_LOG(ERR, "%s: iface=%s rx queue %u: an mbuf holds %u bytes of frame, MTU %u has "
			 "frames of %u; use larger mbufs, scatter, or a smaller MTU",
		    dev->data->name, port->config.iface, q->queue_id, q->room, mtu, largest);
	return -EINVAL;
}

static int
setup_timestamp(struct afpring_rxq *q)
{
	if ((q->offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) == 0)
		return 0;
	return rte_mbuf_dyn_rx_timestamp_register(&q->ts_offset, &q->ts_flag) < 0 ? -rte_errno : 0;
}

static void
afpring_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	rte_free(dev->data->rx_queues[queue_id]);
	dev->data->rx_queues[queue_id] = NULL;
}

static int
afpring_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
		       unsigned int socket_id, const struct rte_eth_rxconf *conf,
		       struct rte_mempool *pool)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint64_t offloads = dev->data->dev_conf.rxmode.offloads | conf->offloads;
	struct afpring_rxq *q;
	int ret;

	q = rte_zmalloc_socket("afpring_rxq", sizeof(*q), RTE_CACHE_LINE_SIZE, socket_id);
	if (q == NULL) {
		AFPRING_LOG(ERR, "%s: rx queue %u: no memory", dev->data->name, queue_id);
		return -ENOMEM;
	}
	q->pool = pool;
	q->port_id = dev->data->port_id;
	q->queue_id = queue_id;
	q->room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
	q->scatter = (offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
	q->strip = (offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;
	q->offloads = offloads;
	q->nb_desc = nb_desc;

	ret = check_room(dev, q, dev->data->dev_conf.rxmode.mtu);
	if (ret == 0)
		ret = setup_timestamp(q);
	if (ret < 0) {
		rte_free(q);
		return ret;
	}
	if (!q->scatter && q->room < dev->data->mtu + RTE_ETHER_HDR_LEN && queue_id == 0)
		AFPRING_LOG(WARNING, "%s: iface=%s has MTU %u, but mbufs hold %u bytes and scatter "
				     "is off: larger frames will be dropped and counted (ierrors)",
			    dev->data->name, port->config.iface, dev->data->mtu, q->room);
	if (q->scatter && q->room < dev->data->mtu + RTE_ETHER_HDR_LEN)
		dev->data->scattered_rx = 1;
	dev->data->rx_queues[queue_id] = q;
	return 0;
}

static void
afpring_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	rte_free(dev->data->tx_queues[queue_id]);
	dev->data->tx_queues[queue_id] = NULL;
}

static int
afpring_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
		       unsigned int socket_id, const struct rte_eth_txconf *conf)
{
	struct afpring_txq *q;

	RTE_SET_USED(conf);
	q = rte_zmalloc_socket("afpring_txq", sizeof(*q), RTE_CACHE_LINE_SIZE, socket_id);
	if (q == NULL) {
		AFPRING_LOG(ERR, "%s: tx queue %u: no memory", dev->data->name, queue_id);
		return -ENOMEM;
	}
	q->port_id = dev->data->port_id;
	q->queue_id = queue_id;
	q->nb_desc = nb_desc;
	q->waiting_lcore = AFPRING_NO_LCORE;
	dev->data->tx_queues[queue_id] = q;
	return 0;
}

/* ---- start, stop, close ---- */

static int
afpring_link_update(struct rte_eth_dev *dev, int wait)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct rte_eth_link status = {
		.link_speed = RTE_ETH_SPEED_NUM_NONE,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_status = RTE_ETH_LINK_DOWN,
	};
	struct afpring_link_speed speed;
	struct afpring_link link;

	RTE_SET_USED(wait);
	if (afpring_link_get(port->ifindex, &link) == 0 && link.admin_up && link.carrier) {
		afpring_link_get_speed(port->ifindex, &speed);
		status.link_status = RTE_ETH_LINK_UP;
		status.link_speed = speed.mbps != 0 ? speed.mbps : RTE_ETH_SPEED_NUM_UNKNOWN;
		status.link_duplex = speed.full_duplex ? RTE_ETH_LINK_FULL_DUPLEX
						       : RTE_ETH_LINK_HALF_DUPLEX;
		status.link_autoneg = speed.autoneg ? RTE_ETH_LINK_AUTONEG : RTE_ETH_LINK_FIXED;
	}
	return rte_eth_linkstatus_set(dev, &status);
}

static void
set_queue_states(struct rte_eth_dev *dev, uint8_t state)
{
	memset(dev->data->rx_queue_state, state, dev->data->nb_rx_queues);
	memset(dev->data->tx_queue_state, state, dev->data->nb_tx_queues);
}

static int
afpring_start(struct rte_eth_dev *dev)
{
	uint64_t offloads = dev->data->dev_conf.rxmode.offloads;
	int ret = afpring_port_start(dev);

	if (ret < 0)
		return ret;
	dev->rx_pkt_burst = afpring_rx_burst_select(offloads);
	dev->tx_pkt_burst = afpring_tx_burst;
	set_queue_states(dev, RTE_ETH_QUEUE_STATE_STARTED);
	return 0;
}

static int
afpring_stop(struct rte_eth_dev *dev)
{
	afpring_port_stop(dev);
	set_queue_states(dev, RTE_ETH_QUEUE_STATE_STOPPED);
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	return 0;
}

static int
afpring_close(struct rte_eth_dev *dev)
{
	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return 0;
	if (dev->data->dev_started) {
		afpring_stop(dev);
		dev->data->dev_started = 0;
	}
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++)
		afpring_rx_queue_release(dev, i);
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		afpring_tx_queue_release(dev, i);
	afpring_process_free(dev->process_private);
	dev->process_private = NULL;
	return 0;
}

/* ---- what the interface receives ---- */

/* Take or drop the port's one reference on a receive mode of the interface, and
 * let the gates follow. */
static int
set_receive_mode(struct rte_eth_dev *dev, bool *mode, uint16_t type, bool on)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	int ret;

	if (*mode == on)
		return 0;
	ret = afpring_socket_membership(process->control_fd, port->ifindex, type, on);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: PACKET_ADD_MEMBERSHIP: %s", dev->data->name,
			    port->config.iface, strerror(-ret));
		return ret;
	}
	*mode = on;
	return afpring_port_update_gates(dev);
}

static int
afpring_promiscuous_enable(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	return set_receive_mode(dev, &port->promisc, PACKET_MR_PROMISC, true);
}

static int
afpring_promiscuous_disable(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	return set_receive_mode(dev, &port->promisc, PACKET_MR_PROMISC, false);
}

static int
afpring_allmulticast_enable(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	return set_receive_mode(dev, &port->allmulti, PACKET_MR_ALLMULTI, true);
}

static int
afpring_allmulticast_disable(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	return set_receive_mode(dev, &port->allmulti, PACKET_MR_ALLMULTI, false);
}

/* ethdev repeats the address it knows at every start: that is no request. */
static int
afpring_mac_addr_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	struct afpring_port *port = dev->data->dev_private;
	int ret;

	if (rte_is_same_ether_addr(mac, &port->mac))
		return 0;
	ret = afpring_link_set_mac(port->ifindex, mac);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: set address " RTE_ETHER_ADDR_PRT_FMT ": %s",
			    dev->data->name, port->config.iface, RTE_ETHER_ADDR_BYTES(mac),
			    strerror(-ret));
		return ret;
	}
	port->mac = *mac;
	return afpring_port_update_gates(dev);
}

static int
afpring_vlan_offload_set(struct rte_eth_dev *dev, int mask)
{
	bool strip = (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0;

	if ((mask & RTE_ETH_VLAN_STRIP_MASK) == 0)
		return 0;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		struct afpring_rxq *q = dev->data->rx_queues[i];

		if (q != NULL)
			q->strip = strip;
	}
	return 0;
}

/* ---- MTU ---- */

/* Running rings keep their slots, so a larger MTU must fit them. */
static int
check_mtu(const struct rte_eth_dev *dev, uint16_t mtu)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = 0;

	for (uint16_t i = 0; i < dev->data->nb_rx_queues && ret == 0; i++)
		if (dev->data->rx_queues[i] != NULL)
			ret = check_room(dev, dev->data->rx_queues[i], mtu);
	if (ret < 0 || !dev->data->dev_started)
		return ret;
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		const struct afpring_rxq *q = dev->data->rx_queues[i];

		if (q->geo.frame_size >= AFPRING_RX_SLOT_OVERHEAD + AFPRING_FRAME_OVERHEAD + mtu)
			continue;
		AFPRING_LOG(ERR, "%s: iface=%s: MTU %u needs larger slots than the running ring "
				 "has (%u bytes); stop the port first",
			    dev->data->name, port->config.iface, mtu, q->geo.frame_size);
		return -EBUSY;
	}
	return 0;
}

static int
afpring_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = check_mtu(dev, mtu);

	if (ret < 0)
		return ret;
	ret = afpring_link_set_mtu(port->ifindex, mtu);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: set MTU %u: %s", dev->data->name,
			    port->config.iface, mtu, strerror(-ret));
		return ret;
	}
	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++) {
		struct afpring_txq *q = dev->data->tx_queues[i];

		if (q != NULL)
			q->max_len = mtu + RTE_ETHER_HDR_LEN;
	}
	return 0;
}

AFPRING_STATS_GET_OP(afpring_stats_get_op, afpring_stats_get)

const struct eth_dev_ops afpring_primary_ops = {
	.dev_configure = afpring_configure,
	.dev_start = afpring_start,
	.dev_stop = afpring_stop,
	.dev_close = afpring_close,
	.dev_infos_get = afpring_infos_get,
	.rx_queue_setup = afpring_rx_queue_setup,
	.rx_queue_release = afpring_rx_queue_release,
	.tx_queue_setup = afpring_tx_queue_setup,
	.tx_queue_release = afpring_tx_queue_release,
	.tx_done_cleanup = afpring_tx_done_cleanup,
	.link_update = afpring_link_update,
	.promiscuous_enable = afpring_promiscuous_enable,
	.promiscuous_disable = afpring_promiscuous_disable,
	.allmulticast_enable = afpring_allmulticast_enable,
	.allmulticast_disable = afpring_allmulticast_disable,
	.mac_addr_set = afpring_mac_addr_set,
	.mtu_set = afpring_mtu_set,
	.vlan_offload_set = afpring_vlan_offload_set,
	.stats_get = afpring_stats_get_op,
	.stats_reset = afpring_stats_reset,
	.xstats_get = afpring_xstats_get,
	.xstats_get_names = afpring_xstats_get_names,
	.xstats_reset = afpring_stats_reset,
};

const struct eth_dev_ops afpring_secondary_ops = {
	.dev_close = afpring_close,
	.dev_infos_get = afpring_infos_get,
	.link_update = afpring_link_update,
	.stats_get = afpring_stats_get_op,
	.stats_reset = afpring_stats_reset,
	.xstats_get = afpring_xstats_get,
	.xstats_get_names = afpring_xstats_get_names,
	.xstats_reset = afpring_stats_reset,
};

bool
afpring_ethdev_is_ours(const struct rte_eth_dev *dev)
{
	return dev->dev_ops == &afpring_primary_ops || dev->dev_ops == &afpring_secondary_ops;
}
