/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A flow rule: which packets it is for, as a list of tests that all have to hold, and what
 * becomes of them. rte_flow's words stay in afpring_flow_parse.h; what becomes programs of
 * the kernel is made of this alone (afpring_flow_program.h).
 */
#ifndef AFPRING_FLOW_RULE_H
#define AFPRING_FLOW_RULE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** What a test looks at. A header is there if all its bytes are, its options not counted. */
enum afpring_flow_where {
	/** The Ethernet type behind the tags, where an IPv4, IPv6, ARP or MPLS header follows. */
	AFPRING_FLOW_L3,
	AFPRING_FLOW_L3_ROOM, /**< bytes behind the Ethernet type and its tags */
	/** The protocol, where the header of TCP, UDP, SCTP, ICMP, ICMPv6, GRE or ESP follows: not
	 *  in fragments other than the first; behind at most AFPRING_FLOW_EXT extension headers. */
	AFPRING_FLOW_L4,
	AFPRING_FLOW_L4_ROOM, /**< bytes from the L4 header on; only behind a test of it */
	AFPRING_FLOW_TAGS,    /**< VLAN tags, no more than two are counted */
	AFPRING_FLOW_TYPE0,   /**< what follows the addresses: a TPID or the Ethernet type */
	AFPRING_FLOW_TCI0,    /**< of the outer tag */
	AFPRING_FLOW_TYPE1,   /**< what follows the outer tag */
	AFPRING_FLOW_TCI1,    /**< of the inner tag */
	AFPRING_FLOW_TYPE2,   /**< what follows the inner tag */
	AFPRING_FLOW_ETH,     /**< bytes of the Ethernet header, which are addresses */
	/** From the L3 header on; only behind a test of AFPRING_FLOW_L3 or of their room. */
	AFPRING_FLOW_L3_BYTES,
	/** From the L4 header on; only behind a test of AFPRING_FLOW_L4, and of their room if they
	 *  are not of the header. */
	AFPRING_FLOW_L4_BYTES,
};

/** Extension headers of IPv6 that are looked past: hop-by-hop, routing, fragment, destination. */
#define AFPRING_FLOW_EXT 4

/** A number of the packet, in the byte order of the network, lies between two bounds. */
struct afpring_flow_test {
	uint8_t where;   /**< enum afpring_flow_where */
	uint8_t size;    /**< bytes: 1, 2, 4 */
	uint16_t offset; /**< of these bytes in their header */
	uint32_t mask;   /**< bits of the number that count */
	uint32_t low;
	uint32_t high;
};

/** Ethernet, two tags, all fields of IPv6 and TCP one by one. */
#define AFPRING_FLOW_TESTS 48

/** What becomes of a packet that a rule is for. */
enum afpring_flow_fate {
	AFPRING_FLOW_PASSTHRU, /**< the next rules decide */
	AFPRING_FLOW_DROP,
	AFPRING_FLOW_QUEUE,
	AFPRING_FLOW_RSS,  /**< the hash of the port chooses one of the queues */
	AFPRING_FLOW_MISS, /**< as if no rule was for it: the end of a group; in sets only */
};

/** What the burst does with the packet beside, bits of a rule's does. */
#define AFPRING_FLOW_FLAG 1u  /**< RTE_MBUF_F_RX_FDIR */
#define AFPRING_FLOW_MARK 2u  /**< the same with the number mark */
#define AFPRING_FLOW_COUNT 4u /**< packets and bytes */
#define AFPRING_FLOW_AGE 8u   /**< when there was one at last */

/** Queues of a rule. */
#define AFPRING_FLOW_QUEUES 64

struct afpring_flow_hits;

struct afpring_flow_rule {
	uint32_t group;
	uint32_t jump;     /**< a group behind its own, whose rules alone go on; 0: none */
	uint32_t priority; /**< in its group; the lowest is asked first */
	uint8_t fate;      /**< enum afpring_flow_fate */
	uint8_t does;      /**< bits AFPRING_FLOW_FLAG to _AGE */
	uint8_t nb_tests;
	uint32_t mark;
	struct afpring_flow_hits *hits; /**< of each queue, from malloc(); NULL: not counted */
	uint32_t timeout_s;             /**< with AFPRING_FLOW_AGE */
	bool is_told;                   /**< that the rule has aged */
	bool is_copy;                   /**< made for a set, with the hits of another rule */
	void *context;                  /**< what the application knows the rule by, or NULL */
	uint64_t made_at;               /**< cycles */
	uint64_t base_packets;          /**< what had been counted at the last reset */
	uint64_t base_bytes;
	uint16_t nb_queues; /**< without AFPRING_FLOW_QUEUE and _RSS: 0 */
	uint16_t queues[AFPRING_FLOW_QUEUES];
	uint64_t rss_types; /**< that _RSS asks for; 0: those of the port */
	/** Ordered by what they look at, then by offset. */
	struct afpring_flow_test tests[AFPRING_FLOW_TESTS];
};

/** NULL is fine. */
static inline void
afpring_flow_rule_free(struct afpring_flow_rule *rule)
{
	if (rule != NULL)
		free(rule->hits);
	free(rule);
}

/** The rules of a port as the application has made them, ordered by group, priority and age. */
struct afpring_flow_list {
	struct afpring_flow_rule **rules; /**< each, and their list, from malloc() */
	uint32_t nb;
};

/** Rules in the order in which they are asked: the first that is for a packet and has a fate for
 *  it decides. Made of a list (afpring_flow_set.h), without groups and jumps. */
struct afpring_flow_set {
	struct afpring_flow_rule **rules;
	uint32_t nb;
	bool isolated; /**< what no rule decides is dropped, and addresses do not count */
	/** What this set drops the gates drop too, while one becomes the other; or NULL. */
	const struct afpring_flow_set *also;
};

/** The burst has to see the packets of the rule, also those that it drops. */
static inline bool
afpring_flow_is_counted(const struct afpring_flow_rule *rule)
{
	return (rule->does & (AFPRING_FLOW_COUNT | AFPRING_FLOW_AGE)) != 0;
}

/** The kernel drops the packets of the rule, before any copy. */
static inline bool
afpring_flow_drops_early(const struct afpring_flow_rule *rule)
{
	return rule->fate == AFPRING_FLOW_DROP && !afpring_flow_is_counted(rule);
}

/** The burst has something to do for a rule of the set. */
static inline bool
afpring_flow_has_does(const struct afpring_flow_set *set)
{
	for (uint32_t i = 0; i < set->nb; i++)
		if (set->rules[i]->does != 0)
			return true;
	return false;
}

/** A rule of the set has this fate. */
static inline bool
afpring_flow_has(const struct afpring_flow_set *set, enum afpring_flow_fate fate)
{
	for (uint32_t i = 0; i < set->nb; i++)
		if (set->rules[i]->fate == fate)
			return true;
	return false;
}

/** A rule of the list chooses a queue, also of a group that no jump leads to yet. */
static inline bool
afpring_flow_has_queues(const struct afpring_flow_list *list)
{
	for (uint32_t i = 0; i < list->nb; i++)
		if (list->rules[i]->nb_queues != 0)
			return true;
	return false;
}

#endif /* AFPRING_FLOW_RULE_H */
