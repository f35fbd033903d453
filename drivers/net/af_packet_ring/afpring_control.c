/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "afpring_clock.h"
#include "afpring_control.h"
#include "afpring_event.h"
#include "afpring_host.h"
#include "afpring_port.h"
#include "afpring_recover.h"
#include "afpring_watchdog.h"

/* The host is looked at so often without news too: gso_max_size is in no news. */
#define LOOK_S 10

/* And so often while frames are given up: past the qdisc the kernel refuses each superframe of a
 * size that it has ceased to take. */
#define REFUSED_LOOK_S 1

/* Interfaces that change all the time have news without end. */
#define NEWS_US 1000

struct look {
	uint64_t at;         /* the last one */
	uint64_t nb_refused; /* frames given up until then */
};

static uint64_t
nb_refused(const struct rte_eth_dev *dev)
{
	uint64_t nb = 0;

	for (uint16_t i = 0; i < dev->data->nb_tx_queues; i++)
		nb += afpring_count_read(&afpring_port_txq(dev, i)->count[AFPRING_TX_REFUSED]);
	return nb;
}

static bool
is_due(const struct rte_eth_dev *dev, struct look *look)
{
	uint64_t refused = nb_refused(dev);
	uint64_t now = afpring_clock_now();
	uint64_t s = refused != look->nb_refused ? REFUSED_LOOK_S : LOOK_S;

	if (now - look->at <= afpring_clock_s(s))
		return false;
	*look = (struct look){.at = now, .nb_refused = refused};
	return true;
}

static bool
has_news(const struct pollfd *news)
{
	return (news->revents & (POLLIN | POLLERR)) != 0;
}

/* When to try again; 0: with the next news. */
static uint64_t
recover(struct rte_eth_dev *dev)
{
	uint32_t ms = afpring_recover(dev);

	return ms == 0 ? 0 : afpring_clock_now() + afpring_clock_ms(ms);
}

static afpring_thread_ret
run(void *arg)
{
	struct rte_eth_dev *dev = arg;
	const struct afpring_process *process = dev->process_private;
	struct pollfd fds[] = {
		{.fd = process->stop_fd, .events = POLLIN},
		{.fd = process->news_fd, .events = POLLIN},
		{.fd = process->ethtool_fd, .events = POLLIN},
	};
	struct look look = {.at = afpring_clock_now(), .nb_refused = nb_refused(dev)};
	uint64_t recover_at = 0; /* 0: with the next news */
	uint64_t us = 0;

	while (fds[0].revents == 0) {
		bool always = is_due(dev, &look);

		if (always || has_news(&fds[1]) || has_news(&fds[2])) {
			afpring_host_watch(dev, always);
			recover_at = look.at;
			rte_delay_us_sleep(NEWS_US);
		}
		if (recover_at != 0 && afpring_clock_now() >= recover_at)
			recover_at = recover(dev);
		us = afpring_watchdog_look(dev);
		afpring_event_retry(dev);
		if (poll(fds, RTE_DIM(fds), us / 1000) <= 0)
			fds[0].revents = fds[1].revents = fds[2].revents = 0;
	}
	return 0;
}

int
afpring_control_start(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;
	char name[RTE_MAX_THREAD_NAME_LEN];
	int ret;

	process->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (process->stop_fd < 0)
		return -errno;
	snprintf(name, sizeof(name), "afpring%u", dev->data->port_id);
	ret = rte_thread_create_control(&process->control, name, run, dev);
	if (ret == 0) {
		afpring_event_prepare(dev);
		return 0;
	}
	close(process->stop_fd);
	process->stop_fd = -1;
	return ret > 0 ? -ret : ret;
}

void
afpring_control_stop(struct rte_eth_dev *dev)
{
	struct afpring_process *process = dev->process_private;

	if (process->stop_fd >= 0 && eventfd_write(process->stop_fd, 1) == 0) {
		rte_thread_join(process->control, NULL);
		close(process->stop_fd);
		process->stop_fd = -1;
	}
	afpring_event_cancel(dev);
}
