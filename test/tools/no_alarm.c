/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * To be preloaded: every second rte_eal_alarm_set() fails, as without memory.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

typedef void (*alarm_callback)(void *arg);
int rte_eal_alarm_set(uint64_t us, alarm_callback callback, void *arg);

int
rte_eal_alarm_set(uint64_t us, alarm_callback callback, void *arg)
{
	static int (*real)(uint64_t us, alarm_callback callback, void *arg);
	static unsigned int calls;

	if (++calls % 2 == 0)
		return -ENOMEM;
	if (real == NULL) {
		void *found = dlsym(RTLD_NEXT, "rte_eal_alarm_set");

		memcpy(&real, &found, sizeof(real));
	}
	return real(us, callback, arg);
}
