/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The other host's programs inside the virtual machine of tools/old-kernel; static,
 * because the machine has little else.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define PORT 7000
#define TRAIN_BYTES 20000
#define SEGMENT_BYTES 1400
#define MAX_COUNT 65536
#define FANOUT_IGNORE_OUTGOING 0x4000

static void
die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int
udp_socket(const char *address, uint16_t port, bool own)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_port = htons(port)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0)
		die("socket");
	if (inet_pton(AF_INET, address, &sin.sin_addr) != 1)
		die(address);
	if (own ? bind(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0 :
		  connect(fd, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		die(own ? "bind" : "connect");
	return fd;
}

/* Superframes as QUIC sends them: one skb of many datagrams. */
static int
trains(const char *address, int count)
{
	static const char payload[TRAIN_BYTES];
	int fd = udp_socket(address, PORT, false);
	int segment = SEGMENT_BYTES;

	if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &segment, sizeof(segment)) < 0)
		die("UDP_SEGMENT");
	for (int i = 0; i < count; i++)
		if (send(fd, payload, sizeof(payload), 0) != sizeof(payload))
			die("send");
	return 0;
}

/* Numbered datagrams, each a flow of its own. */
static int
flows(const char *address, int count)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};

	for (int32_t i = 0; i < count; i++) {
		int fd = udp_socket(address, PORT, false);

		if (send(fd, &i, sizeof(i), 0) != sizeof(i))
			die("send");
		close(fd);
		nanosleep(&pause, NULL);
	}
	return 0;
}

/* Until nothing has come for five seconds, or for one when all are there. */
static int
count_flows(const char *address, int count)
{
	static uint8_t seen[MAX_COUNT];
	struct pollfd pfd = {.fd = udp_socket(address, PORT, true), .events = POLLIN};
	int all = 0, doubles = 0;
	int32_t number;

	if (count > MAX_COUNT)
		return 1;
	while (poll(&pfd, 1, all == count ? 1000 : 5000) == 1) {
		if (recv(pfd.fd, &number, sizeof(number), 0) != sizeof(number) || number < 0 ||
		    number >= count)
			continue;
		doubles += seen[number];
		all += !seen[number];
		seen[number] = 1;
	}
	printf("%d of %d datagrams, %d twice\n", all, count, doubles);
	return all != count || doubles != 0;
}

/* 0 when a fanout group with PACKET_FANOUT_FLAG_IGNORE_OUTGOING gets what is sent. */
static int
fanout_flag(const char *iface, const char *address)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(iface),
	};
	struct pollfd pfd = {.fd = socket(AF_PACKET, SOCK_RAW, 0), .events = POLLIN};
	int value = 0x7fff | (PACKET_FANOUT_HASH | FANOUT_IGNORE_OUTGOING) << 16;
	socklen_t len = sizeof(sll);
	char frame[64] = {0};

	if (pfd.fd < 0 || bind(pfd.fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		die(iface);
	if (setsockopt(pfd.fd, SOL_PACKET, PACKET_FANOUT, &value, sizeof(value)) < 0)
		die("PACKET_FANOUT");
	if (send(udp_socket(address, PORT, false), frame, 1, 0) < 0)
		die("send");
	while (poll(&pfd, 1, 2000) == 1) {
		if (recvfrom(pfd.fd, frame, sizeof(frame), 0, (struct sockaddr *)&sll, &len) < 0)
			die("recvfrom");
		if (sll.sll_pkttype == PACKET_OUTGOING)
			return 0;
	}
	return 1;
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int count = argc > 3 ? atoi(argv[3]) : 0;

	if (argc == 4 && strcmp(what, "trains") == 0)
		return trains(argv[2], count);
	if (argc == 4 && strcmp(what, "flows") == 0)
		return flows(argv[2], count);
	if (argc == 4 && strcmp(what, "count") == 0)
		return count_flows(argv[2], count);
	if (argc == 4 && strcmp(what, "fanout-flag") == 0)
		return fanout_flag(argv[2], argv[3]);
	fprintf(stderr, "usage: %s trains|flows|count ADDRESS COUNT | fanout-flag IFACE\n",
		argv[0]);
	return 2;
}
