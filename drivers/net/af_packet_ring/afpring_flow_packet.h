/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What flow rules look at, found in a packet that lies in its mbuf: the same that the kernel's
 * programs find in the packet that comes in (afpring_flow_find.h).
 */
#ifndef AFPRING_FLOW_PACKET_H
#define AFPRING_FLOW_PACKET_H

#include <rte_mbuf.h>

#include "afpring_flow_rule.h"

/** What the tests look at, found in a packet once. */
struct afpring_flow_packet {
	const struct rte_mbuf *m;
	const uint8_t *bytes; /**< its start */
	uint32_t nb_bytes;    /**< at bytes */
	uint32_t number[AFPRING_FLOW_ETH];
	uint32_t at[3]; /**< from AFPRING_FLOW_ETH on, where the header begins */
	uint8_t copy[256];
};

/** An outer tag is in the packet, or in the mbuf with RTE_MBUF_F_RX_VLAN_STRIPPED. */
void afpring_flow_packet_find(struct afpring_flow_packet *p, const struct rte_mbuf *m,
			      bool needs_l4);

/** A number of 1, 2 or 4 bytes. false: the packet ends before. */
static inline bool
afpring_flow_packet_read(const struct afpring_flow_packet *p, uint32_t at, uint32_t size,
			 uint32_t *number)
{
	const uint8_t *bytes = p->bytes + at;
	uint8_t copy[4];

	if (unlikely(at + size > p->nb_bytes)) {
		if (at > p->m->pkt_len)
			return false;
		bytes = rte_pktmbuf_read(p->m, at, size, copy);
		if (bytes == NULL)
			return false;
	}
	*number = bytes[0];
	if (size == 1)
		return true;
	*number = *number << 8 | bytes[1];
	if (size == 4)
		*number = *number << 16 | bytes[2] << 8 | bytes[3];
	return true;
}

/** What the test is about, masked. false: the packet is too short for it. */
static inline bool
afpring_flow_packet_load(const struct afpring_flow_packet *p, const struct afpring_flow_test *test,
			 uint32_t *number)
{
	if (test->where < AFPRING_FLOW_ETH)
		*number = p->number[test->where];
	else if (!afpring_flow_packet_read(p, p->at[test->where - AFPRING_FLOW_ETH] + test->offset,
					   test->size, number))
		return false;
	*number &= test->mask;
	return true;
}

#endif /* AFPRING_FLOW_PACKET_H */
