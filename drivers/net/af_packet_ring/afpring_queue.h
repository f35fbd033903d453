/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * State of a queue, in memory shared between processes, ordered by who touches it: first what
 * every burst reads, then what every burst writes, last what is read per superframe or by control
 * threads only. Descriptors and addresses belong to one process: afpring_process.h.
 */
#ifndef AFPRING_QUEUE_H
#define AFPRING_QUEUE_H

#include <semaphore.h>

#include "afpring_classify.h"
#include "afpring_compat.h"
#include "afpring_counter.h"
#include "afpring_deferred.h"
#include "afpring_device.h"
#include "afpring_geometry.h"
#include "afpring_stamp.h"

/** How a transmit queue's packets leave: drawn in afpring_tx_path.c. */
enum afpring_tx_path {
	AFPRING_PATH_BYPASS, /**< past the qdisc */
	AFPRING_PATH_LEFT,   /**< through it, for a superframe that the device did not segment */
	AFPRING_PATH_QDISC,  /**< through it for good */
};

/** What the device has made of the last packets: drawn in afpring_tx_path.c. */
enum afpring_tx_refusal {
	AFPRING_CALM,    /**< taken */
	AFPRING_REFUSED, /**< a packet is refused, and offered again */
	AFPRING_GAVE_UP, /**< a packet was given up, and so is each next one that is refused */
};

/** The held run of a transmit queue: drawn in afpring_tx_run.c. */
enum afpring_tx_run_state {
	AFPRING_RUN_NONE,
	AFPRING_RUN_HELD, /**< waits for its rest */
	AFPRING_RUN_SENT, /**< another thread has sent it; its mbufs are still to be freed */
};

/** The thread of a transmit queue: drawn in afpring_tx_thread.c. */
enum afpring_tx_thread_state {
	AFPRING_THREAD_SPIN,   /**< looks for frames */
	AFPRING_THREAD_NAP,    /**< the kernel takes nothing */
	AFPRING_THREAD_ASLEEP, /**< or about to sleep: whoever submits slots wakes it */
};

/** Who may use a receive queue, and how (afpring_quiesce.h): RUN, or the bits of what goes
 *  differently, or TAKEN alone. */
enum afpring_rx_access {
	AFPRING_RX_RUN = 0,      /**< its lcore, as the port does */
	AFPRING_RX_NO_VNET = 1,  /**< without the virtio_net_hdrs that the port has */
	AFPRING_RX_CLASSIFY = 2, /**< afpring_rx_classify() follows each burst */
	AFPRING_RX_TAKEN = 4,    /**< a control thread's; bursts receive nothing */
};

struct afpring_rx_lane;
struct afpring_rx_split;
struct afpring_tx_batch;

struct __rte_cache_aligned afpring_rxq {
	/* line 0: read by every burst, written while the port is stopped */
	struct rte_mempool *pool;
	struct afpring_walk walk;
	struct afpring_rx_lane *lane;     /**< superframes */
	struct afpring_deferred deferred; /**< what the transmit half has put off */
	uint16_t port_id;
	uint16_t queue_id;
	uint16_t room;               /**< bytes of frame an mbuf of the pool holds */
	RTE_ATOMIC(bool) strip;      /**< VLAN strip; may change while the port runs */
	RTE_ATOMIC(uint32_t) access; /**< enum afpring_rx_access */

	/* line 1: written by every burst */
	struct __rte_cache_aligned {
		struct afpring_cursor head; /**< next slot to read */
		RTE_ATOMIC(uint32_t) busy;  /**< its lcore is inside a burst */
		afpring_counter count[AFPRING_RX_NB_COUNTERS];
	};

