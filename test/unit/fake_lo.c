/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "afpring_uapi.h"
#include "fake_lo.h"

#define GSO_MAX_SIZE 65536u
#define MAX_SEGMENTS 64u /* UDP_MAX_SEGMENTS before Linux 6.9 */
#define FD 77

struct fake_lo fake_lo;

static __thread bool away; /* in a namespace of its own */

int __wrap_socket(int domain, int type, int protocol);
int __wrap_close(int fd);
int __wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *addr, socklen_t len);
int __wrap_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int nb, int flags);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __wrap_unshare(int flags);

static int
fails(int err)
{
	errno = err;
	return err == 0 ? 0 : -1;
}

int
__wrap_socket(int domain, int type, int protocol)
{
	(void)type;
	assert_int_equal(protocol, 0);
	if (domain == AF_PACKET && fake_lo.no_socket != 0)
		return fails(fake_lo.no_socket);
	fake_lo.fds++;
	return FD;
}

int
__wrap_close(int fd)
{
	assert_int_equal(fd, FD);
	assert_true(fake_lo.fds > 0);
	fake_lo.fds--;
	return 0;
}

int
__wrap_setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	(void)fd;
	(void)value;
	(void)len;
	assert_int_equal(level, SOL_PACKET);
	return fails(option == PACKET_VNET_HDR ? fake_lo.no_vnet : 0);
}

int
__wrap_bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	const struct sockaddr_ll *sll = (const void *)addr;

	(void)fd;
	(void)len;
	assert_int_equal(sll->sll_ifindex, 1);
	assert_int_equal(sll->sll_protocol, 0);
	return 0;
}

/* packet_snd(), virtio_net_hdr_to_skb(), __dev_direct_xmit() */
int
__wrap_sendmmsg(int fd, struct mmsghdr *msgs, unsigned int nb, int flags)
{
	const struct iovec *iov = msgs->msg_hdr.msg_iov;
	const struct virtio_net_hdr *vnet = iov[0].iov_base;
	size_t len = 0;

	(void)fd;
	assert_int_equal(nb, 1);
	assert_int_equal(flags, MSG_DONTWAIT);
	assert_int_equal(iov[0].iov_len, sizeof(*vnet));
	for (size_t i = 1; i < msgs->msg_hdr.msg_iovlen; i++)
		len += iov[i].iov_len;
	if (!(away ? fake_lo.away_up : fake_lo.up))
		return fails(ENETDOWN);
	fake_lo.questions++;
	if (vnet->gso_type != VIRTIO_NET_HDR_GSO_UDP_L4 || !fake_lo.knows_uso)
		return fails(EINVAL);
	if ((vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0 || vnet->csum_start != 34 ||
	    vnet->csum_offset != 6 || vnet->gso_size == 0 ||
	    len - 42 > vnet->gso_size * MAX_SEGMENTS)
		return fails(EINVAL);
	if (len >= GSO_MAX_SIZE && !fake_lo.high_gso_max)
		return fails(ENOBUFS);
	assert_true(fake_lo.high_gso_max); /* else lo delivers it */
	return 1;
}

int
__wrap_ioctl(int fd, unsigned long request, void *arg)
{
	const struct ifreq *ifr = arg;

	(void)fd;
	assert_int_equal(request, SIOCSIFFLAGS);
	assert_string_equal(ifr->ifr_name, "lo");
	assert_true(away); /* the host's own stays as it is */
	fake_lo.away_up = (ifr->ifr_flags & IFF_UP) != 0;
	return 0;
}

int
__wrap_unshare(int flags)
{
	assert_int_equal(flags, CLONE_NEWNET);
	fake_lo.unshares++;
	away = fake_lo.no_namespace == 0;
	return fails(fake_lo.no_namespace);
}

bool
fake_lo_is_away(void)
{
	return away;
}
