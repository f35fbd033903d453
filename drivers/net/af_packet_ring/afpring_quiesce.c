/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "afpring_log.h"
#include "afpring_port.h"
#include "afpring_quiesce.h"

/* How long a burst may take: one that takes longer is on an lcore that does not run. */
#define BURST_US (20 * 1000)

/* Without membarrier(): a processor's stores are seen by others after nanoseconds. */
#define SETTLE_US 1000

/* What the application has asked for is tried so often: an lcore that shares its processor with
 * other programs is kept waiting in the middle of a burst (more than 20 ms at a load of 16 on
 * two processors). */
#define PATIENCE 50

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
	const struct afpring_port *port = rte_eth_devices[q->port_id].data->dev_private;
	uint32_t access = AFPRING_RX_RUN;

	if (q->is_stopped)
		return;
	if (!q->vnet && afpring_port_has_vnet(port))
		access |= AFPRING_RX_NO_VNET;
	if (port->classify.steps != 0 || q->split != NULL)
		access |= AFPRING_RX_CLASSIFY;
	rte_atomic_store_explicit(&q->access, access, rte_memory_order_release);
}

static bool
has_ring(const struct rte_eth_dev *dev, uint16_t i)
{
	const struct afpring_process *process = dev->process_private;

	return process->rx[i].ring != NULL;
}

static void
give_first(struct rte_eth_dev *dev, uint16_t nb)
{
	for (uint16_t i = 0; i < nb; i++)
		if (has_ring(dev, i))
			afpring_rxq_give(afpring_port_rxq(dev, i));
}

bool
afpring_rxq_take_patiently(struct afpring_rxq *q)
{
	for (int i = 0; i < PATIENCE; i++)
		if (afpring_rxq_take(q))
			return true;
	return false;
}

bool
afpring_rxqs_take(struct rte_eth_dev *dev)
{
	for (uint16_t i = 0; i < dev->data->nb_rx_queues; i++) {
		if (has_ring(dev, i) && !afpring_rxq_take_patiently(afpring_port_rxq(dev, i))) {
			give_first(dev, i);
			return false;
		}
	}
	return true;
}

int
afpring_rxqs_take_for(struct rte_eth_dev *dev, const char *what)
{
	if (afpring_rxqs_take(dev))
		return 0;
	AFPRING_LOG(ERR, "%s: %s: an lcore is inside a receive burst and does not run",
		    dev->data->name, what);
	return -EBUSY;
}

void
afpring_rxqs_give(struct rte_eth_dev *dev)
{
	give_first(dev, dev->data->nb_rx_queues);
}

int
afpring_rxqs_set_step(struct rte_eth_dev *dev, uint32_t step, bool on, const char *what)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret;

	pthread_mutex_lock(&process->sockets_lock);
	ret = afpring_rxqs_take_for(dev, what);
	if (ret == 0) {
		afpring_classify_set_step(&port->classify, step, on);
		afpring_rxqs_give(dev);
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}
