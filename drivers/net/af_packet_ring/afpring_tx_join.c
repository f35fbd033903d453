/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include "afpring_tx_join.h"
#include "afpring_tx_super.h"

bool
afpring_tx_run_begin(const struct afpring_txq *q, struct afpring_tx_run *run,
		     const struct rte_mbuf *m)
{
	run->nb_iov = AFPRING_LANE_IOV_HEAD + m->nb_segs;
	return afpring_tx_is_joinable(m) && afpring_tx_is_whole(m) &&
	       afpring_join_begin(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				  m->pkt_len) &&
	       (run->join.h.tcp ? q->join_tcp : q->join_udp);
}

bool
afpring_tx_run_append(const struct afpring_txq *q, struct afpring_tx_run *run,
		      const struct rte_mbuf *m)
{
	if (!afpring_tx_is_joinable(m) || !afpring_tx_is_whole(m) ||
	    run->nb_iov + m->nb_segs > AFPRING_LANE_IOV ||
	    !afpring_join_append(&run->join, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len,
				 m->pkt_len, q->join_max))
		return false;
	run->nb_iov += m->nb_segs;
	return true;
}
