/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <sys/socket.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_mbuf.h>

#include "fake_kernel.h"
#include "afpring_port.h"

#define FAKE_FD 999999 /* no call but the wrapped one gets far with it */
#define UNTOUCHED 0xa5

struct fake fake;
static uint16_t port_id;
static struct afpring_port port;
static struct rte_eth_dev_data data = {.dev_private = &port};

ssize_t __real_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);
ssize_t __wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
		      socklen_t to_len);
ssize_t __real_recvmsg(int fd, struct msghdr *msg, int flags);
ssize_t __wrap_recvmsg(int fd, struct msghdr *msg, int flags);

int
fake_eal_init(void **state)
{
	char *argv[] = {(char[]){"unit"},        (char[]){"--no-huge"},  (char[]){"-m"},
			(char[]){"64"},          (char[]){"--no-pci"},   (char[]){"--no-shconf"},
			(char[]){"--lcores"},    (char[]){"0"},          (char[]){"--no-telemetry"},
			(char[]){"--log-level"}, (char[]){"lib.*:error"}};

	(void)state;
	return rte_eal_init(RTE_DIM(argv), argv) < 0 ? -1 : 0;
}

/* ---- kernel ---- */

static uint8_t *
kernel_slot(uint8_t *ring, const struct afpring_geometry *g, uint32_t i)
{
	return ring + (uint64_t)(i / g->frames_per_block) * g->block_size +
	       (i % g->frames_per_block) * g->frame_size;
}

static struct virtio_net_hdr
received_vnet(const struct fake_rx *rx)
{
	return (struct virtio_net_hdr){
		.flags = (rx->csum_start != 0 ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0) |
			 (rx->verified ? VIRTIO_NET_HDR_F_DATA_VALID : 0),
		.csum_start = rx->csum_start,
		.csum_offset = rx->csum_offset,
		.gso_type = rx->gso_type,
		.gso_size = rx->gso_size,
	};
}

bool
fake_receive(const struct fake_rx *rx)
{
	uint8_t *slot = kernel_slot(fake.rx_ring, &fake.rx_geo, fake.rx_head);
	struct tpacket2_hdr *hdr = (struct tpacket2_hdr *)slot;

	if (hdr->tp_status != TP_STATUS_KERNEL)
		return false;
	hdr->tp_len = rx->len + rx->cut;
	hdr->tp_snaplen = rx->len;
	hdr->tp_mac = AFPRING_RX_SLOT_OVERHEAD;
	hdr->tp_net = hdr->tp_mac + 14;
	hdr->tp_vlan_tci = rx->tci;
	hdr->tp_vlan_tpid = rx->tpid;
	hdr->tp_sec = rx->seed;
	hdr->tp_nsec = 999999999;
	*((struct virtio_net_hdr *)(slot + hdr->tp_mac) - 1) = received_vnet(rx);
	unit_fill(slot + hdr->tp_mac, rx->len, rx->seed);
	memcpy(slot + hdr->tp_mac, rx->head, rx->head_len);
	if (rx->queued)
		fake.queue[fake.queue_in++ % RTE_DIM(fake.queue)] = *rx;
	hdr->tp_status = TP_STATUS_USER | rx->status | (rx->queued ? TP_STATUS_COPY : 0) |
			 (rx->tpid != 0 ? TP_STATUS_VLAN_VALID | TP_STATUS_VLAN_TPID_VALID : 0) |
			 (rx->csum_start != 0 ? TP_STATUS_CSUMNOTREADY : 0) |
			 (rx->verified ? TP_STATUS_CSUM_VALID : 0);
	fake.rx_head = (fake.rx_head + 1) % fake.rx_geo.frame_nr;
	return true;
}

static void
kernel_keep(const uint8_t *vnet, uint32_t len)
{
	struct fake_sent *s = &fake.sent[fake.nb_sent];

	if (fake.nb_sent == FAKE_MAX_SENT)
		fail_msg("more frames sent than the test has room for");
	fake.nb_sent++;
	s->len = len;
	memcpy(&s->vnet, vnet, sizeof(s->vnet));
	s->bytes = malloc(len);
	memcpy(s->bytes, vnet + sizeof(s->vnet), len);
}

