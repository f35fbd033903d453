/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include <rte_string_fns.h>

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
	const struct afpring_rxq *q = dev->data->rx_queues[queue_id];

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
	const struct afpring_txq *q = dev->data->tx_queues[queue_id];

	info->conf.offloads = dev->data->dev_conf.txmode.offloads | q->offloads;
	info->conf.tx_deferred_start = q->is_deferred;
	info->nb_desc = nb_slots(&q->geo, q->nb_desc);
}

int
afpring_rx_burst_mode_get(struct rte_eth_dev *dev, uint16_t queue_id,
			  struct rte_eth_burst_mode *mode)
{
	RTE_SET_USED(queue_id);
	strlcpy(mode->info,
		afpring_rx_burst_info(dev->data->dev_conf.rxmode.offloads,
				      afpring_port_has_vnet(dev->data->dev_private)),
		sizeof(mode->info));
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

/* Slots change hands in their order, so those of one kind lie side by side and the first
 * of the other kind is found by halving: a long ring costs a few cache misses. */
static uint8_t *
slot_at(uint8_t *ring, const struct afpring_cursor *from, const struct afpring_walk *walk,
	uint32_t nb)
{
	uint32_t frames = from->slot + nb;
	uint32_t block_size = walk->frame_size * walk->frames_per_block + walk->gap;
	uint64_t block = from->off - (uint64_t)from->slot * walk->frame_size;

	block += (uint64_t)(frames / walk->frames_per_block) * block_size;
	if (block >= walk->end)
		block -= walk->end;
	return ring + block + (uint64_t)(frames % walk->frames_per_block) * walk->frame_size;
}

static uint32_t
count_slots(uint8_t *ring, const struct afpring_cursor *from, const struct afpring_walk *walk,
	    uint32_t nb, bool (*is_kind)(uint8_t *slot))
{
	uint32_t first = 0;

	while (first < nb) {
		uint32_t middle = first + (nb - first) / 2;

		if (is_kind(slot_at(ring, from, walk, middle)))
			first = middle + 1;
		else
			nb = middle;
	}
	return first;
}

static uint32_t
rx_stashed(const struct afpring_rxq *q)
{
	return q->lane->nb - q->lane->next;
}

afpring_rx_count_ret
afpring_rx_queue_count(void *rxq)
{
	struct afpring_rxq *q = rxq;
	uint8_t *ring = afpring_rxq_half(q)->ring;

	if (ring == NULL)
		return rx_stashed(q);
	return rx_stashed(q) +
	       count_slots(ring, &q->head, &q->walk, q->walk.frame_nr, afpring_rx_slot_is_ours);
}

int
afpring_rx_descriptor_status(void *rxq, uint16_t offset)
{
	struct afpring_rxq *q = rxq;
	uint8_t *ring = afpring_rxq_half(q)->ring;
	uint32_t stashed = rx_stashed(q);

	if (offset < stashed)
		return RTE_ETH_RX_DESC_DONE;
	offset -= stashed;
	if (ring == NULL || offset >= q->walk.frame_nr)
		return -EINVAL;
	return afpring_rx_slot_is_ours(slot_at(ring, &q->head, &q->walk, offset)) ?
		       RTE_ETH_RX_DESC_DONE :
		       RTE_ETH_RX_DESC_AVAIL;
}

/* Slots from the tail on of which the kernel knows nothing any more. */
static uint32_t
tx_empty(struct afpring_txq *q, uint8_t *ring)
{
	uint32_t not_waiting = q->walk.frame_nr - (q->filled - afpring_tx_reaped(q));

	return count_slots(ring, &q->tail, &q->walk, not_waiting, afpring_tx_slot_is_empty);
}

int
afpring_tx_queue_count(void *txq)
{
	struct afpring_txq *q = txq;
	uint8_t *ring = afpring_txq_half(q)->ring;

	return ring == NULL ? 0 : q->walk.frame_nr - tx_empty(q, ring);
}

int
afpring_tx_descriptor_status(void *txq, uint16_t offset)
{
	struct afpring_txq *q = txq;
	uint8_t *ring = afpring_txq_half(q)->ring;

	if (ring == NULL || offset >= q->walk.frame_nr)
		return -EINVAL;
	return offset < tx_empty(q, ring) ? RTE_ETH_TX_DESC_DONE : RTE_ETH_TX_DESC_FULL;
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
	struct afpring_rxq *q = rxq;
	uint8_t *ring = afpring_rxq_half(q)->ring;

	if (ring == NULL)
		return -EIO;
	cond->addr = afpring_rx_slot_status(ring + q->head.off);
	cond->size = sizeof(uint32_t);
	cond->fn = is_filled;
	return 0;
}
