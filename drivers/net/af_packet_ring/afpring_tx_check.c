/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include <rte_errno.h>

#include "afpring_chain.h"
#include "afpring_segment.h"
#include "afpring_transmit.h"
#include "afpring_tx_check.h"
#include "afpring_tx_tag.h"

/* With a virtio_net_hdr the kernel does not look at the MTU (tpacket_snd()), so this is
 * its rule: a tag may come on top. */
static bool
fits_tagged(const struct afpring_txq *q, const struct rte_mbuf *m, uint32_t len)
{
	if (len > afpring_txq_max_len(q) + AFPRING_VLAN_LEN ||
	    len < m->pkt_len) /* it may have wrapped */
		return false;
	return (m->ol_flags & AFPRING_TX_TAG_FLAGS) != 0 ||
	       (m->data_len >= RTE_ETHER_HDR_LEN &&
		afpring_vlan_is_tagged(rte_pktmbuf_mtod(m, const uint8_t *)));
}

/* As much as the ring lane copies: a first segment that holds all is enough. */
static int
check_ring(const struct rte_mbuf *m)
{
	return m->data_len == m->pkt_len || afpring_chain_segs(m, m->pkt_len, UINT16_MAX) != 0 ?
		       AFPRING_TX_WAY_RING :
		       -EINVAL;
}

/* A message holds the packet's headers beside its bytes, so nothing can be summed here. */
static int
check_message(const struct rte_mbuf *m, const struct afpring_offload *o)
{
	if (m->nb_segs > AFPRING_BATCH_IOV - AFPRING_BATCH_IOV_HEAD || o->is_padded ||
	    !afpring_chain_is_whole(m))
		return -EINVAL;
	return AFPRING_TX_WAY_MESSAGE;
}

/* The kernel has a bound for UDP and none for TCP: one packet of 64 KB and segments of a
 * byte would hold it, and the lcore that calls it, for 10 ms. */
static int
check_superframe(const struct rte_mbuf *m, const struct afpring_offload *o, uint32_t len)
{
	uint64_t max = o->h.tcp ? AFPRING_SEGMENTS_MAX : AFPRING_DATAGRAMS_MAX;

	if (len - o->h.payload > max * o->seg_size)
		return -EINVAL;
	return check_message(m, o);
}

int
afpring_tx_check(const struct afpring_txq *q, const struct rte_mbuf *m, struct afpring_offload *o)
{
	uint32_t tag_len = afpring_tx_tag_len(m);
	uint32_t len = m->pkt_len + tag_len;
	int ret = afpring_offload_read(m, tag_len, o);

	if (ret < 0)
		return ret;
	if (m->pkt_len < RTE_ETHER_HDR_LEN)
		return -EINVAL;
	if (o->seg_size != 0)
		return check_superframe(m, o, len);
	if ((len > afpring_txq_max_len(q) || len < m->pkt_len) && !fits_tagged(q, m, len))
		return -EMSGSIZE;
	if (len > q->slot_len || (m->ol_flags & RTE_MBUF_F_TX_IEEE1588_TMST) != 0)
		return check_message(m, o);
	return check_ring(m);
}

uint16_t
afpring_tx_prepare(void *txq, struct rte_mbuf **pkts, uint16_t nb)
{
	struct afpring_offload o;

	for (uint16_t i = 0; i < nb; i++) {
		int ret = afpring_tx_check(txq, pkts[i], &o);

		if (ret < 0) {
			rte_errno = -ret;
			return i;
		}
	}
	return nb;
}
