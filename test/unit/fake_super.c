/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <limits.h>
#include <sys/socket.h>

#include "afpring_transmit.h"
#include "fake_super.h"

struct fake_super fake_super;

int __real_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags);
int __wrap_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags);
int __wrap_afpring_socket_bypass(int fd, int on);

/* ---- one frame ---- */

struct layout {
	uint32_t l3, l4, payload;
	bool ipv6, udp;
};

static uint16_t
get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

static void
put16(uint8_t *at, uint32_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static struct layout
layout_of(const uint8_t *frame, const struct virtio_net_hdr *vnet)
{
	struct layout at = {.l3 = 14, .l4 = vnet->csum_start, .udp = vnet->csum_offset == 6};

	while (get16(frame + at.l3 - 2) == 0x8100 || get16(frame + at.l3 - 2) == 0x88a8)
		at.l3 += 4;
	at.ipv6 = frame[at.l3] >> 4 == 6;
	at.payload = at.l4 + (at.udp ? 8 : (frame[at.l4 + 12] >> 4) * 4);
	return at;
}

static void
finish(uint8_t *frame, uint32_t len, const struct virtio_net_hdr *vnet)
{
	uint16_t sum = ~packet_sum(frame + vnet->csum_start, len - vnet->csum_start, 0);

	if (sum == 0 && vnet->csum_offset == 6)
		sum = 0xffff;
	put16(frame + vnet->csum_start + vnet->csum_offset, sum);
}

static void
wire(const uint8_t *frame, uint32_t len, const struct virtio_net_hdr *vnet)
{
	struct fake_sent *s = &fake.sent[fake.nb_sent++];

	s->len = len;
	s->vnet = *vnet;
	s->vnet.gso_type = VIRTIO_NET_HDR_GSO_NONE;
	s->bytes = malloc(len);
	memcpy(s->bytes, frame, len);
}

/* ---- superframes: tcp_gso_segment(), __udp_gso_segment(), inet_gso_segment() ---- */

/* TCP_MIN_GSO_SIZE, in virtio_net_hdr_to_skb() since Linux 6.12.111. */
static uint32_t
cut_size(const struct layout *at, const struct virtio_net_hdr *vnet)
{
	return at->udp ? vnet->gso_size : RTE_MAX(vnet->gso_size, 8);
}

static void
segment_header(uint8_t *f, const struct layout *at, uint32_t len, uint32_t i, uint32_t done,
	       bool last)
{
	uint32_t seq, sum;

	if (at->ipv6) {
		put16(f + at->l3 + 4, len - at->l3 - 40);
	} else {
		put16(f + at->l3 + 2, len - at->l3);
		put16(f + at->l3 + 4, get16(f + at->l3 + 4) + i);
		put16(f + at->l3 + 10, 0);
		put16(f + at->l3 + 10, ~packet_sum(f + at->l3, (f[at->l3] & 15) * 4, 0));
	}
	if (at->udp) {
		put16(f + at->l4 + 4, len - at->l4);
	} else {
		seq = ((uint32_t)get16(f + at->l4 + 4) << 16 | get16(f + at->l4 + 6)) + done;
		put16(f + at->l4 + 4, seq >> 16);
		put16(f + at->l4 + 6, seq);
		f[at->l4 + 13] &= (i != 0 ? ~CWR : 0xff) & (last ? 0xff : ~(FIN | PSH));
	}
	sum = (at->udp ? 17 : 6) + len - at->l4;
	put16(f + at->l4 + (at->udp ? 6 : 16),
	      at->ipv6 ? packet_sum(f + at->l3 + 8, 32, sum) : packet_sum(f + at->l3 + 12, 8, sum));
}

/* The sum in the superframe must be that of its pseudo-header, length included: the
 * kernel's GSO adds up from it. */
static bool
sum_is_right(const uint8_t *f, const struct layout *at, uint32_t len)
{
	uint32_t sum = (at->udp ? 17 : 6) + ((len - at->l4) >> 16) + ((len - at->l4) & 0xffff);

	return get16(f + at->l4 + (at->udp ? 6 : 16)) ==
	       (at->ipv6 ? packet_sum(f + at->l3 + 8, 32, sum) :
			   packet_sum(f + at->l3 + 12, 8, sum));
}

static void
wire_segments(const uint8_t *frame, uint32_t len, const struct virtio_net_hdr *vnet)
{
	struct layout at = layout_of(frame, vnet);
	uint32_t done = 0;

	if (!fake_super.nonsense && !sum_is_right(frame, &at, len))
		fail_msg("a superframe without the pseudo-header's sum");
	for (uint32_t i = 0; at.payload + done < len; i++) {
		uint32_t part = RTE_MIN(cut_size(&at, vnet), len - at.payload - done);
		uint8_t *f = malloc(at.payload + part);

		memcpy(f, frame, at.payload);
		memcpy(f + at.payload, frame + at.payload + done, part);
		segment_header(f, &at, at.payload + part, i, done, at.payload + done + part == len);
		wire(f, at.payload + part, vnet);
		free(f);
		done += part;
	}
}

/* ---- messages ---- */

static int
rules(const uint8_t *frame, uint32_t len, const struct virtio_net_hdr *vnet)
{
	struct layout at;

	if ((vnet->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0 &&
	    (uint32_t)vnet->csum_start + vnet->csum_offset + 2 > len)
		return -EINVAL;
	if (vnet->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return len > FAKE_MTU + 14 + 4 ? -EMSGSIZE : 0;
	if (vnet->flags != VIRTIO_NET_HDR_F_NEEDS_CSUM || vnet->gso_size == 0 ||
	    vnet->gso_size == 0xffff)
		return -EINVAL;
	at = layout_of(frame, vnet);
	if (fake_super.nonsense) /* segmentation comes to grief later, behind the socket */
		at.ipv6 = (vnet->gso_type & 7) == VIRTIO_NET_HDR_GSO_TCPV6;
	if (vnet->hdr_len != at.payload || len <= at.payload + cut_size(&at, vnet))
		return -EINVAL;
	switch (vnet->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		return at.udp || at.ipv6 ? -EINVAL : 0;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		return at.udp || !at.ipv6 ? -EINVAL : 0;
	case VIRTIO_NET_HDR_GSO_UDP_L4:
		return !at.udp || len - at.payload > vnet->gso_size * FAKE_UDP_MAX_SEGMENTS ?
			       -EINVAL :
			       0;
	}
	return -EINVAL;
}

/* __dev_direct_xmit() drops what would have to be segmented. */
static bool
must_segment(const uint8_t *frame, const struct virtio_net_hdr *vnet)
{
	return vnet->gso_type != VIRTIO_NET_HDR_GSO_NONE && fake_super.super_past &&
	       fake_super.too_many_tags != 0 &&
	       layout_of(frame, vnet).l3 >= 14 + 4 * fake_super.too_many_tags;
}

static int
take(const struct msghdr *msg)
{
	struct virtio_net_hdr vnet;
	uint32_t len = 0, at = 0;
	uint8_t *bytes;
	int ret;

	if (msg->msg_iovlen > IOV_MAX)
		return -EMSGSIZE;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	bytes = malloc(len);
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		memcpy(bytes + at, msg->msg_iov[i].iov_base, msg->msg_iov[i].iov_len);
		at += msg->msg_iov[i].iov_len;
	}
	assert_true(len >= sizeof(vnet) + 14);
	memcpy(&vnet, bytes, sizeof(vnet));
	len -= sizeof(vnet);
	ret = rules(bytes + sizeof(vnet), len, &vnet);
	if (ret == 0 && must_segment(bytes + sizeof(vnet), &vnet))
		ret = -ENOBUFS;
	else if (ret == 0 && vnet.gso_type != VIRTIO_NET_HDR_GSO_NONE)
		wire_segments(bytes + sizeof(vnet), len, &vnet);
	else if (ret == 0)
		wire(bytes + sizeof(vnet), len, &vnet);
	free(bytes);
	return ret;
}

int
__wrap_sendmmsg(int fd, struct mmsghdr *vec, unsigned int vlen, int flags)
{
	int ret = 0;

	if (fd != -1)
		return __real_sendmmsg(fd, vec, vlen, flags);
	if ((flags & MSG_DONTWAIT) == 0)
		fail_msg("a burst must not wait");
	fake_super.calls++;
	for (unsigned int i = 0; i < vlen; i++) {
		if (fake_super.budget == 0)
			ret = -EAGAIN;
		else if (fake_super.refuse != 0 && fake_super.refuse_nth == 0)
			ret = -fake_super.refuse;
		else
			ret = take(&vec[i].msg_hdr);
		if (ret < 0 && i != 0)
			return i; /* the error is for the next call */
		if (ret < 0) {
			fake_super.refused += ret != -EAGAIN;
			fake_super.refuse = 0;
			return errno = -ret, -1;
		}
		fake_super.refuse_nth--;
		fake_super.budget--;
		fake_super.messages++;
	}
	return vlen;
}

int
__wrap_afpring_socket_bypass(int fd, int on)
{
	*(fd == -1 ? &fake_super.super_past : &fake_super.ring_past) = on;
	return 0;
}

/* ---- for the tests ---- */

void
fake_super_device(union afpring_device device)
{
	fake.txq->device_now = device.word;
	afpring_tx_learn_device(fake.txq, device);
}

void
fake_super_setup(unsigned int nb, uint16_t room)
{
	fake_setup(nb, room);
	fake_super = (struct fake_super){.budget = UINT32_MAX};
	fake_super_device((union afpring_device){.gso_max_len = 65536,
						 .tso = true,
						 .ecn = true,
						 .uso = true,
						 .join_tcp = true,
						 .join_udp = true});
}

struct rte_mbuf *
fake_mbuf_packet(const struct packet *p, uint32_t first)
{
	uint8_t *frame = packet_build(p);
	struct rte_mbuf *m = fake_mbuf_of(frame, packet_len(p), first);

	m->l2_len = packet_l3(p);
	m->l3_len = packet_l4(p) - packet_l3(p);
	m->l4_len = packet_payload(p) - packet_l4(p);
	free(frame);
	return m;
}

void
fake_check_wire(uint32_t n, const uint8_t *bytes, uint32_t len, const char *what)
{
	const struct fake_sent *s = &fake.sent[n];
	uint8_t *got;

	CHECK(n < fake.nb_sent, "frame %u was not sent: %s\n", n, what);
	CHECK(s->len == len, "frame %u has %u bytes, not %u: %s\n", n, s->len, len, what);
	got = malloc(len);
	memcpy(got, s->bytes, len);
	if ((s->vnet.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) != 0)
		finish(got, len, &s->vnet);
	for (uint32_t i = 0; i < len; i++)
		CHECK(got[i] == bytes[i], "frame %u, byte %u is %02x, not %02x: %s\n", n, i, got[i],
		      bytes[i], what);
	free(got);
}

void
fake_check_wire_packet(uint32_t n, const struct packet *p)
{
	uint8_t *frame = packet_build(p);

	fake_check_wire(n, frame, packet_len(p), packet_name(p));
	free(frame);
}

void
fake_wire_clear(void)
{
	while (fake.nb_sent != 0)
		free(fake.sent[--fake.nb_sent].bytes);
}
