/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A queue pair whose rings lie in plain memory, and the kernel's side of them as
 * net/packet/af_packet.c plays it: tpacket_rcv() fills receive slots, sendto()
 * (linked with --wrap) takes transmit slots as tpacket_snd() does with
 * PACKET_LOSS, recvmsg() hands out what tpacket_rcv() has queued beside a slot. Rings are malloc'ed, so ASan sees one byte too far.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "unit.h"

#include "afpring_rx.h"
#include "afpring_rx_super.h"
#include "afpring_slot.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

#define FAKE_MTU 1500u
#define FAKE_SLOTS 24u /* wished by fake_setup() */
#define FAKE_MAX_SENT 65536u

/** The receive burst's mark on segments that others follow. */
#define FAKE_MORE RTE_MBUF_F_FIRST_FREE

/** What the kernel says of a received frame besides its bytes. */
struct fake_rx {
	uint32_t seed;
	uint32_t len;    /**< bytes in the slot */
	uint32_t cut;    /**< bytes that did not fit */
	bool queued;     /**< a cut frame also waits as a message, whole */
	uint32_t status; /**< besides TP_STATUS_USER */
	uint16_t tci, tpid;
	uint16_t csum_start, csum_offset;
	bool verified; /**< somebody has found the checksum right */
	uint8_t gso_type;
	uint16_t gso_size;
	uint32_t head_len; /**< bytes at the frame's start that are not of the pattern */
	uint8_t head[FAKE_MTU + 18];
};

/** One frame that the kernel took. */
struct fake_sent {
	uint32_t len;
	struct virtio_net_hdr vnet;
	uint8_t *bytes;
};

struct fake {
	struct afpring_rxq *rxq;
	struct afpring_txq *txq;
	eth_rx_burst_t rx_burst;
	eth_tx_burst_t tx_burst;
	struct rte_mempool *pool;
	unsigned int pool_size;
	uint16_t slots; /**< wished */
	struct afpring_geometry rx_geo, tx_geo;
	uint8_t *rx_ring, *tx_ring;
	uint32_t rx_head, tx_head; /**< slots, of the kernel */
	struct fake_rx queue[64];  /**< messages of the receive socket */
	uint32_t queue_in, queue_out;

	/* how sendto() goes */
	uint32_t sendtos;
	pthread_t sender;   /**< of the last */
	uint32_t budget;    /**< frames until the socket buffer is full */
	int down;           /**< errno before any frame is looked at, or 0 */
	int refuse;         /**< errno for the frames that refuse_if names, or 0 */
	uint32_t refuse_if; /**< seed in the frame's first four bytes; 0: all */
	uint32_t done;      /**< status of a slot that was taken */
	struct fake_sent *sent;
	uint32_t nb_sent;
};

/** The fake of the running case. */
extern struct fake fake;

int fake_eal_init(void **state);

/** A fresh queue pair and a pool of nb mbufs with this room for a frame. */
void fake_setup(unsigned int nb, uint16_t room);

/** As fake_setup(), with rings of at least this many slots. */
void fake_setup_slots(unsigned int nb, uint16_t room, uint16_t slots);

/** Fails the case if an mbuf is missing. */
void fake_teardown(void);

static inline uint64_t
fake_rx_counted(enum afpring_rx_counter c)
{
	return afpring_count_read(&fake.rxq->count[c]);
}

static inline uint64_t
fake_tx_counted(enum afpring_tx_counter c)
{
	return afpring_count_read(&fake.txq->count[c]);
}

/** The pool, every byte of it not yet used. */
void fake_pool_pattern(void);

/** The kernel receives a frame; false: the ring is full. */
bool fake_receive(const struct fake_rx *rx);

/** Bytes of an mbuf's buffer outside of the frame are as the pool had them. */
void fake_check_margins(const struct rte_mbuf *m);

/** The chain holds this frame, tag put back if there is one. */
void fake_check_mbuf(const struct rte_mbuf *m, const struct fake_rx *rx, bool tag);

/** A chain of len bytes, its first segment of `first` (0: all in one). The first
 *  four bytes are the seed, the others its pattern. */
struct rte_mbuf *fake_mbuf(uint32_t seed, uint32_t len, uint32_t first);

/** The nth frame sent is the one of this seed and length. */
void fake_check_sent(uint32_t n, uint32_t seed, uint32_t len);

/** Hand one mbuf to the transmit burst; how many it took. */
uint16_t fake_send(struct rte_mbuf *m);

/** A chain with these bytes, its first segment of `first` (0: no cut), the others of
 *  what an mbuf holds. */
struct rte_mbuf *fake_mbuf_of(const uint8_t *bytes, uint32_t len, uint32_t first);

#endif /* FAKE_KERNEL_H */
