/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Network namespaces that hold nothing but lo, as the kernel shows them to packet
 * sockets (the system calls are linked with --wrap).
 */
#ifndef FAKE_LO_H
#define FAKE_LO_H

#include "unit.h"

#include <stdbool.h>

struct fake_lo {
	bool up;            /**< lo of the process's namespace */
	bool knows_uso;     /**< VIRTIO_NET_HDR_GSO_UDP_L4 */
	bool high_gso_max;  /**< lo takes superframes of any length */
	int no_socket;      /**< errno of socket(AF_PACKET); 0: there are some */
	int no_vnet;        /**< errno of PACKET_VNET_HDR */
	int no_namespace;   /**< errno of unshare(); 0: allowed */
	bool away_up;       /**< lo of the namespace made for the question */
	uint32_t fds;       /**< open ones */
	uint32_t questions; /**< superframes offered to lo */
	uint32_t unshares;
};

extern struct fake_lo fake_lo;

/** The calling thread has left the namespace of the process. */
bool fake_lo_is_away(void);

#endif /* FAKE_LO_H */
