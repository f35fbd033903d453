/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "afpring_wakeup.h"

void
afpring_wakeup_init(struct afpring_wakeup *wakeup)
{
	*wakeup = (struct afpring_wakeup){
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.epoll_fd = -1,
		.ready_fd = -1,
		.fd = -1,
	};
}

int
afpring_wakeup_open(struct afpring_wakeup *wakeup)
{
	int ret = 0;

	if (wakeup->epoll_fd >= 0)
		return 0;
	wakeup->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	wakeup->ready_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wakeup->epoll_fd < 0 || wakeup->ready_fd < 0) {
		ret = -errno;
		afpring_wakeup_close(wakeup);
	}
	return ret;
}

void
afpring_wakeup_close(struct afpring_wakeup *wakeup)
{
	if (wakeup->epoll_fd >= 0)
		close(wakeup->epoll_fd);
	if (wakeup->ready_fd >= 0)
		close(wakeup->ready_fd);
	wakeup->epoll_fd = wakeup->ready_fd = -1;
	wakeup->state = AFPRING_WAKEUP_DISARMED;
}

/* Put the descriptor into the set, or take it out. */
static int
set_member(const struct afpring_wakeup *wakeup, int fd, bool on)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (fd < 0 ||
	    epoll_ctl(wakeup->epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, fd, &event) == 0)
		return 0;
	return -errno;
}

static bool
has_socket(enum afpring_wakeup_state state)
{
	return state != AFPRING_WAKEUP_DISARMED;
}

static bool
has_ready_fd(enum afpring_wakeup_state state)
{
	return state == AFPRING_WAKEUP_AWAKE;
}

/* Each sleep changes the state twice: no system call for what is so already. */
static int
change(struct afpring_wakeup *wakeup, enum afpring_wakeup_state state)
{
	enum afpring_wakeup_state old = wakeup->state;
	int ret = 0;

	if (has_socket(state) != has_socket(old))
		ret = set_member(wakeup, wakeup->fd, has_socket(state));
	if (ret == 0 && has_ready_fd(state) != has_ready_fd(old)) {
		ret = set_member(wakeup, wakeup->ready_fd, has_ready_fd(state));
		if (ret < 0 && has_socket(state) != has_socket(old))
			set_member(wakeup, wakeup->fd, has_socket(old));
	}
	if (ret == 0)
		wakeup->state = state;
	return ret;
}

int
afpring_wakeup_watch(struct afpring_wakeup *wakeup, int fd)
{
	int ret = 0;

	pthread_mutex_lock(&wakeup->lock);
	if (has_socket(wakeup->state)) {
		set_member(wakeup, wakeup->fd, false);
		ret = set_member(wakeup, fd, true);
	}
	wakeup->fd = fd;
	pthread_mutex_unlock(&wakeup->lock);
	return ret;
}

int
afpring_wakeup_set(struct afpring_wakeup *wakeup, enum afpring_wakeup_state state)
{
	int ret;

	if (wakeup->epoll_fd < 0)
		return -EBADF;
	pthread_mutex_lock(&wakeup->lock);
	ret = change(wakeup, state);
	pthread_mutex_unlock(&wakeup->lock);
	return ret;
}
