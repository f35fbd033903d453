/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Receive side scaling: which fields of a frame are hashed, with which key, and which queue
 * a hash stands for. The kernel does it by a program (afpring_rss_program.h), and the receive
 * burst does it again for applications that want the hash in the mbuf: both by what is
 * said here.
 *
 * The input of the hash is the one that rte_thash.h has for IPv4 and IPv6: source address,
 * destination address, source port, destination port. A field that is not asked for is 0 in
 * its place.
 */
#ifndef AFPRING_RSS_H
#define AFPRING_RSS_H

#include <stdbool.h>
#include <stdint.h>

/** Bytes of the key that ethdev is told of; what the hash of an IPv6 flow needs. */
#define AFPRING_RSS_KEY_LEN 40

/** Bytes of the longest key that is taken. */
#define AFPRING_RSS_KEY_MAX 52

/** Entries of the redirection table. */
#define AFPRING_RSS_RETA 128

/** Types of traffic: bits of RTE_ETH_RSS_*. */
#define AFPRING_RSS_TYPES                                                                          \
	(AFPRING_RSS_ALL_FLOWS | RTE_ETH_RSS_ETH | RTE_ETH_RSS_L2_SRC_ONLY |                       \
	 RTE_ETH_RSS_L2_DST_ONLY | RTE_ETH_RSS_L3_SRC_ONLY | RTE_ETH_RSS_L3_DST_ONLY |             \
	 RTE_ETH_RSS_L4_SRC_ONLY | RTE_ETH_RSS_L4_DST_ONLY)

/** Those that tell all flows of IP apart. */
#define AFPRING_RSS_ALL_FLOWS                                                                      \
	(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |                 \
	 RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_SCTP |                            \
	 RTE_ETH_RSS_NONFRAG_IPV4_OTHER | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_FRAG_IPV6 |               \
	 RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP |                             \
	 RTE_ETH_RSS_NONFRAG_IPV6_SCTP | RTE_ETH_RSS_NONFRAG_IPV6_OTHER)

/** As the application has set it. */
struct afpring_rss {
	uint64_t types; /**< of AFPRING_RSS_TYPES; 0: everything goes to the first entry's queue */
	uint8_t key[AFPRING_RSS_KEY_MAX]; /**< as aligned as rte_softrss() reads it */
	bool symmetric;                   /**< both directions of an IP flow have one hash */
	uint8_t key_len;
	uint16_t reta[AFPRING_RSS_RETA]; /**< queues */
};

/** Fields that the hash of a packet covers. */
enum afpring_rss_field {
	AFPRING_RSS_SRC = 1, /**< address, of the IP header or of the Ethernet header */
	AFPRING_RSS_DST = 2,
	AFPRING_RSS_SPORT = 4,
	AFPRING_RSS_DPORT = 8,
};

#define AFPRING_RSS_PORTS (AFPRING_RSS_SPORT | AFPRING_RSS_DPORT)

/** What is in an IP packet. */
enum afpring_rss_kind {
	AFPRING_RSS_FRAG, /**< a fragment, the first one included; its ports are not looked at */
	AFPRING_RSS_TCP,
	AFPRING_RSS_UDP,
	AFPRING_RSS_SCTP,
	AFPRING_RSS_OTHER, /**< IPv6 packets with extension headers too */
	AFPRING_RSS_NB_KINDS
};

/** Which fields are hashed, of each kind of packet: bits of enum afpring_rss_field. 0: none,
 *  the packet has no hash. */
struct afpring_rss_fields {
	uint8_t ip4[AFPRING_RSS_NB_KINDS];
	uint8_t ip6[AFPRING_RSS_NB_KINDS];
	uint8_t eth; /**< what no IP type is for */
};

/** What the types mean. */
struct afpring_rss_fields afpring_rss_fields(uint64_t types);

/** The kind of an IP packet that is no fragment. */
enum afpring_rss_kind afpring_rss_kind(uint8_t ip_proto);

/** Words of the longest input. */
#define AFPRING_RSS_WORDS 9

/**
 * The input of the hash of a frame.
 *
 * @param frame
 *   At least its first AFPRING_RSS_BYTES, or all len bytes of it.
 * @param nb_tags
 *   VLAN tags that may be in it.
 * @param words
 *   In the byte order of the processor, as rte_softrss() takes them.
 * @return
 *   Number of words; 0: no field of this frame is asked for, or it is cut short.
 */
uint32_t afpring_rss_input(const struct afpring_rss_fields *fields, bool symmetric,
			   const uint8_t *frame, uint32_t len, uint32_t nb_tags,
			   uint32_t words[AFPRING_RSS_WORDS]);

/** Ethernet header, two tags, an IPv4 header with options, ports. */
#define AFPRING_RSS_BYTES (14 + 8 + 60 + 4)

/** The two ports in one word, source first, as far as they are among the fields. */
uint32_t afpring_rss_port_mask(uint8_t fields);

/** The 32 bits of the key from a bit on; 0 bits behind its end. */
uint32_t afpring_rss_key_window(const struct afpring_rss *rss, uint32_t bit);

/** Half bytes of the longest input. */
#define AFPRING_RSS_NIBBLES (AFPRING_RSS_WORDS * 8)

/**
 * A key made ready for the burst: what each value of each half byte of the input adds to the
 * hash. The hash is rte_softrss()'s in a third of the time, on every processor:
 * doc/measure/tried.md.
 */
struct afpring_rss_toeplitz {
	uint32_t of[AFPRING_RSS_NIBBLES][16];
};

/** Make the key of these settings ready. */
void afpring_rss_toeplitz_set(struct afpring_rss_toeplitz *t, const struct afpring_rss *rss);

/** The hash of nb words of input. */
static inline uint32_t
afpring_rss_toeplitz(const struct afpring_rss_toeplitz *t, const uint32_t *words, uint32_t nb)
{
	const uint32_t(*of)[16] = t->of;
	uint32_t hash = 0;

	for (uint32_t i = 0; i < nb; i++)
		for (uint32_t shift = 32; shift != 0; of++) {
			shift -= 4;
			hash ^= (*of)[words[i] >> shift & 0xf];
		}
	return hash;
}

#endif /* AFPRING_RSS_H */
