/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What is measured and how it is asked for: the same for a DPDK port of any driver
 * (portbench.c) and for bare rings (limit.c).
 *
 * Both print "ready" and then take commands from standard input, a line each:
 *
 *   tx SIZE BURST MS COUNT   send for MS ms, or COUNT frames (the other one 0)
 *   rx BURST MS              receive for MS ms; 0: until nothing is left
 *   fwd BURST MS             the same time, and send on the second interface
 *   hosts BURST MS           forward both ways (limit: superframes whole)
 *   quit
 *
 * and what else a program knows, and answer each with a line of JSON. "cycles" are those between entering and leaving
 * a burst that moved packets; polls of an empty queue cost nothing.
 */
#ifndef PERF_H
#define PERF_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#define PERF_MAX_BURST 256
#define PERF_EMPTY_POLLS 20000 /* then nothing more will come */

struct perf {
	uint64_t packets;
	uint64_t bursts;
	uint64_t cycles;
	uint64_t start_ns;
	uint64_t end_ns; /* 0: no end by time */
	uint64_t empty;
};

/** What a program can do. burst and ms as in the commands. */
struct perf_ops {
	void (*tx)(struct perf *p, uint32_t size, uint32_t burst, uint64_t count);
	void (*rx)(struct perf *p, uint32_t burst);
	void (*fwd)(struct perf *p, uint32_t burst);
	void (*hosts)(struct perf *p, uint32_t burst); /* or NULL */
	/* the program's own commands, or NULL: 0 if it is none of them, else it has answered */
	int (*own)(const char *word, const unsigned int *numbers);
};

static inline uint64_t
perf_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * UINT64_C(1000000000) + ts.tv_nsec;
}

/** What came before was preparation: the time begins here. */
static inline void
perf_begin(struct perf *p)
{
	uint64_t late = perf_ns() - p->start_ns;

	p->start_ns += late;
	if (p->end_ns != 0)
		p->end_ns += late;
}

static inline uint64_t
perf_cycles(void)
{
	return __rdtsc();
}

static inline double
perf_cycles_per_ns(void)
{
	struct timespec nap = {.tv_nsec = 50000000};
	uint64_t ns = perf_ns(), cycles = perf_cycles();

	nanosleep(&nap, NULL);
	return (double)(perf_cycles() - cycles) / (perf_ns() - ns);
}

/** A burst moved nb packets, nb may be 0. false: the command is over. */
static inline int
perf_burst(struct perf *p, uint32_t nb, uint64_t cycles)
{
	if (nb != 0) {
		p->packets += nb;
		p->bursts++;
		p->cycles += cycles;
		p->empty = 0;
	} else {
		p->empty++;
	}
	if (p->end_ns != 0)
		return (p->empty + p->bursts) % 16 != 0 || perf_ns() < p->end_ns;
	return p->empty < PERF_EMPTY_POLLS;
}

static inline void
perf_answer(const struct perf *p, double cycles_per_ns)
{
	double cycles = p->packets != 0 ? (double)p->cycles / p->packets : 0;

	printf("{\"packets\": %llu, \"seconds\": %.6f, \"cycles\": %.1f, \"ns\": %.1f, "
	       "\"burst\": %.1f}\n",
	       (unsigned long long)p->packets, (perf_ns() - p->start_ns) * 1e-9, cycles,
	       cycles / cycles_per_ns, p->bursts != 0 ? (double)p->packets / p->bursts : 0);
	fflush(stdout);
}

/** Serve commands until "quit" or the end of the input. */
static inline void
perf_serve(const struct perf_ops *ops)
{
	double cycles_per_ns = perf_cycles_per_ns();
	char line[128], word[16];
	unsigned int a[4];

	printf("ready\n");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct perf p = {.start_ns = perf_ns()};
		unsigned int ms;

		memset(a, 0, sizeof(a));
		if (sscanf(line, "%15s %u %u %u %u", word, &a[0], &a[1], &a[2], &a[3]) < 2)
			return;
		if (ops->own != NULL && ops->own(word, a))
			continue;
		if (a[word[0] == 't'] > PERF_MAX_BURST) {
			fprintf(stderr, "bursts of at most %u\n", PERF_MAX_BURST);
			return;
		}
		ms = word[0] == 't' ? a[2] : a[1];
		p.end_ns = ms != 0 ? p.start_ns + ms * UINT64_C(1000000) : 0;
		if (strcmp(word, "tx") == 0)
			ops->tx(&p, a[0], a[1], a[3]);
		else if (strcmp(word, "rx") == 0)
			ops->rx(&p, a[0]);
		else if (strcmp(word, "hosts") == 0 && ops->hosts != NULL)
			ops->hosts(&p, a[0]);
		else
			ops->fwd(&p, a[0]);
		perf_answer(&p, cycles_per_ns);
	}
}

/** A UDP frame for nobody: neither end's host takes it further than its address. Each
 *  flow has its port, so that a fanout spreads and nobody joins neighbours. */
static inline void
perf_frame(uint8_t *frame, uint32_t size, uint16_t flow)
{
	static const uint8_t head[42] = "\2\0\0\0\0\x99\2\0\0\0\0\x98\x08\0"
					"\x45\0\0\0\0\0\0\0\x40\x11\0\0\xc6\x12\0\1\xc6\x12\0\2"
					"\0\0\0\x09\0\0\0";
	uint32_t sum = 0;

	memset(frame, 0, size);
	memcpy(frame, head, sizeof(head));
	frame[16] = (size - 14) >> 8;
	frame[17] = size - 14;
	for (int i = 14; i < 34; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	sum = ~((sum & 0xffff) + (sum >> 16));
	frame[24] = sum >> 8;
	frame[25] = sum;
	frame[34] = flow >> 8;
	frame[35] = flow;
	frame[38] = (size - 34) >> 8;
	frame[39] = size - 34;
}

#endif /* PERF_H */
