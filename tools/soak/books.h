/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What became of each number that the host of ./run soak has sent: sent or refused, and back
 * once, twice or damaged.
 */
#ifndef SOAK_BOOKS_H
#define SOAK_BOOKS_H

#include <stdbool.h>
#include <stdint.h>

#include "frames.h"

enum kind {
	FRAME,
	SUPER,
	KINDS
};

struct books {
	uint32_t run;    /* in each record of this process */
	uint64_t next;   /* number to send */
	uint64_t first;  /* since the last forget */
	uint64_t marked; /* flushed once each flow has brought this one or a later one */
	bool has_supers; /* since the last forget: their flows have to be flushed too */
	struct {
		uint64_t sent, no_room, away, too_long, other;           /* by what send() said */
		uint64_t packets, supers;                                /* what `sent` went in */
		uint64_t received, socket_drops;                         /* good ones */
		uint64_t duplicates, damaged, refused_came, late, stray; /* none of these may be */
		uint64_t sent_of[FLOWS], received_of[FLOWS];             /* parts of both */
	} count;
};

extern struct books books;

uint64_t now_us(void);

/** `numbers` from books.next on went in so many packets. */
void books_sent(uint32_t numbers, uint32_t packets);

/** send() has refused a packet of so many, with this errno. */
void books_refused(uint32_t numbers, int error);

/** A record has come in a frame of this flow; NULL: it was damaged. */
void books_received(const struct record *record, enum kind kind, uint32_t flow);

/** All counters, and of frames that have not come back some runs, as a line of JSON. */
void books_print(void);

/** What has not come back yet will not be waited for. */
void books_forget(void);

#endif /* SOAK_BOOKS_H */
