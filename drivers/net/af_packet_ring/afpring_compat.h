/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The only file that knows DPDK releases. The driver is written for the newest
 * interface; each block here teaches an older release the newer words and names
 * the release that made it unnecessary: to drop a release, delete the blocks up
 * to it. Only spelling may differ here, never behaviour.
 */
#ifndef AFPRING_COMPAT_H
#define AFPRING_COMPAT_H

#include <errno.h>

#include <rte_common.h>
#include <rte_log.h>
#include <rte_version.h>

#include <ethdev_driver.h>

#if RTE_VERSION < RTE_VERSION_NUM(22, 11, 0, 0)
#error "net_afpring needs DPDK 22.11 or newer"
#endif

/* 23.11: rte_stdatomic.h */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#include <rte_stdatomic.h>
#else
#define RTE_ATOMIC(type) type
#define rte_memory_order_relaxed __ATOMIC_RELAXED
#define rte_memory_order_acquire __ATOMIC_ACQUIRE
#define rte_memory_order_release __ATOMIC_RELEASE
#define rte_memory_order_seq_cst __ATOMIC_SEQ_CST
#define rte_atomic_load_explicit(ptr, order) __atomic_load_n(ptr, order)
#define rte_atomic_store_explicit(ptr, val, order) __atomic_store_n(ptr, val, order)
#define rte_atomic_exchange_explicit(ptr, val, order) __atomic_exchange_n(ptr, val, order)
#define rte_atomic_fetch_add_explicit(ptr, val, order) __atomic_fetch_add(ptr, val, order)
#define rte_atomic_fetch_or_explicit(ptr, val, order) __atomic_fetch_or(ptr, val, order)
#define rte_atomic_compare_exchange_strong_explicit(ptr, expected, val, success, failure)          \
	__atomic_compare_exchange_n(ptr, expected, val, 0, success, failure)
#endif

/* 23.03: the item of ARP has the header as it is on the wire */
#include <string.h>
#include <rte_flow_driver.h>
#define AFPRING_FLOW_ARP_LEN 28

/** The item's header in wire, or NULL for NULL. */
static inline const uint8_t *
afpring_flow_arp(const void *item, uint8_t wire[AFPRING_FLOW_ARP_LEN])
{
	const struct rte_flow_item_arp_eth_ipv4 *arp = item;

	if (arp == NULL)
		return NULL;
#if RTE_VERSION >= RTE_VERSION_NUM(23, 3, 0, 0)
	memcpy(wire, &arp->hdr, AFPRING_FLOW_ARP_LEN);
#else
	memcpy(wire, arp, 8);
	memcpy(wire + 8, &arp->sha, 6);
	memcpy(wire + 14, &arp->spa, 4);
	memcpy(wire + 18, &arp->tha, 6);
	memcpy(wire + 24, &arp->tpa, 4);
#endif
	return wire;
}

/* 23.11: rte_thread_create_control(), whose thread returns a number */
#include <rte_lcore.h>
#include <rte_thread.h>
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
typedef uint32_t afpring_thread_ret;
#else
typedef void *afpring_thread_ret;
#define rte_thread_create_control(thread, name, fn, arg)                                           \
	rte_ctrl_thread_create((pthread_t *)&(thread)->opaque_id, name, NULL, fn, arg)
#endif

/* 23.11: the hash function is part of the RSS configuration */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#define afpring_rss_algorithm(conf) ((conf)->algorithm)
#define afpring_rss_set_algorithm(conf, function) ((conf)->algorithm = (function))
#define afpring_info_add_rss_algorithm(info, function)                                             \
	((info)->rss_algo_capa |= RTE_ETH_HASH_ALGO_TO_CAPA(function))
#else
#define afpring_rss_algorithm(conf) RTE_ETH_HASH_FUNCTION_DEFAULT
#define afpring_rss_set_algorithm(conf, function) RTE_SET_USED(function)
#define afpring_info_add_rss_algorithm(info, function) RTE_SET_USED(function)
#endif

/* 24.03: the list of packet types has a length. Older releases look for its end. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define AFPRING_PTYPES_GET_OP(name, fn)                                                            \
	static const uint32_t *name(struct rte_eth_dev *dev, size_t *nb)                           \
	{                                                                                          \
		return fn(dev, nb);                                                                \
	}
#else
#define AFPRING_PTYPES_GET_OP(name, fn)                                                            \
	static const uint32_t *name(struct rte_eth_dev *dev)                                       \
	{                                                                                          \
		size_t nb;                                                                         \
                                                                                                   \
		return fn(dev, &nb);                                                               \
	}
#endif

/* 24.03: log lines without a trailing newline */
#ifndef RTE_LOG_LINE
#define RTE_LOG_LINE(level, type, ...)                                                             \
	RTE_LOG(level, type, RTE_FMT(RTE_FMT_HEAD(__VA_ARGS__, ) "\n", RTE_FMT_TAIL(__VA_ARGS__, )))
#endif

/* 24.03: how full a transmit ring is */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 3, 0, 0)
#define afpring_set_tx_queue_count(dev, fn) ((dev)->tx_queue_count = (fn))
#define afpring_copy_tx_queue_count(to, dev) ((to)->tx_queue_count = (dev)->tx_queue_count)
#else
#define afpring_set_tx_queue_count(dev, fn) RTE_SET_USED(fn)
#define afpring_copy_tx_queue_count(to, dev) RTE_SET_USED(to)
#endif

