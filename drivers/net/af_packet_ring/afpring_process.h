/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What one process holds of a port: descriptors, mappings, locks. Never in shared memory.
 */
#ifndef AFPRING_PROCESS_H
#define AFPRING_PROCESS_H

#include <pthread.h>

#include "afpring_flow_match.h"
#include "afpring_half.h"
#include "afpring_netlink.h"
#include "afpring_queue.h"
#include "afpring_wakeup.h"

/** One process's handles of a port; process_private of the ethdev. */
struct afpring_process {
	/** Held by the thread that opens or closes sockets, sets their gates, or uses the
	 *  receive sockets' PACKET_STATISTICS (reading clears them). Start and stop keep it
	 *  for a tenth of a second: whoever reads counters only tries it. */
	pthread_mutex_t sockets_lock;
	/** Held by the thread that reads the kernel's figures of the interface; only tried. */
	pthread_mutex_t host_lock;
	/** Held by the thread that takes or drops memberships, together with the rule that says
	 *  which the port has: the application's, and the control thread's, which takes those of
	 *  the rule on an interface that is back. Before sockets_lock. */
	pthread_mutex_t modes_lock;
	int control_fd; /**< holds the memberships; -1 when closed */
	int news_fd;    /**< hears what becomes of the interface; -1 when closed */
	int ethtool_fd; /**< and what ethtool sets; -1: the kernel does not tell */
	int phc_fd;     /**< the device's clock; -1: closed */
	int phc_index;  /**< which it is, while open */
	struct afpring_netlink netlink;
	rte_thread_t control;         /**< the thread of afpring_control.h */
	int stop_fd;                  /**< readable: it shall end; -1: there is none */
	RTE_ATOMIC(uint32_t) events;  /**< enum afpring_event, not told yet */
	afpring_deferred_fn deferred; /**< does what a queue pair has put off */
	/** The port's flow rules, under sockets_lock; afpring_flow_change.c writes them. */
	struct afpring_flow_list flow_list;
	/** What the programs and the bursts are made of: the rules as they are asked. */
	struct afpring_flow_set flows;
	/** What the bursts ask of them, which port->classify points to; NULL: nothing. */
	struct afpring_flow_table *flow_table;
	bool told_aged;   /**< of rules that have aged, and nobody has asked which */
	uint64_t look_at; /**< when the next look for such rules is due, cycles */
	uint16_t nb_halves;
	struct afpring_places places; /**< of all rings */
	struct afpring_half *rx;      /**< nb_halves of them, as many tx */
	struct afpring_half *tx;
	struct afpring_wakeup *wakeup; /**< nb_halves, of the receive queues */
};

/** All halves closed. NULL without memory; free with afpring_process_free(). */
struct afpring_process *afpring_process_alloc(uint16_t nb_halves);

/** Close every handle and free. NULL is fine. */
void afpring_process_free(struct afpring_process *process);

/** The same in a child made by fork(), which has the descriptors and not the mappings, and
 *  whose locks are as the parent's threads had them. */
void afpring_process_forget(struct afpring_process *process);

/** Have the process do what is due of a queue pair. */
void afpring_process_do_deferred(uint16_t port_id, uint16_t queue_id);

static inline struct afpring_half *
afpring_rxq_half(const struct afpring_rxq *q)
{
	struct afpring_process *process = rte_eth_devices[q->port_id].process_private;

	return &process->rx[q->queue_id];
}

static inline struct afpring_wakeup *
afpring_rxq_wakeup(const struct afpring_rxq *q)
{
	struct afpring_process *process = rte_eth_devices[q->port_id].process_private;

	return &process->wakeup[q->queue_id];
}

static inline struct afpring_half *
afpring_txq_half(const struct afpring_txq *q)
{
	struct afpring_process *process = rte_eth_devices[q->port_id].process_private;

	return &process->tx[q->queue_id];
}

#endif /* AFPRING_PROCESS_H */
