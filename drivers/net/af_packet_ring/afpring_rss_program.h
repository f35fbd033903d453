/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The program of a fanout group (PACKET_FANOUT_CBPF, fanout_demux_bpf()) that gives each packet
 * to the queue that a flow rule names, else to the queue for which the hash of its fields stands in
 * the redirection table.
 */
#ifndef AFPRING_RSS_PROGRAM_H
#define AFPRING_RSS_PROGRAM_H

#include <linux/filter.h>

#include "afpring_flow_rule.h"
#include "afpring_rss.h"

/**
 * Packets without a hash go to the queue of the table's first entry, those that are cut short to
 * queue 0.
 *
 * @param prog
 *   The program; the caller frees prog->filter with free(). NULL on failure.
 * @return
 *   0, -ENOMEM, or -ENOSPC, which only flow rules can bring about.
 */
int afpring_rss_program(const struct afpring_rss *rss, const struct afpring_flow_set *flows,
			struct sock_fprog *prog);

#endif /* AFPRING_RSS_PROGRAM_H */
