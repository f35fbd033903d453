/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A port: its queues as sockets in the kernel, from start to stop. The sockets
 * live only while the port runs, so that they are always created in queue order
 * and sized by the MTU of the moment, and a stopped port holds nothing.
 */
#ifndef AFPRING_PORT_H
#define AFPRING_PORT_H

#include "afpring_devargs.h"
#include "afpring_filter.h"
#include "afpring_link.h"
#include "afpring_netns.h"
#include "afpring_queue.h"

/** What the kernel counts of the interface, whoever sends. Read when it is asked for. */
enum afpring_host_counter {
	AFPRING_HOST_TX_DROPPED,
	AFPRING_HOST_QDISC_DROPS,
	AFPRING_HOST_COUNTERS
};

struct afpring_host_count {
	uint64_t seen;  /**< the kernel's figure when it was read last */
	uint64_t count; /**< of what it has gone up since the interface was made */
	uint64_t base;  /**< count at probe, or at the last reset */
};

/** dev_private: what all processes may read, written by the primary. */
struct afpring_port {
	uint64_t layout; /**< of the build that made the port; first in every build */
	struct afpring_config config;
	int ifindex;
	struct afpring_netns netns; /**< where the interface is */
	char ifname[IF_NAMESIZE];   /**< the last name it was seen with */
	uint16_t iftype;            /**< ARPHRD_* */
	bool was_away;              /**< the news have said so: later ones are not believed */
	uint32_t min_mtu;
	uint32_t max_mtu;
	uint32_t wished_mtu; /**< of configure; the interface has its own */
	bool knows_uso;      /**< the kernel, afpring_uso_is_known() */
	/** Of the open gates; afpring_gate.h writes it. */
	struct afpring_filter_rule rule;
	bool is_gone;         /**< the interface, as the application has been told */
	bool had_carrier;     /**< at the last reading of the features */
	uint64_t told_mtu_at; /**< of the last line about the host's MTU; 0: none */
	uint64_t told_mac_at; /**< and about its address */
	uint64_t told_at;     /**< when the watchdog last told of a ring; 0: none */
	bool told_kind;       /**< that superframes cannot be split, and why */
	struct afpring_host_count host[AFPRING_HOST_COUNTERS];
	uint32_t qdisc_handle; /**< whose drops were read last */
};

static_assert(offsetof(struct afpring_port, layout) == 0,
	      "where a process of another build looks for it");

/** Frame bytes above the MTU: Ethernet header and, in the frame, one VLAN tag.
 *  (A received frame's outer tag is in the slot's header.) */
#define AFPRING_FRAME_OVERHEAD (RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)

/** Slots are made for frames of an MTU up to this; larger ones go by the superframe
 *  lanes, else a ring for MTU 65535 would take 64 MiB for 1024 slots. */
#define AFPRING_MAX_SLOT_MTU 9216u

/** The largest MTU ethdev's 16 bits can express. */
#define AFPRING_MAX_MTU ((uint32_t)UINT16_MAX)

/** The largest superframe to be had: an IP packet of 65535 bytes behind its headers. */
#define AFPRING_MAX_LRO_LEN (UINT16_MAX + AFPRING_FRAME_OVERHEAD)

/**
 * Plan the rings of one queue for frames of an MTU. Either geometry may be NULL.
 *
 * @return
 *   0, or -EINVAL with *why set (see afpring_geometry_plan()).
 */
int afpring_port_plan_rx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
			 struct afpring_geometry *geo, const char **why);
int afpring_port_plan_tx(const struct afpring_config *config, uint32_t mtu, uint16_t nb_desc,
			 struct afpring_geometry *geo, const char **why);

/** Receive sockets have virtio_net_hdrs: devarg vnet_hdr, auto by the kernel. */
bool afpring_port_has_vnet(const struct afpring_port *port);

/** Open all queues and then their gates. 0 or -errno, logged; all or nothing. */
int afpring_port_start(struct rte_eth_dev *dev);

/** Close the gates, drain and account, close the sockets. */
void afpring_port_stop(struct rte_eth_dev *dev);

/** The receive sockets are members of a fanout group. */
bool afpring_port_is_grouped(const struct rte_eth_dev *dev);

/** Move the kernel's drop counts into the queues' counters. Never waits: while another thread
 *  starts, stops or changes the port's sockets, the counters stay as they were. */
void afpring_port_collect_drops(struct rte_eth_dev *dev);

/** The same with sockets_lock held. */
void afpring_port_read_drops(struct rte_eth_dev *dev);

#endif /* AFPRING_PORT_H */
