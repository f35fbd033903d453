/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_mbuf_dyn.h>

#include "afpring_flow.h"
#include "afpring_gate.h"
#include "afpring_host.h"
#include "afpring_iface.h"
#include "afpring_log.h"
#include "afpring_mtu.h"
#include "afpring_port.h"
#include "afpring_queue_stop.h"
#include "afpring_rx.h"
#include "afpring_rx_cksum.h"
#include "afpring_rx_lane.h"
#include "afpring_rx_split.h"
#include "afpring_setup.h"
#include "afpring_spread.h"
#include "afpring_tx.h"

int
afpring_configure(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_link link;
	int ret = afpring_iface_claim(dev, "configure", &link);

	if (ret == 0)
		ret = afpring_flow_check_queues(dev);
	if (ret < 0)
		return ret;
	afpring_mtu_wish(dev, dev->data->dev_conf.rxmode.mtu, &link);
	dev->data->scattered_rx = 0;
	dev->data->lro = (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) != 0;
	afpring_host_follow(dev, &link);
	afpring_spread_configure(dev);
	afpring_classify_set_step(&port->classify, AFPRING_CLASSIFY_QINQ,
				  (dev->data->dev_conf.rxmode.offloads &
				   RTE_ETH_RX_OFFLOAD_QINQ_STRIP) != 0);
	return afpring_gates_set_vlan_filter(dev, (dev->data->dev_conf.rxmode.offloads &
						   RTE_ETH_RX_OFFLOAD_VLAN_FILTER) != 0);
}

static int
setup_timestamp(struct afpring_rxq *q)
{
	if ((q->offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) == 0)
		return 0;
	return rte_mbuf_dyn_rx_timestamp_register(&q->ts_offset, &q->ts_flag) < 0 ? -rte_errno : 0;
}

/* An application that takes superframes whole has to know that their checksums are not finished
 * either. An application that asks for the checksum offload alone may not know of unfinished
 * checksums, and gets none. */
static void
setup_cksum(struct afpring_rxq *q, uint64_t offloads, enum afpring_choice partial)
{
	bool lro = (offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) != 0;

	q->check_ip = (offloads & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM) != 0;
	q->check_tcp = (offloads & RTE_ETH_RX_OFFLOAD_TCP_CKSUM) != 0;
	q->check_udp = (offloads & RTE_ETH_RX_OFFLOAD_UDP_CKSUM) != 0;
	q->checks_cksum = (offloads & AFPRING_RX_CKSUM_OFFLOADS) != 0;
	q->keep_tcp_cksum = partial == AFPRING_AUTO ? lro && q->check_tcp : partial == AFPRING_ON;
	q->keep_udp_cksum = partial == AFPRING_AUTO ? lro && q->check_udp : partial == AFPRING_ON;
}

/* ---- the objects ---- */

/* Mbufs that are prepared go back: the application may free their pool next. */
static void
forget_split(struct afpring_rxq *q)
{
	if (q != NULL && q->split != NULL)
		afpring_rx_split_release(q->split);
}

/* ethdev forgets the queue; who looks at it by the port's table need not know. */
void
afpring_rx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	forget_split(dev->data->rx_queues[queue_id]);
	dev->data->rx_queues[queue_id] = NULL;
}

void
afpring_tx_queue_release(struct rte_eth_dev *dev, uint16_t queue_id)
{
	dev->data->tx_queues[queue_id] = NULL;
}

void
afpring_queues_free(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	for (uint32_t i = 0; i < AFPRING_MAX_QUEUES; i++) {
		forget_split(port->rx[i]);
		rte_free(port->rx[i]);
		rte_free(port->tx[i]);
		port->rx[i] = NULL;
		port->tx[i] = NULL;
	}
}

/* A queue and behind it its superframe lane: they live and go together. */
static void *
alloc_with_lane(const struct rte_eth_dev *dev, uint16_t i, size_t queue_size, size_t lane_size,
		unsigned int socket_id)
{
	void *q = rte_zmalloc_socket("afpring_queue", queue_size + lane_size, RTE_CACHE_LINE_SIZE,
				     socket_id);

	if (q == NULL)
		AFPRING_LOG(ERR, "%s: queue %u: no memory", dev->data->name, i);
	return q;
}

static struct afpring_rxq *
get_rxq(struct rte_eth_dev *dev, uint16_t i, unsigned int socket_id)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_rxq *q = afpring_port_rxq(dev, i);

	if (q != NULL)
		return q;
	q = alloc_with_lane(dev, i, sizeof(*q), sizeof(*q->lane) + sizeof(*q->split), socket_id);
	if (q == NULL)
		return NULL;
	q->lane = (struct afpring_rx_lane *)(q + 1);
	q->port_id = dev->data->port_id;
	q->queue_id = i;
	q->classify = &port->classify;
	port->classify.ptp = &port->ptp;
	rte_atomic_store_explicit(&port->rx[i], q, rte_memory_order_release);
	return q;
}

static struct afpring_txq *
get_txq(struct rte_eth_dev *dev, uint16_t i, unsigned int socket_id)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_txq *q = afpring_port_txq(dev, i);

	if (q != NULL)
		return q;
	q = alloc_with_lane(dev, i, sizeof(*q), afpring_tx_batch_size(), socket_id);
	if (q == NULL)
		return NULL;
	q->batch = (struct afpring_tx_batch *)(q + 1);
	q->port_id = dev->data->port_id;
	q->queue_id = i;
	rte_atomic_store_explicit(&port->tx[i], q, rte_memory_order_release);
	return q;
}

