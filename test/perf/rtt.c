/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Round trips of single frames between two hosts in two network namespaces.
 *
 *   rtt NETNS_A IFACE_A NETNS_B IFACE_B COUNT SIZE
 *
 * One thread is both hosts and polls, so that no wakeup is part of the time: a frame
 * leaves A, is awaited at B, leaves B, is awaited at A. Prints JSON, microseconds.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "perf.h"

#define PATIENCE_NS UINT64_C(100000000)

static int
host_open(const char *netns, const char *iface)
{
	char path[256];
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int ns, fd, one = 1;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		err(1, "%s", path);
	close(ns);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	sll.sll_ifindex = if_nametoindex(iface);
	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		err(1, "%s", iface);
	return fd;
}

/* The frame's serial number is its flow. */
static int
await(int fd, const uint8_t *frame, uint32_t size)
{
	uint64_t end = perf_ns() + PATIENCE_NS;
	uint8_t got[2048];

	do {
		ssize_t n = recv(fd, got, sizeof(got), MSG_DONTWAIT);

		if (n == (ssize_t)size && memcmp(got, frame, 38) == 0)
			return 0;
	} while (perf_ns() < end);
	return -1;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

int
main(int argc, char **argv)
{
	uint32_t count, size, got = 0;
	uint8_t frame[1514];
	uint64_t *ns, start;
	int a, b;

	if (argc != 7)
		errx(2, "see the head of rtt.c");
	a = host_open(argv[1], argv[2]);
	b = host_open(argv[3], argv[4]);
	count = strtoul(argv[5], NULL, 0);
	size = strtoul(argv[6], NULL, 0);
	if (count == 0 || size < 60 || size > sizeof(frame))
		errx(2, "COUNT from 1, SIZE from 60 to 1514");
	ns = calloc(count, sizeof(*ns));
	if (ns == NULL)
		err(1, "memory");
	for (uint32_t i = 0; i < count; i++) {
		perf_frame(frame, size, i);
		start = perf_ns();
		if (send(a, frame, size, 0) < 0 || await(b, frame, size) < 0 ||
		    send(b, frame, size, 0) < 0 || await(a, frame, size) < 0)
			continue;
		ns[got++] = perf_ns() - start;
	}
	if (got == 0)
		errx(1, "no frame came back");
	qsort(ns, got, sizeof(*ns), by_value);
	printf("{\"sent\": %u, \"came_back\": %u, \"p50\": %.2f, \"p99\": %.2f, \"p99.9\": %.2f}\n",
	       count, got, ns[got / 2] * 1e-3, ns[(uint64_t)got * 99 / 100] * 1e-3,
	       ns[(uint64_t)got * 999 / 1000] * 1e-3);
	return 0;
}
