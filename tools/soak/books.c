/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "books.h"

#define WINDOW (1 << 20) /* frames between two forgets */
#define RUNS_SHOWN 8

enum fate {
	UNUSED,
	SENT,
	REFUSED,
	BACK
};

struct books books;
static uint8_t fates[WINDOW];
static uint32_t sent_at_ms[WINDOW];
static uint64_t last_of_flow[KINDS][FLOWS];

uint64_t
now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void
record_fate(uint32_t numbers, enum fate fate)
{
	if (books.next - books.first + numbers > WINDOW)
		errx(1, "more than %d frames without a forget", WINDOW);
	for (uint32_t i = 0; i < numbers; i++, books.next++) {
		sent_at_ms[books.next - books.first] = now_us() / 1000;
		fates[books.next - books.first] = fate;
	}
}

void
books_sent(uint32_t numbers, uint32_t packets)
{
	books.count.sent += numbers;
	books.count.sent_of[books.next % FLOWS] += numbers;
	books.count.packets += packets;
	record_fate(numbers, SENT);
}

void
books_refused(uint32_t numbers, int error)
{
	if (error == ENOBUFS)
		books.count.no_room++;
	else if (error == ENETDOWN || error == ENXIO || error == ENODEV)
		books.count.away++;
	else if (error == EMSGSIZE)
		books.count.too_long++;
	else
		books.count.other++;
	record_fate(numbers, REFUSED);
}

void
books_received(const struct record *record, enum kind kind, uint32_t flow)
{
	uint64_t *last = &last_of_flow[kind][flow % FLOWS];

	if (record == NULL)
		return (void)books.count.damaged++;
	if (record->run != books.run)
		return (void)books.count.stray++;
	if (record->number < books.first)
		return (void)books.count.late++;
	if (record->number >= books.next)
		return (void)books.count.stray++;
	if (fates[record->number - books.first] == BACK)
		return (void)books.count.duplicates++;
	if (fates[record->number - books.first] != SENT)
		return (void)books.count.refused_came++;
	books.count.received++;
	books.count.received_of[flow % FLOWS]++;
	fates[record->number - books.first] = BACK;
	if (record->number > *last)
		*last = record->number;
}

#define PRINT(name) printf("\"" #name "\": %" PRIu64 ", ", books.count.name)

/* Of frames that have not come back, some runs: numbers, and when they were sent. */
static void
print_missing(void)
{
	uint64_t missing = 0, runs = 0;

	for (uint64_t i = 0; i < books.next - books.first; i++)
		missing += fates[i] == SENT;
	printf("\"missing\": %" PRIu64 ", \"runs\": [", missing);
	for (uint64_t i = 0, end; i < books.next - books.first && runs < RUNS_SHOWN; i = end + 1) {
		for (end = i; end < books.next - books.first && fates[end] == SENT; end++)
			;
		if (end == i)
			continue;
		printf("%s[%" PRIu64 ", %" PRIu64 ", %u]", runs == 0 ? "" : ", ", i, end - i,
		       sent_at_ms[i] - sent_at_ms[0]);
		runs++;
	}
	printf("]}\n");
}

static void
print_flows(void)
{
	for (int i = 0; i < FLOWS; i++)
		printf("\"sent of %d\": %" PRIu64 ", \"received of %d\": %" PRIu64 ", ", i,
		       books.count.sent_of[i], i, books.count.received_of[i]);
}

static bool
is_flushed(enum kind kind)
{
	for (int i = 0; i < FLOWS; i++)
		if (last_of_flow[kind][i] < books.marked)
			return false;
	return true;
}

void
books_print(void)
{
	printf("{\"flushed\": %d, ", is_flushed(FRAME) && (!books.has_supers || is_flushed(SUPER)));
	PRINT(sent);
	PRINT(packets);
	PRINT(supers);
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
	print_flows();
	print_missing();
}

void
books_forget(void)
{
	memset(fates, UNUSED, books.next - books.first);
	books.first = books.next;
	books.has_supers = false;
}
