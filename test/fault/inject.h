/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Calls of the driver that fail on request. The program that links this takes the
 * place of libc and librte_eal in the symbol search (-rdynamic), and looks who
 * calls: only what the plugin itself calls is counted and made to fail.
 */
#ifndef INJECT_H
#define INJECT_H

#include <stdbool.h>

/** From now on the nth call of this name fails with err, and if it is to stay so, each
 *  one behind it. */
void inject_arm(const char *call, unsigned int nth, int err, bool stays);

/** No call fails any more. true: the armed call was reached. */
bool inject_disarm(void);

#endif /* INJECT_H */
