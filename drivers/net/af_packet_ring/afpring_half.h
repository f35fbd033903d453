/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * One half of a queue pair: a packet socket with its mapped ring. A half is a
 * handle of this process (descriptor, address) and never lies in shared memory.
 */
#ifndef AFPRING_HALF_H
#define AFPRING_HALF_H

#include <stdbool.h>
#include <stdint.h>

#include "afpring_geometry.h"
#include "afpring_place.h"
#include "afpring_stamp.h"

struct sock_fprog;

struct afpring_half {
	uint8_t *ring; /**< NULL when not mapped */
	int fd;        /**< -1 when closed */
	int super_fd;  /**< tx: socket of the superframe lane; -1 when closed */
	int ifindex;   /**< tx: the interface that both sockets are bound to */
	/** Where the ring is, or was; NULL when closed. For threads that have no say in when the
	 *  half is closed. */
	struct afpring_place *place;
	struct afpring_places *places;
};

/** What a half needs to know. */
struct afpring_half_plan {
	struct afpring_places *places; /**< for the ring */
	const struct sock_fprog *gate; /**< rx: NULL: closed, no packet gets in */
	int ifindex;
	bool vnet;                        /**< rx: with virtio_net_hdrs */
	enum afpring_stamp_source stamps; /**< rx: whose stamps the slots have */
	bool outgoing;                    /**< rx: also receive what the host sends */
	bool qdisc_bypass;                /**< tx */
	uint64_t sndbuf;                  /**< tx: bytes */
};

/**
 * Open the receive half: bound, and so receiving what its gate lets in.
 *
 * @param geo
 *   The planned ring; on return the ring that was made (blocks get smaller when memory has
 *   no contiguous piece of their size).
 * @param step
 *   On failure names the call that failed.
 * @return
 *   0 or -errno; nothing is left open on failure.
 */
int afpring_half_open_rx(struct afpring_half *half, const struct afpring_half_plan *plan,
			 struct afpring_geometry *geo, const char **step);

/**
 * Open the transmit half: protocol 0, so it is never hooked and never gets the
 * ENETDOWN of a link bounce.
 *
 * @param no_bypass
 *   Set when the kernel has no PACKET_QDISC_BYPASS although it was wished.
 */
int afpring_half_open_tx(struct afpring_half *half, const struct afpring_half_plan *plan,
			 struct afpring_geometry *geo, bool *no_bypass, const char **step);

/** Replace the receive ring by an empty one of the same shape, with virtio_net_hdrs or without.
 *  The packets that the socket holds are lost with the old ring, and so are messages that came
 *  while it had no ring. On failure there is no ring. 0 or -errno of the step named. */
int afpring_half_renew_ring(struct afpring_half *half, bool vnet, struct afpring_geometry *geo,
			    const char **step);

/** Make the socket the last member of its fanout group and leave its receive ring as it is:
 *  setting any ring, even a transmit ring of no slots, takes the socket out of the group and
 *  back in (packet_set_ring()). On failure there is no ring, for which
 *  afpring_half_renew_ring() is due. 0 or -errno. */
int afpring_half_rejoin(struct afpring_half *half, const struct afpring_geometry *geo);

/** Close; harmless on a half that is closed, half open, or was never opened
 *  (fd -1, ring NULL). What the kernel has taken is still sent. */
void afpring_half_close(struct afpring_half *half);

#endif /* AFPRING_HALF_H */
