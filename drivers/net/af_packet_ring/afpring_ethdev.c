/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <string.h>

#include "afpring_address.h"
#include "afpring_control.h"
#include "afpring_ethdev.h"
#include "afpring_fast_path.h"
#include "afpring_flow.h"
#include "afpring_fork.h"
#include "afpring_link_state.h"
#include "afpring_log.h"
#include "afpring_mode.h"
#include "afpring_mtu.h"
#include "afpring_port.h"
#include "afpring_ptypes.h"
#include "afpring_queue_info.h"
#include "afpring_queue_stop.h"
#include "afpring_rx.h"
#include "afpring_rx_intr.h"
#include "afpring_rx_split.h"
#include "afpring_setup.h"
#include "afpring_spread.h"
#include "afpring_stamping.h"
#include "afpring_start.h"
#include "afpring_stats.h"
#include "afpring_timesync.h"
#include "afpring_socket.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"
#include "afpring_xstats.h"

#define MIN_DESC 16
#define MAX_DESC 32768
#define BURST 32

static int
afpring_infos_get(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct afpring_port *port = dev->data->dev_private;

	info->if_index = afpring_port_ifindex(port);
	info->dev_capa |= RTE_ETH_DEV_CAPA_RUNTIME_RX_QUEUE_SETUP |
			  RTE_ETH_DEV_CAPA_RUNTIME_TX_QUEUE_SETUP | RTE_ETH_DEV_CAPA_FLOW_RULE_KEEP;
	info->max_mac_addrs = AFPRING_FILTER_UNICAST;
	info->min_mtu = rte_atomic_load_explicit(&port->min_mtu, rte_memory_order_relaxed);
	info->max_mtu = rte_atomic_load_explicit(&port->max_mtu, rte_memory_order_relaxed);
	info->max_rx_pktlen = info->max_mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN;
	info->max_lro_pkt_size = AFPRING_MAX_LRO_LEN;
	/* no hardware needs a smallest buffer: afpring_mtu_check_room() */
	info->min_rx_bufsize = 0;
	info->max_rx_queues = port->config.qpairs;
	info->max_tx_queues = port->config.qpairs;
	info->rx_desc_lim = (struct rte_eth_desc_lim){
		.nb_max = MAX_DESC,
		.nb_min = MIN_DESC,
		.nb_align = 1,
	};
	info->tx_desc_lim = info->rx_desc_lim;
	info->tx_desc_lim.nb_seg_max = AFPRING_BATCH_IOV - AFPRING_BATCH_IOV_HEAD;
	info->tx_desc_lim.nb_mtu_seg_max = AFPRING_BATCH_IOV - AFPRING_BATCH_IOV_HEAD;
	info->rx_offload_capa = AFPRING_RX_OFFLOADS;
	info->tx_offload_capa = AFPRING_TX_OFFLOADS;
	if (port->knows_uso)
		info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_UDP_TSO;
	info->rx_seg_capa = (struct rte_eth_rxseg_capa){
		.multi_pools = 1,
		.max_nseg = AFPRING_SPLIT_SEGS,
	};
	afpring_info_set_selective_rx(info);
	afpring_spread_info(port, info);
	info->default_rxportconf = (struct rte_eth_dev_portconf){
		.burst_size = BURST,
		.ring_size = AFPRING_DEFAULT_DESC,
		.nb_queues = 1,
	};
	info->default_txportconf = info->default_rxportconf;
	info->speed_capa = rte_atomic_load_explicit(&port->speeds, rte_memory_order_relaxed);
	return 0;
}

AFPRING_STATS_GET_OP(afpring_stats_get_op, afpring_stats_get)
AFPRING_PTYPES_GET_OP(afpring_ptypes_get_op, afpring_ptypes_get)

static const uint32_t *
afpring_split_ptypes_get(struct rte_eth_dev *dev, size_t *nb)
{
	RTE_SET_USED(dev);
	*nb = afpring_nb_split_ptypes;
	return afpring_split_ptypes;
}

AFPRING_PTYPES_GET_OP(afpring_split_ptypes_get_op, afpring_split_ptypes_get)

/* ---- start, stop, close ---- */

static int
afpring_dev_start(struct rte_eth_dev *dev)
{
	int ret = afpring_rx_intr_open(dev);

	if (ret == 0)
		ret = afpring_start(dev);

	if (ret < 0)
		return ret;
	if (dev->data->dev_conf.intr_conf.lsc != 0) /* else ethdev asks */
		afpring_link_state_read(dev);
	ret = afpring_control_start(dev);
	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: no control thread: %s; %s", dev->data->name, strerror(-ret),
			    afpring_log_remedy(-ret));
		afpring_stop(dev);
		return ret;
	}
	afpring_fast_path_select(dev);
	afpring_queue_states_set(dev);
	return 0;
}

/* Marks and flags are had without asking; what a tunnel was restored from is not. */
static int
afpring_rx_metadata_negotiate(struct rte_eth_dev *dev, uint64_t *features)
{
	RTE_SET_USED(dev);
	*features &= RTE_ETH_RX_METADATA_USER_FLAG | RTE_ETH_RX_METADATA_USER_MARK;
	return 0;
}

static int
afpring_dev_stop(struct rte_eth_dev *dev)
{
	afpring_control_stop(dev);
	afpring_stop(dev);
	memset(dev->data->rx_queue_state, RTE_ETH_QUEUE_STATE_STOPPED, dev->data->nb_rx_queues);
	memset(dev->data->tx_queue_state, RTE_ETH_QUEUE_STATE_STOPPED, dev->data->nb_tx_queues);
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	return 0;
}

