/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Who owns a slot: a thread plays the kernel on a ring of plain memory, and each
 * byte that changes hands is checked. Built with ThreadSanitizer too, which sees
 * an ordering that is missing where this machine would forgive it.
 */
#include "unit.h"

#include <pthread.h>
#include <sched.h>

#include "afpring_slot.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SLOTS_PASSED 200000u
#else
#define SLOTS_PASSED 2000000u
#endif
#define BLOCKS 48 /* a thread without a processor lets the other one pass a ring at most */
#define BLOCK_SIZE 4096
#define FRAME_SIZE 240 /* does not divide the block */
#define MAX_LEN (FRAME_SIZE - AFPRING_RX_SLOT_OVERHEAD)

static uint8_t ring[BLOCKS * BLOCK_SIZE] __rte_aligned(4096);
static const struct afpring_geometry geo = {
	.block_size = BLOCK_SIZE,
	.block_nr = BLOCKS,
	.frame_size = FRAME_SIZE,
	.frames_per_block = BLOCK_SIZE / FRAME_SIZE,
	.frame_nr = BLOCKS * (BLOCK_SIZE / FRAME_SIZE),
};

static uint32_t
len_of(uint32_t n)
{
	return 14 + n % (MAX_LEN - 14);
}

static bool
holds(const uint8_t *frame, uint32_t n)
{
	for (uint32_t i = 0; i < len_of(n); i++)
		if (frame[i] != unit_pattern(n, i))
			return false;
	return true;
}

/* The kernel's own words, not the driver's: __packet_get_status() and
 * __packet_set_status() with their barriers. */
static uint32_t
kernel_reads_status(uint8_t *slot)
{
	return __atomic_load_n(&((struct tpacket2_hdr *)slot)->tp_status, __ATOMIC_ACQUIRE);
}

static void
kernel_sets_status(uint8_t *slot, uint32_t status)
{
	__atomic_store_n(&((struct tpacket2_hdr *)slot)->tp_status, status, __ATOMIC_RELEASE);
}

static uint8_t *
kernel_slot(uint32_t n)
{
	uint32_t i = n % geo.frame_nr;

	return ring + i / geo.frames_per_block * BLOCK_SIZE + i % geo.frames_per_block * FRAME_SIZE;
}

/* tpacket_rcv() */
static void *
kernel_receives(void *arg)
{
	for (uint32_t n = 0; n < SLOTS_PASSED; n++) {
		uint8_t *slot = kernel_slot(n);
		struct tpacket2_hdr *hdr = (struct tpacket2_hdr *)slot;

		while (kernel_reads_status(slot) != TP_STATUS_KERNEL)
			sched_yield();
		hdr->tp_len = len_of(n);
		hdr->tp_snaplen = n % 5 ? len_of(n) : len_of(n) - 1;
		hdr->tp_mac = AFPRING_RX_SLOT_OVERHEAD;
		hdr->tp_vlan_tci = n & 0xfff;
		hdr->tp_vlan_tpid = 0x88a8;
		hdr->tp_sec = n;
		hdr->tp_nsec = 7;
		unit_fill(slot + hdr->tp_mac, len_of(n), n);
		kernel_sets_status(slot, TP_STATUS_USER | (n % 3 ? 0 : TP_STATUS_VLAN_VALID) |
						 (n % 7 ? 0 : TP_STATUS_COPY));
	}
	return arg;
}

static void
received_slots(void **state)
{
	struct afpring_walk walk = afpring_geometry_walk(&geo);
	struct afpring_cursor c = {0};
	pthread_t kernel;

	(void)state;
	memset(ring, 0, sizeof(ring));
	assert_int_equal(pthread_create(&kernel, NULL, kernel_receives, NULL), 0);
	for (uint32_t n = 0; n < SLOTS_PASSED; n++) {
		uint8_t *slot = ring + c.off;
		struct afpring_rx_meta meta;

		while (!afpring_rx_slot_is_ours(slot))
			sched_yield();
		meta = afpring_rx_slot_meta(slot);
		if (meta.len != len_of(n) || !holds(meta.frame, n) || meta.vlan_tci != (n & 0xfff))
			fail_msg("slot %u does not hold what the kernel wrote", n);
		assert_int_equal(afpring_rx_meta_is_cut(&meta), n % 5 == 0);
		assert_int_equal(afpring_rx_meta_has_vlan(&meta), n % 3 == 0);
		assert_int_equal(afpring_rx_meta_is_queued(&meta), n % 7 == 0);
		assert_int_equal(afpring_rx_slot_ns(slot), n * UINT64_C(1000000000) + 7);
		memset(meta.frame, 0xee, meta.len); /* still ours */
		afpring_rx_slot_return(slot);
		afpring_cursor_next(&c, &walk);
	}
	pthread_join(kernel, NULL);
}

