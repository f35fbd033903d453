/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <rte_mbuf_dyn.h>

#include "afpring_classify.h"
#include "afpring_headers.h"
#include "afpring_ptype.h"
#include "afpring_rx_classify.h"
#include "afpring_rx_flow.h"
#include "afpring_vlan.h"

/* The start of the packet, as much of it as is looked at. */
static inline const uint8_t *
start_of(const struct rte_mbuf *m, uint8_t *copy, uint32_t *len)
{
	*len = RTE_MIN(m->pkt_len, AFPRING_HEADERS_MAX);
	return rte_pktmbuf_read(m, 0, *len, copy);
}

/* The kernel's program looks behind the outer tag, which the kernel takes out, and one more. */
static inline uint32_t
nb_tags_looked_behind(const struct rte_mbuf *m)
{
	if (unlikely((m->ol_flags & RTE_MBUF_F_RX_QINQ_STRIPPED) != 0))
		return 0;
	return (m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 ? 1 : 2;
}

static void
set_hashes(const struct afpring_classify *c, struct rte_mbuf **pkts, uint16_t nb)
{
	uint32_t words[AFPRING_RSS_WORDS];
	uint8_t copy[AFPRING_HEADERS_MAX];

	for (uint16_t i = 0; i < nb; i++) {
		struct rte_mbuf *m = pkts[i];
		uint32_t len;
		const uint8_t *frame = start_of(m, copy, &len);
		uint32_t nb_words = afpring_rss_input(&c->fields, c->symmetric, frame, len,
						      nb_tags_looked_behind(m), words);

		if (nb_words == 0)
			continue;
		m->hash.rss = afpring_rss_toeplitz(&c->toeplitz, words, nb_words);
		m->ol_flags |= RTE_MBUF_F_RX_RSS_HASH;
	}
}

static void
set_ptypes(const struct afpring_classify *c, struct rte_mbuf **pkts, uint16_t nb)
{
	uint8_t copy[AFPRING_HEADERS_MAX];

	for (uint16_t i = 0; i < nb; i++) {
		uint32_t len;
		const uint8_t *frame = start_of(pkts[i], copy, &len);

		pkts[i]->packet_type = afpring_ptype(frame, len, c->ptypes);
	}
}

/* A service tag with a customer tag behind it; other pairs would lose their TPIDs, for which an
 * mbuf has no place. */
static inline bool
is_qinq(const struct rte_mbuf *m, const uint8_t *frame)
{
	return m->data_len >= AFPRING_VLAN_OFFSET + 2 * AFPRING_VLAN_LEN + sizeof(uint16_t) &&
	       afpring_headers_load_be16(frame + AFPRING_VLAN_OFFSET) == RTE_ETHER_TYPE_QINQ &&
	       afpring_headers_load_be16(frame + AFPRING_VLAN_OFFSET + AFPRING_VLAN_LEN) ==
		       RTE_ETHER_TYPE_VLAN;
}

static void
strip_qinq(struct rte_mbuf **pkts, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++) {
		struct rte_mbuf *m = pkts[i];
		uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
		const uint8_t *tci = frame + AFPRING_VLAN_OFFSET + sizeof(uint16_t);

		if (!is_qinq(m, frame))
			continue;
		m->vlan_tci_outer = afpring_headers_load_be16(tci);
		m->vlan_tci = afpring_headers_load_be16(tci + AFPRING_VLAN_LEN);
		m->ol_flags |= RTE_MBUF_F_RX_QINQ | RTE_MBUF_F_RX_QINQ_STRIPPED |
			       RTE_MBUF_F_RX_VLAN | RTE_MBUF_F_RX_VLAN_STRIPPED;
		memmove(frame + 2 * AFPRING_VLAN_LEN, frame, AFPRING_VLAN_OFFSET);
		rte_pktmbuf_adj(m, 2 * AFPRING_VLAN_LEN);
	}
}

static void
mark_ptp(const struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	uint8_t copy[AFPRING_HEADERS_MAX];

	for (uint16_t i = 0; i < nb; i++) {
		struct rte_mbuf *m = pkts[i];
		uint32_t len;
		const uint8_t *frame = start_of(m, copy, &len);

		if (!afpring_headers_is_ptp(frame, len))
			continue;
		m->ol_flags |= RTE_MBUF_F_RX_IEEE1588_PTP;
		if (((m->ol_flags & q->ts_flag) == 0) != q->classify->ptp_unflagged)
			continue;
		m->ol_flags |= RTE_MBUF_F_RX_IEEE1588_TMST;
		m->timesync = afpring_ptp_keep(q->classify->ptp,
					       *RTE_MBUF_DYNFIELD(m, q->ts_offset,
								  rte_mbuf_timestamp_t *));
	}
}

uint16_t
afpring_rx_classify(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	const struct afpring_classify *c = q->classify;

	/* before tags leave the packet in a way that rules do not know */
	if ((c->steps & AFPRING_CLASSIFY_FLOW) != 0)
		nb = afpring_rx_flow(q, pkts, nb);
	if ((c->steps & AFPRING_CLASSIFY_QINQ) != 0)
		strip_qinq(pkts, nb);
	if ((c->steps & AFPRING_CLASSIFY_PTYPE) != 0)
		set_ptypes(c, pkts, nb);
	if ((c->steps & AFPRING_CLASSIFY_HASH) != 0)
		set_hashes(c, pkts, nb);
	if ((c->steps & AFPRING_CLASSIFY_PTP) != 0)
		mark_ptp(q, pkts, nb);
	return nb;
}
