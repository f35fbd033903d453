/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Who stamps a port's packets, the kernel or the device, and what of the host's setting that changes:
 *
 *                          the device stamps
 *                  all packets      PTP packets      none
 *     start        DEVICE           kernel           kernel     with the RX offload TIMESTAMP
 *     timesync on  DEVICE           DEVICE, of PTP   kernel
 *                                   packets alone
 *     close        the interface gets back the setting (SIOCSHWTSTAMP) that it had
 *
 * A stamp of one clock never passes for that of the other: the mbuf of a packet whose stamp is not
 * of the clock that rte_eth_read_clock() tells has none.
 */
#ifndef AFPRING_STAMPING_H
#define AFPRING_STAMPING_H

#include "afpring_port.h"

/** Start, before the sockets are opened, and each time that they are opened anew. */
void afpring_stamping_begin(struct rte_eth_dev *dev);

/** Timesync begins or ends. No queue takes the step AFPRING_CLASSIFY_PTP now. */
void afpring_stamping_sync(struct rte_eth_dev *dev, bool on);

/** Close: the host's setting, unless others have changed it since. */
void afpring_stamping_end(struct rte_eth_dev *dev);

#endif /* AFPRING_STAMPING_H */
