/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The limit: rings and socket options as the driver has them, and around them nothing
 * but a loop. Also the benchmark's generator. Commands: perf.h.
 *
 *   limit [-r SLOTS] [-l FRAME_BYTES] [-t VLAN] [-u] IFACE [SECOND_IFACE]
 *
 * -t: the frames that it sends have a tag, -u: a UDP checksum.
 *
 * Forwarding copies from ring to ring, once; a DPDK driver must copy into an mbuf and
 * out of it again. Between hosts what no slot holds is received as a message and sent
 * as one, which copies twice.
 */
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "perf.h"
#include "ring.h"

#define LINE 64u
#define RX_HEAD 76u /* of a slot in front of the frame */
#define TX_HEAD 42u
#define MAX_FRAME (145 * LINE) /* an odd number, as for slots */
#define VNET sizeof(struct virtio_net_hdr)
#define UDP (vlan == 0 ? 34 : 38) /* where it begins in a frame that is sent */

static const char *ifaces[2];
static struct ring rx[2], tx[2];
static int message_fd[2]; /* of the sockets that send messages */
static uint32_t slots = 1024, frame_bytes = 1518;
static uint16_t flow, vlan;
static bool udp_cksum;
static const struct virtio_net_hdr no_vnet;

/* ---- rings ---- */

/* An odd number of cache lines, so that slot headers share no cache set. */
static uint32_t
slot_bytes(uint32_t head)
{
	return ((head + frame_bytes + LINE - 1) / LINE | 1) * LINE;
}

static struct ring *
rx_ring(int i)
{
	if (rx[i].map == NULL)
		ring_open(&rx[i], ifaces[i], PACKET_RX_RING, slots, slot_bytes(RX_HEAD));
	return &rx[i];
}

static struct ring *
tx_ring(int i)
{
	if (tx[i].map == NULL)
		ring_open(&tx[i], ifaces[i], PACKET_TX_RING, slots, slot_bytes(TX_HEAD));
	return &tx[i];
}

/* ---- receive ---- */

/* As the driver does: the first lines while it looks ahead, the rest of a frame two slots
 * before its turn. */
#define AHEAD 2
#define START_LINES 3

