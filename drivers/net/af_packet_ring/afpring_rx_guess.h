/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a packet is, on a socket without virtio_net_hdrs.
 */
#ifndef AFPRING_RX_GUESS_H
#define AFPRING_RX_GUESS_H

#include "afpring_queue.h"
#include "afpring_slot.h"

/**
 * What a virtio_net_hdr would say of a packet on a socket without them, as far as the
 * slot's status and headers tell (not checksums inside tunnels). TCP larger than the MTU
 * is taken for segments of the size that the MTU allows. How UDP of that size was made
 * nobody can tell: its gso_size is 0, with which no split is possible.
 */
void afpring_rx_guess_vnet(const struct afpring_rxq *q, const struct afpring_rx_meta *meta,
			   struct virtio_net_hdr *vnet);

#endif /* AFPRING_RX_GUESS_H */
