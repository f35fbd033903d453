/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afpring_port.h"
#include "afpring_quiesce.h"

/* How long a burst may take: one that takes longer is on an lcore that does not run. */
#define BURST_US (20 * 1000)

/* Without membarrier(): a processor's stores are seen by others after nanoseconds. */
#define SETTLE_US 1000

static bool has_membarrier;

static long
membarrier(int command)
{
	return syscall(SYS_membarrier, command, 0, 0);
}

void
afpring_quiesce_init(void)
{
	has_membarrier = membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0;
}

static void
barrier_everywhere(void)
{
	if (!has_membarrier || membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0)
		rte_delay_us_sleep(SETTLE_US);
}

bool
afpring_rxq_take(struct afpring_rxq *q)
{
	uint32_t before = rte_atomic_exchange_explicit(&q->access, AFPRING_RX_TAKEN,
						       rte_memory_order_seq_cst);
	uint64_t end = afpring_clock_now() + afpring_clock_us(BURST_US);

	if (before == AFPRING_RX_TAKEN)
		return true;
	barrier_everywhere();
	while (rte_atomic_load_explicit(&q->busy, rte_memory_order_acquire) != 0) {
		if (afpring_clock_now() > end) {
			afpring_rxq_give(q);
			return false;
		}
		rte_delay_us_sleep(1);
	}
	return true;
}

void
afpring_rxq_give(struct afpring_rxq *q)
{
	bool apart =
		!q->vnet && afpring_port_has_vnet(rte_eth_devices[q->port_id].data->dev_private);

	if (q->is_stopped)
		return;
	rte_atomic_store_explicit(&q->access, apart ? AFPRING_RX_RUN_NO_VNET : AFPRING_RX_RUN,
				  rte_memory_order_release);
}
