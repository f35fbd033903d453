/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The path (enum afpring_tx_path). Past the qdisc a superframe that the device cannot segment
 * is dropped (__dev_direct_xmit()); behind it the kernel segments.
 *
 *     BYPASS -- a superframe that the device cannot segment --> LEFT        QDISC
 *        ^                                                       |      for good: asked
 *        +-- one that it can, and it has learnt something new ---+      for, or no option
 *
 * The refusal (enum afpring_tx_refusal). It may be a full queue behind the device, or this
 * packet for good (nft egress, a smaller MTU at the far end of a veth), or any packet (no
 * carrier), and the kernel gives the same errno for all. So the packet is tried again for a
 * while; then it is given up, and with it each further one that is refused, until the kernel
 * takes one again.
 *
 *              refused               refused for longer than patience
 *     CALM ---------------> REFUSED ----------------------------------> GAVE_UP
 *      ^                       |                                           |
 *      +------- taken ---------+------------------ taken ------------------+
 *
 * What happened last tells how long is sensible: if the next packet was taken where one was
 * given up, it was the packet's fault, and the next such packet need not hold up the queue;
 * if a refused packet was taken later, patience paid.
 *
 * The carrier. Without it the kernel puts the noop qdisc in place of the device's own, which
 * drops each frame and answers NET_XMIT_CN, and packet sockets take that for success
 * (net_xmit_errno()). So behind the qdisc the lanes look whether the device is running, which
 * the kernel revokes before it puts the noop qdisc in place (linkwatch_do_dev()). Past the
 * qdisc the kernel refuses each frame by itself.
 */
#include <string.h>

#include "afpring_socket.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

/* How long one look at the carrier holds. */
#define CARRIER_US 100

/* Past the qdisc a refusal passes in the time a device needs for its ring; behind it, in the
 * time its rate limit needs for a packet or a few. */
#define PATIENCE_BYPASS_US 2000
#define PATIENCE_QDISC_US 50000

/* The bit of superframes without a tag in tags_ok. */
#define NO_TAG 1

/* ---- the path ---- */

static void
begin_patience(struct afpring_txq *q)
{
	bool bypass = q->path == AFPRING_PATH_BYPASS;

	q->patience_max = afpring_clock_us(bypass ? PATIENCE_BYPASS_US : PATIENCE_QDISC_US);
	q->patience = q->patience_max;
	q->refusal = AFPRING_CALM;
}

void
afpring_tx_path_begin(struct afpring_txq *q, bool bypass)
{
	q->path = bypass ? AFPRING_PATH_BYPASS : AFPRING_PATH_QDISC;
	memset(q->tags_ok, 0, sizeof(q->tags_ok));
	begin_patience(q);
}

/* Both lanes change over together, else they could overtake each other. */
static void
change_over(struct afpring_txq *q, enum afpring_tx_path path)
{
	const struct afpring_half *half = afpring_txq_half(q);
	bool bypass = path == AFPRING_PATH_BYPASS;

	afpring_socket_bypass(half->super_fd, bypass);
	afpring_socket_bypass(half->fd, bypass);
	q->path = path;
	begin_patience(q);
}

void
afpring_tx_learn_device(struct afpring_txq *q, union afpring_device now)
{
	q->device = now;
	q->join_max = afpring_device_join_max(now);
}

static bool
device_segments(const struct afpring_txq *q, const struct virtio_net_hdr *vnet, uint32_t len)
{
	if (len >= q->device.gso_max_len)
		return false;
	if (vnet->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4)
		return q->device.uso;
	return q->device.tso && ((vnet->gso_type & VIRTIO_NET_HDR_GSO_ECN) == 0 || q->device.ecn);
}

/* Once after each piece of news of the device. */
static bool
device_has_learnt(struct afpring_txq *q)
{
	bool is_new = q->device.news != q->news_seen;

	q->news_seen = q->device.news;
	return is_new;
}

/* What is in the qdisc when the queue goes back to the bypass may be overtaken, this once. */
void
afpring_tx_path_choose(struct afpring_txq *q, const struct virtio_net_hdr *vnet, uint32_t len)
{
	bool learnt = device_has_learnt(q);

	if (q->path == AFPRING_PATH_BYPASS && !device_segments(q, vnet, len))
		change_over(q, AFPRING_PATH_LEFT);
	else if (q->path == AFPRING_PATH_LEFT && learnt && device_segments(q, vnet, len))
		change_over(q, AFPRING_PATH_BYPASS);
}

/* What ethtool tells holds for frames without a tag. With one the device may do less
 * (vlan_features), with more most do nothing (vlan_features_check()), and nobody tells:
 * the first refusal does, unless the device has taken a superframe of that kind before. */
bool
afpring_tx_path_leave_for_tags(struct afpring_txq *q, const struct virtio_net_hdr *vnet,
			       uint8_t tags)
{
	uint8_t ok = q->tags_ok[vnet->gso_type % RTE_DIM(q->tags_ok)];

	if (q->path != AFPRING_PATH_BYPASS || tags <= NO_TAG || (ok & tags) != 0 ||
	    q->refusal != AFPRING_CALM)
		return false;
	change_over(q, AFPRING_PATH_LEFT);
	return true;
}

/* ---- the device ---- */

__rte_noinline bool
afpring_tx_path_look_at_carrier(struct afpring_txq *q)
{
	const struct afpring_half *half = afpring_txq_half(q);
	uint64_t now = afpring_clock_now();

	if (now - q->carrier_at > afpring_clock_us(CARRIER_US)) {
		q->carrier_at = now;
		q->no_carrier = afpring_socket_lacks_carrier(half->fd, half->ifindex);
	}
	return q->no_carrier;
}

bool
afpring_tx_refuse(struct afpring_txq *q)
{
	uint64_t now = afpring_clock_now();

	afpring_count(&q->count[AFPRING_TX_PUSHBACK], 1);
	if (q->refusal == AFPRING_CALM) {
		q->refusal = AFPRING_REFUSED;
		q->refused_since = now;
	} else if (now - q->refused_since > q->patience) {
		q->refusal = AFPRING_GAVE_UP;
	}
	return q->refusal == AFPRING_GAVE_UP;
}
