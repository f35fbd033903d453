/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What a frame costs on its way out, through a TX_RING and as a message, both as the
 * driver uses them. In a machine whose clock counts instructions (qemu -icount shift=0)
 * a nanosecond is an instruction, the kernel's and the far end's among them.
 *
 *   tx_cost IFACE        prints a line for each lane and size
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#define BURST 32u
#define BURSTS 64u
#define SLOTS 512u
#define SLOT 2048u
#define HEAD 32u /* of a transmit slot, in front of the virtio_net_hdr */

static uint8_t frame[1514];
static uint8_t *ring;
static uint32_t at, late, refused;

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * UINT64_C(1000000000) + t.tv_nsec;
}

static int
open_socket(const char *iface)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_ifindex = if_nametoindex(iface)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	int version = TPACKET_V2, buffer = 4 << 20, on = 1;

	if (fd < 0 || setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_LOSS, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, sizeof(buffer)) < 0 ||
	    bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		err(1, "%s", iface);
	return fd;
}

static uint32_t *
status(uint32_t slot)
{
	return (uint32_t *)(void *)(ring + slot % SLOTS * SLOT);
}

static void
open_ring(int fd)
{
	struct tpacket_req req = {.tp_block_size = SLOT * 32,
				  .tp_block_nr = SLOTS / 32,
				  .tp_frame_size = SLOT,
				  .tp_frame_nr = SLOTS};

	if (setsockopt(fd, SOL_PACKET, PACKET_TX_RING, &req, sizeof(req)) < 0)
		err(1, "PACKET_TX_RING");
	ring = mmap(NULL, SLOTS * SLOT, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		err(1, "mmap");
}

/* What the kernel says when it takes no more for now; more often than that is an error. */
static void
count_refusal(void)
{
	if ((errno != EAGAIN && errno != ENOBUFS && errno != ENOMEM) || ++refused > 1000)
		err(1, "send");
}

static void
send_ring(int fd, uint16_t len)
{
	const struct virtio_net_hdr vnet = {.hdr_len = len};

	for (uint32_t i = 0; i < BURST; i++) {
		uint8_t *slot = ring + (at + i) % SLOTS * SLOT;

		while (__atomic_load_n(status(at + i), __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE)
			late++;
		((struct tpacket2_hdr *)(void *)slot)->tp_len = len + sizeof(vnet);
		memcpy(slot + HEAD, &vnet, sizeof(vnet));
		memcpy(slot + HEAD + sizeof(vnet), frame, len);
		__atomic_store_n(status(at + i), TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	}
	while (sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0)
		count_refusal();
	at += BURST;
}

static void
send_messages(int fd, uint16_t len)
{
	static const struct virtio_net_hdr vnet;
	struct iovec iov[2] = {{(void *)(uintptr_t)&vnet, sizeof(vnet)}, {frame, len}};
	struct mmsghdr msgs[BURST];

	for (uint32_t i = 0; i < BURST; i++)
		msgs[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = iov, .msg_iovlen = 2}};
	for (uint32_t sent = 0; sent < BURST;) {
		int ret = sendmmsg(fd, msgs + sent, BURST - sent, MSG_DONTWAIT);

		if (ret < 0)
			count_refusal();
		else
			sent += ret;
	}
}

static void
measure(const char *lane, int fd, uint16_t len, void (*send_burst)(int fd, uint16_t len))
{
	uint64_t begin, end;
	uint32_t waiting = 0;

	for (uint32_t i = 0; i < BURSTS; i++)
		send_burst(fd, len);
	late = refused = 0;
	begin = now();
	for (uint32_t i = 0; i < BURSTS; i++)
		send_burst(fd, len);
	end = now();
	for (uint32_t i = 0; ring != NULL && i < SLOTS; i++)
		waiting += *status(i) != TP_STATUS_AVAILABLE;
	printf("%s %u: %.0f instructions a frame, %u slots not back after the call, "
	       "%u times a slot was waited for, %u calls refused\n",
	       lane, len, (double)(end - begin) / (BURSTS * BURST), waiting, late, refused);
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	int fd;

	if (argc != 2)
		errx(2, "usage: tx_cost IFACE");
	memset(frame, 0xff, ETH_ALEN);
	frame[6] = 2;
	frame[12] = 0x88; /* 0x88b5, for experiments: nobody's */
	frame[13] = 0xb5;
	fd = open_socket(argv[1]);
	measure("messages", fd, 60, send_messages);
	measure("messages", fd, 1514, send_messages);
	fd = open_socket(argv[1]);
	open_ring(fd);
	measure("ring", fd, 60, send_ring);
	measure("ring", fd, 1514, send_ring);
	return 0;
}
