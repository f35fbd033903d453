/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Round trips of single frames between two hosts in two network namespaces.
 *
 *   rtt NETNS_A IFACE_A NETNS_B IFACE_B COUNT SIZE [LOAD_PER_SECOND [SILENCE_US]]
 *
 * One thread is both hosts and polls, so that no wakeup is part of the time: a frame
 * leaves A, is awaited at B, leaves B, is awaited at A. Prints JSON, microseconds.
 *
 * With a load, other frames leave A at that rate, one by one, while the thread waits and
 * between the round trips. So a frame that is awaited may be seen as late as one send()
 * takes.
 *
 * With a silence, of about so long before each frame, the time is that from A to B: of the
 * first frame for somebody who sleeps in between.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "perf.h"
#include "sockets.h"

#define PATIENCE_NS UINT64_C(100000000)
#define MEASURED_PORT 9 /* of perf_frame() */
#define LOAD_PORT 10
#define LOAD_FRAMES_BEHIND 64 /* more are given up, or they would come as one burst */

static struct {
	int fd;
	uint64_t interval_ns; /* 0: no load */
	uint64_t next_ns;
	uint64_t sent;
	uint8_t frame[64];
} load;

/* The load is for the other kernel: it must not fill the socket that waits. */
static void
measured_only(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 36), /* UDP destination */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MEASURED_PORT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {.len = 4, .filter = code};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		err(1, "filter");
}

static int
host_open(const char *netns, const char *iface)
{
	int fd;

	netns_enter(netns);
	fd = packet_open(iface, ETH_P_ALL);
	measured_only(fd);
	return fd;
}

static void
load_start(int fd, uint32_t per_second)
{
	load.fd = fd;
	load.interval_ns = per_second != 0 ? UINT64_C(1000000000) / per_second : 0;
	load.next_ns = perf_ns();
	perf_frame(load.frame, sizeof(load.frame), 0);
	load.frame[37] = LOAD_PORT;
}

/* One frame at most, so that whoever waits looks again soon. false: none is due. */
static bool
load_keep_up(uint64_t now)
{
	if (load.interval_ns == 0 || now < load.next_ns)
		return false;
	if (send(load.fd, load.frame, sizeof(load.frame), 0) == sizeof(load.frame))
		load.sent++;
	load.next_ns += load.interval_ns;
	if (now > load.next_ns + LOAD_FRAMES_BEHIND * load.interval_ns)
		load.next_ns = now;
	return true;
}

/* The frame's serial number is its flow. */
static int
await(int fd, const uint8_t *frame, uint32_t size)
{
	uint64_t now = perf_ns(), end = now + PATIENCE_NS;
	uint8_t got[2048];

	do {
		ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

		if (n == (ssize_t)size && memcmp(got, frame, 38) == 0)
			return 0;
		load_keep_up(now);
		now = perf_ns();
	} while (now < end);
	return -1;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t
round_trips(int a, int b, uint64_t *ns, uint32_t count, uint32_t size)
{
	uint8_t frame[1514];
	uint32_t got = 0;
	uint64_t start;

	for (uint32_t i = 0; i < count; i++) {
		perf_frame(frame, size, i);
		/* the rate may be more than one thread can send */
		for (int n = 0; n < LOAD_FRAMES_BEHIND && load_keep_up(perf_ns()); n++)
			;
		start = perf_ns();
		if (send(a, frame, size, 0) < 0 || await(b, frame, size) < 0 ||
		    send(b, frame, size, 0) < 0 || await(a, frame, size) < 0)
			continue;
		ns[got++] = perf_ns() - start;
	}
	return got;
}

/* From half the silence to three halves, lest it fall into step with anything. */
static uint32_t
first_frames(int a, int b, uint64_t *ns, uint32_t count, uint32_t size, uint32_t silence_us)
{
	uint8_t frame[1514];
	uint32_t got = 0;
	uint64_t start;

	for (uint32_t i = 0; i < count; i++) {
		perf_frame(frame, size, i);
		usleep(silence_us / 2 + i * 7919 % (silence_us + 1));
		start = perf_ns();
		if (send(a, frame, size, 0) < 0 || await(b, frame, size) < 0)
			continue;
		ns[got++] = perf_ns() - start;
	}
	return got;
}

int
main(int argc, char **argv)
{
	uint32_t count, size, got;
	uint64_t *ns, start;
	double seconds;
	int a, b;

	if (argc < 7 || argc > 9)
		errx(2, "see the head of rtt.c");
	a = host_open(argv[1], argv[2]);
	b = host_open(argv[3], argv[4]);
	count = strtoul(argv[5], NULL, 0);
	size = strtoul(argv[6], NULL, 0);
	if (count == 0 || size < 60 || size > 1514)
		errx(2, "COUNT from 1, SIZE from 60 to 1514");
	ns = calloc(count, sizeof(*ns));
	if (ns == NULL)
		err(1, "memory");
	start = perf_ns();
	load_start(a, argc > 7 ? strtoul(argv[7], NULL, 0) : 0);
	got = argc > 8 ? first_frames(a, b, ns, count, size, strtoul(argv[8], NULL, 0)) :
			 round_trips(a, b, ns, count, size);
	seconds = (perf_ns() - start) * 1e-9;
	if (got == 0)
		errx(1, "no frame came back");
	qsort(ns, got, sizeof(*ns), by_value);
	printf("{\"sent\": %u, \"came_back\": %u, \"load\": %.0f, \"p50\": %.2f, "
	       "\"p99\": %.2f, \"p99.9\": %.2f}\n",
	       count, got, load.sent / seconds, ns[got / 2] * 1e-3,
	       ns[(uint64_t)got * 99 / 100] * 1e-3, ns[(uint64_t)got * 999 / 1000] * 1e-3);
	return 0;
}
