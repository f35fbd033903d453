/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Questions to the kernel by netlink(7), and news from it. Carries
 * messages of any size and does not know what they say.
 *
 * A socket belongs for good to the network namespace of the thread that opened it: a socket
 * that is kept asks about the same interfaces in whichever namespace its callers are later.
 */
#ifndef AFPRING_NETLINK_H
#define AFPRING_NETLINK_H

#include <linux/netlink.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/** A socket for questions. Several threads may ask. */
struct afpring_netlink {
	pthread_mutex_t lock; /**< from question to answer */
	int fd;               /**< -1 when closed */
	uint32_t seq;         /**< of the last question */
	void *buf;            /**< the last datagram */
	size_t size;
};

/** Is shown one message of an answer or of the news. Not 0 ends it and is passed on. */
typedef int (*afpring_netlink_fn)(struct nlmsghdr *msg, void *arg);

/** For questions to NETLINK_ROUTE or NETLINK_GENERIC. 0 or -errno. */
int afpring_netlink_open(struct afpring_netlink *nl, int protocol);

/** Harmless on a closed one. */
void afpring_netlink_close(struct afpring_netlink *nl);

/**
 * Ask, and wait for the whole answer: NLMSG_ERROR (the acknowledgement) or NLMSG_DONE.
 * Waits as long as the kernel does, most often for its RTNL. What is left of the answer
 * to an earlier question is skipped.
 *
 * @param question
 *   Its header is completed: sequence number, NLM_F_REQUEST, NLM_F_ACK.
 * @param fn
 *   Is shown each message of the answer but the last. NULL: nobody looks.
 * @return
 *   0, what fn returned, the kernel's -errno, or that of a call; -EBADMSG when the
 *   answer has no end.
 */
int afpring_netlink_ask(struct afpring_netlink *nl, struct nlmsghdr *question,
			afpring_netlink_fn fn, void *arg);

/** A socket that hears what becomes of one interface (RTNLGRP_LINK), or -errno. Close
 *  it with close(). */
int afpring_netlink_subscribe(int ifindex);

/** From now on it hears of this interface; 0 is all. 0 or -errno. */
int afpring_netlink_hear(int fd, int ifindex);

/**
 * Show all news to fn. Never waits.
 *
 * @return
 *   How many messages there were, or -errno: -ENOBUFS when the kernel had more of them
 *   than room, and the rest is lost.
 */
int afpring_netlink_listen(int fd, afpring_netlink_fn fn, void *arg);

#endif /* AFPRING_NETLINK_H */
