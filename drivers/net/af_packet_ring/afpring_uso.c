/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * No option of a packet socket tells which GSO types the kernel knows; only sending
 * does. packet_snd() asks virtio_net_hdr_to_skb() first, which is EINVAL for a type it
 * does not know, and then drops past the qdisc what the device cannot segment: ENOBUFS
 * (__dev_direct_xmit()). So the question is a superframe too long for any device.
 * Nothing leaves, nobody sees it; lo counts one dropped packet.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "afpring_compat.h"
#include "afpring_socket.h"
#include "afpring_uapi.h"
#include "afpring_uso.h"

#define LO_IFINDEX 1 /* LOOPBACK_IFINDEX of include/net/net_namespace.h */
#define HEADERS_LEN 42
#define L4 34
#define PIECE 4096u
#define NB_PIECES 16u
#define SEGMENT 1400u /* 64 segments, the most for older kernels, fit no device */

/* As long as lo's gso_max_size. Should somebody have raised that, lo delivers it to
 * nobody: to a foreign address, and the IP header says less than comes. */
static int
send_question(int fd)
{
	static uint8_t zeros[PIECE];
	static uint8_t headers[HEADERS_LEN] = {
		[0] = 0x02, [5] = 1, [12] = 0x08, [14] = 0x45, [23] = IPPROTO_UDP,
	};
	struct virtio_net_hdr vnet = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4,
		.hdr_len = HEADERS_LEN,
		.gso_size = SEGMENT,
		.csum_start = L4,
		.csum_offset = offsetof(struct udphdr, check),
	};
	struct iovec iov[2 + NB_PIECES] = {{&vnet, sizeof(vnet)}, {headers, sizeof(headers)}};
	struct mmsghdr msg = {.msg_hdr = {.msg_iov = iov, .msg_iovlen = RTE_DIM(iov)}};

	for (uint32_t i = 2; i < RTE_DIM(iov); i++)
		iov[i] = (struct iovec){zeros, sizeof(zeros)};
	return afpring_socket_send(fd, &msg, 1);
}

/* lo of this thread's network namespace: 1 the kernel knows them, 0 it does not,
 * -errno it would not tell (-ENETDOWN: lo is down). */
static int
ask_lo(void)
{
	int fd = afpring_socket_open();
	int ret;

	if (fd < 0)
		return fd;
	ret = afpring_socket_set(fd, PACKET_VNET_HDR, 1);
	if (ret == 0)
		ret = afpring_socket_bypass(fd, 1);
	if (ret == 0)
		ret = afpring_socket_bind(fd, LO_IFINDEX, 0);
	if (ret == 0)
		ret = send_question(fd);
	close(fd);
	if (ret == -EINVAL)
		return 0;
	return ret == -ENOBUFS || ret > 0 ? 1 : ret;
}

static int
set_lo_up(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	ret = ioctl(fd, SIOCSIFFLAGS, &ifr) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* Runs in a thread whose network namespace goes with it. */
static uint32_t
ask_own_lo(void *arg)
{
	int *answer = arg;

	*answer = unshare(CLONE_NEWNET) < 0 ? -errno : set_lo_up();
	if (*answer == 0)
		*answer = ask_lo();
	return 0;
}

/* Ask lo of a network namespace that lives as long as the question. */
static int
ask_elsewhere(void)
{
	rte_thread_t thread;
	int answer = -EAGAIN;

	if (rte_thread_create(&thread, NULL, ask_own_lo, &answer) == 0)
		rte_thread_join(thread, NULL);
	return answer;
}

bool
afpring_uso_is_known(void)
{
	static RTE_ATOMIC(int) told = -1;
	int answer = rte_atomic_load_explicit(&told, rte_memory_order_relaxed);

	if (answer < 0) {
		answer = ask_lo();
		if (answer == -ENETDOWN)
			answer = ask_elsewhere();
		answer = answer > 0;
		rte_atomic_store_explicit(&told, answer, rte_memory_order_relaxed);
	}
	return answer;
}
