/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A port on a tap device while everybody is at it: two lcores forward, one thread changes
 * what may be changed while the port runs, one reads all counters, one asks how full the
 * rings are, and the host changes the device, wedges rings, and deletes the device. Built with TSan, it is about data races; plain, about
 * packets that come through all of that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>

#include "fake_kernel.h"
#include "packets.h"

#include "afpring_clock.h"
#include "afpring_ethdev.h"

#define NAME "net_afpring0"
#define IFACE "t0"
#define OTHER_NAME "t1"
#define QUEUES 2 /* that lcores have; one more is set up anew again and again */
#define BURST 32
#define SLOTS 64
#define SEG_SIZE 1000
#define RUN_MS 2500
#define AWAY_MS 5
#define DEADLINE_S 60

static struct rte_mempool *pools[QUEUES + 2];
static int tap = -1;
static uint16_t port_id;
static uint64_t received[QUEUES]; /* by each lcore */
static uint32_t stop;             /* atomic */

/* TSan takes mmap() for a write to all of it; whoever reads there finds either mapping. The locks
 * and the waiting of EAL's alarms are in a library that it does not see. */
const char *__tsan_default_suppressions(void);

const char *
__tsan_default_suppressions(void)
{
	return "race:afpring_socket_map\nrace:map_zeros\n"
	       "race:^deliver$\nrace:^rte_eal_alarm_set$\nrace:^rte_eal_alarm_cancel$\n";
}

static bool
goes_on(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED) == 0;
}

/* ---- the host ---- */

/* What hinders; NULL: nothing. */
static const char *
open_tap(void)
{
	struct ifreq ifr = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
	int fd;

	strcpy(ifr.ifr_name, IFACE);
	tap = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
	if (tap < 0)
		return "no /dev/net/tun";
	if (ioctl(tap, TUNSETIFF, &ifr) < 0)
		return "no tap device";
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	ifr.ifr_flags = IFF_UP;
	assert_int_equal(ioctl(fd, SIOCSIFFLAGS, &ifr), 0);
	close(fd);
	return NULL;
}

static void
set_features(bool on)
{
	ioctl(tap, TUNSETOFFLOAD, on ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_UFO : 0);
}

/* To the other name and back, while the device is up (since Linux 6.2). */
static void
rename_tap(void)
{
	struct ifreq there = {.ifr_name = IFACE, .ifr_newname = OTHER_NAME};
	struct ifreq back = {.ifr_name = OTHER_NAME, .ifr_newname = IFACE};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	ioctl(fd, SIOCSIFNAME, &there);
	usleep(1000); /* in which others see it */
	ioctl(fd, SIOCSIFNAME, &back);
	close(fd);
}

static void
give_frame(const struct packet *p, uint8_t gso_type)
{
	struct virtio_net_hdr hdr = {.gso_type = gso_type};
	uint8_t *frame = packet_build(p);
	struct iovec iov[] = {{&hdr, sizeof(hdr)}, {frame, packet_len(p)}};

	memset(frame, 0xff, RTE_ETHER_ADDR_LEN);
	if (gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
		hdr.hdr_len = packet_payload(p);
		hdr.gso_size = SEG_SIZE;
		hdr.csum_start = packet_l4(p);
		hdr.csum_offset = p->udp ? 6 : 16;
	}
	if (writev(tap, iov, RTE_DIM(iov)) < 0) { /* no such offload now */
	}
	free(frame);
}

/* Another device of the same name. */
static void
make_again(void)
{
	close(tap);
	usleep(AWAY_MS * 1000);
	if (open_tap() != NULL)
		abort();
}

/* Frames of all kinds, some of a kind that wedges rings, and other features each time. */
static void *
host(void *arg)
{
	uint8_t *buf = malloc(UINT16_MAX + 1);
	bool deletes = arg != NULL;

	for (uint32_t n = 0; goes_on(); n++) {
		struct packet p = {.ttl = 9, .sport = n, .dport = 5, .payload = 100 + n % 1200};

		p.udp = n % 2 == 0;
		p.tags = n % 5 == 0;
		p.flags = ACK;
		give_frame(&p, VIRTIO_NET_HDR_GSO_NONE);
		if (n % 16 == 0) {
			p = (struct packet){.ttl = 9, .sport = n, .flags = ACK, .payload = 4000};
			give_frame(&p, VIRTIO_NET_HDR_GSO_TCPV4);
		}
		if (n % 8192 == 4096) {
			p = (struct packet){.ttl = 9, .sport = n, .udp = true, .payload = 4000};
			give_frame(&p, VIRTIO_NET_HDR_GSO_UDP);
		}
		if (n % 1024 == 0)
			set_features(n % 2048 == 0);
		if (!deletes && n % 512 == 0)
			rename_tap();
		if (deletes && n % 512 == 511)
			make_again();
		while (read(tap, buf, UINT16_MAX + 1) > 0)
			;
	}
	free(buf);
	return arg;
}

/* ---- the application ---- */

