/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>

#include "afpring_clock.h"
#include "afpring_gate.h"
#include "afpring_port.h"
#include "afpring_queue_life.h"
#include "afpring_quiesce.h"
#include "afpring_replace.h"
#include "afpring_rx.h"
#include "afpring_slot.h"
#include "afpring_socket.h"

/* How long a polling lcore may take to empty a ring that gets no more. */
#define LCORE_US (20 * 1000)

/* How long a packet may be under way between two hooks, or between its being counted and
 * its slot being ours: some instructions of another processor's softirq. */
#define UNDER_WAY_US 10

/* How long to look for a moment in which no packet comes. Under heavy load there is none, and a
 * packet or two may be counted twice or not at all. */
#define QUIET_US 2000

/* ---- what a socket has seen ---- */

struct seen {
	int fd;
	uint64_t packets; /* drops included */
	uint64_t drops;
};

/* Packets since the last look. */
static uint32_t
look(struct seen *seen)
{
	uint32_t packets, drops;

	if (afpring_socket_statistics(seen->fd, &packets, &drops) < 0)
		return 0;
	seen->packets += packets;
	seen->drops += drops;
	return packets;
}

static void
account(struct afpring_rxq *q, struct seen *seen)
{
	look(seen);
	afpring_count(&q->count[AFPRING_RX_MISSED], seen->drops);
	q->taken += seen->packets - seen->drops;
	seen->packets = seen->drops = 0;
}

static uint32_t
count_slots(const struct afpring_rxq *q)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;
	struct afpring_cursor c = q->head;
	uint32_t nb = 0;

	while (nb < q->walk.frame_nr && afpring_rx_slot_is_ours(ring + c.off)) {
		afpring_cursor_next(&c, &q->walk);
		nb++;
	}
	return nb;
}

/* The statistics and the slots of a taken queue at one moment: those slots are the last
 * that the kernel took. */
static uint32_t
account_with_slots(struct afpring_rxq *q, struct seen *seen)
{
	uint64_t end = afpring_clock_now() + afpring_clock_us(QUIET_US);
	uint32_t nb;

	do {
		account(q, seen);
		rte_delay_us_block(UNDER_WAY_US);
		nb = count_slots(q);
	} while (look(seen) != 0 && afpring_clock_now() < end);
	return nb;
}

/* ---- of a new socket ---- */

/* Both sockets see every packet, the newer one first (dev_add_pack() puts it in front).
 * Look at both at one moment, in which nothing is under way between them. */
static void
look_at_both(struct seen *older, struct seen *newer)
{
	uint64_t end = afpring_clock_now() + afpring_clock_us(QUIET_US);

	look(newer);
	do {
		rte_delay_us_block(UNDER_WAY_US);
		look(older);
	} while (look(newer) != 0 && afpring_clock_now() < end);
}

/* Take the queue when its lcore has emptied the ring, which gets no more, or after the time
 * that a polling lcore needs for it. */
static bool
take_when_empty(struct afpring_rxq *q)
{
	uint8_t *ring = afpring_rxq_half(q)->ring;
	uint64_t end = afpring_clock_now() + afpring_clock_us(LCORE_US);

	rte_delay_us_block(UNDER_WAY_US);
	while (afpring_rxq_take(q)) {
		if (!afpring_rx_slot_is_ours(ring + q->head.off) || afpring_clock_now() > end)
			return true;
		afpring_rxq_give(q);
		rte_delay_us_sleep(50);
	}
	return false;
}

/* Give the first nb slots of the ring back, unread. Returns by how many the ring had fewer. */
static uint64_t
skip(struct afpring_rxq *q, uint64_t nb)
{
	const struct afpring_half *half = afpring_rxq_half(q);
	uint64_t end = afpring_clock_now() + afpring_clock_us(QUIET_US);

	while (nb != 0 && afpring_clock_now() < end) {
		uint8_t *slot = half->ring + q->head.off;
		enum afpring_rx_slot what = afpring_rx_slot_look(slot);

		if (what == AFPRING_RX_SLOT_KERNEL)
			continue;
		if (what == AFPRING_RX_SLOT_QUEUED)
			afpring_socket_discard(half->fd);
		afpring_rx_slot_return(slot);
		afpring_cursor_next(&q->head, &q->walk);
		nb--;
	}
	return nb;
}

/* The new socket has seen the first nb packets after the old one had: they are accounted for.
 * Packets among them for which a small ring had no room are not counted as missed twice. */
static void
take_over(struct afpring_rxq *q, const struct afpring_half *half, struct seen *seen, uint64_t nb)
{
	*afpring_rxq_half(q) = *half;
	nb = skip(q, nb);
	account(q, seen);
	afpring_count(&q->count[AFPRING_RX_MISSED], -nb);
}

/* Close the old socket's gate. Returns how many packets both sockets have seen, all of which the
 * old one accounts for; or -errno, and the old socket goes on. */
