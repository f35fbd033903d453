/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Preloaded into a DPDK program: at SIGUSR1 the program forks a child without exec,
 * which tries port 0, writes what it got into the file named by FORKER_OUT, and lives
 * as long as its parent.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <rte_ethdev.h>

static void
child(void)
{
	const char *name = getenv("FORKER_OUT");
	struct rte_eth_stats stats;
	struct rte_eth_link link;
	struct rte_mbuf *mbufs[32];
	unsigned int received = 0;
	FILE *out = name == NULL ? NULL : fopen(name, "w");

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (out == NULL)
		_exit(1);
	for (int i = 0; i < 100; i++)
		received += rte_eth_rx_burst(0, 0, mbufs, 32);
	fprintf(out, "%d %u %d %d %d\n", (int)getpid(), received, rte_eth_stats_get(0, &stats),
		rte_eth_dev_stop(0), rte_eth_link_get_nowait(0, &link));
	fclose(out);
	for (;;)
		pause();
}

static void
on_signal(int number)
{
	(void)number;
	if (fork() == 0)
		child();
}

__attribute__((constructor)) static void
forker_load(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	sigaction(SIGUSR1, &action, NULL);
}
