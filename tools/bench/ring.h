/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A packet ring as the driver opens it, and the walk over its slots.
 */
#ifndef RING_H
#define RING_H

#include <arpa/inet.h>
#include <err.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "sockets.h"

#define BLOCK (64u << 10)

struct ring {
	int fd;
	uint8_t *map;
	uint64_t bytes;
	uint64_t at; /* offset of the next slot */
	uint32_t slot_bytes, per_block, in_block, block_bytes;
};

static inline void
bind_to(int fd, const char *iface, uint16_t protocol)
{
	struct sockaddr_ll sll = {.sll_family = AF_PACKET,
				  .sll_ifindex = if_nametoindex(iface),
				  .sll_protocol = htons(protocol)};

	if (bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0)
		err(1, "%s", iface);
}

static inline void
ring_open(struct ring *r, const char *iface, int kind, uint32_t slots, uint32_t slot_bytes)
{
	struct tpacket_req req;
	bool receives = kind == PACKET_RX_RING;

	r->slot_bytes = slot_bytes;
	r->block_bytes = BLOCK;
	r->per_block = BLOCK / r->slot_bytes;
	req = (struct tpacket_req){.tp_block_size = BLOCK, .tp_frame_size = r->slot_bytes};
	req.tp_block_nr = (slots + r->per_block - 1) / r->per_block;
	req.tp_frame_nr = req.tp_block_nr * r->per_block;
	r->bytes = (uint64_t)req.tp_block_nr * BLOCK;
	r->fd = socket(AF_PACKET, SOCK_RAW, 0);
	if (r->fd < 0)
		err(1, "socket");
	set(r->fd, SOL_PACKET, PACKET_VERSION, TPACKET_V2);
	set(r->fd, SOL_PACKET, PACKET_VNET_HDR, 1);
	if (receives) {
		set(r->fd, SOL_PACKET, PACKET_COPY_THRESH, 1);
		set(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20);
		set(r->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	} else {
		set(r->fd, SOL_PACKET, PACKET_LOSS, 1);
		set(r->fd, SOL_PACKET, PACKET_QDISC_BYPASS, 1);
		set(r->fd, SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20);
	}
	if (setsockopt(r->fd, SOL_PACKET, kind, &req, sizeof(req)) < 0)
		err(1, "ring of %u slots", req.tp_frame_nr);
	r->map = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->map == MAP_FAILED)
		err(1, "mmap of %u slots", req.tp_frame_nr);
	bind_to(r->fd, iface, receives ? ETH_P_ALL : 0);
}

static inline struct tpacket2_hdr *
ring_slot(const struct ring *r)
{
	return (struct tpacket2_hdr *)(r->map + r->at);
}

static inline void
ring_next(struct ring *r)
{
	r->at += r->slot_bytes;
	if (++r->in_block == r->per_block) {
		r->in_block = 0;
		r->at += r->block_bytes - r->per_block * r->slot_bytes;
		if (r->at == r->bytes)
			r->at = 0;
	}
}

#endif