static bool
kernel_refuses(const uint8_t *frame)
{
	uint32_t seed;

	memcpy(&seed, frame, sizeof(seed));
	return fake.refuse != 0 && (fake.refuse_if == 0 || fake.refuse_if == seed);
}

/* tpacket_snd() */
static ssize_t
kernel_sends(void)
{
	uint32_t sent = 0;

	fake.sendtos++;
	fake.sender = pthread_self();
	if (fake.down != 0)
		return errno = fake.down, -1;
	for (;;) {
		uint8_t *slot = kernel_slot(fake.tx_ring, &fake.tx_geo, fake.tx_head);
		struct tpacket2_hdr *hdr = (struct tpacket2_hdr *)slot;
		uint8_t *vnet = slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);
		bool real;

		/* orders nothing, as __packet_get_status() */
		if (__atomic_load_n(&hdr->tp_status, __ATOMIC_RELAXED) != TP_STATUS_SEND_REQUEST)
			return sent;
		real = hdr->tp_len >= sizeof(struct virtio_net_hdr);
		if (real && fake.budget == 0)
			return sent != 0 ? (ssize_t)sent : (errno = EAGAIN, -1);
		if (real && kernel_refuses(vnet + sizeof(struct virtio_net_hdr)))
			return errno = fake.refuse, -1;
		if (real) {
			fake.budget--;
			sent += hdr->tp_len;
			kernel_keep(vnet, hdr->tp_len - sizeof(struct virtio_net_hdr));
		}
		__atomic_store_n(&hdr->tp_status, real ? fake.done : TP_STATUS_AVAILABLE,
				 __ATOMIC_RELEASE);
		fake.tx_head = (fake.tx_head + 1) % fake.tx_geo.frame_nr;
	}
}

ssize_t
__wrap_sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	      socklen_t to_len)
{
	if (fd != FAKE_FD)
		return __real_sendto(fd, buf, len, flags, to, to_len);
	if ((flags & MSG_DONTWAIT) == 0)
		fail_msg("a burst must not wait");
	return kernel_sends();
}

/* packet_recvmsg() with MSG_TRUNC: as much as fits, and how much it was. */
ssize_t
__wrap_recvmsg(int fd, struct msghdr *msg, int flags)
{
	const struct fake_rx *rx;
	struct virtio_net_hdr vnet;
	uint8_t *message, *src;
	uint32_t left, room = 0;

	if (fd != FAKE_FD)
		return __real_recvmsg(fd, msg, flags);
	if ((flags & MSG_DONTWAIT) == 0)
		fail_msg("a burst must not wait");
	if (fake.queue_in == fake.queue_out)
		return errno = EAGAIN, -1;
	rx = &fake.queue[fake.queue_out % RTE_DIM(fake.queue)];
	fake.queue_out += (flags & MSG_PEEK) == 0;
	for (size_t i = 0; i < msg->msg_iovlen; i++)
		room += msg->msg_iov[i].iov_len;
	if (room < sizeof(vnet)) /* packet_rcv_vnet(): the message is gone */
		return errno = EINVAL, -1;
	vnet = received_vnet(rx);
	left = sizeof(vnet) + rx->len + rx->cut;
	src = message = malloc(left);
	memcpy(message, &vnet, sizeof(vnet));
	unit_fill(message + sizeof(vnet), rx->len + rx->cut, rx->seed);
	memcpy(message + sizeof(vnet), rx->head, rx->head_len);
	for (size_t i = 0; i < msg->msg_iovlen; i++) {
		uint32_t part = RTE_MIN(left, (uint32_t)msg->msg_iov[i].iov_len);

		if (part != 0)
			memcpy(msg->msg_iov[i].iov_base, src, part);
		src += part;
		left -= part;
	}
	free(message);
	return sizeof(vnet) + rx->len + rx->cut;
}

/* ---- queue pair ---- */

static uint8_t *
make_ring(struct afpring_geometry *g, uint32_t overhead)
{
	/* a gap in each block, and the ring ends where the last block ends */
	struct afpring_wish w = {.overhead = overhead,
				 .frame_len = FAKE_MTU + 18,
				 .nb_desc = fake.slots,
				 .block_size = 8192};
	const char *why = NULL;
	uint8_t *ring;

	if (afpring_geometry_plan(&w, g, &why) != 0)
		fail_msg("%s", why);
	ring = aligned_alloc(16, afpring_geometry_bytes(g));
	memset(ring, 0, afpring_geometry_bytes(g));
	return ring;
}