	/* read for a frame that wants more than a copy, or for a superframe; else by control
	 * threads */
	struct __rte_cache_aligned {
		const struct afpring_classify *classify; /**< the port's */
		struct afpring_rx_split *split;          /**< NULL: packets are not split */
		uint64_t ts_flag;                        /**< dynamic flag of the RX timestamp */
		uint64_t more_flag;       /**< dynamic flag: segments of a superframe follow */
		int ts_offset;            /**< dynamic field of the RX timestamp */
		uint32_t max_lro_len;     /**< larger TCP superframes are split; 0: all are split */
		RTE_ATOMIC(uint16_t) mtu; /**< of the interface; may change while the port runs */
		bool vnet;                /**< the socket has virtio_net_hdrs */
		bool device_stamps;       /**< the mbufs' are the device's; else the kernel's */
		bool keep_tcp_cksum;      /**< partial checksums stay partial: L4_CKSUM_NONE */
		bool keep_udp_cksum;
		bool check_ip; /**< checksums that the kernel does not vouch for are verified */
		bool check_tcp;
		bool check_udp;
		bool checks_cksum; /**< one of the three is set */
		bool scatter;
		/* of the watchdog */
		uint64_t taken;        /**< packets that the kernel has put into the ring */
		uint64_t taken_before; /**< of them, what the lcore had of the last ring replaced */
		uint64_t watched_taken;  /**< taken at the last look */
		uint64_t watched_missed; /**< AFPRING_RX_MISSED at the last look */
		uint32_t wedged_looks;   /**< at which the ring looked wedged, in a row */
		bool replace_failed;     /**< replacing the ring has failed, and that was logged */
		uint64_t stay_cycles;    /**< how long the queue does without virtio_net_hdrs */
		uint64_t stay_end;       /**< and until when; 0: it never has */
		/** A superframe of a kind that cannot be split came. Set by the lcore, read by
		 *  the watchdog, which says so once; relaxed, nothing else hangs on it. */
		RTE_ATOMIC(uint32_t) unknown_kind;
		afpring_counter base[AFPRING_RX_NB_COUNTERS]; /**< at the last reset */
		struct afpring_geometry geo;
		uint64_t offloads;
		uint16_t nb_desc;
		bool is_deferred; /**< is stopped when the port starts */
		bool is_stopped;  /**< by the application: nobody gives it back to its lcore */
	};
};

struct __rte_cache_aligned afpring_txq {
	/* line 0: read by every burst, written while the port is stopped, but for
	 * the lengths, which follow the MTU */
	struct afpring_walk walk;
	RTE_ATOMIC(uint32_t) max_len;   /**< of a frame without a VLAN tag */
	uint32_t slot_len;              /**< bytes of frame a slot holds */
	RTE_ATOMIC(uint32_t) plain_len; /**< longer frames want a closer look */
	struct afpring_tx_batch *batch; /**< superframes */
	uint32_t join_max;              /**< bytes of a superframe made here */
	uint16_t port_id;
	uint16_t queue_id;
	bool fast_free; /**< all mbufs are of one pool, and nobody else's */

	/* line 1: written by every burst */
	struct __rte_cache_aligned {
		struct afpring_cursor tail; /**< next slot to fill */
		uint32_t filled;            /**< slots, since the start */
		uint32_t nb_held;           /**< packets of the held run */
		uint32_t run;               /**< enum afpring_tx_run_state */
	};

	/* written by whoever kicks: the burst, or the queue's thread (has_thread); while no
	 * slot is submitted by the lcore, for superframes */
	struct __rte_cache_aligned {
		struct afpring_cursor head;  /**< next slot to reap */
		RTE_ATOMIC(uint32_t) reaped; /**< slots, since the start */
		uint32_t nb_cancelled;       /**< of the requested slots that are not reaped */
		uint64_t requested_bytes;    /**< of the frames in the others of these slots */
		uint64_t refused_since;      /**< on the clock; unless calm */
		uint32_t refusal;            /**< enum afpring_tx_refusal */
		uint32_t path;               /**< enum afpring_tx_path; of both lanes */
		afpring_counter count[AFPRING_TX_NB_COUNTERS];
	};

	/* written by the owner, and to become the owner: the lcore that sends, or a thread that
	 * does the queue's deferred work */
	struct __rte_cache_aligned {
		RTE_ATOMIC(uint32_t) owned;        /**< a thread is the owner; others go away */
		RTE_ATOMIC(uint32_t) due_lcore;    /**< the lcore that has put work off */
		struct afpring_deferred *deferred; /**< the receive queue's word, or alone */
		struct afpring_deferred alone;     /**< without a receive queue of this index */
	};

