/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The port's clock and the stamps of PTP packets: eth_dev_ops read_clock and timesync_*.
 *
 *     read_clock, the RX offload TIMESTAMP:  CLOCK_REALTIME, ns since the epoch
 *     timesync_*:                            a clock of the port's own, which follows
 *                                            CLOCK_REALTIME; write_time, adjust_time and
 *                                            adjust_freq change it
 *
 * All are 0 or -errno.
 */
#ifndef AFPRING_TIMESYNC_H
#define AFPRING_TIMESYNC_H

#include <time.h>

#include "afpring_port.h"

int afpring_read_clock(struct rte_eth_dev *dev, uint64_t *clock);

/** Mark PTP packets from now on, the port's clock as CLOCK_REALTIME. -EINVAL without the RX offload
 *  TIMESTAMP, -EBUSY when an lcore is inside a burst and does not run; logged. */
int afpring_timesync_enable(struct rte_eth_dev *dev);
int afpring_timesync_disable(struct rte_eth_dev *dev);

/** When the packet whose mbuf.timesync was i came, once. -EINVAL: there is no such stamp. */
int afpring_timesync_read_rx(struct rte_eth_dev *dev, struct timespec *time, uint32_t i);

/** When the first packet that asked for it (RTE_MBUF_F_TX_IEEE1588_TMST) left, of those nobody
 *  has read. -EINVAL: none has, or the device's driver takes no stamps. */
int afpring_timesync_read_tx(struct rte_eth_dev *dev, struct timespec *time);

int afpring_timesync_read_time(struct rte_eth_dev *dev, struct timespec *time);
int afpring_timesync_write_time(struct rte_eth_dev *dev, const struct timespec *time);
int afpring_timesync_adjust_time(struct rte_eth_dev *dev, int64_t ns);

/** Run faster or slower than CLOCK_REALTIME by this rate (AFPRING_RATE_PPM); since DPDK 24.11.
 *  -EINVAL: by more than AFPRING_RATE_MAX, logged. */
int afpring_timesync_adjust_freq(struct rte_eth_dev *dev, int64_t rate);

#endif /* AFPRING_TIMESYNC_H */
