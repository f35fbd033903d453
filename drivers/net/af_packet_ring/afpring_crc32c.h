/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The checksum of SCTP, a CRC32c. Apart from afpring_cksum.h for the sake of
 * rte_hash_crc.h, which the bursts need not read. Pure.
 */
#ifndef AFPRING_CRC32C_H
#define AFPRING_CRC32C_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <rte_hash_crc.h>
#include <rte_mbuf.h>

/** CRC32c of bytes that begin anywhere. Not rte_hash_crc(): that reads eight bytes at once
 * from an address that must be a multiple of eight (seen in 22.11). */
static inline uint32_t
afpring_crc32c(const uint8_t *bytes, uint32_t len, uint32_t crc)
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
 * As afpring_cksum_finish(), for SCTP, whose checksum is a CRC32c over all of its
 * packet with the field zero (RFC 9260 6.8, appendix A; skb_crc32c_csum_help()).
 *
 * @return
 *   false if the field lies outside of the first segment or behind end.
 */
static inline bool
afpring_crc32c_finish(struct rte_mbuf *m, uint32_t start, uint32_t offset, uint32_t end)
{
	uint8_t *field = rte_pktmbuf_mtod_offset(m, uint8_t *, start + offset);
	uint32_t crc = 0xffffffff;

	if (start + offset + sizeof(crc) > RTE_MIN(end, (uint32_t)m->data_len))
		return false;
	memset(field, 0, sizeof(crc));
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next) {
		uint32_t stop = RTE_MIN(end, (uint32_t)seg->data_len);
		uint32_t skip = RTE_MIN(start, stop);

		crc = afpring_crc32c(rte_pktmbuf_mtod_offset(seg, const uint8_t *, skip),
				     stop - skip, crc);
		start -= skip;
		end -= stop;
	}
	crc = rte_cpu_to_le_32(~crc);
	memcpy(field, &crc, sizeof(crc));
	return true;
}

#endif /* AFPRING_CRC32C_H */
