/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * PACKET_STATISTICS of receive sockets as the kernel keeps them: reading clears them.
 * The interface is gone, so nothing else is asked of it (both linked with --wrap).
 */
#ifndef FAKE_DROPS_H
#define FAKE_DROPS_H

#include <stdint.h>

#define FAKE_SOCKETS 2

/** Packets that the kernel has dropped since they were read, by descriptor. */
extern uint32_t fake_drops[FAKE_SOCKETS];

#endif /* FAKE_DROPS_H */
