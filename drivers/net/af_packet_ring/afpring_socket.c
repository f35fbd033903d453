/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <rte_common.h>

#include "afpring_socket.h"
#include "afpring_uapi.h"

static int
set_option(int fd, int level, int option, const void *value, socklen_t len)
{
	return setsockopt(fd, level, option, value, len) < 0 ? -errno : 0;
}

int
afpring_socket_open(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return fd < 0 ? -errno : fd;
}

int
afpring_socket_set(int fd, int option, int value)
{
	return set_option(fd, SOL_PACKET, option, &value, sizeof(value));
}

int
afpring_socket_ring(int fd, int option, const struct afpring_geometry *geo)
{
	struct tpacket_req req = {
		.tp_block_size = geo->block_size,
		.tp_block_nr = geo->block_nr,
		.tp_frame_size = geo->frame_size,
		.tp_frame_nr = geo->frame_nr,
	};

	return set_option(fd, SOL_PACKET, option, &req, sizeof(req));
}

int
afpring_socket_map(int fd, size_t bytes, uint8_t *at)
{
	void *p = mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0);

	if (p == MAP_FAILED)
		return -errno;
	/* a child would keep the ring busy: packet_set_ring() counts every mapping */
	madvise(p, bytes, MADV_DONTFORK);
	return 0;
}

int
afpring_socket_bind(int fd, int ifindex, uint16_t protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = ifindex,
	};

	return bind(fd, (struct sockaddr *)&sll, sizeof(sll)) < 0 ? -errno : 0;
}

void
afpring_socket_take_error(int fd)
{
	socklen_t len = sizeof(int);
	int error;

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
}

int
afpring_socket_ifindex(int fd)
{
	struct sockaddr_ll sll = {.sll_ifindex = -1};
	socklen_t len = sizeof(sll);

	return getsockname(fd, (struct sockaddr *)&sll, &len) < 0 ? -1 : sll.sll_ifindex;
}

static int
set_buffer(int fd, int force, int option, uint64_t bytes)
{
	int value = RTE_MIN(bytes, (uint64_t)INT32_MAX / 2);

	if (set_option(fd, SOL_SOCKET, force, &value, sizeof(value)) == 0)
		return 0;
	return set_option(fd, SOL_SOCKET, option, &value, sizeof(value));
}

int
afpring_socket_sndbuf(int fd, uint64_t bytes)
{
	return set_buffer(fd, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

int
afpring_socket_rcvbuf(int fd, uint64_t bytes)
{
	return set_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

int
afpring_socket_filter(int fd, const struct sock_fprog *prog)
{
	int unused = 0;
	int ret;

	if (prog->len != 0)
		return set_option(fd, SOL_SOCKET, SO_ATTACH_FILTER, prog, sizeof(*prog));
	ret = set_option(fd, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	return ret == -ENOENT ? 0 : ret;
}

int
afpring_socket_statistics(int fd, uint32_t *packets, uint32_t *drops)
{
	struct tpacket_stats stats;
	socklen_t len = sizeof(stats);

	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len) < 0)
		return -errno;
	*packets = stats.tp_packets;
	*drops = stats.tp_drops;
	return 0;
}

bool
afpring_socket_same_netns(int a, int b)
{
	uint64_t of_a, of_b;
	socklen_t len = sizeof(of_a);

	return getsockopt(a, SOL_SOCKET, SO_NETNS_COOKIE, &of_a, &len) == 0 &&
	       getsockopt(b, SOL_SOCKET, SO_NETNS_COOKIE, &of_b, &len) == 0 && of_a == of_b;
}

static int
membership(int fd, const struct packet_mreq *mreq, bool take)
{
	return set_option(fd, SOL_PACKET, take ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP,
			  mreq, sizeof(*mreq));
}

int
afpring_socket_membership(int fd, int ifindex, uint16_t type, int take)
{
	struct packet_mreq mreq = {
		.mr_ifindex = ifindex,
		.mr_type = type,
	};

	return membership(fd, &mreq, take);
}

int
afpring_socket_address(int fd, int ifindex, const struct rte_ether_addr *mac, bool take)
{
	struct packet_mreq mreq = {
		.mr_ifindex = ifindex,
		.mr_type =
			rte_is_multicast_ether_addr(mac) ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST,
		.mr_alen = sizeof(*mac),
	};

	memcpy(mreq.mr_address, mac, sizeof(*mac));
	return membership(fd, &mreq, take);
}

/* A link bounce leaves one ENETDOWN on a socket that has a protocol, and it comes out in
 * place of a message, which stays queued. */
static int
receive(int fd, struct iovec *iov, uint32_t nb_iov, int flags)
{
	struct msghdr msg = {.msg_iov = iov, .msg_iovlen = nb_iov};
	ssize_t len = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC | flags);

	if (len < 0 && errno == ENETDOWN)
		len = recvmsg(fd, &msg, MSG_DONTWAIT | MSG_TRUNC | flags);
	return len < 0 ? -errno : (int)len;
}

int
afpring_socket_recv(int fd, struct iovec *iov, uint32_t nb_iov)
{
	return receive(fd, iov, nb_iov, 0);
}

int
afpring_socket_peek(int fd, struct iovec *iov, uint32_t nb_iov)
{
	return receive(fd, iov, nb_iov, MSG_PEEK);
}

int
afpring_socket_discard(int fd)
{
	struct virtio_net_hdr room; /* with less, packet_rcv_vnet() says EINVAL */
	struct iovec iov = {&room, sizeof(room)};

	return afpring_socket_recv(fd, &iov, 1);
}

int
afpring_socket_send(int fd, struct mmsghdr *msgs, uint32_t nb)
{
	int sent = sendmmsg(fd, msgs, nb, MSG_DONTWAIT);

	return sent < 0 ? -errno : sent;
}

int
afpring_socket_bypass(int fd, int on)
{
	return afpring_socket_set(fd, PACKET_QDISC_BYPASS, on);
}

int
afpring_socket_kick(int fd)
{
	return sendto(fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 ? -errno : 0;
}

bool
afpring_socket_lacks_carrier(int fd, int ifindex)
{
	struct ifreq ifr = {.ifr_ifindex = ifindex};

	/* by index and in the socket's namespace: the name may change at any time */
	if (ioctl(fd, SIOCGIFNAME, &ifr) < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr) < 0)
		return false;
	return (ifr.ifr_flags & (IFF_UP | IFF_RUNNING)) == IFF_UP;
}