static uint32_t
rx_ready(const struct ring *r, uint32_t burst)
{
	struct ring c = *r;
	uint32_t n = 0;

	for (; n < burst; n++) {
		struct tpacket2_hdr *hdr = ring_slot(&c);

		if ((__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
			break;
		for (uint32_t i = 1; i < START_LINES; i++)
			__builtin_prefetch((uint8_t *)hdr + i * LINE);
		ring_next(&c);
	}
	return n;
}

static struct ring
rx_ahead(const struct ring *r)
{
	struct ring c = *r;

	for (int i = 0; i < AHEAD; i++)
		ring_next(&c);
	return c;
}

static void
rx_prefetch(struct ring *ahead)
{
	const struct tpacket2_hdr *hdr = ring_slot(ahead);

	for (uint32_t at = START_LINES * LINE; at < RX_HEAD + hdr->tp_snaplen; at += LINE)
		__builtin_prefetch((const uint8_t *)hdr + at);
	ring_next(ahead);
}

static void
rx_release(struct ring *r)
{
	__atomic_store_n(&ring_slot(r)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	ring_next(r);
}

static uint32_t
rx_burst(struct ring *r, uint32_t burst)
{
	/* as many buffers as a burst, each with an mbuf's room, used again and again */
	static uint8_t *buffers;
	uint32_t room = frame_bytes < 2048 ? 2176 : (frame_bytes / LINE + 2) * LINE;
	uint32_t n = rx_ready(r, burst);
	struct ring ahead = rx_ahead(r);

	if (buffers == NULL && (buffers = aligned_alloc(LINE, PERF_MAX_BURST * room)) == NULL)
		err(1, "buffers");

	for (uint32_t i = 0; i < n; i++) {
		const struct tpacket2_hdr *hdr = ring_slot(r);
		uint32_t len = hdr->tp_snaplen;

		if (len > room)
			len = room;
		if (i + AHEAD < n)
			rx_prefetch(&ahead);
		memcpy(buffers + i * room, (const uint8_t *)hdr + hdr->tp_mac, len);
		__asm__ volatile("" : : "r"(buffers) : "memory");
		rx_release(r);
	}
	return n;
}

/* ---- transmit ---- */

static bool
tx_put(struct ring *r, const uint8_t *frame, uint32_t len, struct virtio_net_hdr vnet)
{
	struct tpacket2_hdr *hdr = ring_slot(r);
	uint8_t *data = (uint8_t *)hdr + TX_HEAD;
	uint32_t status = __atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE);

	if ((status & (TP_STATUS_SEND_REQUEST | TP_STATUS_SENDING)) != 0)
		return false;
	/* all of the frame into the linear part of the kernel's buffer */
	vnet.hdr_len = len;
	*((struct virtio_net_hdr *)data - 1) = vnet;
	memcpy(data, frame, len);
	hdr->tp_len = len + VNET;
	__atomic_store_n(&hdr->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
	ring_next(r);
	return true;
}

static void
tx_kick(const struct ring *r)
{
	if (sendto(r->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
	    errno != ENOBUFS)
		err(1, "sendto");
}

/* A word of the data makes up for the port of the flow, so that all flows have one checksum. */
static void
put_flow(uint8_t *udp)
{
	udp[0] = flow >> 8;
	udp[1] = flow;
	if (udp_cksum) {
		udp[8] = ~udp[0];
		udp[9] = ~udp[1];
	}
}

/* Of a header behind the addresses of IPv4, its length being even. */
static void
put_cksum(uint8_t *udp)
{
	uint32_t len = udp[4] << 8 | udp[5], sum = 17 + len;

	put_flow(udp);
	for (const uint8_t *p = udp - 8; p < udp + len; p += 2)
		sum += p[0] << 8 | p[1];
	while (sum > UINT16_MAX)
		sum = (sum & UINT16_MAX) + (sum >> 16);
	udp[6] = ~sum >> 8;
	udp[7] = ~sum;
}

static void
make_frame(uint8_t *frame, uint32_t size, uint16_t nth)
{
	const uint8_t tag[] = {0x81, 0, vlan >> 8, vlan};

	if (vlan == 0) {
		perf_frame(frame, size, nth);
	} else {
		perf_frame(frame + sizeof(tag), size - sizeof(tag), nth);
		memmove(frame, frame + sizeof(tag), 12);
		memcpy(frame + 12, tag, sizeof(tag));
	}
	if (udp_cksum)
		put_cksum(frame + UDP);
}

static void
do_tx(struct perf *p, uint32_t size, uint32_t burst, uint64_t count)
{
	/* as many frames as a burst: whoever sends has to fetch them from somewhere */
	static uint8_t frames[PERF_MAX_BURST][MAX_FRAME] __attribute__((aligned(LINE)));
	struct ring *r = tx_ring(0);
	uint32_t n;
	uint64_t start;

	if (size > MAX_FRAME)
		errx(2, "frames of at most %u bytes", MAX_FRAME);
	for (n = 0; n < burst; n++)
		make_frame(frames[n], size, n);
	perf_begin(p);
	do {
		start = perf_cycles();
		if (count != 0 && burst > count - p->packets)
			burst = count - p->packets;
		for (n = 0; n < burst; n++) {
			flow++;
			put_flow(frames[n] + UDP);
			if (!tx_put(r, frames[n], size, no_vnet))
				break;
		}
		tx_kick(r);
	} while (perf_burst(p, n, perf_cycles() - start) && (count == 0 || p->packets < count));
}

/* ---- forward ---- */

/* put: false when the slot cannot be passed on now. */
static inline __attribute__((always_inline)) uint32_t
forward(struct ring *in, struct ring *out, uint32_t burst,
	bool (*put)(struct ring *in, struct ring *out))
{
	uint32_t n = rx_ready(in, burst), done;
	struct ring ahead = rx_ahead(in);

	for (done = 0; done < n; done++) {
		if (done + AHEAD < n)
			rx_prefetch(&ahead);
		if (!put(in, out))
			break;
		rx_release(in);
	}
	if (n != 0)
		tx_kick(out);
	return done;
}

static bool
put_frame(struct ring *in, struct ring *out)
{
	const struct tpacket2_hdr *hdr = ring_slot(in);

	return tx_put(out, (const uint8_t *)hdr + hdr->tp_mac, hdr->tp_snaplen, no_vnet);
}

/* ---- between hosts ---- */

static int
message_socket(int i)
{
	if (message_fd[i] == 0) {
		message_fd[i] = socket(AF_PACKET, SOCK_RAW, 0);
		set(message_fd[i], SOL_PACKET, PACKET_VNET_HDR, 1);
		set(message_fd[i], SOL_PACKET, PACKET_QDISC_BYPASS, 1);
		set(message_fd[i], SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20);
		bind_to(message_fd[i], ifaces[i], 0);
	}
	return message_fd[i];
}

/* What does not fit the slot waits as a message, a virtio_net_hdr in front. */
static void
pass_message(struct ring *in, int out_fd)
{
	static uint8_t message[VNET + 65536] __attribute__((aligned(LINE)));
	ssize_t len = recv(in->fd, message, sizeof(message), MSG_DONTWAIT);

	if (len < 0 ||
	    (send(out_fd, message, len, MSG_DONTWAIT) < 0 && errno != EAGAIN && errno != ENOBUFS))
		err(1, "message");
}

/* A checksum that the sender has left to the device is left to the next one. */
static bool
put_any(struct ring *in, struct ring *out)
{
	const struct tpacket2_hdr *hdr = ring_slot(in);
	const uint8_t *frame = (const uint8_t *)hdr + hdr->tp_mac;

	if ((hdr->tp_status & TP_STATUS_COPY) == 0)
		return tx_put(out, frame, hdr->tp_snaplen,
			      ((const struct virtio_net_hdr *)frame)[-1]);
	tx_kick(out);
	pass_message(in, message_socket(out - tx));
	return true;
}

/* ---- commands ---- */

static inline __attribute__((always_inline)) void
repeat(struct perf *p, uint32_t burst, uint32_t (*once)(uint32_t burst))
{
	uint32_t n;
	uint64_t start;

	do {
		start = perf_cycles();
		n = once(burst);
	} while (perf_burst(p, n, perf_cycles() - start));
}

static uint32_t
rx_once(uint32_t burst)
{
	return rx_burst(rx_ring(0), burst);
}

static uint32_t
fwd_once(uint32_t burst)
{
	return forward(rx_ring(0), tx_ring(1), burst, put_frame);
}

static uint32_t
hosts_once(uint32_t burst)
{
	return forward(rx_ring(0), tx_ring(1), burst, put_any) +
	       forward(rx_ring(1), tx_ring(0), burst, put_any);
}

static void
do_rx(struct perf *p, uint32_t burst)
{
	repeat(p, burst, rx_once);
}

static void
do_fwd(struct perf *p, uint32_t burst)
{
	repeat(p, burst, fwd_once);
}

static void
do_hosts(struct perf *p, uint32_t burst)
{
	repeat(p, burst, hosts_once);
}

int
main(int argc, char **argv)
{
	static const struct perf_ops ops = {.tx = do_tx,
					    .rx = do_rx,
					    .fwd = do_fwd,
					    .hosts = do_hosts};
	int opt;

	while ((opt = getopt(argc, argv, "r:l:t:u")) != -1) {
		if (opt == 'r')
			slots = strtoul(optarg, NULL, 0);
		else if (opt == 'l')
			frame_bytes = strtoul(optarg, NULL, 0);
		else if (opt == 't')
			vlan = strtoul(optarg, NULL, 0);
		else if (opt == 'u')
			udp_cksum = true;
		else
			errx(2, "see the head of limit.c");
	}
	if (optind == argc)
		errx(2, "see the head of limit.c");
	ifaces[0] = argv[optind];
	if (optind + 1 < argc) {
		ifaces[1] = argv[optind + 1];
		tx_ring(1);
		rx_ring(0); /* from now on it fills */
	}
	perf_serve(&ops);
	return 0;
}
