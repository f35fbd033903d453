/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The state of a port, in memory shared between processes. What belongs to one process
 * is in struct afpring_process (afpring_process.h).
 */
#ifndef AFPRING_PORT_H
#define AFPRING_PORT_H

#include <rte_spinlock.h>

#include "afpring_devargs.h"
#include "afpring_filter.h"
#include "afpring_link.h"
#include "afpring_netns.h"
#include "afpring_process.h"
#include "afpring_rss.h"
#include "afpring_soft_clock.h"
#include "afpring_stamp.h"

/** What the kernel counts of the interface, whoever sends. Read when it is asked for. */
enum afpring_host_counter {
	AFPRING_HOST_TX_DROPPED,
	AFPRING_HOST_QDISC_DROPS,
	AFPRING_HOST_COUNTERS
};

struct afpring_host_count {
	uint64_t seen;  /**< the kernel's figure when it was read last */
	uint64_t count; /**< by how much it has gone up since the interface was made */
	uint64_t base;  /**< count at probe, or at the last reset */
};

/** Who stamps packets; afpring_stamping.c writes it. */
struct afpring_stamping {
	bool looks; /**< the bursts look at who has stamped a packet: the device may */
	enum afpring_stamp_source mbufs; /**< of the RX offload TIMESTAMP and read_clock */
	enum afpring_stamp_source sync;  /**< of timesync; as mbufs, or the device alone */
	int ifindex;                     /**< whose setting is changed; 0: none */
	struct afpring_stamp_config found;
	struct afpring_stamp_config set;
};

/** dev_private: what all processes may read, written by the primary. */
struct afpring_port {
	uint64_t layout; /**< of the build that made the port; first in every build */
	struct afpring_config config;
	/** Becomes another one when a started port takes its interface up again. Relaxed: the
	 *  sockets say which interface they are of. */
	RTE_ATOMIC(int) ifindex;
	struct afpring_netns netns; /**< where the interface is */
	char ifname[IF_NAMESIZE];   /**< the last it was seen with: afpring_iface_note_name() */
	uint16_t iftype;            /**< ARPHRD_* */
	bool was_away;              /**< the news said so: names in later news are others' */
	/** Bounds of an MTU that the application may set; as the interface, which may change. */
	RTE_ATOMIC(uint32_t) min_mtu;
	RTE_ATOMIC(uint32_t) max_mtu;
	RTE_ATOMIC(uint32_t) speeds;     /**< of the interface, RTE_ETH_LINK_SPEED_* */
	RTE_ATOMIC(uint32_t) wished_mtu; /**< what configure asks for; RTE_ETHER_MTU: nothing */
	RTE_ATOMIC(uint32_t) raised_mtu; /**< what start has set; 0: nothing, or others since */
	uint32_t found_mtu;              /**< what the interface had before start set raised_mtu */
	bool knows_uso; /**< the kernel sends UDP superframes: afpring_uso_is_known() */
	/** What the open gates let in; afpring_gate.c writes it. */
	struct afpring_filter_rule rule;
	struct afpring_rss rss; /**< key, types and table; afpring_spread.c writes it */
	bool own_rss;           /**< the application has set a key or a table of its own */
	bool chose_ptypes;      /**< dev_ptypes_set() has been called */
	struct afpring_classify classify; /**< of all receive queues */
	struct afpring_ptp_stamps ptp;    /**< of received packets; classify points at it */
	struct afpring_stamping stamping;
	rte_spinlock_t clock_lock;
	struct afpring_soft_clock clock; /**< of timesync, follows CLOCK_REALTIME; under the lock */
	bool has_program;                /**< the fanout group has one: settled at each start */
	bool is_gone;                    /**< the interface is, and the application has been told */
	bool is_lost;             /**< the queues' sockets are those of an interface that is gone */
	uint32_t retry_ms;        /**< when recovery fails, its next try */
	bool had_carrier;         /**< at the last reading of the features */
	uint64_t told_mtu_at;     /**< of the last line about the host's MTU; 0: none */
	uint64_t told_mac_at;     /**< and about its address */
	uint64_t told_lost_at;    /**< of the last line about a lost interface; 0: none */
	uint64_t told_at;         /**< when the watchdog last told of a ring; 0: none */
	uint64_t watched_packets; /**< received or missed, at the watchdog's last look */
	bool told_kind;           /**< a line has said which superframes cannot be split, and why */
	struct afpring_host_count host[AFPRING_HOST_COUNTERS];
	uint32_t qdisc_handle; /**< the qdisc whose drops were read last */
	/** The queues, those that are set up, for whoever is not their lcore: ethdev takes a queue
	 *  out of its own table while it sets it up anew. */
	RTE_ATOMIC(struct afpring_rxq *) rx[AFPRING_MAX_QUEUES];
	RTE_ATOMIC(struct afpring_txq *) tx[AFPRING_MAX_QUEUES];
};

