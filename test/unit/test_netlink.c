/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Questions to the kernel, played by the other end of a socket pair, whose answers lie
 * ready before the question, as rtnetlink's do when send() returns.
 */
#include <errno.h>
#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

#include "afpring_ethtool_news.h"
#include "afpring_link.h"

#define NOISE 77u /* sequence number of an earlier question */

static struct afpring_netlink nl;
static int kernel;

static int
begin(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(afpring_netlink_open(&nl, NETLINK_ROUTE), 0);
	close(nl.fd);
	assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds), 0);
	nl.fd = fds[0];
	nl.seq = NOISE;
	kernel = fds[1];
	return 0;
}

static int
end(void **state)
{
	(void)state;
	afpring_netlink_close(&nl);
	assert_int_equal(nl.fd, -1);
	close(kernel);
	return 0;
}

struct answer {
	struct nlmsghdr head;
	uint32_t word; /* struct nlmsgerr begins with the errno */
};

/* One message at *at; the next one goes behind it. */
static size_t
put(uint8_t *at, uint16_t type, uint32_t seq, uint32_t word, uint32_t bytes)
{
	struct answer *a = (struct answer *)at;

	a->head = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(bytes),
				    .nlmsg_type = type,
				    .nlmsg_seq = seq};
	a->word = word;
	return NLMSG_ALIGN(a->head.nlmsg_len);
}

static void
answer(uint16_t type, uint32_t seq, uint32_t word, uint32_t bytes)
{
	static uint8_t datagram[200000];
	size_t len = put(datagram, type, seq, word, bytes);

	assert_int_equal(send(kernel, datagram, len, 0), len);
}

struct seen {
	uint32_t nb, sum, bytes;
};

static int
look(struct nlmsghdr *msg, void *arg)
{
	struct seen *seen = arg;

	seen->nb++;
	seen->sum += ((const struct answer *)msg)->word;
	seen->bytes += msg->nlmsg_len - NLMSG_HDRLEN;
	return ((const struct answer *)msg)->word == 99 ? -E2BIG : 0;
}

static int
count(struct nlmsghdr *msg, void *arg)
{
	uint32_t *nb = arg;

	(void)msg;
	++*nb;
	return 0;
}

static int
ask(struct seen *seen)
{
	struct {
		struct nlmsghdr head;
		struct ifinfomsg ifi;
	} question = {.head.nlmsg_len = sizeof(question), .head.nlmsg_type = RTM_GETLINK};

	*seen = (struct seen){0};
	return afpring_netlink_ask(&nl, &question.head, look, seen);
}

static void
any_size(void **state)
{
	static const uint32_t sizes[] = {4, 8000, 32760, 33000, 65536, 150000, 4};
	struct seen seen;

	(void)state;
	for (size_t i = 0; i < RTE_DIM(sizes); i++) {
		uint32_t seq = nl.seq + 1;

		answer(RTM_NEWLINK, seq, 5, sizes[i]);
		answer(NLMSG_ERROR, seq, 0, sizeof(struct nlmsgerr));
		assert_int_equal(ask(&seen), 0);
		CHECK(seen.nb == 1 && seen.sum == 5 && seen.bytes == sizes[i],
		      "%u bytes: %u messages of %u\n", sizes[i], seen.nb, seen.bytes);
	}
}

static void
many_parts(void **state)
{
	static uint8_t datagram[4096];
	size_t len = 0;
	struct seen seen;
	uint32_t seq = nl.seq + 1;

	(void)state;
	answer(RTM_NEWLINK, seq, 1, 4);
	for (uint32_t i = 2; i <= 5; i++)
		len += put(datagram + len, RTM_NEWLINK, seq, i, 4 * i);
	assert_int_equal(send(kernel, datagram, len, 0), len);
	len = put(datagram, RTM_NEWLINK, seq, 6, 4);
	len += put(datagram + len, NLMSG_DONE, seq, 0, 4);
	assert_int_equal(send(kernel, datagram, len, 0), len);
	assert_int_equal(ask(&seen), 0);
	assert_int_equal(seen.nb, 6);
	assert_int_equal(seen.sum, 21);
}

