/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Time stamps of what a packet socket sends: the kernel takes one when the device's driver has
 * the packet (skb_tx_timestamp()), or the device takes it itself, and tells it through the
 * socket's error queue (Documentation/networking/timestamping.rst).
 */
#ifndef AFPRING_STAMP_H
#define AFPRING_STAMP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/** Who takes stamps. */
enum afpring_stamp_source {
	AFPRING_STAMP_SOFTWARE, /**< the kernel, by CLOCK_REALTIME */
	AFPRING_STAMP_HARDWARE, /**< the device, by its own clock */
};

/** Room of a message's request for a stamp. */
struct afpring_stamp_request {
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(uint32_t))];
	};
};

/** Have the socket tell stamps of messages that ask for them: costs the others nothing. 0 or
 *  -errno. */
int afpring_stamp_tell(int fd);

/** Let this message ask. The request must live as long as the message. */
void afpring_stamp_ask(struct msghdr *hdr, struct afpring_stamp_request *request,
		       enum afpring_stamp_source source);

/**
 * The stamp of the message that left first, of those that nobody has read.
 *
 * @param ns
 *   Receives nanoseconds since the epoch of the source's clock.
 * @return
 *   0; -EAGAIN: there is none.
 */
int afpring_stamp_read(int fd, enum afpring_stamp_source source, uint64_t *ns);

#endif /* AFPRING_STAMP_H */
