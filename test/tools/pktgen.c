/* SPDX-License-Identifier: BSD-3-Clause
 *
 * pktgen: sends numbered frames of known content on an interface, receives
 * what comes back, and says what was lost, doubled, reordered or corrupted.
 *
 *   pktgen -i IFACE -n COUNT [-s MIN[:MAX[:STEP]]] [-f FLOWS] [-w WINDOW]
 *          [-p PPS] [-t IDLE_MS] [-x | -r]
 *
 * -w: at most WINDOW frames are on their way at any time, so that a receiver
 * that loses one has no excuse.  -x sends only, -r receives only.  One line
 * of JSON on stdout at the end; SIGTERM ends early.
 *
 * Every byte of a frame follows from its sequence number: Ethernet, IPv4, UDP
 * (source port and source address from the flow), magic, flow, number, filler.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 32
#define FRAME_MAX 9600
#define HEAD 58 /* Ethernet 14, IPv4 20, UDP 8, magic 4, flow 4, number 8 */
#define MAGIC 0x61667072u

static uint64_t count = 1, flows = 1, window, pps, idle_ms = 1000;
static unsigned int size_min = 60, size_max = 60, size_step = 1;
/* Ethernet, IPv4, UDP, magic; what differs from frame to frame is 0. */
static const uint8_t header[HEAD] = "\2\0\0\0\0\2\0\0\0\0\0\0\x08\0" /* to, from, type */
				    "\x45\0\0\0\0\0\0\0\x40\x11\0\0\x0a\0\0\1\x0a\0\0\2"
				    "\0\0\0\x09\0\0\0\0afpr";
static uint8_t *seen;      /* one byte per number */
static int64_t *flow_last; /* highest number received of each flow */
static struct {
	uint64_t sent, received, unique, lost, dup, reordered, corrupted, foreign, send_errors,
		stalls;
} st;
static const char *const st_names[] = {"sent",        "received",  "unique",    "lost",
				       "dup",         "reordered", "corrupted", "foreign",
				       "send_errors", "stalls"};
static volatile sig_atomic_t ended;

static void
on_term(int sig)
{
	(void)sig;
	ended = 1;
}

static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static unsigned int
frame_size(uint64_t seq)
{
	unsigned int sizes = (size_max - size_min) / size_step + 1;

	return size_min + (seq % sizes) * size_step;
}