/* Of a question that was given up: what is left of its answer, its failure too. */
static void
stale_answers(void **state)
{
	struct seen seen;
	uint32_t seq;

	(void)state;
	answer(RTM_NEWLINK, NOISE, 7, 100);
	answer(NLMSG_ERROR, NOISE, -EPERM, sizeof(struct nlmsgerr));
	answer(RTM_NEWLINK, NOISE + 1, 99, 4); /* given up here */
	answer(RTM_NEWLINK, NOISE + 1, 8, 50000);
	answer(NLMSG_ERROR, NOISE + 1, -ENODEV, sizeof(struct nlmsgerr));
	assert_int_equal(ask(&seen), -E2BIG);
	assert_int_equal(seen.nb, 1);
	seq = nl.seq + 1;
	answer(RTM_NEWLINK, seq, 3, 4);
	answer(NLMSG_ERROR, seq, 0, sizeof(struct nlmsgerr));
	assert_int_equal(ask(&seen), 0);
	assert_int_equal(seen.nb, 1);
	assert_int_equal(seen.sum, 3);
}

static void
failures(void **state)
{
	struct seen seen;

	(void)state;
	assert_int_equal(ask(&seen), -EBADMSG); /* no answer: nobody waits for one */
	answer(RTM_NEWLINK, nl.seq + 1, 3, 4);
	assert_int_equal(ask(&seen), -EBADMSG); /* one without an end */
	answer(NLMSG_ERROR, nl.seq + 1, -EPERM, sizeof(struct nlmsgerr));
	assert_int_equal(ask(&seen), -EPERM);
	assert_int_equal(seen.nb, 0);
}

static void
news(void **state)
{
	struct seen seen = {0};

	(void)state;
	assert_int_equal(afpring_netlink_listen(nl.fd, look, &seen), 0);
	answer(RTM_NEWLINK, 0, 1, 40000);
	answer(RTM_DELLINK, 0, 2, 4);
	assert_int_equal(afpring_netlink_listen(nl.fd, look, &seen), 2);
	assert_int_equal(seen.sum, 3);
	assert_int_equal(afpring_netlink_listen(nl.fd, look, &seen), 0);
}

/* The last message of a datagram need not be padded. */
static void
no_padding(void **state)
{
	const struct answer a = {.head = {.nlmsg_len = NLMSG_LENGTH(1), .nlmsg_type = RTM_NEWLINK},
				 .word = 1};
	uint32_t nb = 0;

	(void)state;
	assert_int_equal(send(kernel, &a, a.head.nlmsg_len, 0), a.head.nlmsg_len);
	assert_int_equal(afpring_netlink_listen(nl.fd, count, &nb), 1);
	assert_int_equal(nb, 1);
}

struct ethtool_news {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	struct nlattr nest;
	struct nlattr attr;
	uint32_t ifindex;
};

/* Only as much of it as len. */
static void
tell(uint32_t ifindex, uint32_t len)
{
	struct ethtool_news msg = {
		.head = {.nlmsg_len = len, .nlmsg_type = 21},
		.genl = {.cmd = ETHTOOL_MSG_LINKMODES_NTF, .version = 1},
		.nest = {.nla_type = NLA_F_NESTED | ETHTOOL_A_LINKMODES_HEADER,
			 .nla_len = 2 * sizeof(struct nlattr) + sizeof(ifindex)},
		.attr = {.nla_type = ETHTOOL_A_HEADER_DEV_INDEX,
			 .nla_len = sizeof(struct nlattr) + sizeof(ifindex)},
		.ifindex = ifindex,
	};

	assert_int_equal(send(kernel, &msg, len, 0), len);
}

static void
news_of_ethtool(void **state)
{
	(void)state;
	assert_false(afpring_ethtool_news_are_of(-1, 7));
	assert_false(afpring_ethtool_news_are_of(nl.fd, 7));
	tell(8, sizeof(struct ethtool_news));
	assert_false(afpring_ethtool_news_are_of(nl.fd, 7));
	tell(7, sizeof(struct ethtool_news));
	tell(8, sizeof(struct ethtool_news));
	assert_true(afpring_ethtool_news_are_of(nl.fd, 7));
	assert_false(afpring_ethtool_news_are_of(nl.fd, 7)); /* all are taken in */
	for (uint32_t len = NLMSG_HDRLEN; len < sizeof(struct ethtool_news); len++) {
		tell(7, len);
		assert_false(afpring_ethtool_news_are_of(nl.fd, 7));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(any_size, begin, end),
		cmocka_unit_test_setup_teardown(many_parts, begin, end),
		cmocka_unit_test_setup_teardown(stale_answers, begin, end),
		cmocka_unit_test_setup_teardown(failures, begin, end),
		cmocka_unit_test_setup_teardown(news, begin, end),
		cmocka_unit_test_setup_teardown(no_padding, begin, end),
		cmocka_unit_test_setup_teardown(news_of_ethtool, begin, end),
	};

	return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
