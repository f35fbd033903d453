/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "afpring_qdisc.h"

struct question {
	struct nlmsghdr nlh;
	struct tcmsg tcm;
};

struct answer {
	bool found;
	struct afpring_qdisc *qdisc;
};

static struct rtattr *
find(struct rtattr *rta, int left, uint16_t type)
{
	for (; RTA_OK(rta, left); rta = RTA_NEXT(rta, left))
		if ((rta->rta_type & NLA_TYPE_MASK) == type)
			return rta;
	return NULL;
}

static int
qdisc_answer(struct nlmsghdr *msg, void *arg)
{
	struct answer *answer = arg;
	struct tcmsg *tcm = NLMSG_DATA(msg);
	struct rtattr *rta;

	if (msg->nlmsg_type != RTM_NEWQDISC || msg->nlmsg_len < NLMSG_LENGTH(sizeof(*tcm)))
		return -EBADMSG;
	rta = find(TCA_RTA(tcm), TCA_PAYLOAD(msg), TCA_STATS2);
	if (rta != NULL)
		rta = find(RTA_DATA(rta), RTA_PAYLOAD(rta), TCA_STATS_QUEUE);
	if (rta == NULL || RTA_PAYLOAD(rta) < sizeof(struct gnet_stats_queue))
		return -EBADMSG;
	*answer->qdisc = (struct afpring_qdisc){
		.handle = tcm->tcm_handle,
		.drops = ((const struct gnet_stats_queue *)RTA_DATA(rta))->drops,
	};
	answer->found = true;
	return 0;
}

int
afpring_qdisc_get(struct afpring_netlink *nl, int ifindex, struct afpring_qdisc *qdisc)
{
	struct question question = {
		.nlh =
			{
				.nlmsg_len = NLMSG_LENGTH(sizeof(question.tcm)),
				.nlmsg_type = RTM_GETQDISC,
				/* else only "tc monitor" gets the answer (rtnetlink_send()) */
				.nlmsg_flags = NLM_F_ECHO,
			},
		.tcm =
			{
				.tcm_family = AF_UNSPEC,
				.tcm_ifindex = ifindex,
				.tcm_parent = TC_H_ROOT,
			},
	};
	struct answer answer = {.qdisc = qdisc};
	int ret = afpring_netlink_ask(nl, &question.nlh, qdisc_answer, &answer);

	return ret == 0 && !answer.found ? -ENOENT : ret;
}
