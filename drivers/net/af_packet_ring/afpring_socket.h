/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * One system call each: a packet socket, its options, its ring. All functions
 * return 0 (or what they say) or -errno and log nothing; man packet(7) and
 * net/packet/af_packet.c:packet_setsockopt() say what each errno means.
 */
#ifndef AFPRING_SOCKET_H
#define AFPRING_SOCKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_ether.h>

#include "afpring_geometry.h"

struct iovec;
struct mmsghdr;
struct sock_fprog;

/**
 * A raw packet socket that no packet reaches yet: protocol 0 puts no hook on any
 * interface before bind.
 *
 * @return
 *   A descriptor the caller closes, or -errno (-EPERM without CAP_NET_RAW).
 */
int afpring_socket_open(void);

/** Set an integer option of level SOL_PACKET. */
int afpring_socket_set(int fd, int option, int value);

/** Create (or with a geometry of zeros remove) the ring; option is PACKET_RX_RING
 *  or PACKET_TX_RING. -ENOMEM: no contiguous memory for a block. */
int afpring_socket_ring(int fd, int option, const struct afpring_geometry *geo);

/** Map the socket's rings in place of what is mapped at this address; the caller unmaps. */
int afpring_socket_map(int fd, size_t bytes, uint8_t *at);

/** Index of the interface that the socket is bound to; -1 once the interface has been deleted
 *  or moved to another network namespace, 0 when bound to none. */
int afpring_socket_ifindex(int fd);

/** Bind to an interface, 0 is none; protocol 0 never receives, ETH_P_ALL receives all. */
int afpring_socket_bind(int fd, int ifindex, uint16_t protocol);

/** Take the error that the kernel has left on the socket (SO_ERROR), which poll() and epoll show
 *  until then. */
void afpring_socket_take_error(int fd);

/** Let at least this many bytes of socket buffers be under way; beyond the
 *  machine's wmem_max only with CAP_NET_ADMIN, else as much as allowed. */
int afpring_socket_sndbuf(int fd, uint64_t bytes);

/** Let at least this many bytes of received messages wait, as afpring_socket_sndbuf(). */
int afpring_socket_rcvbuf(int fd, uint64_t bytes);

/** Replace the socket's filter in one step; prog->len 0 removes it. */
int afpring_socket_filter(int fd, const struct sock_fprog *prog);

/** Packets and drops since the last call (reading clears them): one owner only.
 *  packets includes drops. */
int afpring_socket_statistics(int fd, uint32_t *packets, uint32_t *drops);

/** Both sockets are known to be of one network namespace (since Linux 5.14). */
bool afpring_socket_same_netns(int a, int b);

/** Take or drop one reference on a receive mode of the interface, type is
 *  PACKET_MR_PROMISC or PACKET_MR_ALLMULTI. The kernel drops it with the socket. */
int afpring_socket_membership(int fd, int ifindex, uint16_t type, int take);

/** The same for one address, unicast or multicast: the device lets it in. */
int afpring_socket_address(int fd, int ifindex, const struct rte_ether_addr *mac, bool take);

/** Take the next received message, struct virtio_net_hdr in front, into iov. Never
 *  waits. Bytes of the whole message, also of what iov had no place for. */
int afpring_socket_recv(int fd, struct iovec *iov, uint32_t nb_iov);

/** As afpring_socket_recv(), but the message stays in the socket. */
int afpring_socket_peek(int fd, struct iovec *iov, uint32_t nb_iov);

/** Drop the next received message. Its bytes, or -errno; -EAGAIN when there is none. */
int afpring_socket_discard(int fd);

/** Send messages, struct virtio_net_hdr in front of each. Never waits. How many were
 *  taken, or -errno of the first. */
int afpring_socket_send(int fd, struct mmsghdr *msgs, uint32_t nb);

/** Send past the qdisc, or through it. At any time. */
int afpring_socket_bypass(int fd, int on);

/** Ask the kernel to send all requested slots from its head on. Never waits.
 *  The result says little: the slots tell what was taken. */
int afpring_socket_kick(int fd);

/** The interface is up and not running (IFF_RUNNING, netdevice(7)). Takes no lock. false
 *  when the interface is down or gone, which the calls that send tell by themselves. */
bool afpring_socket_lacks_carrier(int fd, int ifindex);

#endif /* AFPRING_SOCKET_H */