static uint32_t kernel_saw_wrong;

/* tpacket_snd(), and tpacket_destruct_skb() that may stamp what was sent */
static void *
kernel_sends(void *arg)
{
	for (uint32_t n = 0; n < SLOTS_PASSED; n++) {
		uint8_t *slot = kernel_slot(n);
		struct tpacket2_hdr *hdr = (struct tpacket2_hdr *)slot;
		uint32_t vnet = sizeof(struct virtio_net_hdr);
		uint8_t *data = slot + TPACKET2_HDRLEN - sizeof(struct sockaddr_ll);

		while (kernel_reads_status(slot) != TP_STATUS_SEND_REQUEST)
			sched_yield();
		if (hdr->tp_len != len_of(n) + vnet || !holds(data + vnet, n) ||
		    ((struct virtio_net_hdr *)data)->hdr_len != len_of(n))
			kernel_saw_wrong++;
		kernel_sets_status(slot, TP_STATUS_SENDING);
		kernel_sets_status(slot, TP_STATUS_AVAILABLE | (n % 2 ? 0 : TP_STATUS_TS_SOFTWARE) |
						 (n % 3 ? 0 : TP_STATUS_TS_RAW_HARDWARE));
	}
	return arg;
}

static void
sent_slots(void **state)
{
	struct afpring_walk walk = afpring_geometry_walk(&geo);
	struct afpring_cursor c = {0};
	pthread_t kernel;

	(void)state;
	memset(ring, 0, sizeof(ring));
	kernel_saw_wrong = 0;
	assert_int_equal(pthread_create(&kernel, NULL, kernel_sends, NULL), 0);
	for (uint32_t n = 0; n < SLOTS_PASSED; n++) {
		uint8_t *slot = ring + c.off;

		while (!afpring_tx_slot_is_empty(slot))
			sched_yield();
		unit_fill(afpring_tx_slot_frame(slot), len_of(n), n);
		afpring_tx_slot_vnet(slot)->hdr_len = len_of(n);
		afpring_tx_slot_fill(slot, len_of(n));
		afpring_tx_slot_request(slot);
		afpring_cursor_next(&c, &walk);
	}
	pthread_join(kernel, NULL);
	assert_int_equal(kernel_saw_wrong, 0);
}

/* One thread is enough for what each status means. */
static void
states_of_a_transmit_slot(void **state)
{
	uint8_t *slot = ring;

	(void)state;
	memset(ring, 0, sizeof(ring));
	assert_true(afpring_tx_slot_is_empty(slot));
	afpring_tx_slot_fill(slot, 100);
	assert_true(afpring_tx_slot_is_empty(slot));
	afpring_tx_slot_request(slot);
	assert_false(afpring_tx_slot_is_empty(slot));
	assert_true(afpring_tx_slot_is_waiting(slot));
	assert_int_equal(afpring_tx_slot_len(slot), 100);
	afpring_tx_slot_cancel(slot);
	assert_true(afpring_tx_slot_is_waiting(slot)); /* the kernel steps over it in turn */
	assert_int_equal(afpring_tx_slot_len(slot), 0);

	kernel_sets_status(slot, TP_STATUS_SENDING);
	assert_false(afpring_tx_slot_is_waiting(slot));
	assert_false(afpring_tx_slot_is_empty(slot)); /* the skb is still alive */
	kernel_sets_status(slot, TP_STATUS_WRONG_FORMAT);
	assert_false(afpring_tx_slot_is_empty(slot));
	kernel_sets_status(slot, TP_STATUS_TS_SOFTWARE);
	assert_true(afpring_tx_slot_is_empty(slot));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(received_slots),
		cmocka_unit_test(sent_slots),
		cmocka_unit_test(states_of_a_transmit_slot),
	};

	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
