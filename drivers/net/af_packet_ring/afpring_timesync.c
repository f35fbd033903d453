/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <inttypes.h>

#include <rte_time.h>

#include "afpring_log.h"
#include "afpring_quiesce.h"
#include "afpring_timesync.h"

static int64_t
realtime(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return rte_timespec_to_ns(&now);
}

/* The time of the port's own clock when CLOCK_REALTIME says ns. */
static int64_t
port_time(struct afpring_port *port, int64_t ns)
{
	int64_t time;

	rte_spinlock_lock(&port->clock_lock);
	time = afpring_soft_clock_time(&port->clock, ns);
	rte_spinlock_unlock(&port->clock_lock);
	return time;
}

static void
set_port_time(struct afpring_port *port, int64_t ns, int64_t time)
{
	rte_spinlock_lock(&port->clock_lock);
	afpring_soft_clock_set(&port->clock, ns, time);
	rte_spinlock_unlock(&port->clock_lock);
}

int
afpring_read_clock(struct rte_eth_dev *dev, uint64_t *clock)
{
	RTE_SET_USED(dev);
	*clock = realtime();
	return 0;
}

/* Stamps that nobody has read are of no use to who begins. */
static void
forget_stamps(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	struct timespec unread;

	for (uint32_t i = 0; i < AFPRING_PTP_STAMPS; i++)
		afpring_ptp_take(&port->ptp, i);
	while (afpring_timesync_read_tx(dev, &unread) == 0)
		;
}

int
afpring_timesync_enable(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;

	if ((dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) == 0) {
		AFPRING_LOG(ERR,
			    "%s: timesync: received packets have no stamps; configure the port "
			    "with RTE_ETH_RX_OFFLOAD_TIMESTAMP",
			    dev->data->name);
		return -EINVAL;
	}
	rte_spinlock_lock(&port->clock_lock);
	port->clock = (struct afpring_soft_clock){0};
	rte_spinlock_unlock(&port->clock_lock);
	forget_stamps(dev);
	return afpring_rxqs_set_step(dev, AFPRING_CLASSIFY_PTP, true, "timesync");
}

int
afpring_timesync_disable(struct rte_eth_dev *dev)
{
	return afpring_rxqs_set_step(dev, AFPRING_CLASSIFY_PTP, false, "timesync");
}

int
afpring_timesync_read_rx(struct rte_eth_dev *dev, struct timespec *time, uint32_t i)
{
	struct afpring_port *port = dev->data->dev_private;
	uint64_t ns = afpring_ptp_take(&port->ptp, i);

	if (ns == 0)
		return -EINVAL;
	*time = rte_ns_to_timespec(port_time(port, ns));
	return 0;
}

/* While sockets are opened or closed there is nothing to read yet. */
int
afpring_timesync_read_tx(struct rte_eth_dev *dev, struct timespec *time)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = -EINVAL;
	uint64_t ns = 0;

	if (pthread_mutex_trylock(&process->sockets_lock) != 0)
		return -EINVAL;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues && ret < 0; i++)
		if (process->tx[i].super_fd >= 0 &&
		    afpring_stamp_read(process->tx[i].super_fd, AFPRING_STAMP_SOFTWARE, &ns) == 0)
			ret = 0;
	pthread_mutex_unlock(&process->sockets_lock);
	if (ret == 0)
		*time = rte_ns_to_timespec(port_time(port, ns));
	return ret;
}

int
afpring_timesync_read_time(struct rte_eth_dev *dev, struct timespec *time)
{
	*time = rte_ns_to_timespec(port_time(dev->data->dev_private, realtime()));
	return 0;
}

int
afpring_timesync_write_time(struct rte_eth_dev *dev, const struct timespec *time)
{
	set_port_time(dev->data->dev_private, realtime(), rte_timespec_to_ns(time));
	return 0;
}

int
afpring_timesync_adjust_time(struct rte_eth_dev *dev, int64_t ns)
{
	struct afpring_port *port = dev->data->dev_private;

	rte_spinlock_lock(&port->clock_lock);
	port->clock.at += ns;
	rte_spinlock_unlock(&port->clock_lock);
	return 0;
}

int
afpring_timesync_adjust_freq(struct rte_eth_dev *dev, int64_t rate)
{
	struct afpring_port *port = dev->data->dev_private;
	int ret;

	rte_spinlock_lock(&port->clock_lock);
	ret = afpring_soft_clock_set_rate(&port->clock, realtime(), rate);
	rte_spinlock_unlock(&port->clock_lock);
	if (ret < 0)
		AFPRING_LOG(ERR, "%s: timesync: rate %" PRId64 " ppm: at most %" PRId64,
			    dev->data->name, rate / AFPRING_RATE_PPM,
			    AFPRING_RATE_MAX / AFPRING_RATE_PPM);
	return ret;
}