static int
afpring_close(struct rte_eth_dev *dev)
{
	/* a secondary, a forked child, or a port that is closed already */
	if (dev->process_private == NULL)
		return 0;
	if (dev->data->dev_started) {
		afpring_dev_stop(dev);
		dev->data->dev_started = 0;
	}
	afpring_queues_free(dev);
	afpring_rx_intr_close(dev);
	afpring_mtu_restore(dev);
	afpring_stamping_end(dev);
	afpring_fork_hold();
	afpring_process_free(dev->process_private);
	dev->process_private = NULL;
	afpring_fork_release();
	return 0;
}

const struct eth_dev_ops afpring_primary_ops = {
	.dev_configure = afpring_configure,
	.dev_start = afpring_dev_start,
	.dev_stop = afpring_dev_stop,
	.dev_close = afpring_close,
	.dev_infos_get = afpring_infos_get,
	.rxq_info_get = afpring_rxq_info_get,
	.txq_info_get = afpring_txq_info_get,
	.rx_burst_mode_get = afpring_rx_burst_mode_get,
	.tx_burst_mode_get = afpring_tx_burst_mode_get,
	.rx_queue_intr_enable = afpring_rx_queue_intr_enable,
	.rx_queue_intr_disable = afpring_rx_queue_intr_disable,
	.get_monitor_addr = afpring_get_monitor_addr,
	.rx_queue_start = afpring_rx_queue_start,
	.rx_queue_stop = afpring_rx_queue_stop,
	.tx_queue_start = afpring_tx_queue_start,
	.tx_queue_stop = afpring_tx_queue_stop,
	.rx_queue_setup = afpring_rx_queue_setup,
	.rx_queue_release = afpring_rx_queue_release,
	.tx_queue_setup = afpring_tx_queue_setup,
	.tx_queue_release = afpring_tx_queue_release,
	.tx_done_cleanup = afpring_tx_done_cleanup,
	.link_update = afpring_link_state_update,
	.dev_set_link_up = afpring_set_link_up,
	.dev_set_link_down = afpring_set_link_down,
	.promiscuous_enable = afpring_promiscuous_enable,
	.promiscuous_disable = afpring_promiscuous_disable,
	.allmulticast_enable = afpring_allmulticast_enable,
	.allmulticast_disable = afpring_allmulticast_disable,
	.mac_addr_set = afpring_mac_addr_set,
	.mac_addr_add = afpring_mac_addr_add,
	.mac_addr_remove = afpring_mac_addr_remove,
	.set_mc_addr_list = afpring_set_mc_addr_list,
	.mtu_set = afpring_mtu_set,
	.vlan_offload_set = afpring_vlan_offload_set,
	.vlan_filter_set = afpring_vlan_filter_set,
	.rss_hash_update = afpring_rss_hash_update,
	.rss_hash_conf_get = afpring_rss_hash_conf_get,
	.reta_update = afpring_reta_update,
	.reta_query = afpring_reta_query,
	.flow_ops_get = afpring_flow_ops_get,
	.rx_metadata_negotiate = afpring_rx_metadata_negotiate,
	.dev_supported_ptypes_get = afpring_ptypes_get_op,
	.dev_ptypes_set = afpring_ptypes_set,
	.buffer_split_supported_hdr_ptypes_get = afpring_split_ptypes_get_op,
	.read_clock = afpring_read_clock,
	.timesync_enable = afpring_timesync_enable,
	.timesync_disable = afpring_timesync_disable,
	.timesync_read_rx_timestamp = afpring_timesync_read_rx,
	.timesync_read_tx_timestamp = afpring_timesync_read_tx,
	.timesync_adjust_time = afpring_timesync_adjust_time,
	.timesync_read_time = afpring_timesync_read_time,
	.timesync_write_time = afpring_timesync_write_time,
	.stats_get = afpring_stats_get_op,
	.stats_reset = afpring_stats_reset,
	.xstats_get = afpring_xstats_get,
	.xstats_get_names = afpring_xstats_get_names,
	.xstats_get_by_id = afpring_xstats_get_by_id,
	.xstats_get_names_by_id = afpring_xstats_get_names_by_id,
	.xstats_reset = afpring_stats_reset,
	AFPRING_RESTORE_NOTHING,
	AFPRING_ADJUST_FREQ(afpring_timesync_adjust_freq),
};

const struct eth_dev_ops afpring_secondary_ops = {
	.dev_close = afpring_close,
	.dev_infos_get = afpring_infos_get,
	.link_update = afpring_link_state_update,
	.rxq_info_get = afpring_rxq_info_get,
	.txq_info_get = afpring_txq_info_get,
	.stats_get = afpring_stats_get_op,
	.stats_reset = afpring_stats_reset,
	.xstats_get = afpring_xstats_get,
	.xstats_get_names = afpring_xstats_get_names,
	.xstats_get_by_id = afpring_xstats_get_by_id,
	.xstats_get_names_by_id = afpring_xstats_get_names_by_id,
	.xstats_reset = afpring_stats_reset,
};

bool
afpring_ethdev_is_ours(const struct rte_eth_dev *dev)
{
	return dev->dev_ops == &afpring_primary_ops || dev->dev_ops == &afpring_secondary_ops;
}
