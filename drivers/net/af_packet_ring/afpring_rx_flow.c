/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_clock.h"
#include "afpring_rx_flow.h"

static void
set_mark(struct rte_mbuf *m, const struct afpring_flow_rule *rule)
{
	if ((rule->does & AFPRING_FLOW_FLAG) != 0)
		m->ol_flags |= RTE_MBUF_F_RX_FDIR;
	if ((rule->does & AFPRING_FLOW_MARK) == 0)
		return;
	m->ol_flags |= RTE_MBUF_F_RX_FDIR | RTE_MBUF_F_RX_FDIR_ID;
	m->hash.fdir.hi = rule->mark;
}

/* Bytes of the packet as it came, also if its tag has been stripped. */
static uint32_t
length(const struct rte_mbuf *m)
{
	return m->pkt_len + ((m->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0 ? RTE_VLAN_HLEN : 0);
}

static void
count(struct afpring_flow_hits *hits, const struct rte_mbuf *m, uint64_t now)
{
	afpring_count(&hits->packets, 1);
	afpring_count(&hits->bytes, length(m));
	afpring_count_set(&hits->at, now);
}

/* Whether the packet is kept. */
static bool
ask(const struct afpring_flow_table *table, uint16_t queue_id, struct rte_mbuf *m, uint64_t now)
{
	const struct afpring_flow_rule *rule;
	struct afpring_flow_asked asked = {0};
	struct afpring_flow_packet p;

	afpring_flow_packet_find(&p, m, table->needs_l4);
	while ((rule = afpring_flow_next(table, &p, &asked)) != NULL) {
		if ((rule->does & (AFPRING_FLOW_FLAG | AFPRING_FLOW_MARK)) != 0)
			set_mark(m, rule);
		if (rule->hits != NULL)
			count(&rule->hits[queue_id], m, now);
		if (rule->fate != AFPRING_FLOW_PASSTHRU)
			break;
	}
	if (rule == NULL || rule->fate == AFPRING_FLOW_MISS)
		return !table->isolated;
	return rule->fate != AFPRING_FLOW_DROP;
}

uint16_t
afpring_rx_flow(struct afpring_rxq *q, struct rte_mbuf **pkts, uint16_t nb)
{
	const struct afpring_flow_table *table = q->classify->flows;
	uint64_t now = table->ages ? afpring_clock_now() : 0;
	uint16_t kept = 0;

	for (uint16_t i = 0; i < nb; i++) {
		struct rte_mbuf *m = pkts[i];

		if (likely(ask(table, q->queue_id, m, now)))
			pkts[kept++] = m;
		else
			rte_pktmbuf_free(m);
	}
	if (unlikely(kept != nb))
		afpring_count(&q->count[AFPRING_RX_FLOW_DROPPED], nb - kept);
	return kept;
}