/* 24.11: a driver says which settings ethdev has to repeat after a start. Older releases repeat
 * address and receive modes, and the driver finds that nothing changes. */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
static inline uint64_t
afpring_restore_nothing(struct rte_eth_dev *dev, enum rte_eth_dev_operation op)
{
	RTE_SET_USED(dev);
	RTE_SET_USED(op);
	return 0;
}
#define AFPRING_RESTORE_NOTHING .get_restore_flags = afpring_restore_nothing
#else
#define AFPRING_RESTORE_NOTHING .get_reg = NULL /* nothing, in a list of operations */
#endif

/* 24.11: the rate of a port's clock */
#if RTE_VERSION >= RTE_VERSION_NUM(24, 11, 0, 0)
#define AFPRING_ADJUST_FREQ(fn) .timesync_adjust_freq = (fn)
#else
#define AFPRING_ADJUST_FREQ(fn) .get_eeprom = NULL /* nothing, in a list of operations */
#endif

/* 25.03: calls for raw mbufs in bulk, which 25.11 also notes in each mbuf's history */
#include <rte_mbuf.h>
#if RTE_VERSION < RTE_VERSION_NUM(25, 3, 0, 0)
static __rte_always_inline int
rte_mbuf_raw_alloc_bulk(struct rte_mempool *mp, struct rte_mbuf **mbufs, unsigned int count)
{
	return rte_mempool_get_bulk(mp, (void **)mbufs, count);
}

static __rte_always_inline void
rte_mbuf_raw_free_bulk(struct rte_mempool *mp, struct rte_mbuf **mbufs, unsigned int count)
{
	rte_mempool_put_bulk(mp, (void **)mbufs, count);
}
#endif

/* 25.11: stats_get hands the queue counters over in a struct of their own */
#if RTE_VERSION < RTE_VERSION_NUM(25, 11, 0, 0)
struct eth_queue_stats {
	uint64_t q_ipackets[RTE_ETHDEV_QUEUE_STAT_CNTRS];
	uint64_t q_opackets[RTE_ETHDEV_QUEUE_STAT_CNTRS];
	uint64_t q_ibytes[RTE_ETHDEV_QUEUE_STAT_CNTRS];
	uint64_t q_obytes[RTE_ETHDEV_QUEUE_STAT_CNTRS];
	uint64_t q_errors[RTE_ETHDEV_QUEUE_STAT_CNTRS];
};

#define AFPRING_STATS_GET_OP(name, fn)                                                             \
	static int name(struct rte_eth_dev *dev, struct rte_eth_stats *stats)                      \
	{                                                                                          \
		struct eth_queue_stats q = {0};                                                    \
		int ret = fn(dev, stats, &q);                                                      \
                                                                                                   \
		memcpy(stats->q_ipackets, q.q_ipackets, sizeof(q.q_ipackets));                     \
		memcpy(stats->q_opackets, q.q_opackets, sizeof(q.q_opackets));                     \
		memcpy(stats->q_ibytes, q.q_ibytes, sizeof(q.q_ibytes));                           \
		memcpy(stats->q_obytes, q.q_obytes, sizeof(q.q_obytes));                           \
		memcpy(stats->q_errors, q.q_errors, sizeof(q.q_errors));                           \
		return ret;                                                                        \
	}
#else
#define AFPRING_STATS_GET_OP(name, fn)                                                             \
	static int name(struct rte_eth_dev *dev, struct rte_eth_stats *stats,                      \
			struct eth_queue_stats *qstats)                                            \
	{                                                                                          \
		return fn(dev, stats, qstats);                                                     \
	}
#endif

/* 25.11: a queue without a ring has answers, and a count may be an error */
#if RTE_VERSION < RTE_VERSION_NUM(25, 11, 0, 0)
typedef uint32_t afpring_rx_count_ret;

static inline afpring_rx_count_ret
rte_eth_queue_count_dummy(void *queue)
{
	RTE_SET_USED(queue);
	return -ENOTSUP;
}

static inline int
rte_eth_descriptor_status_dummy(void *queue, uint16_t offset)
{
	RTE_SET_USED(queue);
	RTE_SET_USED(offset);
	return -ENOTSUP;
}
#else
typedef int afpring_rx_count_ret;
#endif

/* 25.11: a link has a connector */
#if RTE_VERSION < RTE_VERSION_NUM(25, 11, 0, 0)
enum rte_eth_link_connector {
	RTE_ETH_LINK_CONNECTOR_NONE,
	RTE_ETH_LINK_CONNECTOR_TP,
	RTE_ETH_LINK_CONNECTOR_AUI,
	RTE_ETH_LINK_CONNECTOR_MII,
	RTE_ETH_LINK_CONNECTOR_FIBER,
	RTE_ETH_LINK_CONNECTOR_BNC,
	RTE_ETH_LINK_CONNECTOR_DAC,
	RTE_ETH_LINK_CONNECTOR_OTHER = 63,
};
#define afpring_link_set_connector(link, connector) RTE_SET_USED(connector)
#else
#define afpring_link_set_connector(link, connector) ((link)->link_connector = (connector))
#endif

/* 26.07: a segment of buffer split without a pool is left out */
#if RTE_VERSION >= RTE_VERSION_NUM(26, 7, 0, 0)
#define afpring_info_set_selective_rx(info) ((info)->rx_seg_capa.selective_rx = 1)
#else
#define afpring_info_set_selective_rx(info) RTE_SET_USED(info)
#endif

#endif /* AFPRING_COMPAT_H */
