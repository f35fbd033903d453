/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A bare poll() loop on packet sockets, the least that a program does which sleeps until a
 * packet comes. Commands: rx, fwd and hosts of perf.h.
 *
 *   sleeper IFACE IFACE
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>

#include "perf.h"
#include "sockets.h"

#define NAP_MS 10 /* without a packet: a command has its end */

static int in_fd, out_fd;

static void
serve(struct perf *p, int to)
{
	struct pollfd polled = {.fd = in_fd, .events = POLLIN};
	uint8_t frame[2048];
	ssize_t n;

	do {
		n = recv(in_fd, frame, sizeof(frame), MSG_DONTWAIT);
		if (n < 0)
			poll(&polled, 1, NAP_MS);
		else if (to >= 0 && send(to, frame, n, 0) < 0)
			err(1, "send");
	} while (perf_burst(p, n > 0, 0));
}

static void
do_rx(struct perf *p, uint32_t burst)
{
	(void)burst;
	serve(p, -1);
}

static void
do_fwd(struct perf *p, uint32_t burst)
{
	(void)burst;
	serve(p, out_fd);
}

/* Both ways. */
static void
do_hosts(struct perf *p, uint32_t burst)
{
	struct pollfd polled[] = {{.fd = in_fd, .events = POLLIN},
				  {.fd = out_fd, .events = POLLIN}};
	uint8_t frame[2048];
	uint32_t moved;

	(void)burst;
	do {
		moved = 0;
		for (int from = 0; from < 2; from++) {
			ssize_t n = recv(polled[from].fd, frame, sizeof(frame), MSG_DONTWAIT);

			if (n > 0 && send(polled[from ^ 1].fd, frame, n, 0) < 0)
				err(1, "send");
			moved += n > 0;
		}
		if (moved == 0)
			poll(polled, 2, NAP_MS);
	} while (perf_burst(p, moved, 0));
}

int
main(int argc, char **argv)
{
	static const struct perf_ops ops = {.rx = do_rx, .fwd = do_fwd, .hosts = do_hosts};

	if (argc != 3)
		errx(2, "see the head of sleeper.c");
	in_fd = packet_open(argv[1], ETH_P_ALL);
	out_fd = packet_open(argv[2], ETH_P_ALL);
	perf_serve(&ops);
	return 0;
}
