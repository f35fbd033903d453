/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_features.h"
#include "afpring_port.h"
#include "afpring_queue_info.h"
#include "afpring_rx.h"
#include "afpring_rx_lane.h"
#include "afpring_slot.h"
#include "afpring_transmit.h"

/* ---- configuration ---- */

/* The ring that was planned; the wish before there is one. */
static uint16_t
nb_slots(const struct afpring_geometry *geo, uint16_t nb_desc)
{
	return geo->frame_nr != 0 ? RTE_MIN(geo->frame_nr, (uint32_t)UINT16_MAX) : nb_desc;
}

void
afpring_rxq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_rxq_info *info)
{
	const struct afpring_rxq *q = afpring_port_rxq(dev, queue_id);

	info->mp = q->pool;
	info->conf.offloads = q->offloads;
	info->conf.rx_drop_en = 1; /* the kernel drops what the ring has no room for */
	info->conf.rx_deferred_start = q->is_deferred;
	info->scattered_rx = dev->data->scattered_rx;
	info->nb_desc = nb_slots(&q->geo, q->nb_desc);
	info->rx_buf_size = q->room;
}

void
afpring_txq_info_get(struct rte_eth_dev *dev, uint16_t queue_id, struct rte_eth_txq_info *info)
{
	const struct afpring_txq *q = afpring_port_txq(dev, queue_id);

	info->conf.offloads = dev->data->dev_conf.txmode.offloads | q->offloads;
	info->conf.tx_deferred_start = q->is_deferred;
	info->nb_desc = nb_slots(&q->geo, q->nb_desc);
}

int
afpring_rx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id,
			  struct rte_eth_burst_mode *mode)
{
	const struct afpring_port *port = dev->data->dev_private;
	uint32_t steps = port->classify.steps;

	RTE_SET_USED(queue_id);
	snprintf(mode->info, sizeof(mode->info), "%s%s%s%s",
		 afpring_rx_burst_info(dev->data->dev_conf.rxmode.offloads,
				       afpring_port_has_vnet(port), port->stamping.looks),
		 (steps & AFPRING_CLASSIFY_FLOW) != 0 ? ", flow rules" : "",
		 (steps & AFPRING_CLASSIFY_PTYPE) != 0 ? ", packet types" : "",
		 (steps & AFPRING_CLASSIFY_HASH) != 0 ? ", RSS hash" : "");
	return 0;
}

int
afpring_tx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id,
			  struct rte_eth_burst_mode *mode)
{
	const struct afpring_port *port = dev->data->dev_private;

	RTE_SET_USED(queue_id);
	snprintf(mode->info, sizeof(mode->info), "ring and messages%s%s",
		 afpring_features_join(dev) ? ", joins segments" : "",
		 port->config.kick == AFPRING_KICK_THREAD ? ", kicked by a thread" : "");
	return 0;
}

/* ---- how full a ring is ---- */

/* A ring as one look finds it. */
struct view {
	const struct afpring_place *place;
	struct afpring_walk walk;
	struct afpring_cursor from;
	uint32_t beside; /* rx: segments that wait; tx: slots that do */
};

/* The lcore goes on while another thread looks, and a control thread may give the queue another
 * ring: what is read here may be of two moments. It decides about nothing but a figure, and no
 * address outside of the place is believed. */
#define OF_TWO_MOMENTS __attribute__((no_sanitize("thread"), noinline))

OF_TWO_MOMENTS static struct view
rx_view(const struct afpring_rxq *q)
{
	const struct afpring_process *process = rte_eth_devices[q->port_id].process_private;
	uint16_t next = q->lane->next, nb = q->lane->nb;

	return (struct view){
		.place = process->rx[q->queue_id].place,
		.walk = q->walk,
		.from = q->head,
		.beside = next < nb ? nb - next : 0,
	};
}

