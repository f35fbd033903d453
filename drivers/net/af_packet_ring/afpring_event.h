/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the application is told of without asking (rte_eth_dev_callback_register()). Its
 * callbacks run where DPDK's applications expect them, on EAL's interrupt thread, and may
 * stop or close the port.
 */
#ifndef AFPRING_EVENT_H
#define AFPRING_EVENT_H

#include "afpring_compat.h"

/** Bits of afpring_process.events. */
enum afpring_event {
	AFPRING_EVENT_LINK = 1 << 0, /**< RTE_ETH_EVENT_INTR_LSC, if intr_conf.lsc */
	AFPRING_EVENT_GONE = 1 << 1, /**< RTE_ETH_EVENT_INTR_RMV, if intr_conf.rmv */
	AFPRING_EVENT_AGED = 1 << 2, /**< RTE_ETH_EVENT_FLOW_AGED */
};

/**
 * Have EAL watch its alarms from now on. Its interrupt thread opens its epoll instance anew for a
 * program's first alarm and ends the program if it cannot (eal_intr_thread_main()), which the
 * first event, in a shortage of memory or descriptors, must not cause.
 */
void afpring_event_prepare(struct rte_eth_dev *dev);

/** Tell of this, if it was asked for. From the port's control thread. */
void afpring_event_raise(struct rte_eth_dev *dev, enum afpring_event event);

/** Tell of what EAL had no memory for before. From the port's control thread. */
void afpring_event_retry(struct rte_eth_dev *dev);

/** Forget what has not been told. Waits for a callback under way, unless it calls this. */
void afpring_event_cancel(struct rte_eth_dev *dev);

#endif /* AFPRING_EVENT_H */
