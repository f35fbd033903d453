/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What the qdisc of an interface has dropped (rtnetlink(7), RTM_GETQDISC).
 */
#ifndef AFPRING_QDISC_H
#define AFPRING_QDISC_H

#include <stdint.h>

#include "afpring_netlink.h"

struct afpring_qdisc {
	uint32_t handle; /**< differs between qdiscs, unless the user gave two the same */
	uint32_t drops;  /**< packets; a superframe is one */
};

/**
 * The root qdisc of an interface. It counts what its children drop
 * (qdisc_tree_reduce_backlog(), mq_dump()), so children are not added.
 *
 * @return
 *   0 or -errno; -ENOENT: no qdisc, as on an interface that has never been up.
 */
int afpring_qdisc_get(struct afpring_netlink *nl, int ifindex, struct afpring_qdisc *qdisc);

#endif /* AFPRING_QDISC_H */
