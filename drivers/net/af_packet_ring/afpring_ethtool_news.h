/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's news of what ethtool shows (generic netlink, family "ethtool", group "monitor";
 * Linux 5.6 with CONFIG_ETHTOOL_NETLINK): speed, duplex and autonegotiation that are set, which
 * rtnetlink does not tell.
 */
#ifndef AFPRING_ETHTOOL_NEWS_H
#define AFPRING_ETHTOOL_NEWS_H

#include <stdbool.h>

/** A socket that hears the news of all interfaces of the thread's network namespace, or -errno;
 *  -ENOENT: this kernel has none. Close it with close(). */
int afpring_ethtool_news_open(void);

/** Take in all news. Never waits; -1 for fd is fine.
 *
 *  @return
 *    Some are of this interface, or may be. */
bool afpring_ethtool_news_are_of(int fd, int ifindex);

#endif /* AFPRING_ETHTOOL_NEWS_H */
