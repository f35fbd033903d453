/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "afpring_stamp.h"

/* ---- the interface's setting ---- */

static struct afpring_stamp_config
config_of(const struct hwtstamp_config *has)
{
	return (struct afpring_stamp_config){
		.tx = has->tx_type == HWTSTAMP_TX_ON,
		.all = has->rx_filter == HWTSTAMP_FILTER_ALL,
		.ptp = has->rx_filter == HWTSTAMP_FILTER_ALL ||
		       has->rx_filter == HWTSTAMP_FILTER_PTP_V2_EVENT,
		.filter = has->rx_filter,
		.type = has->tx_type,
	};
}

struct afpring_stamp_config
afpring_stamp_config_of(int filter)
{
	struct hwtstamp_config has = {.tx_type = HWTSTAMP_TX_ON, .rx_filter = filter};

	return config_of(&has);
}

/* Interfaces are known by name only. */
static int
config_ioctl(int fd, int ifindex, unsigned long request, struct hwtstamp_config *config)
{
	struct ifreq ifr = {.ifr_ifindex = ifindex};

	if (ioctl(fd, SIOCGIFNAME, &ifr) < 0)
		return -errno;
	ifr.ifr_data = (void *)config;
	return ioctl(fd, request, &ifr) < 0 ? -errno : 0;
}

int
afpring_stamp_config_get(int fd, int ifindex, struct afpring_stamp_config *config)
{
	struct hwtstamp_config has = {0};
	int ret = config_ioctl(fd, ifindex, SIOCGHWTSTAMP, &has);

	*config = config_of(&has);
	return ret;
}

int
afpring_stamp_config_set(int fd, int ifindex, struct afpring_stamp_config *config)
{
	struct hwtstamp_config has = {.tx_type = config->type, .rx_filter = config->filter};
	int ret = config_ioctl(fd, ifindex, SIOCSHWTSTAMP, &has);

	if (ret == 0)
		*config = config_of(&has);
	return ret;
}

/* ---- received ---- */

int
afpring_stamp_receive(int fd, enum afpring_stamp_source source)
{
	int flags = source == AFPRING_STAMP_HARDWARE ? SOF_TIMESTAMPING_RAW_HARDWARE : 0;

	return setsockopt(fd, SOL_PACKET, PACKET_TIMESTAMP, &flags, sizeof(flags)) < 0 ? -errno : 0;
}

/* ---- sent ---- */

int
afpring_stamp_tell(int fd)
{
	uint32_t flags = SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
			 SOF_TIMESTAMPING_OPT_TSONLY;

	return setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)) < 0 ? -errno : 0;
}

void
afpring_stamp_ask(struct msghdr *hdr, struct afpring_stamp_request *request,
		  enum afpring_stamp_source source)
{
	uint32_t flags = source == AFPRING_STAMP_HARDWARE ? SOF_TIMESTAMPING_TX_HARDWARE :
							    SOF_TIMESTAMPING_TX_SOFTWARE;

	hdr->msg_control = request->bytes;
	hdr->msg_controllen = sizeof(request->bytes);
	request->align = (struct cmsghdr){
		.cmsg_len = CMSG_LEN(sizeof(flags)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SO_TIMESTAMPING,
	};
	memcpy(CMSG_DATA(&request->align), &flags, sizeof(flags));
}

/* Of the three the first is the kernel's, the last one the device's. */
static int
stamp_of(struct msghdr *msg, enum afpring_stamp_source source, uint64_t *ns)
{
	struct scm_timestamping stamps;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		const struct timespec *ts = &stamps.ts[source == AFPRING_STAMP_HARDWARE ? 2 : 0];

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPING ||
		    c->cmsg_len < CMSG_LEN(sizeof(stamps)))
			continue;
		memcpy(&stamps, CMSG_DATA(c), sizeof(stamps));
		if (ts->tv_sec == 0 && ts->tv_nsec == 0)
			continue;
		*ns = ts->tv_sec * UINT64_C(1000000000) + ts->tv_nsec;
		return 0;
	}
	return -ENOMSG;
}

int
afpring_stamp_read(int fd, enum afpring_stamp_source source, uint64_t *ns)
{
	for (;;) {
		char control[256];
		struct msghdr msg = {.msg_control = control, .msg_controllen = sizeof(control)};

		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return -EAGAIN;
		if (stamp_of(&msg, source, ns) == 0)
			return 0;
	}
}
