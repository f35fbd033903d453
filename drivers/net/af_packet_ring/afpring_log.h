/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Log lines. Only the control layer logs, once, where the user can act; the
 * burst path never does.
 */
#ifndef AFPRING_LOG_H
#define AFPRING_LOG_H

#include "afpring_compat.h"

extern int afpring_logtype;
#define RTE_LOGTYPE_AFPRING afpring_logtype

/** One line, no newline in fmt; begin it with the vdev's name. */
#define AFPRING_LOG(level, ...) RTE_LOG_LINE(level, AFPRING, __VA_ARGS__)

#endif /* AFPRING_LOG_H */
