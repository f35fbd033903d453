/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What nobody asks for and must be seen to: a receive ring that the kernel has wedged,
 * and work that was put off where nobody polls. The port's control thread looks every
 * 20 ms, every 100 ms while nothing comes; a burst pays one load for it, a packet nothing.
 *
 * The wedge: tpacket_rcv() marks the head slot as being filled, cannot express the
 * packet's GSO type in a virtio_net_hdr (UFO, SCTP; UDP_L4 before Linux 6.2), and
 * leaves without taking the mark back (Linux 5.6, 61fad6816fc1, and later). Every
 * packet after that is dropped. Only a new ring helps.
 */
#ifndef AFPRING_WATCHDOG_H
#define AFPRING_WATCHDOG_H

#include "afpring_compat.h"

/** Look once. From the port's control thread.
 *
 * @return
 *   Microseconds until the next look is due.
 */
uint64_t afpring_watchdog_look(struct rte_eth_dev *dev);

#endif /* AFPRING_WATCHDOG_H */
