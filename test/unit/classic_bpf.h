/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A classic BPF program run on one packet, as the kernel does (bpf_check_classic(),
 * linux/filter.h), without a kernel: packet types and VLAN tags as one likes.
 */
#ifndef CLASSIC_BPF_H
#define CLASSIC_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

struct classic_packet {
	const uint8_t *bytes;
	uint32_t nb_bytes; /**< at bytes */
	uint32_t len;      /**< of the packet; nothing is loaded from behind nb_bytes */
	uint8_t type;      /**< PACKET_HOST, ... */
	bool tagged;
	uint16_t tci;            /**< beside the packet, where the kernel puts the outer tag */
	uint16_t tpid;           /**< the same */
	uint16_t protocol;       /**< the Ethernet type, as the kernel has it beside the packet */
	const uint8_t *ethernet; /**< its Ethernet header, which bytes need not have */
};

/** What the program returns. Fails the test on what the kernel would refuse. */
uint32_t classic_bpf_value(const struct sock_fprog *prog, const struct classic_packet *p);

/** How many bytes of the packet pass. Fails the test on what the kernel would refuse. */
uint32_t classic_bpf_run(const struct sock_fprog *prog, const struct classic_packet *p);

/** The kernel's checker takes the program, on a socket of which there is no other use. */
bool classic_bpf_is_taken(const struct sock_fprog *prog);

#endif /* CLASSIC_BPF_H */
