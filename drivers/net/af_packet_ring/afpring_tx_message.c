/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The superframe lane: packets that stand for several segments, and what is larger than a
 * slot. They leave as messages with a virtio_net_hdr, through a socket of their own (one with
 * a TX ring ignores what sendmsg() carries), up to 16 in a system call, straight from the
 * mbufs' segments. The batch holds the messages of a burst and is empty between bursts; what
 * the kernel does not want now stays with the application, or with the held run.
 */
#include <errno.h>
#include <string.h>

#include "afpring_chain.h"
#include "afpring_socket.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"
#include "afpring_tx_tag.h"

/* More VLAN tags than this are one kind. */
#define MAX_TAGS 7

size_t
afpring_tx_batch_size(void)
{
	return sizeof(struct afpring_tx_batch);
}

/* ---- one message ---- */

static void
add_piece(struct afpring_tx_batch *batch, void *base, uint32_t len)
{
	batch->nb_iov = afpring_iov_add(&batch->iov[batch->nb_iov], base, len) - batch->iov;
}

/* The packet's bytes from skip on. */
static void
add_mbuf(struct afpring_tx_batch *batch, struct rte_mbuf *m, uint32_t skip)
{
	batch->nb_iov = afpring_chain_iov(&batch->iov[batch->nb_iov], m, skip) - batch->iov;
}

static struct afpring_tx_message *
message_begin(struct afpring_tx_batch *batch, uint32_t header_len)
{
	struct afpring_tx_message *info = &batch->info[batch->nb];
	struct msghdr *hdr = &batch->msgs[batch->nb].msg_hdr;

	*hdr = (struct msghdr){.msg_iov = &batch->iov[batch->nb_iov]};
	info->vnet.hdr_len = header_len;
	add_piece(batch, &info->vnet, sizeof(info->vnet));
	add_piece(batch, info->header, header_len);
	return info;
}

