/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The control thread of a port, from its start to its stop: the kernel's news of the
 * interface as they come, and what nobody tells at its next look. Unlike EAL's interrupt
 * thread, which serves the whole process, it may wait for the kernel. It is born in the
 * network namespace of the thread that starts the port.
 *
 *     news ---------> host: address, MTU, link, speed, features follow; event: LSC, RMV
 *                     recover: the sockets of an interface that is back
 *     2 to 100 ms --> watchdog: wedged rings, work put off where nobody polls
 *     10 s ---------> host, also without news; 1 s while frames are given up
 */
#ifndef AFPRING_CONTROL_H
#define AFPRING_CONTROL_H

#include "afpring_compat.h"

/** After the port has started. 0 or -errno. */
int afpring_control_start(struct rte_eth_dev *dev);

/** Before the port stops; waits for what the thread is at, a tenth of a second at most.
 *  Harmless without a thread. */
void afpring_control_stop(struct rte_eth_dev *dev);

#endif /* AFPRING_CONTROL_H */