static int64_t
close_older(struct rte_eth_dev *dev, struct afpring_rxq *q, struct seen *newer)
{
	struct seen older = {.fd = afpring_rxq_half(q)->fd};
	uint64_t both, before;
	bool taken = false;
	int ret;

	look_at_both(&older, newer);
	both = newer->packets;
	before = older.packets;
	ret = afpring_gate_close(older.fd);
	if (ret == 0) {
		taken = take_when_empty(q);
	}
	if (!taken) /* its lcore does not run */
		afpring_gate_open(dev, older.fd);
	look(&older);
	both += older.packets - before;
	account(q, &older);
	if (taken)
		return both;
	look(newer);
	afpring_count(&q->count[AFPRING_RX_MISSED], newer->packets - both);
	return ret < 0 ? ret : -EAGAIN;
}

/* From the moment that both gates are open both sockets see the packets; what the old
 * one saw from then on is skipped in the new ring. So none is lost and none comes twice. */
static int
exchange(struct rte_eth_dev *dev, uint16_t i, bool vnet, const char **step)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	struct afpring_half next, old = *afpring_rxq_half(q);
	struct afpring_geometry geo = q->geo;
	struct seen newer = {0};
	int64_t ret;

	ret = afpring_rxq_open_half(q, vnet, &next, &geo, step);
	if (ret < 0)
		return ret;
	*step = "SO_ATTACH_FILTER";
	newer.fd = next.fd;
	/* this thread need not be in the namespace of the one that started the port */
	ret = afpring_socket_same_netns(old.fd, next.fd) ? 0 : -EXDEV;
	if (ret == 0)
		ret = afpring_gate_open(dev, next.fd);
	if (ret == 0)
		ret = close_older(dev, q, &newer);
	if (ret < 0) {
		afpring_half_close(&next);
		return ret;
	}
	afpring_rx_flush_ring(q);
	q->geo = geo;
	afpring_rxq_reset(q, vnet);
	take_over(q, &next, &newer, ret);
	afpring_rxq_watch(q);
	afpring_rxq_give(q);
	afpring_half_close(&old);
	return 0;
}

/* ---- of the same socket ---- */

/* Note how many packets of a taken queue its lcore has had, as the kernel counts. */
static void
remember_taken(struct afpring_rxq *q, struct seen *seen)
{
	uint32_t waiting = account_with_slots(q, seen);

	q->taken_before = q->taken - waiting;
}

/* The other members of the group receive what comes while the socket is out of the group.
 * Packets that it took in vain (in the old ring after the last look, as messages between the
 * rings) are those that the kernel counts less those that are there. */
static int
renew(struct rte_eth_dev *dev, uint16_t i, bool vnet, const char **step)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	struct afpring_half *half = afpring_rxq_half(q);
	struct seen seen = {.fd = half->fd};
	uint32_t waiting;
	int ret;

	if (half->ring != NULL) { /* no earlier try has failed */
		afpring_rx_flush_ring(q);
		remember_taken(q, &seen);
	}
	ret = afpring_half_renew_ring(half, vnet, &q->geo, step);
	if (ret == 0) {
		afpring_rxq_reset(q, vnet);
		waiting = account_with_slots(q, &seen);
		afpring_count(&q->count[AFPRING_RX_FLUSHED], q->taken - q->taken_before - waiting);
		afpring_rxq_give(q);
	}
	account(q, &seen);
	return ret;
}

/* A socket that gets a new ring leaves its fanout group and joins it again as the last, and the
 * last takes its place (__fanout_unlink(), __fanout_link()). Giving the member that was the last
 * a new ring as well restores the order. */
static void
restore_order(struct rte_eth_dev *dev)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, dev->data->nb_rx_queues - 1);
	struct seen seen = {.fd = afpring_rxq_half(q)->fd};

	if (!afpring_rxq_take(q))
		return;
	remember_taken(q, &seen); /* in case there is no ring afterwards */
	if (afpring_half_rejoin(afpring_rxq_half(q), &q->geo) == 0)
		afpring_rxq_give(q);
	account(q, &seen);
}

int
afpring_replace_rx(struct rte_eth_dev *dev, uint16_t i, bool vnet, const char **step)
{
	struct afpring_rxq *q = afpring_port_rxq(dev, i);
	int ret;

	if (!afpring_rxq_take(q))
		return -EAGAIN;
	/* without a ring, since one could not be made, the socket that is there gets one */
	if (!afpring_port_is_grouped(dev) && afpring_rxq_half(q)->ring != NULL) {
		afpring_rxq_give(q);
		ret = exchange(dev, i, vnet, step);
		if (ret == 0 || ret == -EAGAIN)
			return ret;
		if (!afpring_rxq_take(q)) /* the old socket gets the ring then */
			return -EAGAIN;
	}
	ret = renew(dev, i, vnet, step);
	if (ret == 0 && i != dev->data->nb_rx_queues - 1)
		restore_order(dev);
	return ret;
}
