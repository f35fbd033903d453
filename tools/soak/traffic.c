/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The host of ./run soak: sends numbered frames from an interface and knows of each one
 * whether the kernel took it, and whether it came back once, twice or damaged.
 *
 *   soak-traffic IFACE FRAMES_PER_SECOND
 *
 * Words on the standard input, a line each, are answered by a line of JSON: go, hold,
 * report, forget (what has not come back yet will not be waited for; report first),
 * mark (see mark()), reopen (the interface was made anew), super (see super_begin()). One
 * thread does all, so an answer to hold comes after the last frame was sent.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "books.h"
#include "frames.h"

#define BATCH 32
#define SUPER_EVERY 8 /* of what is sent, while there are superframes */
#define RCVBUF (64 << 20)

static const char *iface;
static int out_fd[KINDS], in_fd[KINDS];
static struct {
	uint32_t segments; /* 0: none are sent */
	uint32_t mss;
	uint32_t is_cut; /* by the interface that sends */
} super;

/* ---- sockets ---- */

static int
socket_open(uint16_t protocol)
{
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(iface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	int size = RCVBUF, one = 1;

	if (fd < 0 || to.sll_ifindex == 0)
		err(1, "%s", iface);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0)
		err(1, "socket options");
	if (bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		err(1, "bind to %s", iface);
	return fd;
}

/* A socket of protocol 0 is no receiver, so a link that comes and goes leaves no error. */
static void
sockets_open(void)
{
	int one = 1;

	for (int kind = 0; kind < KINDS; kind++) {
		out_fd[kind] = socket_open(0);
		in_fd[kind] = socket_open(kind == SUPER ? ETHERTYPE_IP : FRAME_ETHERTYPE);
	}
	if (setsockopt(out_fd[SUPER], SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)) < 0)
		err(1, "virtio_net_hdr");
}

static void
count_socket_drops(void)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	for (int kind = 0; kind < KINDS; kind++)
		if (getsockopt(in_fd[kind], SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
			books.count.socket_drops += stats.tp_drops;
}

/* ---- send ---- */

static void
send_frame(uint16_t len)
{
	uint8_t frame[FRAME_MAX];

	frame_fill(frame, books.run, books.next, len);
	if (send(out_fd[FRAME], frame, len, MSG_DONTWAIT) < 0)
		books_refused(1, errno);
	else
		books_sent(1, 1);
}

/* Of what the interface has cut, ENOBUFS says only that the last segment found no room. */
static void
send_super(uint32_t segments)
{
	static uint8_t packet[SUPER_ROOM];
	size_t len = super_fill(packet, books.run, books.next, segments, super.mss);
	bool is_cut = super.is_cut && segments > 1;

	books.has_supers = true;
	if (send(out_fd[SUPER], packet, len, MSG_DONTWAIT) < 0 && !(is_cut && errno == ENOBUFS)) {
		books_refused(segments, errno);
	} else {
		books_sent(segments, is_cut ? segments : 1);
		books.count.supers += segments > 1;
	}
}

static void
send_one(void)
{
	static uint32_t turn;

	if (super.segments != 0 && ++turn % SUPER_EVERY == 0)
		send_super(super.segments);
	else
		send_frame(frame_len(books.next));
}

/* ---- receive ---- */

/* A superframe may have been cut, or its segments joined. */
static void
receive_one(enum kind kind, const uint8_t *frame, size_t len)
{
	const struct record *record;

	if (kind == FRAME) {
		record = frame_record(frame, len);
		books_received(record, kind, record == NULL ? 0 : record->number);
	}
	for (size_t at = TCP_HEADERS, next; kind == SUPER && at < len; at = next) {
		record = super_record(frame, len, at, &next);
		books_received(record, kind, super_flow(frame));
	}
}

static void
receive_all(enum kind kind)
{
	static uint8_t rooms[BATCH][SUPER_ROOM];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int nb;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){rooms[i], SUPER_ROOM};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	do {
		nb = recvmmsg(in_fd[kind], messages, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < nb; i++)
			receive_one(kind, rooms[i], messages[i].msg_len);
		/* ENETDOWN is said once after the interface was down */
	} while (nb == BATCH || (nb < 0 && errno == ENETDOWN));
}

static void
receive(void)
{
	for (int kind = 0; kind < KINDS; kind++)
		receive_all(kind);
}

/* ---- words ---- */

/* A frame of each flow, so what is still on its way comes before one of them. */
static void
mark(void)
{
	books.marked = books.next;
	for (int i = 0; i < FLOWS; i++)
		send_frame(FRAME_MIN);
	for (int i = 0; books.has_supers && i < FLOWS; i++)
		send_super(1);
}

/* SEGMENTS MSS IS_CUT: one in SUPER_EVERY is a superframe from now on, none if SEGMENTS is 0;
 * whether the interface cuts them is for the books. */
static void
super_begin(const char *words)
{
	if (sscanf(words, "%u %u %u", &super.segments, &super.mss, &super.is_cut) != 3 ||
	    super.segments > SEGMENTS_MAX || super.mss < FRAME_MIN || super.mss > MSS_MAX)
		errx(1, "bad superframes: %s", words);
}

static void
reopen(void)
{
	receive();
	count_socket_drops();
	for (int kind = 0; kind < KINDS; kind++) {
		close(in_fd[kind]);
		close(out_fd[kind]);
	}
	sockets_open();
}

/* Returns whether to send. */
static bool
obey(const char *word, bool sending)
{
	if (strcmp(word, "report\n") == 0) {
		count_socket_drops();
		books_print();
	} else {
		if (strcmp(word, "forget\n") == 0)
			books_forget();
		else if (strcmp(word, "mark\n") == 0)
			mark();
		else if (strcmp(word, "reopen\n") == 0)
			reopen();
		else if (strncmp(word, "super ", 6) == 0)
			super_begin(word + 6);
		else if (strcmp(word, "go\n") == 0)
			sending = true;
		else if (strcmp(word, "hold\n") == 0)
			sending = false;
		else
			errx(1, "unknown word %s", word);
		puts("{}");
	}
	fflush(stdout);
	return sending;
}

int
main(int argc, char **argv)
{
	struct pollfd polled[KINDS + 1];
	uint64_t interval_us, due_us = 0;
	bool sending = false;
	char word[32];

	if (argc != 3 || atoi(argv[2]) <= 0)
		errx(2, "usage: soak-traffic IFACE FRAMES_PER_SECOND");
	iface = argv[1];
	interval_us = 1000000 / atoi(argv[2]);
	setvbuf(stdin, NULL, _IONBF, 0); /* what poll() does not see must not lie in a buffer */
	books.run = now_us() ^ getpid();
	sockets_open();
	for (;;) {
		for (int i = 0; i <= KINDS; i++)
			polled[i] = (struct pollfd){i < KINDS ? in_fd[i] : STDIN_FILENO, POLLIN, 0};
		poll(polled, KINDS + 1, sending ? 1 : 100);
		receive();
		if (polled[KINDS].revents != 0) {
			if (fgets(word, sizeof(word), stdin) == NULL)
				return 0;
			sending = obey(word, sending);
			due_us = now_us();
		}
		/* what is late by more than a batch is not made up for: it would be a burst */
		for (int i = 0; sending && due_us <= now_us(); i++, due_us += interval_us)
			if (i == BATCH)
				due_us = now_us();
			else
				send_one();
	}
}
