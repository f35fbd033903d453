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
 * mark (see mark()), reopen (the interface was made anew). One thread does all, so an answer to hold comes
 * after the last frame was sent.
 *
 * A frame is PPPoE with IPv4 and UDP inside: the kernel hashes its flows, for fanout and
 * RPS, and has no handler for it. So a frame that no packet socket saw is counted in the
 * interface's rx_dropped, and one that a socket saw is not (__netif_receive_skb_core()).
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ETH_P_PPPOE 0x8864
#define FLOWS 16
#define MIN_LEN 96
#define MAX_LEN 1514
#define BATCH 32
#define ROOM 2048
#define RCVBUF (64 << 20)
#define WINDOW (1 << 20) /* frames between two forgets */
#define RUNS_SHOWN 8

enum fate {
	UNUSED,
	SENT,
	REFUSED,
	BACK
};

struct head {
	struct ether_header eth;
	uint8_t version_type, code;
	uint16_t session, pppoe_len;
	uint16_t protocol;
	uint8_t ip[20];
	uint16_t sport, dport, udp_len, udp_sum;
	uint32_t run;
	uint64_t number;
	uint16_t len;
} __attribute__((packed));

static const char *iface;
static int out_fd, in_fd;
static uint32_t run;
static uint64_t first, next; /* numbers since the last forget */
static uint64_t last_of_flow[FLOWS], marked;
static uint8_t fates[WINDOW];
static uint32_t sent_at_ms[WINDOW];
static struct {
	uint64_t sent, no_room, away, too_long, other;           /* by what send() said */
	uint64_t received, socket_drops;                         /* good ones */
	uint64_t duplicates, damaged, refused_came, late, stray; /* none of these may be */
} count;

static uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static uint32_t
sum_of(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 2166136261; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * 16777619;
	return sum;
}

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
	out_fd = socket_open(0);
	in_fd = socket_open(ETH_P_PPPOE);
}

static void
count_socket_drops(void)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(in_fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) == 0)
		count.socket_drops += stats.tp_drops;
}

/* ---- send ---- */

static uint16_t
len_of(uint64_t number)
{
	return MIN_LEN + (number * 2654435761u >> 7) % (MAX_LEN - MIN_LEN + 1);
}

/* Its checksum is 0: nobody looks. */
static void
ip_fill(uint8_t *ip, uint16_t len)
{
	static const uint8_t model[20] = {0x45, 0, 0,  0, 0, 0, 0,  0, 64, 17,
					  0,    0, 10, 0, 0, 1, 10, 0, 0,  2};

	memcpy(ip, model, sizeof(model));
	ip[2] = len >> 8;
	ip[3] = len;
}

static void
frame_fill(uint8_t *frame, uint64_t number, uint16_t len)
{
	uint16_t ip_len = len - offsetof(struct head, ip);
	struct head head = {
		.eth = {{2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}, htons(ETH_P_PPPOE)},
		.version_type = 0x11,
		.session = htons(1),
		.pppoe_len = htons(ip_len + 2),
		.protocol = htons(0x0021),
		.sport = htons(1024 + number % FLOWS),
		.dport = htons(9),
		.udp_len = htons(ip_len - 20),
		.run = run,
		.number = number,
		.len = len,
	};
	uint32_t sum;

	ip_fill(head.ip, ip_len);
	memcpy(frame, &head, sizeof(head));
	for (size_t i = sizeof(head); i < len; i++)
		frame[i] = number + i * 31;
	sum = sum_of(frame, len - sizeof(sum));
	memcpy(frame + len - sizeof(sum), &sum, sizeof(sum));
}

static void
count_refusal(int error)
{
	if (error == ENOBUFS)
		count.no_room++;
	else if (error == ENETDOWN || error == ENXIO || error == ENODEV)
		count.away++;
	else if (error == EMSGSIZE)
		count.too_long++;
	else
		count.other++;
}

static void
send_one(uint16_t len)
{
	uint8_t frame[ROOM];

	if (next - first == WINDOW)
		errx(1, "more than %d frames without a forget", WINDOW);
	frame_fill(frame, next, len);
	sent_at_ms[next - first] = now_us() / 1000;
	if (send(out_fd, frame, len, MSG_DONTWAIT) < 0) {
		count_refusal(errno);
		fates[next - first] = REFUSED;
	} else {
		count.sent++;
		fates[next - first] = SENT;
	}
	next++;
}

/* ---- receive ---- */