static void
make_rxq(uint16_t room)
{
	struct afpring_rxq *q = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*q));

	memset(q, 0, sizeof(*q));
	fake.rx_ring = make_ring(&fake.rx_geo, AFPRING_RX_SLOT_OVERHEAD);
	q->pool = fake.pool;
	q->geo = fake.rx_geo;
	q->walk = afpring_geometry_walk(&q->geo);
	q->port_id = port_id;
	q->room = room;
	q->vnet = true;
	q->scatter = true;
	q->lane = calloc(1, sizeof(*q->lane));
	q->nb_desc = fake.slots;
	fake.txq->deferred = &q->deferred;
	q->more_flag = FAKE_MORE;
	fake.rxq = q;
	fake.rx_burst = afpring_rx_burst_select(0, true, false);
}

static void
make_txq(void)
{
	struct afpring_txq *q = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*q));

	memset(q, 0, sizeof(*q));
	fake.tx_ring = make_ring(&fake.tx_geo, AFPRING_TX_SLOT_OVERHEAD);
	q->geo = fake.tx_geo;
	q->walk = afpring_geometry_walk(&q->geo);
	q->port_id = port_id;
	q->slot_len = q->geo.frame_size - AFPRING_TX_SLOT_OVERHEAD;
	afpring_txq_set_max_len(q, FAKE_MTU + RTE_ETHER_HDR_LEN);
	q->batch = calloc(1, sizeof(*q->batch));
	q->path = AFPRING_PATH_QDISC;
	q->patience = afpring_clock_s(3600); /* it passes when a test says so */
	q->patience_max = q->patience;
	q->nb_desc = fake.slots;
	q->more_flag = FAKE_MORE;
	fake.txq = q;
	fake.tx_burst = afpring_tx_burst_select(false, false);
}

void
fake_pool_pattern(void)
{
	struct rte_mbuf *all[fake.pool_size];

	assert_int_equal(rte_pktmbuf_alloc_bulk(fake.pool, all, fake.pool_size), 0);
	for (unsigned int i = 0; i < fake.pool_size; i++)
		memset(all[i]->buf_addr, UNTOUCHED, all[i]->buf_len);
	rte_pktmbuf_free_bulk(all, fake.pool_size);
}

static struct afpring_half
fake_half(uint8_t *ring, const struct afpring_geometry *geo)
{
	struct afpring_half half = {.ring = ring, .fd = FAKE_FD, .super_fd = -1};

	half.place = calloc(1, sizeof(*half.place));
	half.place->at = ring;
	half.place->size = afpring_geometry_bytes(geo);
	return half;
}

void
fake_setup(unsigned int nb, uint16_t room)
{
	fake_setup_slots(nb, room, FAKE_SLOTS);
}

void
fake_setup_slots(unsigned int nb, uint16_t room, uint16_t slots)
{
	struct afpring_process *process = afpring_process_alloc(1);
	static unsigned int serial;
	char name[32];

	memset(&fake, 0, sizeof(fake));
	snprintf(name, sizeof(name), "pool%u", serial++);
	fake.pool = rte_pktmbuf_pool_create(name, nb, 0, 0, RTE_PKTMBUF_HEADROOM + room, 0);
	assert_non_null(fake.pool);
	fake.pool_size = nb;
	fake.slots = slots;
	fake_pool_pattern();
	fake.budget = UINT32_MAX;
	fake.sent = calloc(FAKE_MAX_SENT, sizeof(*fake.sent));
	make_txq();
	make_rxq(room);
	process->rx[0] = fake_half(fake.rx_ring, &fake.rx_geo);
	process->tx[0] = fake_half(fake.tx_ring, &fake.tx_geo);
	process->deferred = afpring_tx_help;
	rte_eth_devices[port_id].process_private = process;
	rte_eth_devices[port_id].data = &data;
	port.rx[0] = fake.rxq;
	port.tx[0] = fake.txq;
}

