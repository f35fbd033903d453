/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * L4 checksums of a packet in mbufs: the sum of its bytes, and the field that the sender left
 * to the device (VIRTIO_NET_HDR_F_NEEDS_CSUM). Pure.
 */
#ifndef AFPRING_CKSUM_H
#define AFPRING_CKSUM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

/** One's complement sum of a packet's bytes from start to end. Not rte_raw_cksum_mbuf():
 *  that loses carries behind a segment of odd length (seen in 22.11).
 *  start <= end <= pkt_len. */
static __rte_always_inline uint16_t
afpring_cksum_sum(const struct rte_mbuf *m, uint32_t start, uint32_t end)
{
	uint32_t sum = 0, done = 0;

	if (likely(m->next == NULL))
		return rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, start), end - start);
	for (; m != NULL && end != 0; m = m->next) {
		uint32_t stop = RTE_MIN(end, (uint32_t)m->data_len);
		uint32_t skip = RTE_MIN(start, stop);
		uint32_t len = stop - skip;
		uint16_t part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, skip), len);

		sum += (done & 1) != 0 ? rte_bswap16(part) : part;
		sum = (sum & 0xffff) + (sum >> 16);
		start -= skip;
		end -= stop;
		done += len;
	}
	return sum;
}

/**
 * Finish a checksum that its sender left to the device: the field already holds
 * the pseudo-header's sum (skb_checksum_help() does the same).
 *
 * @param start
 *   First byte that is summed; the sum goes to start + offset.
 * @param end
 *   Behind the last byte that is summed.
 * @return
 *   false if the field lies outside of the first segment or behind end; the packet
 *   is then unchanged.
 */
static inline bool
afpring_cksum_finish(struct rte_mbuf *m, uint32_t start, uint32_t offset, uint32_t end)
{
	uint16_t sum;

	if (start + offset + sizeof(sum) > RTE_MIN(end, (uint32_t)m->data_len))
		return false;
	sum = ~afpring_cksum_sum(m, start, end);
	/* RFC 768: a computed 0 is sent as all ones */
	if (sum == 0 && offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		sum = 0xffff;
	/* at an odd address when the packet says so */
	memcpy(rte_pktmbuf_mtod_offset(m, void *, start + offset), &sum, sizeof(sum));
	return true;
}

#endif /* AFPRING_CKSUM_H */
