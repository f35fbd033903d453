/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * struct virtio_net_hdr in the words of mbufs (OASIS virtio 1.2, 5.1.6;
 * include/linux/virtio_net.h). Packet sockets use the machine's byte order.
 */
#ifndef AFPRING_VNET_H
#define AFPRING_VNET_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "afpring_uapi.h"

/**
 * Finish a checksum that its sender left to the device: the field already holds
 * the pseudo-header's sum (skb_checksum_help() does the same).
 *
 * @param start
 *   First byte that is summed; the sum goes to start + offset.
 * @return
 *   false if the field lies outside of the first segment or start outside of the
 *   packet; the packet is then unchanged.
 */
static inline bool
afpring_vnet_finish_cksum(struct rte_mbuf *m, uint32_t start, uint32_t offset)
{
	uint16_t *field = rte_pktmbuf_mtod_offset(m, uint16_t *, start + offset);
	uint16_t sum;

	if (start + offset + sizeof(*field) > rte_pktmbuf_data_len(m))
		return false;
	if (rte_raw_cksum_mbuf(m, start, rte_pktmbuf_pkt_len(m) - start, &sum) < 0)
		return false;
	sum = ~sum;
	/* RFC 768: a computed 0 is sent as all ones */
	if (sum == 0 && offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		sum = 0xffff;
	*field = sum;
	return true;
}

#endif /* AFPRING_VNET_H */
