/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's side of the superframe lane: sendmmsg() (linked with --wrap) takes
 * messages by the rules of packet_snd() and virtio_net_hdr_to_skb(), and cuts
 * superframes by its own code. What it puts on the wire goes to fake.sent, in one
 * order with what the ring sends.
 */
#ifndef FAKE_SUPER_H
#define FAKE_SUPER_H

#include "fake_kernel.h"
#include "packets.h"

#define FAKE_UDP_MAX_SEGMENTS 128 /* since Linux 6.9, 64 before */

struct fake_super {
	uint32_t calls;
	uint32_t messages; /**< taken */
	uint32_t refused;  /**< for good */
	uint32_t budget;   /**< messages until the socket buffer is full */
	int refuse;        /**< errno for one message, the refuse_nth from now; or 0 */
	uint32_t refuse_nth;
	bool super_past, ring_past; /**< which socket goes past the qdisc */
	uint32_t too_many_tags;     /**< with these the device does not segment; 0: always */
	bool nonsense;              /**< superframes may say anything where headers belong */
};

extern struct fake_super fake_super;

/** fake_setup(), and a lane that joins and takes superframes. */
void fake_super_setup(unsigned int nb, uint16_t room);

/** What the device can do from now on, as if the lcore had seen it. */
void fake_super_device(union afpring_device device);

/** The transmit burst that joins. */
static inline uint16_t
fake_join_burst(struct rte_mbuf **pkts, uint16_t nb)
{
	return afpring_tx_burst_select(true, false)(fake.txq, pkts, nb);
}

/** The frame of this description; its first segment holds first bytes. */
struct rte_mbuf *fake_mbuf_packet(const struct packet *p, uint32_t first);

/** The nth frame on the wire has these bytes, checksum finished if it was not. */
void fake_check_wire(uint32_t n, const uint8_t *bytes, uint32_t len, const char *what);

/** The nth frame on the wire is the one of this description. */
void fake_check_wire_packet(uint32_t n, const struct packet *p);

/** Forget what was sent. */
void fake_wire_clear(void);

#endif /* FAKE_SUPER_H */