static struct rte_mbuf *
make_superframe(uint16_t queue, uint32_t n)
{
	struct packet p = {.ttl = 9, .sport = n, .flags = ACK, .payload = SEG_SIZE + 400};
	struct rte_mbuf *m = rte_pktmbuf_alloc(pools[queue]);
	uint8_t *frame;

	if (m == NULL)
		return NULL;
	frame = packet_build(&p);
	memcpy(rte_pktmbuf_append(m, packet_len(&p)), frame, packet_len(&p));
	free(frame);
	m->ol_flags = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM |
		      RTE_MBUF_F_TX_TCP_CKSUM;
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = packet_l4(&p) - packet_l3(&p);
	m->l4_len = packet_payload(&p) - packet_l4(&p);
	m->tso_segsz = SEG_SIZE;
	return m;
}

static void
send_or_free(uint16_t queue, struct rte_mbuf **pkts, uint16_t nb)
{
	uint16_t sent = rte_eth_tx_burst(port_id, queue, pkts, nb);

	rte_pktmbuf_free_bulk(pkts + sent, nb - sent);
}

static void *
forward(void *arg)
{
	uint16_t queue = (uintptr_t)arg;
	struct rte_mbuf *pkts[BURST], *m;

	rte_thread_register();
	for (uint32_t n = 0; goes_on(); n++) {
		uint16_t nb = rte_eth_rx_burst(port_id, queue, pkts, BURST);

		received[queue] += nb;
		send_or_free(queue, pkts, nb);
		if (n % 64 != 0)
			continue;
		m = make_superframe(queue, n);
		if (m != NULL)
			send_or_free(queue, &m, 1);
	}
	rte_thread_unregister();
	return NULL;
}

static void *
change(void *arg)
{
	struct rte_ether_addr mac = {{2, 0, 0, 0, 0, 1}};
	struct rte_ether_addr other = {{2, 0, 0, 0, 1, 0}};
	struct rte_ether_addr group = {{1, 0, 0x5e, 0, 0, 9}};

	for (uint32_t n = 0; goes_on(); n++) {
		bool odd = n % 2 != 0;

		mac.addr_bytes[5] = n % 4;
		if (odd)
			rte_eth_promiscuous_enable(port_id);
		else
			rte_eth_promiscuous_disable(port_id);
		rte_eth_dev_set_mtu(port_id, odd ? 1500 : 1400);
		rte_eth_dev_set_vlan_offload(port_id, odd ? RTE_ETH_VLAN_STRIP_OFFLOAD : 0);
		rte_eth_dev_default_mac_addr_set(port_id, &mac);
		rte_eth_dev_mac_addr_add(port_id, &other, 0);
		rte_eth_dev_set_mc_addr_list(port_id, &group, odd);
		rte_eth_dev_mac_addr_remove(port_id, &other);
		rte_eth_allmulticast_enable(port_id);
		rte_eth_allmulticast_disable(port_id);
	}
	return arg;
}

static void *
watch(void *arg)
{
	struct rte_eth_xstat xstats[256];
	struct rte_eth_stats stats;
	struct rte_eth_link link;

	for (uint32_t n = 0; goes_on(); n++) {
		rte_eth_stats_get(port_id, &stats);
		rte_eth_xstats_get(port_id, xstats, RTE_DIM(xstats));
		if (rte_eth_link_get_nowait(port_id, &link) != 0)
			abort();
		if (n % 64 == 0)
			rte_eth_xstats_reset(port_id);
	}
	return arg;
}

/* A thread that watches the lcores, and one that would sleep in their place. */
static void *
ask(void *arg)
{
	struct rte_power_monitor_cond cond;

	for (uint32_t n = 0; goes_on(); n++) {
		uint16_t queue = n % QUEUES;

		if ((int)rte_eth_rx_queue_count(port_id, queue) < 0)
			abort();
		rte_eth_rx_descriptor_status(port_id, queue, n % SLOTS);
		rte_eth_tx_descriptor_status(port_id, queue, n % SLOTS);
		if (rte_eth_get_monitor_addr(port_id, queue, &cond) == 0)
			cond.fn(__atomic_load_n((uint32_t *)(uintptr_t)cond.addr, __ATOMIC_RELAXED),
				cond.opaque);
	}
	return arg;
}

/* The last queue pair, each time with another ring and mempool; in between it forwards. */
static void *
set_up(void *arg)
{
	struct rte_mbuf *pkts[BURST];

	rte_thread_register();
	for (uint32_t n = 0; goes_on(); n++) {
		uint16_t slots = SLOTS << (n % 3);
		uint64_t end = afpring_clock_now() + afpring_clock_ms(5);

		if (rte_eth_dev_rx_queue_stop(port_id, QUEUES) != 0 ||
		    rte_eth_dev_tx_queue_stop(port_id, QUEUES) != 0 ||
		    rte_eth_rx_queue_setup(port_id, QUEUES, slots, 0, NULL,
					   pools[QUEUES + n % 2]) != 0 ||
		    rte_eth_tx_queue_setup(port_id, QUEUES, slots, 0, NULL) != 0 ||
		    rte_mempool_in_use_count(pools[QUEUES + (n + 1) % 2]) != 0 ||
		    rte_eth_dev_rx_queue_start(port_id, QUEUES) != 0 ||
		    rte_eth_dev_tx_queue_start(port_id, QUEUES) != 0)
			abort();
		while (afpring_clock_now() < end)
			send_or_free(QUEUES, pkts, rte_eth_rx_burst(port_id, QUEUES, pkts, BURST));
	}
	rte_thread_unregister();
	return arg;
}

