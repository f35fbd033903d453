/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The programs of the gate. The gate of a queue is the filter of its receive socket:
 * closed, the kernel drops every packet before it counts or copies it
 * (tpacket_rcv(): run_filter()); replacing a filter is atomic.
 */
#ifndef AFPRING_FILTER_H
#define AFPRING_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "afpring_flow_rule.h"

/** Addresses of a port, the interface's own included. */
#define AFPRING_FILTER_UNICAST 128

/** Multicast addresses of a port. */
#define AFPRING_FILTER_MULTICAST 1024

/** Identifiers of VLANs. */
#define AFPRING_FILTER_VLANS 4096

/** Which packets an open gate lets in. */
struct afpring_filter_rule {
	bool outgoing; /**< also what the host sends, whatever is said below */
	bool promisc;  /**< also unicast to other addresses */
	bool allmulti; /**< also multicast that is not broadcast */
	bool vlan;     /**< of tagged packets, only those of the VLANs below */
	/** By ethdev's index: the first is the interface's own; all zero: none. */
	struct rte_ether_addr unicast[AFPRING_FILTER_UNICAST];
	struct rte_ether_addr multicast[AFPRING_FILTER_MULTICAST];
	uint16_t nb_multicast;
	uint32_t vlans[AFPRING_FILTER_VLANS / 32]; /**< a bit for each, the lowest first */
};

/** The closed gate: lets nothing in. */
extern const struct sock_fprog afpring_filter_closed;

/**
 * The open gate: flow rules are asked about what the rule lets in; of an isolated port they
 * alone decide. What the host sends is none of theirs.
 *
 * @param prog
 *   The program; the caller frees prog->filter with free(). Its length is 0 when the
 *   rule lets everything in.
 * @return
 *   0; -ENOSPC: the rule takes more instructions than a program may have; -ENOMEM.
 */
int afpring_filter_open(const struct afpring_filter_rule *rule,
			const struct afpring_flow_set *flows, struct sock_fprog *prog);

#endif /* AFPRING_FILTER_H */
