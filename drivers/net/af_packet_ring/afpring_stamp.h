/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Time stamps of packets. The kernel takes them, or the device; of what is received they are in the
 * slot. Of what a packet socket sends the kernel takes one when the device's driver has the packet
 * (skb_tx_timestamp()), and tells it through the socket's error queue
 * (Documentation/networking/timestamping.rst).
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

/** What the device stamps: an interface's setting, whoever uses it (SIOCSHWTSTAMP). */
struct afpring_stamp_config {
	bool tx;    /**< what is sent, where it is asked for */
	bool all;   /**< of what comes all */
	bool ptp;   /**< of what comes PTP packets, and perhaps others */
	int filter; /**< which of what comes: HWTSTAMP_FILTER_*, as the kernel has it */
	int type;   /**< and HWTSTAMP_TX_* of what is sent */
};

/** Any socket will do for fd: it says which network namespace the index is of. 0 or -errno. */
int afpring_stamp_config_get(int fd, int ifindex, struct afpring_stamp_config *config);

/** Needs CAP_NET_ADMIN. type and filter are what is asked for; the device may stamp more than that,
 *  as the setting then says. */
int afpring_stamp_config_set(int fd, int ifindex, struct afpring_stamp_config *config);

static inline bool
afpring_stamp_config_is(const struct afpring_stamp_config *a, const struct afpring_stamp_config *b)
{
	return a->type == b->type && a->filter == b->filter;
}

/** The setting in which the device stamps what is sent, and what comes by this filter. */
struct afpring_stamp_config afpring_stamp_config_of(int filter);

/** Whose stamps the slots of a receive ring have from now on; with the device's, a slot says whether
 *  it has one. */
int afpring_stamp_receive(int fd, enum afpring_stamp_source source);

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
