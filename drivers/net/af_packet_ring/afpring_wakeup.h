/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The descriptor on which an application sleeps until a receive queue has something for
 * it: an epoll set (epoll(7)), itself readable while one of its members is. It lives as
 * long as the queue does, whichever socket the queue has at the moment.
 *
 *     DISARMED   the set is empty; packets wake nobody, so that polling costs nothing
 *     ARMED      the socket is in the set
 *     AWAKE      so is a descriptor that is always readable: the queue holds something
 *                that its socket does not show
 *
 * The queue's lcore arms and disarms; a control thread may give the queue another socket
 * at the same time.
 */
#ifndef AFPRING_WAKEUP_H
#define AFPRING_WAKEUP_H

#include <pthread.h>

enum afpring_wakeup_state {
	AFPRING_WAKEUP_DISARMED,
	AFPRING_WAKEUP_ARMED,
	AFPRING_WAKEUP_AWAKE,
};

struct afpring_wakeup {
	pthread_mutex_t lock; /**< for some calls of epoll_ctl() */
	int epoll_fd;         /**< -1 when closed */
	int ready_fd;         /**< always readable */
	int fd;               /**< the queue's socket, or -1 */
	enum afpring_wakeup_state state;
};

/** Closed; needs no afpring_wakeup_close(). */
void afpring_wakeup_init(struct afpring_wakeup *wakeup);

/** An empty set. 0 or -errno; harmless on one that is open. */
int afpring_wakeup_open(struct afpring_wakeup *wakeup);

/** Harmless on a closed one. A sleeping application is not woken. */
void afpring_wakeup_close(struct afpring_wakeup *wakeup);

/** The queue has this socket now, or none (-1), which is to be said before the old one is
 *  closed. In an armed set the new socket takes the old one's place. 0 or -errno. */
int afpring_wakeup_watch(struct afpring_wakeup *wakeup, int fd);

/** Change the state. What lies in the socket already wakes at once. 0 or -errno; -EBADF
 *  when closed. */
int afpring_wakeup_set(struct afpring_wakeup *wakeup, enum afpring_wakeup_state state);

#endif /* AFPRING_WAKEUP_H */
