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
#include <string.h>

#include <rte_hash_crc.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_udp.h>

#include "afpring_uapi.h"

/** One's complement sum of a packet's bytes from start to end. Not rte_raw_cksum_mbuf():
 *  that loses carries behind a segment of odd length (seen in 22.11).
 *  start <= end <= pkt_len. */
static __rte_always_inline uint16_t
afpring_vnet_sum(const struct rte_mbuf *m, uint32_t start, uint32_t end)
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
afpring_vnet_finish_cksum(struct rte_mbuf *m, uint32_t start, uint32_t offset, uint32_t end)
{
	uint16_t sum;

	if (start + offset + sizeof(sum) > RTE_MIN(end, (uint32_t)m->data_len))
		return false;
	sum = ~afpring_vnet_sum(m, start, end);
	/* RFC 768: a computed 0 is sent as all ones */
	if (sum == 0 && offset == offsetof(struct rte_udp_hdr, dgram_cksum))
		sum = 0xffff;
	/* at an odd address when the packet says so */
	memcpy(rte_pktmbuf_mtod_offset(m, void *, start + offset), &sum, sizeof(sum));
	return true;
}

/** CRC32c of bytes that begin anywhere. Not rte_hash_crc(): that reads eight bytes at once
 *  from an address that must be a multiple of eight (seen in 22.11). */
static inline uint32_t
afpring_vnet_crc32c(const uint8_t *bytes, uint32_t len, uint32_t crc)
{
	uint64_t word;

	for (; len >= sizeof(word); bytes += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, bytes, sizeof(word));
		crc = rte_hash_crc_8byte(word, crc);
	}
	while (len-- != 0)
		crc = rte_hash_crc_1byte(*bytes++, crc);
	return crc;
}

/**
 * As afpring_vnet_finish_cksum(), for SCTP, whose checksum is a CRC32c over all of its
 * packet with the field zero (RFC 9260 6.8, appendix A; skb_crc32c_csum_help()).
 *
 * @return
 *   false if the field lies outside of the first segment or behind end.
 */
static inline bool
afpring_vnet_finish_crc32c(struct rte_mbuf *m, uint32_t start, uint32_t offset, uint32_t end)
{
	uint8_t *field = rte_pktmbuf_mtod_offset(m, uint8_t *, start + offset);
	uint32_t crc = 0xffffffff;

	if (start + offset + sizeof(crc) > RTE_MIN(end, (uint32_t)m->data_len))
		return false;
	memset(field, 0, sizeof(crc));
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next) {
		uint32_t stop = RTE_MIN(end, (uint32_t)seg->data_len);
		uint32_t skip = RTE_MIN(start, stop);

		crc = afpring_vnet_crc32c(rte_pktmbuf_mtod_offset(seg, const uint8_t *, skip),
					  stop - skip, crc);
		start -= skip;
		end -= stop;
	}
	crc = rte_cpu_to_le_32(~crc);
	memcpy(field, &crc, sizeof(crc));
	return true;
}

#endif /* AFPRING_VNET_H */
