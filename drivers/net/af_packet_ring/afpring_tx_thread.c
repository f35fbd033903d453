/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdio.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "afpring_tx_thread.h"

/* Polling on after the last frame spares the lcore the system call of waking. */
#define SPIN_US 50

/* Before frames that the kernel did not take are offered again. */
#define NAP_US 20

/* How long a flush waits for the thread's system call, which is about a burst's. */
#define FLUSH_US 100

static uint64_t
us_to_cycles(uint64_t us)
{
	return us * (rte_get_timer_hz() / US_PER_S);
}

static bool
has_work(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->offered, rte_memory_order_seq_cst) !=
	       afpring_tx_taken(q);
}

static bool
is_told_to_stop(struct afpring_txq *q)
{
	return rte_atomic_load_explicit(&q->stop, rte_memory_order_seq_cst) != 0;
}

/* Sleeping is announced before the last look at the work, and work is announced before
 * the look at who sleeps: one of the two sees the other. */
static void
go_to_sleep(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->asleep, 1, rte_memory_order_seq_cst);
	if ((has_work(q) || is_told_to_stop(q)) &&
	    rte_atomic_exchange_explicit(&q->asleep, 0, rte_memory_order_seq_cst) != 0)
		return;
	while (sem_wait(&q->wake) < 0 && errno == EINTR)
		;
}

static void
wake_up(struct afpring_txq *q)
{
	if (rte_atomic_load_explicit(&q->asleep, rte_memory_order_seq_cst) != 0 &&
	    rte_atomic_exchange_explicit(&q->asleep, 0, rte_memory_order_seq_cst) != 0)
		sem_post(&q->wake);
}

static bool
offering_begin(struct afpring_txq *q)
{
	return rte_atomic_exchange_explicit(&q->offering, 1, rte_memory_order_acquire) == 0;
}

static void
offering_end(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->offering, 0, rte_memory_order_release);
}

/* false: the kernel takes nothing now. */
static bool
offer(struct afpring_txq *q)
{
	bool taken = true;

	if (!offering_begin(q)) {
		rte_pause();
		return true;
	}
	if (has_work(q)) /* still */
		taken = afpring_tx_offer(q);
	offering_end(q);
	return taken;
}

static afpring_thread_ret
run(void *arg)
{
	struct afpring_txq *q = arg;
	uint64_t spin = us_to_cycles(SPIN_US);
	uint64_t idle_since = rte_get_timer_cycles();

	while (!is_told_to_stop(q)) {
		if (has_work(q)) {
			if (!offer(q))
				rte_delay_us_sleep(NAP_US);
			idle_since = rte_get_timer_cycles();
		} else if (rte_get_timer_cycles() - idle_since < spin) {
			rte_pause();
		} else {
			go_to_sleep(q);
			idle_since = rte_get_timer_cycles();
		}
	}
	return 0;
}

int
afpring_tx_thread_start(struct afpring_txq *q)
{
	char name[RTE_MAX_THREAD_NAME_LEN];
	int ret;

	rte_atomic_store_explicit(&q->stop, 0, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&q->asleep, 0, rte_memory_order_relaxed);
	rte_atomic_store_explicit(&q->offering, 0, rte_memory_order_relaxed);
	sem_init(&q->wake, 0, 0);
	snprintf(name, sizeof(name), "afpring%u.%u", q->port_id, q->queue_id);
	ret = rte_thread_create_control(&q->thread, name, run, q);
	q->has_thread = ret == 0;
	if (ret != 0)
		sem_destroy(&q->wake);
	return ret;
}

bool
afpring_tx_thread_is_crowded(const struct afpring_txq *q)
{
	unsigned int lcore;
	rte_cpuset_t left;

	if (rte_thread_get_affinity_by_id(q->thread, &left) != 0)
		return false;
	RTE_LCORE_FOREACH(lcore)
	{
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
}

void
afpring_tx_thread_kick(struct afpring_txq *q)
{
	rte_atomic_store_explicit(&q->offered, q->filled, rte_memory_order_seq_cst);
	wake_up(q);
}

/* The thread may sleep, or be in the middle of it. */
static void
flush_beside_thread(struct afpring_txq *q)
{
	uint64_t deadline = rte_get_timer_cycles() + us_to_cycles(FLUSH_US);

	while (!offering_begin(q)) {
		if (rte_get_timer_cycles() > deadline)
			return;
		rte_pause();
	}
	rte_atomic_store_explicit(&q->offered, q->filled, rte_memory_order_release);
	afpring_tx_offer(q);
	offering_end(q);
}

void
afpring_tx_flush(struct afpring_txq *q)
{
	if (!afpring_tx_is_waiting(q))
		return;
	if (q->has_thread)
		flush_beside_thread(q);
	else
		afpring_tx_kick(q);
}
