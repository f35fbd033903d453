/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the host of ./run soak sends. Each number travels in a record: its run, its number,
 * its length, bytes that follow from the number, and a checksum.
 *
 * A frame is PPPoE with IPv4 and UDP inside: the kernel hashes its flows, for fanout and
 * RPS, and has no handler for it. So a frame that no packet socket saw is counted in the
 * interface's rx_dropped, and one that a socket saw is not (__netif_receive_skb_core()).
 *
 * A superframe is TCP over IPv4 with a record for each segment. Its sequence numbers follow
 * on no other's, so that nobody joins two of them.
 */
#ifndef SOAK_FRAMES_H
#define SOAK_FRAMES_H

#include <stddef.h>
#include <stdint.h>

#define FLOWS 16 /* each its UDP or TCP port and its source address; rules.py knows them too */
#define FRAME_ETHERTYPE 0x8864
#define FRAME_MIN 96
#define FRAME_MAX 1514
#define SEGMENTS_MAX 20 /* of a superframe; ledger.py knows it too */
#define MSS_MAX 2960
#define TCP_HEADERS 54
#define SUPER_ROOM (10 + TCP_HEADERS + SEGMENTS_MAX * MSS_MAX) /* with its virtio_net_hdr */

struct record {
	uint32_t run;
	uint64_t number;
	uint16_t len; /* of all it covers, its checksum included */
} __attribute__((packed));

uint16_t frame_len(uint64_t number);

/** FRAME_MAX bytes of room; len from frame_len(), or FRAME_MIN. */
void frame_fill(uint8_t *frame, uint32_t run, uint64_t number, uint16_t len);

/** The record of a frame, or NULL if a byte of the frame is wrong. */
const struct record *frame_record(const uint8_t *frame, size_t len);

/** A virtio_net_hdr and a superframe of records from `number` on, in SUPER_ROOM bytes; one
 *  record is a plain frame. Returns the length of both. */
size_t super_fill(uint8_t *packet, uint32_t run, uint64_t number, uint32_t segments, uint16_t mss);

/** The record at `at` of a TCP frame, and where the next one is (len: there is none); NULL if it is
 *  damaged. The first one is at TCP_HEADERS. */
const struct record *super_record(const uint8_t *frame, size_t len, size_t at, size_t *next);

uint32_t super_flow(const uint8_t *frame);

#endif /* SOAK_FRAMES_H */
