/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * kick=thread: a thread of the transmit queue makes the system call in which the kernel sends,
 * and reaps; the lcore fills and submits. Only frames of the ring go that way: a superframe
 * leaves the mbufs themselves, which the lcore has, and before one the lcore kicks for what
 * the thread has not got round to. "kicking" is held by the one of both that requests, kicks
 * and reaps.
 *
 *                           the kernel takes nothing
 *     SPIN: request, kick  --------------------------> NAP: 20 us to 1 ms, longer each time
 *      |   and reap           <-- at its end --------
 *      | no frame for 50 us, or cancelled ones only
 *      v
 *     ASLEEP: until the lcore submits, there is news of the interface, or the port stops; then SPIN
 *
 * On an interface that is down or gone the kernel looks at no slot, and would not step over the
 * cancelled ones; the first kick when it is up again does.
 */
#include <errno.h>
#include <stdio.h>

#include <rte_pause.h>

#include "afpring_clock.h"
#include "afpring_slot.h"
#include "afpring_transmit.h"
#include "afpring_tx.h"

/* Polling on after the last frame spares the lcore the system call of waking. */
#define SPIN_US 50

/* The nap before another kick for frames that the kernel did not take: longer each time. */
#define MIN_NAP_US 20
#define MAX_NAP_US 1000

/* How long a flush waits for the thread's system call: FLUSH_US for each FLUSH_FRAMES frames in
 * it. A call of the lcore itself would take as long. */
#define FLUSH_US 100
#define FLUSH_FRAMES 32

static uint32_t
submitted(struct afpring_txq *q)
{
	/* acquire: pairs with the release of the lcore that filled those slots */
	return rte_atomic_load_explicit(&q->submitted, rte_memory_order_seq_cst);
}

static uint32_t
roused(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->roused, rte_memory_order_seq_cst);
}

/* What the thread has seen of its work. */
struct sight {
	uint32_t submitted;
	uint32_t roused;
};

static struct sight
look(struct afpring_txq *q)
{
	return (struct sight){.submitted = submitted(q), .roused = roused(q)};
}

static bool
is_same(struct sight a, struct sight b)
{
	return a.submitted == b.submitted && a.roused == b.roused;
}

/* When the thread has something to do. */
struct pace {
	uint64_t idle_since;
	unsigned int nap_us; /* the next nap */
	bool is_vain;        /* all that waits is cancelled: only what is new is worth a call */
	struct sight vain_at;
};

static bool
is_told_to_stop(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->stop, rte_memory_order_seq_cst) != 0;
}

static void
set_state(struct afpring_txq *q, enum afpring_tx_thread_state state)
{
	rte_atomic_store_explicit(&q->thread_state, state, rte_memory_order_seq_cst);
}

/* One of those who find the thread asleep wakes it, or it has not gone to sleep at all. */
static bool
is_mine_to_wake(struct afpring_txq *q)
{
	uint32_t asleep = AFPRING_THREAD_ASLEEP;

	return rte_atomic_compare_exchange_strong_explicit(&q->thread_state, &asleep,
							   AFPRING_THREAD_SPIN,
							   rte_memory_order_seq_cst,
							   rte_memory_order_seq_cst);
}

/* Sleeping is announced before the last look at the work, and work is announced before
 * the look at who sleeps: one of the two sees the other. */
static void
go_to_sleep(struct afpring_txq *q, struct sight seen)
{
	set_state(q, AFPRING_THREAD_ASLEEP);
	if ((!is_same(look(q), seen) || is_told_to_stop(q)) && is_mine_to_wake(q))
		return;
	while (sem_wait(&q->wake) < 0 && errno == EINTR)
		;
}

static void
wake_up(struct afpring_txq *q)
{
	if (rte_atomic_load_explicit(&q->thread_state, rte_memory_order_seq_cst) ==
		    AFPRING_THREAD_ASLEEP &&
	    is_mine_to_wake(q))
		sem_post(&q->wake);
}

static bool
kicking_begin(struct afpring_txq *q)
{
	return rte_atomic_exchange_explicit(&q->kicking, 1, rte_memory_order_acquire) == 0;
}

static void
kicking_end(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->kicking, 0, rte_memory_order_release);
}

static void
request(struct afpring_txq *q, uint32_t until)
{
	uint8_t *ring = afpring_txq_half(q)->ring;

	for (; q->requested != until; q->requested++) {
		q->requested_bytes += afpring_tx_slot_len(ring + q->request.off);
		afpring_tx_slot_request(ring + q->request.off);
		afpring_cursor_next(&q->request, &q->walk);
	}
}

/* Request all that is submitted, and kick. By the one who has the right to. false: the
 * kernel takes nothing. */
static bool
request_and_kick(struct afpring_txq *q)
{
	request(q, submitted(q));
	return afpring_tx_kick(q, q->requested, &q->request);
}