void
fake_teardown(void)
{
	struct afpring_process *process = rte_eth_devices[port_id].process_private;

	assert_int_equal(rte_mempool_avail_count(fake.pool), fake.pool_size);
	free(process->rx[0].place);
	free(process->tx[0].place);
	free(process);
	rte_mempool_free(fake.pool);
	for (uint32_t i = 0; i < fake.nb_sent; i++)
		free(fake.sent[i].bytes);
	free(fake.sent);
	free(fake.rx_ring);
	free(fake.tx_ring);
	free(fake.rxq->lane);
	free(fake.rxq);
	free(fake.txq->batch);
	free(fake.txq);
}

/* ---- mbufs ---- */

void
fake_check_margins(const struct rte_mbuf *m)
{
	for (; m != NULL; m = m->next) {
		const uint8_t *buf = m->buf_addr;

		assert_int_equal(m->data_off, RTE_PKTMBUF_HEADROOM);
		for (uint32_t i = 0; i < m->buf_len; i++)
			if ((i < m->data_off || i >= (uint32_t)m->data_off + m->data_len) &&
			    buf[i] != UNTOUCHED)
				fail_msg("byte %u written, the frame is at %u to %u", i,
					 m->data_off, m->data_off + m->data_len);
	}
}

void
fake_check_mbuf(const struct rte_mbuf *m, const struct fake_rx *rx, bool tag)
{
	uint32_t want = rx->len + (tag ? 4 : 0), nb_segs = 0, at = 0;
	uint8_t *frame = malloc(want), *flat = frame;

	unit_fill(frame, rx->len, rx->seed);
	if (tag) {
		memmove(frame + 16, frame + 12, rx->len - 12);
		frame[12] = rx->tpid >> 8;
		frame[13] = rx->tpid;
		frame[14] = rx->tci >> 8;
		frame[15] = rx->tci;
	}
	assert_int_equal(m->pkt_len, want);
	assert_int_equal(m->port, port_id);
	for (const struct rte_mbuf *s = m; s != NULL; s = s->next, nb_segs++) {
		assert_true(at + s->data_len <= want);
		if (memcmp(rte_pktmbuf_mtod(s, void *), flat + at, s->data_len) != 0)
			fail_msg("frame %u of %u bytes: segment %u differs", rx->seed, rx->len,
				 nb_segs);
		at += s->data_len;
	}
	assert_int_equal(at, want);
	assert_int_equal(m->nb_segs, nb_segs);
	free(frame);
}

static void
frame_bytes(uint8_t *frame, uint32_t seed, uint32_t len)
{
	unit_fill(frame, len, seed);
	memcpy(frame, &seed, RTE_MIN(len, (uint32_t)sizeof(seed)));
}

struct rte_mbuf *
fake_mbuf_of(const uint8_t *bytes, uint32_t len, uint32_t first)
{
	struct rte_mbuf *m = NULL;
	uint32_t done = 0;

	do {
		struct rte_mbuf *s = rte_pktmbuf_alloc(fake.pool);
		uint32_t part = len - done;

		assert_non_null(s);
		if (done == 0 && first != 0)
			part = RTE_MIN(part, first);
		part = RTE_MIN(part, (uint32_t)rte_pktmbuf_tailroom(s));
		memcpy(rte_pktmbuf_append(s, part), bytes + done, part);
		if (m == NULL)
			m = s;
		else
			assert_int_equal(rte_pktmbuf_chain(m, s), 0);
		done += part;
	} while (done < len);
	return m;
}

struct rte_mbuf *
fake_mbuf(uint32_t seed, uint32_t len, uint32_t first)
{
	uint8_t *frame = malloc(len + 1);
	struct rte_mbuf *m;

	frame_bytes(frame, seed, len);
	m = fake_mbuf_of(frame, len, first);
	free(frame);
	return m;
}

void
fake_check_sent(uint32_t n, uint32_t seed, uint32_t len)
{
	uint8_t *frame = malloc(len);

	frame_bytes(frame, seed, len);
	assert_true(n < fake.nb_sent);
	assert_int_equal(fake.sent[n].len, len);
	assert_memory_equal(fake.sent[n].bytes, frame, len);
	free(frame);
}

uint16_t
fake_send(struct rte_mbuf *m)
{
	return fake.tx_burst(fake.txq, &m, 1);
}