OF_TWO_MOMENTS static struct view
tx_view(struct afpring_txq *q)
{
	const struct afpring_process *process = rte_eth_devices[q->port_id].process_private;
	uint32_t reaped = afpring_tx_reaped(q);

	return (struct view){
		.place = process->tx[q->queue_id].place,
		.walk = q->walk,
		.from = q->tail,
		.beside = RTE_MIN(q->filled - reaped, q->walk.frame_nr),
	};
}

/* Slots change hands in their order, so those of one kind lie side by side and the first
 * of the other kind is found by halving: a long ring costs a few cache misses. */
static uint64_t
offset_of(const struct view *v, uint32_t nb)
{
	const struct afpring_walk *walk = &v->walk;
	uint32_t frames = v->from.slot + nb;
	uint32_t block_size = walk->frame_size * walk->frames_per_block + walk->gap;
	uint64_t block = v->from.off - (uint64_t)v->from.slot * walk->frame_size;

	block += (uint64_t)(frames / walk->frames_per_block) * block_size;
	if (block >= walk->end)
		block -= walk->end;
	return block + (uint64_t)(frames % walk->frames_per_block) * walk->frame_size;
}

/* NULL: there is none. */
static uint8_t *
slot_at(const struct view *v, uint32_t nb)
{
	uint64_t off;

	if (v->place == NULL || v->place->is_lost || v->walk.frames_per_block == 0)
		return NULL;
	off = offset_of(v, nb);
	return off < v->place->size ? v->place->at + off : NULL;
}

static uint32_t
count_slots(const struct view *v, uint32_t nb, bool (*is_kind)(uint8_t *slot))
{
	uint32_t first = 0;

	while (first < nb) {
		uint32_t middle = first + (nb - first) / 2;
		uint8_t *slot = slot_at(v, middle);

		if (slot != NULL && is_kind(slot))
			first = middle + 1;
		else
			nb = middle;
	}
	return first;
}

afpring_rx_count_ret
afpring_rx_queue_count(void *rxq)
{
	struct view v = rx_view(rxq);

	return v.beside + count_slots(&v, v.walk.frame_nr, afpring_rx_slot_is_ours);
}

int
afpring_rx_descriptor_status(void *rxq, uint16_t offset)
{
	struct view v = rx_view(rxq);
	uint8_t *slot;

	if (offset < v.beside)
		return RTE_ETH_RX_DESC_DONE;
	offset -= v.beside;
	slot = offset < v.walk.frame_nr ? slot_at(&v, offset) : NULL;
	if (slot == NULL)
		return -EINVAL;
	return afpring_rx_slot_is_ours(slot) ? RTE_ETH_RX_DESC_DONE : RTE_ETH_RX_DESC_AVAIL;
}

/* Slots from the tail on of which the kernel knows nothing any more. */
static uint32_t
tx_empty(const struct view *v)
{
	return count_slots(v, v->walk.frame_nr - v->beside, afpring_tx_slot_is_empty);
}

int
afpring_tx_queue_count(void *txq)
{
	struct view v = tx_view(txq);

	return v.place == NULL ? 0 : v.walk.frame_nr - tx_empty(&v);
}

int
afpring_tx_descriptor_status(void *txq, uint16_t offset)
{
	struct view v = tx_view(txq);

	if (v.place == NULL || offset >= v.walk.frame_nr)
		return -EINVAL;
	return offset < tx_empty(&v) ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL;
}

/* ---- sleep until a packet comes ---- */

static int
is_filled(const uint64_t status, const uint64_t opaque[RTE_POWER_MONITOR_OPAQUE_SZ])
{
	RTE_SET_USED(opaque);
	return afpring_rx_status_is_filled(status) ? -1 : 0;
}

int
afpring_get_monitor_addr(void *rxq, struct rte_power_monitor_cond *cond)
{
	struct view v = rx_view(rxq);
	uint8_t *slot = slot_at(&v, 0);

	if (slot == NULL)
		return -EIO;
	cond->addr = afpring_rx_slot_status(slot);
	cond->size = sizeof(uint32_t);
	cond->fn = is_filled;
	return 0;
}