static void
start_port(const char *devargs)
{
	struct rte_eth_conf conf = {
		.rxmode.offloads = RTE_ETH_RX_OFFLOAD_SCATTER,
		.txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
				   RTE_ETH_TX_OFFLOAD_IPV4_CKSUM,
	};

	assert_int_equal(rte_vdev_init(NAME, devargs), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(NAME, &port_id), 0);
	assert_int_equal(rte_eth_dev_configure(port_id, QUEUES + 1, QUEUES + 1, &conf), 0);
	for (uint16_t q = 0; q < RTE_DIM(pools); q++) {
		char name[16];

		snprintf(name, sizeof(name), "pool%u", q);
		pools[q] = rte_pktmbuf_pool_create(name, 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
		assert_non_null(pools[q]);
	}
	for (uint16_t q = 0; q <= QUEUES; q++) {
		assert_int_equal(rte_eth_rx_queue_setup(port_id, q, SLOTS, 0, NULL, pools[q]), 0);
		assert_int_equal(rte_eth_tx_queue_setup(port_id, q, SLOTS, 0, NULL), 0);
	}
	assert_int_equal(rte_eth_dev_start(port_id), 0);
}

static void
stop_port(void)
{
	assert_int_equal(rte_eth_dev_stop(port_id), 0);
	for (uint16_t q = 0; q < RTE_DIM(pools); q++) {
		assert_int_equal(rte_mempool_in_use_count(pools[q]), 0);
		rte_mempool_free(pools[q]);
	}
	assert_int_equal(rte_vdev_uninit(NAME), 0);
}

/* ethdev lets one thread at a time change a port: change or set_up. */
static void
everybody_at_once(const char *devargs, void *(*control)(void *), bool deletes)
{
	pthread_t threads[QUEUES + 4];
	uint32_t nb = 0;

	stop = 0;
	memset(received, 0, sizeof(received));
	start_port(devargs);
	for (uintptr_t q = 0; q < QUEUES; q++)
		pthread_create(&threads[nb++], NULL, forward, (void *)q);
	pthread_create(&threads[nb++], NULL, control, NULL);
	pthread_create(&threads[nb++], NULL, watch, NULL);
	pthread_create(&threads[nb++], NULL, ask, NULL);
	pthread_create(&threads[nb++], NULL, host, deletes ? &tap : NULL);
	usleep(RUN_MS * 1000);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	while (nb != 0)
		pthread_join(threads[--nb], NULL);
	for (uint16_t q = 0; q < QUEUES; q++)
		assert_int_not_equal(received[q], 0);
	stop_port();
}

static void
burst_kicks(void **state)
{
	const char *why =
		unshare(CLONE_NEWNET) < 0 ? "may not make a network namespace" : open_tap();

	(void)state;
	if (why != NULL) {
		printf("%s\n", why);
		skip();
	}
	everybody_at_once("iface=" IFACE ",qpairs=3", change, false);
}

static void
thread_kicks(void **state)
{
	(void)state;
	if (tap < 0) {
		printf("no tap device\n");
		skip();
	}
	everybody_at_once("iface=" IFACE ",qpairs=3,kick=thread,tx_join=1", change, false);
}

static void
queues_are_set_up(void **state)
{
	(void)state;
	if (tap < 0) {
		printf("no tap device\n");
		skip();
	}
	everybody_at_once("iface=" IFACE ",qpairs=3", set_up, false);
	everybody_at_once("iface=" IFACE ",qpairs=3,kick=thread", set_up, false);
}

static void
device_is_deleted(void **state)
{
	(void)state;
	if (tap < 0) {
		printf("no tap device\n");
		skip();
	}
	everybody_at_once("iface=" IFACE ",qpairs=3", change, true);
}

/* libc makes the buffer of EAL's log stream at its first line. Made by one of the threads it is
 * a race to TSan, which does not see libc's lock on the stream. */
static int
begin(void **state)
{
	int ret = fake_eal_init(state);

	rte_log(RTE_LOG_NOTICE, RTE_LOGTYPE_USER1, "races begin\n");
	return ret;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burst_kicks),
		cmocka_unit_test(thread_kicks),
		cmocka_unit_test(queues_are_set_up),
		cmocka_unit_test(device_is_deleted),
	};

	return cmocka_run_group_tests_name("races", tests, begin, NULL);
}
