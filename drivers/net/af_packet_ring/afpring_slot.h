/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Who owns a slot. The only file that names tp_status and the fields of struct
 * tpacket2_hdr (man packet(7), include/uapi/linux/if_packet.h).
 *
 * The whole concurrency contract: a slot is read or written only by its owner;
 * reading the status with acquire takes it, writing it with release gives it
 * back. The kernel's half is in net/packet/af_packet.c: tpacket_rcv() has smp_mb()
 * before it gives a slot back. tpacket_snd() reads a slot behind nothing but the
 * branch on its status (the smp_rmb() of __packet_get_status() comes before that), so
 * the thread that calls sendto() is the one that requests, or is handed what was.
 */
#ifndef AFPRING_SLOT_H
#define AFPRING_SLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_prefetch.h>

#include "afpring_compat.h"
#include "afpring_geometry.h"
#include "afpring_uapi.h"

static_assert(AFPRING_TX_SLOT_OVERHEAD ==
		      TPACKET2_HDRLEN - sizeof(struct sockaddr_ll) + sizeof(struct virtio_net_hdr),
	      "tpacket_parse_header(): the virtio_net_hdr follows the tpacket header");
static_assert(AFPRING_RX_SLOT_OVERHEAD == TPACKET_ALIGN(TPACKET2_HDRLEN + 16) - ETH_HLEN +
						  sizeof(struct virtio_net_hdr),
	      "tpacket_rcv(): macoff of an Ethernet frame");

/* Set by the kernel next to AVAILABLE on devices that stamp what they send
 * (veth does): they say nothing about ownership. */
#define AFPRING_TX_STAMP_BITS                                                                      \
	(TP_STATUS_TS_SOFTWARE | TP_STATUS_TS_SYS_HARDWARE | TP_STATUS_TS_RAW_HARDWARE)

static inline struct tpacket2_hdr *
afpring_slot_hdr(uint8_t *slot)
{
	return (struct tpacket2_hdr *)slot;
}

static inline uint32_t
afpring_slot_take(uint8_t *slot)
{
	return rte_atomic_load_explicit((RTE_ATOMIC(uint32_t) *)&afpring_slot_hdr(slot)->tp_status,
					rte_memory_order_acquire);
}

static inline void
afpring_slot_give(uint8_t *slot, uint32_t status)
{
	rte_atomic_store_explicit((RTE_ATOMIC(uint32_t) *)&afpring_slot_hdr(slot)->tp_status,
				  status, rte_memory_order_release);
}

/* ---- receive ---- */

/** The word that the kernel writes when it has filled the slot. */
static inline volatile void *
afpring_rx_slot_status(uint8_t *slot)
{
	return &afpring_slot_hdr(slot)->tp_status;
}

/** The status word says that the kernel has filled the slot. */
static inline bool
afpring_rx_status_is_filled(uint32_t status)
{
	return (status & TP_STATUS_USER) != 0;
}

/** What the status of a slot says. */
enum afpring_rx_slot {
	AFPRING_RX_SLOT_KERNEL, /**< not ours */
	AFPRING_RX_SLOT_FRAME,  /**< ours to read */
	AFPRING_RX_SLOT_QUEUED, /**< ours, and its packet is the socket's next message */
};

static inline enum afpring_rx_slot
afpring_rx_slot_look(uint8_t *slot)
{
	uint32_t status = afpring_slot_take(slot);

	if (!afpring_rx_status_is_filled(status))
		return AFPRING_RX_SLOT_KERNEL;
	return (status & TP_STATUS_COPY) != 0 ? AFPRING_RX_SLOT_QUEUED : AFPRING_RX_SLOT_FRAME;
}

/** The kernel has filled the slot and it is ours to read. */
static inline bool
afpring_rx_slot_is_ours(uint8_t *slot)
{
	return afpring_rx_slot_look(slot) != AFPRING_RX_SLOT_KERNEL;
}

/** The kernel may fill the slot again. tpacket_rcv() wants exactly this value. */
static inline void
afpring_rx_slot_return(uint8_t *slot)
{
	afpring_slot_give(slot, TP_STATUS_KERNEL);
}

/** What the kernel says about a received frame. Copied out of the slot once. */
struct afpring_rx_meta {
	uint32_t status;
	uint32_t len;    /**< bytes of the frame as it was on the wire, tag excluded */
	uint32_t caplen; /**< bytes of the frame that are in the slot */
	uint8_t *frame;  /**< Ethernet header */
	uint16_t vlan_tci;
	uint16_t vlan_tpid;
};

/** Only for a slot that afpring_rx_slot_is_ours() has shown to be ours. */
static inline struct afpring_rx_meta
afpring_rx_slot_meta(uint8_t *slot)
{
	const struct tpacket2_hdr *hdr = afpring_slot_hdr(slot);

	return (struct afpring_rx_meta){
		.status = hdr->tp_status,
		.len = hdr->tp_len,
		.caplen = hdr->tp_snaplen,
		.frame = slot + hdr->tp_mac,
		.vlan_tci = hdr->tp_vlan_tci,
		.vlan_tpid = hdr->tp_vlan_tpid,
	};
}

/* Another processor has just written these lines, so each of them is far away. Lines 1 and
 * 2 hold all of a frame of 64 bytes, and where they lie is known before the slot is read. */
#define AFPRING_RX_SLOT_START_LINES 3