/* false: have a nap. */
static bool
kick(struct afpring_txq *q, struct pace *pace)
{
	struct sight before = {.roused = roused(q)};
	bool progress = true;

	pace->is_vain = false;
	if (!kicking_begin(q)) {
		rte_pause();
		return true;
	}
	if (submitted(q) != afpring_tx_reaped(q)) { /* still */
		progress = request_and_kick(q);
		pace->is_vain = q->nb_cancelled == q->requested - afpring_tx_reaped(q);
		before.submitted = q->requested;
		pace->vain_at = before;
	}
	kicking_end(q);
	return progress;
}

static void
nap(struct afpring_txq *q, struct pace *pace)
{
	set_state(q, AFPRING_THREAD_NAP);
	rte_delay_us_sleep(pace->nap_us);
	set_state(q, AFPRING_THREAD_SPIN);
	pace->nap_us = RTE_MIN(2 * pace->nap_us, (unsigned int)MAX_NAP_US);
}

/* Each call, also one that is woken for in vain, is followed by its nap. */
static void
work(struct afpring_txq *q, struct pace *pace)
{
	if (kick(q, pace))
		pace->nap_us = MIN_NAP_US;
	else
		nap(q, pace);
	pace->idle_since = afpring_clock_now();
}

static afpring_thread_ret
run(void *arg)
{
	struct afpring_txq *q = arg;
	uint64_t spin = afpring_clock_us(SPIN_US);
	struct pace pace = {.idle_since = afpring_clock_now(), .nap_us = MIN_NAP_US};

	while (!is_told_to_stop(q)) {
		struct sight seen = look(q);

		if (seen.submitted != afpring_tx_reaped(q) &&
		    !(pace.is_vain && is_same(seen, pace.vain_at))) {
			work(q, &pace);
		} else if (afpring_clock_now() - pace.idle_since < spin) {
			rte_pause();
		} else {
			go_to_sleep(q, seen);
			pace.is_vain = false;
			pace.idle_since = afpring_clock_now();
		}
	}
	return 0;
}

int
afpring_tx_thread_start(struct afpring_txq *q)
{
	char name[RTE_MAX_THREAD_NAME_LEN];
	int ret;

	rte_atomic_store_explicit(&q->submitted, q->filled, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&q->stop, 0, rte_memory_order_relaxed);
	set_state(q, AFPRING_THREAD_SPIN);
	rte_atomic_store_explicit(&q->kicking, 0, rte_memory_order_relaxed);
	sem_init(&q->wake, 0, 0);
	snprintf(name, sizeof(name), "afpring%u.%u", q->port_id, q->queue_id);
	ret = rte_thread_create_control(&q->thread, name, run, q);
	q->has_thread = ret == 0;
	if (ret != 0)
		sem_destroy(&q->wake);
	return ret > 0 ? -ret : ret; /* some of it comes from pthread_setaffinity_np() */
}

bool
afpring_tx_thread_is_crowded(const struct afpring_txq *q)
{
	unsigned int lcore;
	rte_cpuset_t left;

	if (rte_thread_get_affinity_by_id(q->thread, &left) != 0)
		return false;
	RTE_LCORE_FOREACH(lcore) {
		rte_cpuset_t taken = rte_lcore_cpuset(lcore);

		for (unsigned int cpu = 0; cpu < CPU_SETSIZE; cpu++)
			if (CPU_ISSET(cpu, &taken))
				CPU_CLR(cpu, &left);
	}
	return CPU_COUNT(&left) == 0;
}

void
afpring_tx_thread_stop(struct afpring_txq *q)
{
	if (!q->has_thread)
		return;
	rte_atomic_store_explicit(&q->stop, 1, rte_memory_order_seq_cst);
	wake_up(q);
	rte_thread_join(q->thread, NULL);
	sem_destroy(&q->wake);
	q->has_thread = false;
	request(q, q->filled); /* as the burst would have */
}

void
afpring_tx_thread_rouse(struct afpring_txq *q)
{
	if (!q->has_thread)
		return;
	rte_atomic_fetch_add_explicit(&q->roused, 1, rte_memory_order_seq_cst);
	wake_up(q);
}

void
afpring_tx_thread_submit(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->submitted, q->filled, rte_memory_order_seq_cst);
	wake_up(q);
}

/* The thread may sleep, or be in the middle of a call. */
void
afpring_tx_thread_flush(struct afpring_txq *q)
{
	uint32_t nb_waiting = q->filled - afpring_tx_reaped(q);
	uint64_t deadline =
		afpring_clock_now() + afpring_clock_us(FLUSH_US) * (1 + nb_waiting / FLUSH_FRAMES);

	while (!kicking_begin(q)) {
		if (afpring_clock_now() > deadline)
			return;
		rte_pause();
	}
	rte_atomic_store_explicit(&q->submitted, q->filled, rte_memory_order_release);
	request_and_kick(q);
	kicking_end(q);
}