static void
message_end(struct afpring_txq *q, uint16_t l3, uint32_t len)
{
	struct afpring_tx_batch *batch = q->batch;
	struct msghdr *hdr = &batch->msgs[batch->nb].msg_hdr;
	struct afpring_tx_message *info = &batch->info[batch->nb];

	hdr->msg_iovlen = &batch->iov[batch->nb_iov] - hdr->msg_iov;
	batch->nb++;
	info->tags = 0;
	if (info->vnet.gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return;
	info->tags = 1 << RTE_MIN((l3 - RTE_ETHER_HDR_LEN) / RTE_VLAN_HLEN, MAX_TAGS);
	afpring_tx_path_choose(q, &info->vnet, len);
}

void
afpring_tx_batch_add(struct afpring_txq *q, struct rte_mbuf *m, const struct afpring_offload *o)
{
	struct afpring_tx_batch *batch = q->batch;
	struct afpring_tx_message *info = &batch->info[batch->nb];
	uint32_t tag_len = afpring_tx_tag_len(m);
	uint32_t header_len = RTE_MAX(o->h.payload, AFPRING_VLAN_OFFSET + tag_len + 2);
	uint32_t len = m->pkt_len + tag_len;
	uint8_t *header = info->header + tag_len;
	const void *src = rte_pktmbuf_read(m, 0, header_len - tag_len, header);

	if (src != header)
		memcpy(header, src, header_len - tag_len);
	afpring_tx_insert_tags(info->header, m);
	afpring_offload_apply(o, info->header, &info->vnet);
	message_begin(batch, header_len);
	if ((m->ol_flags & RTE_MBUF_F_TX_IEEE1588_TMST) != 0)
		afpring_stamp_ask(&batch->msgs[batch->nb].msg_hdr, &batch->stamp,
				  rte_atomic_load_explicit(&q->stamps, rte_memory_order_relaxed));
	add_mbuf(batch, m, header_len - tag_len);
	info->nb_pkts = 1;
	info->bytes = len;
	message_end(q, o->h.l3, len);
}

void
afpring_tx_batch_add_run(struct afpring_txq *q, struct rte_mbuf **pkts,
			 const struct afpring_tx_run *run)
{
	const struct afpring_join *join = &run->join;
	struct afpring_tx_batch *batch = q->batch;
	const struct afpring_headers *h = &join->h;
	struct rte_mbuf *last = pkts[join->nb_segs - 1];
	struct afpring_tx_message *info = message_begin(batch, h->payload);

	afpring_join_header(join, info->header, rte_pktmbuf_mtod(last, const uint8_t *));
	info->vnet.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	info->vnet.csum_start = h->l4;
	info->vnet.csum_offset = afpring_headers_cksum_offset(h);
	afpring_offload_gso(h, info->header, join->seg_size, &info->vnet);
	info->nb_pkts = join->nb_segs;
	info->bytes = join->nb_segs * h->payload + join->payload_len;
	for (uint16_t i = 0; i < join->nb_segs; i++)
		add_mbuf(batch, pkts[i], h->payload);
	message_end(q, h->l3, h->payload + join->payload_len);
}

/* ---- send ---- */

/* How many of the messages from i on were sent, or -errno. */
static int
messages_send(struct afpring_txq *q, uint16_t i)
{
	struct afpring_tx_batch *batch = q->batch;

	if (afpring_tx_is_cut_off(q))
		return -ENETDOWN;
	afpring_count(&q->count[AFPRING_TX_SUPER_KICKS], 1);
	return afpring_socket_send(afpring_txq_half(q)->super_fd, &batch->msgs[i], batch->nb - i);
}

/* The kernel did not take a message: the counter of those that are dropped for this reason,
 * or the counter of sent packets for a message that is to be tried again. */
static enum afpring_tx_counter
message_verdict(struct afpring_txq *q, int err)
{
	switch (err) {
	case EAGAIN:
		afpring_count(&q->count[AFPRING_TX_AGAIN], 1);
		return AFPRING_TX_PACKETS;
	case ENETDOWN:
	case ENXIO:
	case ENODEV:
		return AFPRING_TX_CANCELLED;
	case EINVAL:
	case EMSGSIZE:
	case EFAULT:
		return AFPRING_TX_MALFORMED;
	}
	return afpring_tx_refuse(q) ? AFPRING_TX_REFUSED : AFPRING_TX_PACKETS;
}

int
afpring_tx_batch_send(struct afpring_txq *q, uint16_t *done)
{
	struct afpring_tx_batch *batch = q->batch;
	uint16_t i = 0;
	bool sent_all;

	*done = 0;
	while (i < batch->nb) {
		int sent = messages_send(q, i);
		enum afpring_tx_counter verdict;

		for (uint16_t end = i + RTE_MAX(sent, 0); i < end; i++) {
			afpring_count(&q->count[AFPRING_TX_PACKETS], batch->info[i].nb_pkts);
			afpring_count(&q->count[AFPRING_TX_BYTES], batch->info[i].bytes);
			afpring_count(&q->count[AFPRING_TX_SUPERFRAMES], 1);
			afpring_tx_path_taken(q, &batch->info[i].vnet, batch->info[i].tags);
			if (batch->info[i].nb_pkts > 1)
				afpring_count(&q->count[AFPRING_TX_JOINED], batch->info[i].nb_pkts);
			*done += batch->info[i].nb_pkts;
		}
		if (sent > 0) {
			afpring_tx_calm(q);
			continue;
		}
		if (sent == -ENOBUFS &&
		    afpring_tx_path_leave_for_tags(q, &batch->info[i].vnet, batch->info[i].tags))
			continue;
		verdict = message_verdict(q, -sent);
		if (verdict == AFPRING_TX_PACKETS)
			break;
		afpring_count(&q->count[verdict], batch->info[i].nb_pkts);
		*done += batch->info[i].nb_pkts;
		i++;
	}
	sent_all = i == batch->nb;
	batch->nb = 0;
	batch->nb_iov = 0;
	return sent_all ? 0 : -EAGAIN;
}
