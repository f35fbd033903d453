/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Datagrams from a host in one network namespace to a host in another, many with each
 * write (UDP_SEGMENT) and each read (UDP_GRO): what iperf3 cannot before its 3.18.
 *
 *   udp NETNS_A NETNS_B ADDRESS_OF_B MS SEGMENT_BYTES
 *
 * Sends as fast as it can for MS ms. Prints JSON: Gbit/s of data that arrived, and the
 * share of what was sent that did not.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "perf.h"
#include "sockets.h"

#define PORT 5202
#define WRITE_BYTES 65000u
#define QUIET_US 300000 /* then nothing more will come */

static uint8_t data[65536];

static int
host_open(const char *netns)
{
	int fd;

	netns_enter(netns);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0)
		err(1, "socket");
	return fd;
}

static void
patience(int fd, uint32_t us)
{
	struct timeval time = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) < 0)
		err(1, "SO_RCVTIMEO");
}

/* Bytes that came, until none do. */
static uint64_t
receive(int fd, uint32_t ms)
{
	uint64_t bytes = 0;
	ssize_t n;

	patience(fd, ms * 1000 + QUIET_US); /* perhaps none comes through at all */
	n = recv(fd, data, sizeof(data), 0);
	patience(fd, QUIET_US);
	for (; n >= 0; n = recv(fd, data, sizeof(data), 0))
		bytes += n;
	return bytes;
}

static uint64_t
transmit(int fd, uint32_t ms, uint32_t segment)
{
	uint64_t end = perf_ns() + ms * UINT64_C(1000000), bytes = 0;
	uint32_t size = WRITE_BYTES / segment * segment;

	set(fd, SOL_UDP, UDP_SEGMENT, segment);
	while (perf_ns() < end) {
		ssize_t n = send(fd, data, size, 0);

		if (n < 0 && errno != ENOBUFS && errno != EAGAIN)
			err(1, "send");
		bytes += n > 0 ? n : 0;
	}
	return bytes;
}

static pid_t
receiver_start(const char *netns, const struct sockaddr_in *to, uint32_t ms, int result)
{
	int fd = host_open(netns);
	pid_t child;

	set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20);
	set(fd, SOL_UDP, UDP_GRO, 1);
	if (bind(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		err(1, "bind");
	child = fork();
	if (child == 0) {
		uint64_t bytes = receive(fd, ms);

		_exit(write(result, &bytes, sizeof(bytes)) != sizeof(bytes));
	}
	close(fd);
	return child;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PORT)};
	uint64_t start, sent, got = 0;
	uint32_t ms, segment;
	int fd, result[2];
	double seconds;
	pid_t child;

	if (argc != 6 || inet_pton(AF_INET, argv[3], &to.sin_addr) != 1 || pipe(result) < 0)
		errx(2, "see the head of udp.c");
	ms = strtoul(argv[4], NULL, 0);
	segment = strtoul(argv[5], NULL, 0);
	if (segment < 1024 || segment > WRITE_BYTES)
		errx(2, "SEGMENT_BYTES from 1024 to %u", WRITE_BYTES);
	child = receiver_start(argv[2], &to, ms, result[1]);
	fd = host_open(argv[1]);
	if (child < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "%s", argv[3]);
	start = perf_ns();
	sent = transmit(fd, ms, segment);
	seconds = (perf_ns() - start) * 1e-9;
	if (read(result[0], &got, sizeof(got)) != sizeof(got))
		errx(1, "the receiver failed");
	waitpid(child, NULL, 0);
	printf("{\"gbps\": %.4f, \"lost\": %.5f}\n", got * 8e-9 / seconds,
	       sent > got ? 1 - (double)got / sent : 0);
	return 0;
}