/** Prefetch the start of the slot's frame. */
static inline void
afpring_rx_slot_prefetch_start(const uint8_t *slot)
{
	for (uint32_t i = 1; i < AFPRING_RX_SLOT_START_LINES; i++)
		rte_prefetch0(slot + i * RTE_CACHE_LINE_SIZE);
}

/** Prefetch the rest of the slot's frame. Only for a slot that is ours. */
static inline void
afpring_rx_slot_prefetch_rest(uint8_t *slot)
{
	uint32_t end = AFPRING_RX_SLOT_OVERHEAD + afpring_slot_hdr(slot)->tp_snaplen;

	for (uint32_t at = AFPRING_RX_SLOT_START_LINES * RTE_CACHE_LINE_SIZE; at < end;
	     at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(slot + at);
}

/** When the kernel or the device received the frame, ns since the epoch of its clock. */
static inline uint64_t
afpring_rx_slot_ns(uint8_t *slot)
{
	const struct tpacket2_hdr *hdr = afpring_slot_hdr(slot);

	return hdr->tp_sec * UINT64_C(1000000000) + hdr->tp_nsec;
}

/** The device has stamped the frame, not the kernel (PACKET_TIMESTAMP). */
static inline bool
afpring_rx_meta_is_stamped_by_device(const struct afpring_rx_meta *meta)
{
	return (meta->status & TP_STATUS_TS_RAW_HARDWARE) != 0;
}

static inline bool
afpring_rx_meta_is_cut(const struct afpring_rx_meta *meta)
{
	return meta->caplen != meta->len;
}

/** The kernel took a VLAN tag out of the frame (skb_vlan_untag()). */
static inline bool
afpring_rx_meta_has_vlan(const struct afpring_rx_meta *meta)
{
	return (meta->status & TP_STATUS_VLAN_VALID) != 0;
}

/** The packet, larger than the slot, also waits whole as a message of the socket
 *  (PACKET_COPY_THRESH). Messages come in the order of their slots. */
static inline bool
afpring_rx_meta_is_queued(const struct afpring_rx_meta *meta)
{
	return (meta->status & TP_STATUS_COPY) != 0;
}

/** The sender left the checksum to the device (CHECKSUM_PARTIAL). */
static inline bool
afpring_rx_meta_needs_cksum(const struct afpring_rx_meta *meta)
{
	return (meta->status & TP_STATUS_CSUMNOTREADY) != 0;
}

/** The kernel or the device has found the checksum right. */
static inline bool
afpring_rx_meta_cksum_is_good(const struct afpring_rx_meta *meta)
{
	return (meta->status & TP_STATUS_CSUM_VALID) != 0;
}

/** The virtio_net_hdr that tpacket_rcv() wrote in front of the frame, on a socket with
 *  PACKET_VNET_HDR. */
static inline struct virtio_net_hdr *
afpring_rx_meta_vnet(const struct afpring_rx_meta *meta)
{
	return (struct virtio_net_hdr *)(meta->frame - sizeof(struct virtio_net_hdr));
}

/* ---- transmit ---- */

/** The slot is empty and ours to write. */
static inline bool
afpring_tx_slot_is_empty(uint8_t *slot)
{
	return (afpring_slot_take(slot) & ~AFPRING_TX_STAMP_BITS) == TP_STATUS_AVAILABLE;
}

static inline struct virtio_net_hdr *
afpring_tx_slot_vnet(uint8_t *slot)
{
	return (struct virtio_net_hdr *)(slot + AFPRING_TX_SLOT_OVERHEAD -
					 sizeof(struct virtio_net_hdr));
}

static inline uint8_t *
afpring_tx_slot_frame(uint8_t *slot)
{
	return slot + AFPRING_TX_SLOT_OVERHEAD;
}

/** Write the length of the frame, the last thing that the slot lacks. */
static inline void
afpring_tx_slot_fill(uint8_t *slot, uint32_t len)
{
	afpring_slot_hdr(slot)->tp_len = len + sizeof(struct virtio_net_hdr);
}

/** Hand a filled slot to the next sendto(). */
static inline void
afpring_tx_slot_request(uint8_t *slot)
{
	afpring_slot_give(slot, TP_STATUS_SEND_REQUEST);
}

/** No sendto() has taken the frame yet. */
static inline bool
afpring_tx_slot_is_waiting(uint8_t *slot)
{
	return afpring_slot_take(slot) == TP_STATUS_SEND_REQUEST;
}

/**
 * Make a waiting frame one that the next sendto() skips: with PACKET_LOSS the
 * kernel steps over a frame too short to have a virtio_net_hdr. The status
 * stays, so the slot comes back in its turn.
 */
static inline void
afpring_tx_slot_cancel(uint8_t *slot)
{
	afpring_slot_hdr(slot)->tp_len = 0;
}

/** Take a waiting frame back from the next sendto(): the slot is empty. None is under way. */
static inline void
afpring_tx_slot_withdraw(uint8_t *slot)
{
	afpring_slot_give(slot, TP_STATUS_AVAILABLE);
}

/** Bytes of a requested frame, 0 for a cancelled one. The kernel leaves tp_len
 *  alone, so this holds from request until the slot is requested again. */
static inline uint32_t
afpring_tx_slot_len(uint8_t *slot)
{
	uint32_t len = afpring_slot_hdr(slot)->tp_len;

	return len == 0 ? 0 : len - sizeof(struct virtio_net_hdr);
}

#endif /* AFPRING_SLOT_H */
