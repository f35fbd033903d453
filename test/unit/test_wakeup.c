/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The descriptor a queue sleeps on, seen as rte_epoll_wait() sees it: edge-triggered
 * through an epoll set of the application.
 */
#include <errno.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#include "afpring_wakeup.h"

#define SLEEPS 10

static struct afpring_wakeup wakeup;
static int application; /* its epoll set */
static int queue[2];    /* the queue's socket, and who sends to it */

static int failed, calls; /* epoll_ctl() */
static int refused_fd = -1;

int __real_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event);

int
__wrap_epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	int ret = fd == refused_fd ? -1 : __real_epoll_ctl(epfd, op, fd, event);

	if (fd == refused_fd)
		errno = ENOSPC;
	calls++;
	failed += ret < 0;
	return ret;
}

static int
setup(void **state)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET};

	(void)state;
	afpring_wakeup_init(&wakeup);
	assert_int_equal(afpring_wakeup_open(&wakeup), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, queue), 0);
	application = epoll_create1(0);
	assert_int_equal(epoll_ctl(application, EPOLL_CTL_ADD, wakeup.epoll_fd, &event), 0);
	assert_int_equal(afpring_wakeup_watch(&wakeup, queue[0]), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	afpring_wakeup_close(&wakeup);
	afpring_wakeup_close(&wakeup);
	close(application);
	close(queue[0]);
	close(queue[1]);
	return 0;
}

static bool
wakes(void)
{
	struct epoll_event event;

	return epoll_wait(application, &event, 1, 0) == 1;
}

static void
packet(void)
{
	assert_int_equal(send(queue[1], "p", 1, 0), 1);
}

static void
take(void)
{
	char c;

	assert_int_equal(recv(queue[0], &c, 1, 0), 1);
}

static void
arm(void)
{
	assert_int_equal(afpring_wakeup_set(&wakeup, AFPRING_WAKEUP_ARMED), 0);
}

static void
disarm(void)
{
	assert_int_equal(afpring_wakeup_set(&wakeup, AFPRING_WAKEUP_DISARMED), 0);
}

/* What wakes it is a packet, which is taken; then the application polls again. */
static void
end_sleep(void)
{
	assert_true(wakes());
	disarm();
	take();
}

static void
nobody_is_woken_who_polls(void **state)
{
	(void)state;
	packet();
	assert_false(wakes());
	arm();
	disarm();
	take();
	packet();
	wakes(); /* of the moment in which it was armed */
	packet();
	assert_false(wakes());
}

static void
every_sleep_ends_with_a_packet(void **state)
{
	(void)state;
	for (int i = 0; i < SLEEPS; i++) {
		arm();
		assert_false(wakes());
		packet();
		end_sleep();
	}
}

/* It came between the last poll and the sleep. */
static void
packet_before_the_sleep_wakes(void **state)
{
	(void)state;
	for (int i = 0; i < SLEEPS; i++) {
		packet();
		arm();
		end_sleep();
	}
}

static void
what_the_socket_does_not_show_wakes(void **state)
{
	(void)state;
	for (int i = 0; i < SLEEPS; i++) {
		assert_int_equal(afpring_wakeup_set(&wakeup, AFPRING_WAKEUP_AWAKE), 0);
		assert_true(wakes());
		arm(); /* again, now without */
		assert_false(wakes());
		packet();
		end_sleep();
	}
}

/* The queue gets another socket while its application sleeps. */
static void
another_socket_wakes(void **state)
{
	int old;

	(void)state;
	arm();
	for (int i = 0; i < SLEEPS; i++) {
		old = queue[0];
		assert_int_equal(afpring_wakeup_watch(&wakeup, -1), 0);
		close(queue[1]);
		close(old);
		assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, queue), 0);
		wakes(); /* the old one's end */
		assert_int_equal(afpring_wakeup_watch(&wakeup, queue[0]), 0);
		assert_false(wakes());
		packet();
		assert_true(wakes());
		take();
	}
}

static void
nothing_is_asked_of_the_kernel_twice(void **state)
{
	(void)state;
	calls = failed = 0;
	for (int i = 1; i <= SLEEPS; i++) {
		arm();
		arm();
		disarm();
		disarm();
		assert_int_equal(calls, 2 * i);
	}
	assert_int_equal(failed, 0);
}

/* /proc/sys/fs/epoll/max_user_watches */
static void
what_was_refused_is_tried_again(void **state)
{
	(void)state;
	refused_fd = queue[0];
	assert_int_equal(afpring_wakeup_set(&wakeup, AFPRING_WAKEUP_ARMED), -ENOSPC);
	refused_fd = wakeup.ready_fd;
	assert_int_equal(afpring_wakeup_set(&wakeup, AFPRING_WAKEUP_AWAKE), -ENOSPC);
	refused_fd = -1;
	packet();
	assert_false(wakes());
	arm();
	end_sleep();
}

static void
closed_says_so(void **state)
{
	struct afpring_wakeup closed;

	(void)state;
	afpring_wakeup_init(&closed);
	assert_int_equal(afpring_wakeup_set(&closed, AFPRING_WAKEUP_ARMED), -EBADF);
	assert_int_equal(afpring_wakeup_watch(&closed, queue[0]), 0);
	assert_int_equal(afpring_wakeup_open(&closed), 0);
	assert_int_equal(afpring_wakeup_open(&closed), 0);
	assert_int_equal(afpring_wakeup_set(&closed, AFPRING_WAKEUP_ARMED), 0);
	afpring_wakeup_close(&closed);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(nobody_is_woken_who_polls),
		CASE(every_sleep_ends_with_a_packet),
		CASE(packet_before_the_sleep_wakes),
		CASE(what_the_socket_does_not_show_wakes),
		CASE(another_socket_wakes),
		CASE(closed_says_so),
		CASE(nothing_is_asked_of_the_kernel_twice),
		CASE(what_was_refused_is_tried_again),
	};

	return cmocka_run_group_tests_name("wakeup", tests, NULL, NULL);
}
