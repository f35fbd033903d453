/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The segments of an mbuf chain, which may hold fewer bytes than the mbuf says, or more: a
 * walk never goes by pkt_len alone. Pure.
 */
#ifndef AFPRING_CHAIN_H
#define AFPRING_CHAIN_H

#include <sys/uio.h>

#include <rte_mbuf.h>

#include "afpring_copy.h"

/** How many segments hold exactly len bytes; 0: fewer bytes or more, or more than max
 *  segments. */
static inline uint32_t
afpring_chain_segs(const struct rte_mbuf *m, uint32_t len, uint32_t max)
{
	uint32_t nb = 0;

	for (; m != NULL; m = m->next, nb++) {
		if (m->data_len > len || nb == max)
			return 0;
		len -= m->data_len;
	}
	return len == 0 ? nb : 0;
}

/** The packet has as many segments and bytes as it says. */
static inline bool
afpring_chain_is_whole(const struct rte_mbuf *m)
{
	return m->nb_segs != 0 && afpring_chain_segs(m, m->pkt_len, m->nb_segs) == m->nb_segs;
}

/** Copy the chain's first len bytes. false: its segments hold fewer or, where that counts,
 *  more. */
static __rte_always_inline bool
afpring_chain_copy(uint8_t *dst, const struct rte_mbuf *m, uint32_t len, const bool no_more)
{
	for (; m != NULL && (no_more || len != 0); m = m->next) {
		uint32_t part = no_more ? m->data_len : RTE_MIN(len, (uint32_t)m->data_len);

		if (part > len)
			return false;
		afpring_copy(dst, rte_pktmbuf_mtod(m, const void *), part);
		dst += part;
		len -= part;
	}
	return len == 0;
}

/** Append a piece, if it is one. Returns the piece behind it. */
static inline struct iovec *
afpring_iov_add(struct iovec *iov, void *base, uint32_t len)
{
	if (len != 0)
		*iov++ = (struct iovec){base, len};
	return iov;
}

/** Append the chain's bytes from skip on, a piece for each segment. */
static inline struct iovec *
afpring_chain_iov(struct iovec *iov, struct rte_mbuf *m, uint32_t skip)
{
	for (; m != NULL; m = m->next) {
		uint32_t gap = RTE_MIN(skip, (uint32_t)m->data_len);

		iov = afpring_iov_add(iov, rte_pktmbuf_mtod_offset(m, void *, gap),
				      m->data_len - gap);
		skip -= gap;
	}
	return iov;
}

#endif /* AFPRING_CHAIN_H */