static_assert(offsetof(struct afpring_port, layout) == 0,
	      "where a process of another build looks for it");

static inline int
afpring_port_ifindex(const struct afpring_port *port)
{
	return rte_atomic_load_explicit(&port->ifindex, rte_memory_order_relaxed);
}

/** Receive queue i; NULL when it is not set up. */
static inline struct afpring_rxq *
afpring_port_rxq(const struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_port *port = dev->data->dev_private;

	/* acquire: pairs with the release of the setup that wrote the queue */
	return rte_atomic_load_explicit(&port->rx[i], rte_memory_order_acquire);
}

/** Transmit queue i; NULL when it is not set up. */
static inline struct afpring_txq *
afpring_port_txq(const struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_port *port = dev->data->dev_private;

	return rte_atomic_load_explicit(&port->tx[i], rte_memory_order_acquire);
}

/* What the application asks for may change while the control thread takes a lost interface up
 * again. Relaxed: each word stands for itself. */

static inline uint32_t
afpring_port_wished_mtu(const struct afpring_port *port)
{
	return rte_atomic_load_explicit(&port->wished_mtu, rte_memory_order_relaxed);
}

static inline void
afpring_port_set_wished_mtu(struct afpring_port *port, uint32_t mtu)
{
	rte_atomic_store_explicit(&port->wished_mtu, mtu, rte_memory_order_relaxed);
}

static inline uint32_t
afpring_port_raised_mtu(const struct afpring_port *port)
{
	return rte_atomic_load_explicit(&port->raised_mtu, rte_memory_order_relaxed);
}

static inline void
afpring_port_set_raised_mtu(struct afpring_port *port, uint32_t mtu)
{
	rte_atomic_store_explicit(&port->raised_mtu, mtu, rte_memory_order_relaxed);
}

static inline void
afpring_port_set_ifindex(struct afpring_port *port, int ifindex)
{
	rte_atomic_store_explicit(&port->ifindex, ifindex, rte_memory_order_relaxed);
}

/** Frame bytes above the MTU: Ethernet header and, in the frame, one VLAN tag.
 *  (A received frame's outer tag is in the slot's header.) */
#define AFPRING_FRAME_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)

/** The largest MTU ethdev's 16 bits can express. */
#define AFPRING_MAX_MTU ((uint32_t)UINT16_MAX)

/** The largest superframe to be had: an IP packet of 65535 bytes behind its headers. */
#define AFPRING_MAX_LRO_LEN (UINT16_MAX + AFPRING_FRAME_OVERHEAD)

/** Receive sockets have virtio_net_hdrs: devarg vnet_hdr, auto by the kernel. Before Linux
 *  6.2 each UDP packet that is a superframe, which QUIC sends all the time, would wedge a
 *  ring that has them. */
static inline bool
afpring_port_has_vnet(const struct afpring_port *port)
{
	if (port->config.vnet_hdr == AFPRING_AUTO)
		return port->knows_uso;
	return port->config.vnet_hdr == AFPRING_ON;
}

/** The receive sockets are members of a fanout group. One queue alone needs no group, unless
 *  it shares the interface with others. */
static inline bool
afpring_port_is_grouped(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	return dev->data->nb_rx_queues != 1 || port->config.fanout.group != AFPRING_FANOUT_AUTO;
}

#endif /* AFPRING_PORT_H */
