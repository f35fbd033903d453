/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * A child made by fork() has copies of the descriptors, and a socket lives as long as
 * anybody's descriptor: it would go on as a member of its fanout group, with a gate that
 * the parent has closed, and swallow its share of the packets. So the child closes its
 * copies at once and is from then on what a secondary process is.
 */
#ifndef AFPRING_FORK_H
#define AFPRING_FORK_H

#include "afpring_compat.h"

/** Look after the forks of this process from now on: a port with the operations of its owner
 *  has the others in a child. Any number of calls. 0 or -errno. */
int afpring_fork_watch(const struct eth_dev_ops *owner, const struct eth_dev_ops *child);

/** No thread forks between hold and release: a child would keep the handles of a port that are
 *  still open and can no longer be found. */
void afpring_fork_hold(void);
void afpring_fork_release(void);

#endif /* AFPRING_FORK_H */
