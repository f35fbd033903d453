/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>

#include "afpring_log.h"

const char *
afpring_log_remedy(int err)
{
	switch (err) {
	case EPERM:
	case EACCES:
		return "the program needs CAP_NET_RAW";
	case ENOMEM:
	case ENOBUFS:
		return "ask for fewer or smaller rings: nb_desc, framecnt, framesz, qpairs";
	case EMFILE:
	case ENFILE:
		return "raise the limit of open files, three a queue are needed";
	case ENODEV:
	case ENXIO:
		return "the interface is gone; remove the port";
	case ENOPROTOOPT:
		return "this kernel lacks it; Linux 5.10 or newer is needed";
	default:
		return "see packet(7)";
	}
}
