/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "afpring_filter.h"
#include "afpring_half.h"
#include "afpring_socket.h"
#include "afpring_stamp.h"
#include "afpring_uapi.h"

/* Superframes that wait for the burst, with their skb overhead: as much as a few TCP
 * windows of the kernel's default maximum (net.ipv4.tcp_rmem) have in flight. */
#define SUPER_RCVBUF (16u << 20)

/* Superframes on their way through the device: a few bursts of them. */
#define SUPER_SNDBUF (8u << 20)

/* Run one step; on failure leave its name behind and give up. */
#define STEP(name, call)                                                                           \
	do {                                                                                       \
		*step = (name);                                                                    \
		ret = (call);                                                                      \
		if (ret < 0)                                                                       \
			goto fail;                                                                 \
	} while (0)

static int
ring_open(int fd, int option, struct afpring_geometry *geo)
{
	int ret;

	do
		ret = afpring_socket_ring(fd, option, geo);
	while (ret == -ENOMEM && afpring_geometry_halve_blocks(geo));
	return ret;
}

/* Where the last ring was, if the new one is not larger. */
static int
half_map(struct afpring_half *half, const struct afpring_geometry *geo)
{
	uint64_t bytes = afpring_geometry_bytes(geo);
	int ret = 0;

	if (half->place == NULL || half->place->is_lost || half->place->size < bytes) {
		afpring_place_give(half->places, half->place);
		ret = afpring_place_take(half->places, bytes, &half->place);
	}
	if (ret < 0)
		return ret;
	ret = afpring_place_map(half->place, half->fd, bytes);
	if (ret == 0)
		half->ring = half->place->at;
	return ret;
}

static int
half_socket(struct afpring_half *half, const struct afpring_half_plan *plan)
{
	*half = (struct afpring_half){
		.places = plan->places,
		.fd = afpring_socket_open(),
		.super_fd = -1,
	};
	return half->fd;
}

static int
half_super_socket(struct afpring_half *half)
{
	half->super_fd = afpring_socket_open();
	return half->super_fd;
}

/* The order matters: version and headers before the ring, the closed gate before
 * the bind that opens the flow, the ring before joining a group. */
int
afpring_half_open_rx(struct afpring_half *half, const struct afpring_half_plan *plan,
		     struct afpring_geometry *geo, const char **step)
{
	int ret;

	STEP("socket", half_socket(half, plan));
	STEP("PACKET_VERSION", afpring_socket_set(half->fd, PACKET_VERSION, TPACKET_V2));
	STEP("PACKET_VNET_HDR", afpring_socket_set(half->fd, PACKET_VNET_HDR, plan->vnet));
	if (plan->stamps == AFPRING_STAMP_HARDWARE)
		STEP("PACKET_TIMESTAMP", afpring_stamp_receive(half->fd, plan->stamps));
	STEP("PACKET_COPY_THRESH", afpring_socket_set(half->fd, PACKET_COPY_THRESH, 1));
	STEP("SO_RCVBUF", afpring_socket_rcvbuf(half->fd, SUPER_RCVBUF));
	/* spares the kernel a clone of each outgoing packet; on kernels without this option the
	 * filter drops them */
	if (!plan->outgoing)
		afpring_socket_set(half->fd, PACKET_IGNORE_OUTGOING, 1);
	STEP("SO_ATTACH_FILTER",
	     afpring_socket_filter(half->fd,
				   plan->gate != NULL ? plan->gate : &afpring_filter_closed));
	STEP("PACKET_RX_RING", ring_open(half->fd, PACKET_RX_RING, geo));
	STEP("mmap", half_map(half, geo));
	STEP("bind", afpring_socket_bind(half->fd, plan->ifindex, ETH_P_ALL));
	afpring_socket_take_error(half->fd); /* ENETDOWN of an interface that is down */
	return 0;
fail:
	afpring_half_close(half);
	return ret;
}

int
afpring_half_open_tx(struct afpring_half *half, const struct afpring_half_plan *plan,
		     struct afpring_geometry *geo, bool *no_bypass, const char **step)
{
	int ret;

	STEP("socket", half_socket(half, plan));
	STEP("PACKET_VERSION", afpring_socket_set(half->fd, PACKET_VERSION, TPACKET_V2));
	STEP("PACKET_VNET_HDR", afpring_socket_set(half->fd, PACKET_VNET_HDR, 1));
	/* a frame the kernel will not have is skipped instead of stopping the ring */
	STEP("PACKET_LOSS", afpring_socket_set(half->fd, PACKET_LOSS, 1));
	*no_bypass = plan->qdisc_bypass && afpring_socket_set(half->fd, PACKET_QDISC_BYPASS, 1) < 0;
	STEP("SO_SNDBUF", afpring_socket_sndbuf(half->fd, plan->sndbuf));
	STEP("PACKET_TX_RING", ring_open(half->fd, PACKET_TX_RING, geo));
	STEP("mmap", half_map(half, geo));
	STEP("bind", afpring_socket_bind(half->fd, plan->ifindex, 0));
	half->ifindex = plan->ifindex;

	STEP("socket", half_super_socket(half));
	STEP("PACKET_VNET_HDR", afpring_socket_set(half->super_fd, PACKET_VNET_HDR, 1));
	STEP("SO_SNDBUF", afpring_socket_sndbuf(half->super_fd, SUPER_SNDBUF));
	if (plan->qdisc_bypass && !*no_bypass)
		STEP("PACKET_QDISC_BYPASS", afpring_socket_bypass(half->super_fd, 1));
	STEP("SO_TIMESTAMPING", afpring_stamp_tell(half->super_fd));
	STEP("bind", afpring_socket_bind(half->super_fd, plan->ifindex, 0));
	return 0;
fail:
	afpring_half_close(half);
	return ret;
}

static void
half_unmap(struct afpring_half *half)
{
	if (half->ring != NULL)
		afpring_place_clear(half->place);
	half->ring = NULL;
}

static const struct afpring_geometry no_ring;

int
afpring_half_renew_ring(struct afpring_half *half, bool vnet, struct afpring_geometry *geo,
			const char **step)
{
	int ret;

	half_unmap(half);
	STEP("PACKET_RX_RING 0", afpring_socket_ring(half->fd, PACKET_RX_RING, &no_ring));
	STEP("PACKET_VNET_HDR", afpring_socket_set(half->fd, PACKET_VNET_HDR, vnet));
	STEP("PACKET_RX_RING", ring_open(half->fd, PACKET_RX_RING, geo));
	STEP("mmap", half_map(half, geo));
	return 0;
fail:
	return ret;
}

int
afpring_half_rejoin(struct afpring_half *half, const struct afpring_geometry *geo)
{
	int ret;

	half_unmap(half);
	ret = afpring_socket_ring(half->fd, PACKET_TX_RING, &no_ring);
	return ret < 0 ? ret : half_map(half, geo);
}

void
afpring_half_close(struct afpring_half *half)
{
	half_unmap(half);
	afpring_place_give(half->places, half->place);
	if (half->fd >= 0)
		close(half->fd);
	if (half->super_fd >= 0)
		close(half->super_fd);
	*half = (struct afpring_half){.fd = -1, .super_fd = -1};
}
