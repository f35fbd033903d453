/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_time.h>

#include "afpring_log.h"
#include "afpring_phc.h"
#include "afpring_quiesce.h"
#include "afpring_stamping.h"
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

/* ---- the device's clock ---- */

static bool
is_of_device(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	return port->stamping.sync == AFPRING_STAMP_HARDWARE;
}

static int
phc_fd(const struct rte_eth_dev *dev)
{
	const struct afpring_process *process = dev->process_private;

	return process->phc_fd;
}

static int
tell_failure(const struct rte_eth_dev *dev, const char *what, int ret)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	if (ret < 0)
		AFPRING_LOG(ERR, "%s: iface=%s: timesync: %s of /dev/ptp%d: %s", dev->data->name,
			    port->config.iface, what, process->phc_index, strerror(-ret));
	return ret;
}

int
afpring_read_clock(struct rte_eth_dev *dev, uint64_t *clock)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (port->stamping.mbufs == AFPRING_STAMP_HARDWARE)
		return afpring_phc_read(phc_fd(dev), clock);
	*clock = realtime();
	return 0;
}

/* ---- stamps ---- */

/* The time of timesync's clock for a stamp. */
static int64_t
time_of_stamp(const struct rte_eth_dev *dev, uint64_t ns)
{
	return is_of_device(dev) ? (int64_t)ns : port_time(dev->data->dev_private, ns);
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
	afpring_stamping_sync(dev, true);
	forget_stamps(dev);
	return afpring_rxqs_set_step(dev, AFPRING_CLASSIFY_PTP, true, "timesync");
}

int
afpring_timesync_disable(struct rte_eth_dev *dev)
{
	int ret = afpring_rxqs_set_step(dev, AFPRING_CLASSIFY_PTP, false, "timesync");

	if (ret == 0)
		afpring_stamping_sync(dev, false);
	return ret;
}

int
afpring_timesync_read_rx(struct rte_eth_dev *dev, struct timespec *time, uint32_t i)
{
	struct afpring_port *port = dev->data->dev_private;
	uint64_t ns = afpring_ptp_take(&port->ptp, i);

	if (ns == 0)
		return -EINVAL;
	*time = rte_ns_to_timespec(time_of_stamp(dev, ns));
	return 0;
}

/* While sockets are opened or closed there is nothing to read yet. */
int
afpring_timesync_read_tx(struct rte_eth_dev *dev, struct timespec *time)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = -EINVAL;
	uint64_t ns = 0;

	if (pthread_mutex_trylock(&process->sockets_lock) != 0)
		return -EINVAL;
	for (uint16_t i = 0; i < dev->data->nb_tx_queues && ret < 0; i++)
		if (process->tx[i].super_fd >= 0 &&
		    afpring_stamp_read(process->tx[i].super_fd, port->stamping.sync, &ns) == 0)
			ret = 0;
	pthread_mutex_unlock(&process->sockets_lock);
	if (ret == 0)
		*time = rte_ns_to_timespec(time_of_stamp(dev, ns));
	return ret;
}

int
afpring_timesync_read_time(struct rte_eth_dev *dev, struct timespec *time)
{
	uint64_t ns = realtime();
	int ret = is_of_device(dev) ? afpring_phc_read(phc_fd(dev), &ns) : 0;

	if (ret < 0)
		return tell_failure(dev, "reading", ret);
	*time = rte_ns_to_timespec(time_of_stamp(dev, ns));
	return 0;
}

int
afpring_timesync_write_time(struct rte_eth_dev *dev, const struct timespec *time)
{
	if (is_of_device(dev))
		return tell_failure(dev, "setting",
				    afpring_phc_set(phc_fd(dev), rte_timespec_to_ns(time)));
	set_port_time(dev->data->dev_private, realtime(), rte_timespec_to_ns(time));
	return 0;
}

int
afpring_timesync_adjust_time(struct rte_eth_dev *dev, int64_t ns)
{
	struct afpring_port *port = dev->data->dev_private;

	if (is_of_device(dev))
		return tell_failure(dev, "stepping", afpring_phc_step(phc_fd(dev), ns));
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

	if (is_of_device(dev))
		return tell_failure(dev, "the rate", afpring_phc_set_rate(phc_fd(dev), rate));
	rte_spinlock_lock(&port->clock_lock);
	ret = afpring_soft_clock_set_rate(&port->clock, realtime(), rate);
	rte_spinlock_unlock(&port->clock_lock);
	if (ret < 0)
		AFPRING_LOG(ERR, "%s: timesync: rate %" PRId64 " ppm: at most %" PRId64,
			    dev->data->name, rate / AFPRING_RATE_PPM,
			    AFPRING_RATE_MAX / AFPRING_RATE_PPM);
	return ret;
}