	/* kick=thread: what the lcore tells the thread */
	struct __rte_cache_aligned {
		RTE_ATOMIC(uint32_t) submitted;    /**< slots, since the start */
		RTE_ATOMIC(uint32_t) thread_state; /**< enum afpring_tx_thread_state */
		RTE_ATOMIC(uint32_t) stop;         /**< ask the thread to end */
		RTE_ATOMIC(uint32_t) roused; /**< counts up: cancelled frames are worth a kick */
		sem_t wake;
	};

	/* kick=thread: written by whoever kicks, the thread, or the lcore in the thread's place */
	struct __rte_cache_aligned {
		RTE_ATOMIC(uint32_t) kicking;  /**< thread or lcore is inside a kick */
		uint32_t requested;            /**< slots, since the start */
		struct afpring_cursor request; /**< next slot to request */
	};

	/* read for a superframe, or when the kernel does not take all; else by control threads */
	struct __rte_cache_aligned {
		rte_thread_t thread;
		bool has_thread;
		uint64_t offloads;     /**< of this queue alone, besides the port's */
		uint64_t patience;     /**< cycles for which one packet may be refused, now */
		uint64_t patience_max; /**< and at most */
		uint64_t carrier_at;   /**< when the carrier was looked at last; path QDISC, LEFT */
		bool no_carrier;       /**< what that look has found */
		uint32_t news_seen;    /**< device.news when the path was chosen last */
		uint64_t more_flag;    /**< dynamic flag: segments of a superframe follow */
		/** Of packets that ask for one: enum afpring_stamp_source. May change while the
		 *  queue sends; relaxed, nothing else hangs on it. */
		RTE_ATOMIC(uint32_t) stamps;
		union afpring_device device; /**< the owner's copy of device_now */
		uint8_t tags_ok[8]; /**< [GSO type] bit n: the device has taken one with n tags */
		/** union afpring_device as the device is now. Written by a control thread;
		 *  relaxed, nothing else hangs on it. */
		RTE_ATOMIC(uint64_t) device_now;
		afpring_counter base[AFPRING_TX_NB_COUNTERS]; /**< at the last reset */
		struct afpring_geometry geo;
		uint16_t nb_desc;
		bool is_deferred; /**< is stopped when the port starts */
		bool is_stopped;  /**< by the application, and owned meanwhile */
	};
};

static_assert(offsetof(struct afpring_rxq, head) == RTE_CACHE_LINE_SIZE,
	      "what every rx burst reads is one line");
static_assert(offsetof(struct afpring_txq, tail) == RTE_CACHE_LINE_SIZE,
	      "what every tx burst reads is one line");

/** The slots are those of the start; the length follows the MTU while the port runs. */
static inline void
afpring_txq_set_max_len(struct afpring_txq *q, uint32_t max_len)
{
	uint32_t plain_len = RTE_MIN(max_len, q->slot_len - (uint32_t)RTE_VLAN_HLEN);

	rte_atomic_store_explicit(&q->max_len, max_len, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&q->plain_len, plain_len, rte_memory_order_relaxed);
}

/* Control threads write these words while lcores read them. Relaxed: each word stands for
 * itself, and a burst may go by the old value. */

static inline uint32_t
afpring_txq_max_len(const struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->max_len, rte_memory_order_relaxed);
}

static inline uint32_t
afpring_txq_plain_len(const struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->plain_len, rte_memory_order_relaxed);
}

static inline uint16_t
afpring_rxq_mtu(const struct afpring_rxq *q)
{
	return rte_atomic_load_explicit(&q->mtu, rte_memory_order_relaxed);
}

static inline void
afpring_rxq_set_mtu(struct afpring_rxq *q, uint16_t mtu)
{
	rte_atomic_store_explicit(&q->mtu, mtu, rte_memory_order_relaxed);
}

static inline bool
afpring_rxq_strips(const struct afpring_rxq *q)
{
	return rte_atomic_load_explicit(&q->strip, rte_memory_order_relaxed);
}

static inline void
afpring_rxq_set_strip(struct afpring_rxq *q, bool strip)
{
	rte_atomic_store_explicit(&q->strip, strip, rte_memory_order_relaxed);
}

/** Frames of this MTU fit the queue's mbufs. */
static inline bool
afpring_rxq_has_room(const struct afpring_rxq *q, uint32_t mtu)
{
	return q->scatter || q->room >= mtu + RTE_ETHER_HDR_LEN;
}

#endif /* AFPRING_QUEUE_H */