static void
receive_one(const uint8_t *frame, size_t len)
{
	struct head head;
	uint64_t *last;
	uint32_t sum;

	if (len < MIN_LEN)
		return (void)count.damaged++;
	memcpy(&head, frame, sizeof(head));
	memcpy(&sum, frame + len - sizeof(sum), sizeof(sum));
	if (head.run != run)
		return (void)count.stray++;
	if (head.len != len || sum != sum_of(frame, len - sizeof(sum)))
		return (void)count.damaged++;
	if (head.number < first)
		return (void)count.late++;
	if (fates[head.number - first] == BACK)
		return (void)count.duplicates++;
	if (fates[head.number - first] != SENT)
		return (void)count.refused_came++;
	count.received++;
	fates[head.number - first] = BACK;
	last = &last_of_flow[head.number % FLOWS];
	if (head.number > *last)
		*last = head.number;
}

static void
receive_all(void)
{
	static uint8_t rooms[BATCH][ROOM];
	struct iovec parts[BATCH];
	struct mmsghdr messages[BATCH] = {0};
	int nb;

	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){rooms[i], ROOM};
		messages[i].msg_hdr.msg_iov = &parts[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	do {
		nb = recvmmsg(in_fd, messages, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < nb; i++)
			receive_one(rooms[i], messages[i].msg_len);
		/* ENETDOWN is said once after the interface was down */
	} while (nb == BATCH || (nb < 0 && errno == ENETDOWN));
}

/* ---- words ---- */

#define PRINT(name) printf("\"" #name "\": %" PRIu64 ", ", count.name)

/* Of frames that have not come back, some runs: numbers, and when they were sent. */
static void
print_missing(void)
{
	uint64_t missing = 0, runs = 0;

	for (uint64_t i = 0; i < next - first; i++)
		missing += fates[i] == SENT;
	printf("\"missing\": %" PRIu64 ", \"runs\": [", missing);
	for (uint64_t i = 0, end; i < next - first && runs < RUNS_SHOWN; i = end + 1) {
		for (end = i; end < next - first && fates[end] == SENT; end++)
			;
		if (end == i)
			continue;
		printf("%s[%" PRIu64 ", %" PRIu64 ", %u]", runs == 0 ? "" : ", ", i, end - i,
		       sent_at_ms[i] - sent_at_ms[0]);
		runs++;
	}
	printf("]}\n");
}

/* A frame of each flow, so what is still on its way comes before one of them. */
static void
mark(void)
{
	marked = next;
	for (int i = 0; i < FLOWS; i++)
		send_one(MIN_LEN);
}

static void
report(void)
{
	int flows = 0;

	for (int i = 0; i < FLOWS; i++)
		flows += last_of_flow[i] >= marked;
	count_socket_drops();
	printf("{\"flushed\": %d, ", flows == FLOWS);
	PRINT(sent);
	PRINT(no_room);
	PRINT(away);
	PRINT(too_long);
	PRINT(other);
	PRINT(received);
	PRINT(socket_drops);
	PRINT(duplicates);
	PRINT(damaged);
	PRINT(refused_came);
	PRINT(late);
	PRINT(stray);
	print_missing();
}

static void
forget(void)
{
	memset(fates, UNUSED, next - first);
	first = next;
}

static void
reopen(void)
{
	receive_all();
	count_socket_drops();
	close(in_fd);
	close(out_fd);
	sockets_open();
}

/* Returns whether to send. */
static bool
obey(const char *word, bool sending)
{
	if (strcmp(word, "report\n") == 0) {
		report();
	} else {
		if (strcmp(word, "forget\n") == 0)
			forget();
		else if (strcmp(word, "mark\n") == 0)
			mark();
		else if (strcmp(word, "reopen\n") == 0)
			reopen();
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
	struct pollfd polled[2] = {{.events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	uint64_t interval_us, due_us = 0;
	bool sending = false;
	char word[32];

	if (argc != 3 || atoi(argv[2]) <= 0)
		errx(2, "usage: soak-traffic IFACE FRAMES_PER_SECOND");
	iface = argv[1];
	interval_us = 1000000 / atoi(argv[2]);
	setvbuf(stdin, NULL, _IONBF, 0); /* what poll() does not see must not lie in a buffer */
	run = now_us() ^ getpid();
	sockets_open();
	for (;;) {
		polled[0].fd = in_fd;
		poll(polled, 2, sending ? 1 : 100);
		receive_all();
		if (polled[1].revents != 0) {
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
				send_one(len_of(next));
	}
}