/* ---- what the application wants of them ---- */

/* ethdev turns "no limit given" into one frame of the MTU, with which LRO would never
 * have anything to do. */
static uint32_t
max_lro_len(const struct rte_eth_dev *dev, uint64_t offloads)
{
	uint32_t given = dev->data->dev_conf.rxmode.max_lro_pkt_size;
	uint32_t mtu = RTE_MAX((uint32_t)dev->data->mtu, dev->data->dev_conf.rxmode.mtu);

	if ((offloads & RTE_ETH_RX_OFFLOAD_TCP_LRO) == 0)
		return 0;
	if (given <= mtu + RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN)
		return AFPRING_MAX_LRO_LEN;
	return given;
}

/* The pool that the burst receives into, or NULL. */
static struct rte_mempool *
setup_split(const struct rte_eth_dev *dev, const struct rte_eth_rxconf *conf,
	    struct afpring_rx_split *split)
{
	struct rte_mempool *pool;
	const char *why = afpring_rx_split_set(split, conf, &pool);

	if (why == NULL)
		return pool;
	AFPRING_LOG(ERR, "%s: buffer split: %s", dev->data->name, why);
	return NULL;
}

/* Nobody receives on the queue: the port is stopped, or the queue is. */
static void
obey(struct afpring_rxq *q, const struct afpring_rxq *wish)
{
	q->split = NULL;
	if (wish->split != NULL) {
		q->split = (struct afpring_rx_split *)(q->lane + 1);
		*q->split = *wish->split;
	}
	q->pool = wish->pool;
	q->room = wish->room;
	q->scatter = wish->scatter;
	q->check_ip = wish->check_ip;
	q->check_tcp = wish->check_tcp;
	q->check_udp = wish->check_udp;
	q->checks_cksum = wish->checks_cksum;
	q->keep_tcp_cksum = wish->keep_tcp_cksum;
	q->keep_udp_cksum = wish->keep_udp_cksum;
	q->max_lro_len = wish->max_lro_len;
	q->offloads = wish->offloads;
	q->ts_offset = wish->ts_offset;
	q->ts_flag = wish->ts_flag;
	q->more_flag = wish->more_flag;
	q->nb_desc = wish->nb_desc;
	q->is_deferred = wish->is_deferred;
	afpring_rxq_set_strip(q, (wish->offloads & RTE_ETH_RX_OFFLOAD_VLAN_STRIP) != 0);
}

static void
note_scatter(struct rte_eth_dev *dev, const struct afpring_rxq *q)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (!afpring_rxq_has_room(q, dev->data->mtu) && q->queue_id == 0)
		AFPRING_LOG(WARNING,
			    "%s: iface=%s has MTU %u, but mbufs hold %u bytes and scatter "
			    "is off: larger frames will be dropped and counted (ierrors)",
			    dev->data->name, port->config.iface, dev->data->mtu, q->room);
	if (q->max_lro_len != 0 || afpring_mtu_wants_chains(dev, q->room) ||
	    (q->scatter && q->room < dev->data->mtu + RTE_ETHER_HDR_LEN))
		dev->data->scattered_rx = 1;
}

int
afpring_rx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
		       unsigned int socket_id, const struct rte_eth_rxconf *conf,
		       struct rte_mempool *pool)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint64_t offloads = dev->data->dev_conf.rxmode.offloads | conf->offloads;
	struct afpring_rx_split split = {0};
	struct afpring_rxq wish = {
		.split = pool == NULL ? &split : NULL,
		.queue_id = queue_id,
		.max_lro_len = max_lro_len(dev, offloads),
		.offloads = offloads,
		.more_flag = afpring_held_flag(),
		.nb_desc = nb_desc,
		.is_deferred = conf->rx_deferred_start != 0,
	};
	struct afpring_rxq *q;
	int ret;

	wish.pool = pool == NULL ? setup_split(dev, conf, &split) : pool;
	if (wish.pool == NULL)
		return -EINVAL;
	wish.room = rte_pktmbuf_data_room_size(wish.pool) - RTE_PKTMBUF_HEADROOM;
	wish.scatter = (offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0 ||
		       afpring_mtu_wants_chains(dev, wish.room) ||
		       afpring_rx_split_leaves_out_the_rest(&split);
	setup_cksum(&wish, offloads, port->config.rx_partial);
	ret = afpring_mtu_check_wish(dev, &wish);
	if (ret == 0)
		ret = setup_timestamp(&wish);
	if (ret < 0)
		return ret;
	q = get_rxq(dev, queue_id, socket_id);
	if (q == NULL)
		return -ENOMEM;
	obey(q, &wish);
	note_scatter(dev, q);
	if (dev->data->dev_started)
		ret = afpring_rx_queue_renew(dev, queue_id);
	if (ret == 0)
		dev->data->rx_queues[queue_id] = q;
	return ret;
}

int
afpring_tx_queue_setup(struct rte_eth_dev *dev, uint16_t queue_id, uint16_t nb_desc,
		       unsigned int socket_id, const struct rte_eth_txconf *conf)
{
	struct afpring_txq *q = get_txq(dev, queue_id, socket_id);
	int ret = 0;

	if (q == NULL)
		return -ENOMEM;
	q->offloads = conf->offloads;
	q->nb_desc = nb_desc;
	q->is_deferred = conf->tx_deferred_start != 0;
	if (dev->data->dev_started)
		ret = afpring_tx_queue_renew(dev, queue_id);
	if (ret == 0)
		dev->data->tx_queues[queue_id] = q;
	return ret;
}
