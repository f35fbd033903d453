/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_chain.h"
#include "afpring_tx_join.h"
#include "afpring_tx_super.h"

/* By itself the packet would pass the check: the MTU is that of each segment. */
static bool
fits(const struct afpring_txq *q, const struct rte_mbuf *m, const struct afpring_headers *h)
{
	return m->pkt_len <=
		       afpring_txq_max_len(q) + (h->l3 > RTE_ETHER_HDR_LEN ? RTE_VLAN_HLEN : 0) &&
	       afpring_offload_agrees(m, h);
}

bool
afpring_tx_run_begin(const struct afpring_txq *q, struct afpring_tx_run *run,
		     const struct rte_mbuf *m)
{
	run->nb_iov = AFPRING_LANE_IOV_HEAD + m->nb_segs;
	return afpring_tx_is_joinable(m) && afpring_chain_is_whole(m) &&
	       afpring_join_begin(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				  m->pkt_len) &&
	       (run->join.h.tcp ? q->device.join_tcp : q->device.join_udp) &&
	       fits(q, m, &run->join.h);
}

bool
afpring_tx_run_append(const struct afpring_txq *q, struct afpring_tx_run *run,
		      const struct rte_mbuf *m)
{
	if (!afpring_tx_is_joinable(m) || !afpring_chain_is_whole(m) ||
	    !afpring_offload_agrees(m, &run->join.h) ||
	    run->nb_iov + m->nb_segs > AFPRING_LANE_IOV ||
	    !afpring_join_append(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				 m->pkt_len, q->join_max))
		return false;
	run->nb_iov += m->nb_segs;
	return true;
}
