/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Recovery (devarg recover=1): the interface of a started port was deleted, or has left the
 * network namespace, and one of its name and type is there again.
 *
 *     HELD  -- the control socket has lost it: link down -->  LOST
 *       ^                                                      |  news of all interfaces
 *       |                                                      v
 *       +-- queues opened anew, link up ------------------- FOUND, queues taken
 *                                                              |  ^ cannot be opened yet: with
 *                                                              |  | the next news, or 20 ms to
 *                                                              +--+ 10 s later
 *
 * While it is lost the old sockets stay: bursts receive nothing, and what is sent is counted
 * as cancelled. What the old sockets hold when they are closed is counted as at stop.
 */
#ifndef AFPRING_RECOVER_H
#define AFPRING_RECOVER_H

#include "afpring_compat.h"

/**
 * Take up a lost interface if it is back. From the port's control thread.
 *
 * @return
 *   0: with the next news; else milliseconds, after which to try again also without: a burst was
 *   under way that did not end, or the sockets could not be opened.
 */
uint32_t afpring_recover(struct rte_eth_dev *dev);

#endif /* AFPRING_RECOVER_H */
