/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * To be preloaded: the running DPDK is of a release that no plugin was built for.
 */
unsigned int rte_version_month(void);

unsigned int
rte_version_month(void)
{
	return 13;
}
