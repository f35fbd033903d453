/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Classic BPF programs for the receive half. The gate of a queue is its filter:
 * closed, the kernel drops every packet before it counts or copies it
 * (tpacket_rcv(): run_filter()); replacing a filter is atomic.
 */
#ifndef AFPRING_FILTER_H
#define AFPRING_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

#include <rte_ether.h>

/** Instructions the longest program needs. */
#define AFPRING_FILTER_MAX_INSNS 16

/** Which packets an open gate lets in. */
struct afpring_filter_rule {
	bool outgoing; /**< also what the host sends */
	bool promisc;  /**< also unicast to other addresses */
	bool allmulti; /**< also multicast that is not broadcast */
	struct rte_ether_addr mac;
};

/** A program with room for its instructions; never copy one (prog points into it). */
struct afpring_filter {
	struct sock_fprog prog;
	struct sock_filter insns[AFPRING_FILTER_MAX_INSNS];
};

/** The closed gate: lets nothing in. */
void afpring_filter_close(struct afpring_filter *filter);

/** The open gate. prog.len is 0 when the rule lets everything in. */
void afpring_filter_open(struct afpring_filter *filter, const struct afpring_filter_rule *rule);

#endif /* AFPRING_FILTER_H */