static uint16_t
ip_sum(const uint8_t *p, unsigned int len)
{
	uint32_t sum = 0;

	for (unsigned int i = 0; i < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

static void
put(uint8_t *p, uint64_t value, unsigned int bytes)
{
	while (bytes-- > 0)
		*p++ = value >> (8 * bytes);
}

static uint64_t
get(const uint8_t *p, unsigned int bytes)
{
	uint64_t value = 0;

	while (bytes-- > 0)
		value = value << 8 | *p++;
	return value;
}

static unsigned int
frame_build(uint8_t *f, uint64_t seq)
{
	unsigned int len = frame_size(seq);
	uint64_t flow = seq % flows;
	uint8_t filler = seq * 7;
	uint16_t sum;

	memcpy(f, header, sizeof(header));
	put(f + 6, 0x020000010000 + flow, 6);
	put(f + 16, len - 14, 2);
	sum = ip_sum(f + 14, 20);
	memcpy(f + 24, &sum, 2);
	put(f + 34, 1024 + flow, 2);
	put(f + 38, len - 34, 2);
	put(f + 46, flow, 4);
	put(f + 50, seq, 8);
	for (unsigned int i = HEAD; i < len; i++)
		f[i] = filler++;
	return len;
}

static void
frame_check(const uint8_t *f, unsigned int len)
{
	static uint8_t want[FRAME_MAX];
	uint64_t seq, flow;

	if (len < HEAD || get(f + 42, 4) != MAGIC) {
		st.foreign++;
		return;
	}
	st.received++;
	seq = get(f + 50, 8);
	if (seq >= count || frame_build(want, seq) != len || memcmp(want, f, len) != 0) {
		if (st.corrupted++ == 0)
			fprintf(stderr, "frame %llu of %u bytes differs\n", (unsigned long long)seq,
				len);
		return;
	}
	flow = seq % flows;
	if (seen[seq]++ != 0) {
		st.dup++;
		return;
	}
	st.unique++;
	if ((int64_t)seq < flow_last[flow])
		st.reordered++;
	else
		flow_last[flow] = seq;
}

static void
receive_all(int fd)
{
	static uint8_t room[BATCH][FRAME_MAX];
	static struct iovec iov[BATCH];
	static struct mmsghdr msg[BATCH];
	int n;

	do {
		for (int i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){room[i], FRAME_MAX};
			msg[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
		}
		n = recvmmsg(fd, msg, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			frame_check(room[i], msg[i].msg_len);
	} while (n == BATCH);
}

/* Sends up to max frames, the numbers following those sent. */
static void
send_some(int fd, uint64_t max)
{
	static uint8_t room[BATCH][FRAME_MAX];
	static struct iovec iov[BATCH];
	static struct mmsghdr msg[BATCH];
	uint64_t n = max < BATCH ? max : BATCH;
	int done;

	if (n > count - st.sent)
		n = count - st.sent;
	for (uint64_t i = 0; i < n; i++) {
		iov[i] = (struct iovec){room[i], frame_build(room[i], st.sent + i)};
		msg[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	done = sendmmsg(fd, msg, n, 0);
	if (done > 0) {
		st.sent += done;
	} else if (errno != EINTR) {
		st.send_errors++;
		if (errno != ENOBUFS && errno != EAGAIN && errno != ENETDOWN) {
			perror("sendmmsg");
			exit(1);
		}
		usleep(1000);
	}
}

static int
socket_open(const char *iface, int protocol)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET, .sll_protocol = htons(protocol)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), room = 256 << 20, one = 1;

	sll.sll_ifindex = if_nametoindex(iface);
	if (fd < 0 || sll.sll_ifindex == 0) {
		perror(iface);
		exit(1);
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0) {
		perror("bind");
		exit(1);
	}
	return fd;
}

static void
loop(int tx, int rx)
{
	uint64_t start = now_ns(), progress = start, given_up = 0, last = 0, quota, out;
	struct pollfd pfd = {.fd = rx, .events = POLLIN};

	while (!ended) {
		if (rx >= 0)
			receive_all(rx);
		if (st.received + st.sent != last) {
			last = st.received + st.sent;
			progress = now_ns();
		}
		quota = tx >= 0 ? count - st.sent : 0;
		out = st.sent - st.unique - given_up;
		if (window != 0 && quota > 0)
			quota = out < window ? window - out : 0;
		if (pps != 0 && quota > 0) {
			out = (now_ns() - start) / 1000 * pps / 1000000 + 1;
			quota = out > st.sent ? out - st.sent : 0;
			if (quota == 0)
				usleep(50);
			else
				progress = now_ns();
		}
		if (quota > 0) {
			send_some(tx, quota);
			continue;
		}
		if (tx >= 0 && st.sent < count && pps != 0)
			continue;
		if (rx < 0 || st.unique >= count)
			break;
		poll(&pfd, 1, 1);
		if ((now_ns() - progress) / 1000000 < idle_ms)
			continue;
		if (tx < 0 || st.sent >= count || ++st.stalls == 5)
			break;
		given_up = st.sent - st.unique; /* lost, or late: go on */
		progress = now_ns();
	}
	if (rx < 0)
		return;
	usleep(20000); /* a double of the last frame would come now */
	receive_all(rx);
}

int
main(int argc, char **argv)
{
	const char *iface = NULL;
	int opt, want_tx = 1, want_rx = 1;
	static const struct {
		int letter;
		uint64_t *value;
	} numbers[] = {{'n', &count}, {'f', &flows}, {'w', &window}, {'p', &pps}, {'t', &idle_ms}};

	while ((opt = getopt(argc, argv, "i:n:s:f:w:p:t:xr")) != -1) {
		for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
			if (numbers[i].letter == opt)
				*numbers[i].value = strtoull(optarg, NULL, 0);
		if (opt == 'i')
			iface = optarg;
		if (opt == 's' && sscanf(optarg, "%u:%u:%u", &size_min, &size_max, &size_step) < 2)
			size_max = size_min;
		want_rx &= opt != 'x';
		want_tx &= opt != 'r';
		if (opt == '?')
			return 2;
	}
	if (iface == NULL || flows == 0 || size_min < HEAD || size_max < size_min ||
	    size_max > FRAME_MAX || size_step == 0) {
		fprintf(stderr, "pktgen: see the head of pktgen.c\n");
		return 2;
	}
	seen = calloc(count, 1);
	flow_last = calloc(flows, sizeof(*flow_last));
	if (seen == NULL || flow_last == NULL)
		return 1;
	signal(SIGTERM, on_term);
	loop(want_tx ? socket_open(iface, 0) : -1, want_rx ? socket_open(iface, ETH_P_ALL) : -1);
	st.lost = want_tx ? st.sent - st.unique : 0;
	for (unsigned int i = 0; i < sizeof(st_names) / sizeof(st_names[0]); i++)
		printf("%c \"%s\": %llu", i == 0 ? '{' : ',', st_names[i],
		       (unsigned long long)((uint64_t *)&st)[i]);
	printf("}\n");
	return 0;
}
