/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "afpring_log.h"
#include "afpring_quiesce.h"
#include "afpring_rss_program.h"
#include "afpring_spread.h"
#include "afpring_uapi.h"

/* The key by which Microsoft verifies RSS, and that most NICs begin with. */
static const uint8_t default_key[AFPRING_RSS_KEY_LEN] = {0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e,
							 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
							 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae,
							 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
							 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7,
							 0x3b, 0xbe, 0xac, 0x01, 0xfa};

static bool
is_offered(const struct afpring_port *port)
{
	return port->config.fanout.mode == PACKET_FANOUT_HASH && port->config.fanout.flags == 0 &&
	       port->config.fanout.group == AFPRING_FANOUT_AUTO;
}

bool
afpring_spread_choose(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;

	port->has_program = (port->own_rss || afpring_flow_has_queues(&process->flow_list)) &&
			    is_offered(port) && dev->data->nb_rx_queues > 1;
	return port->has_program;
}

int
afpring_spread_allows_queue(const struct rte_eth_dev *dev)
{
	const struct afpring_port *port = dev->data->dev_private;

	if (!is_offered(port))
		return -ENOTSUP;
	if (dev->data->dev_started && dev->data->nb_rx_queues > 1 && !port->has_program)
		return -EBUSY;
	return 0;
}

void
afpring_spread_info(const struct afpring_port *port, struct rte_eth_dev_info *info)
{
	if (!is_offered(port))
		return;
	info->flow_type_rss_offloads = AFPRING_RSS_TYPES;
	info->hash_key_size = AFPRING_RSS_KEY_LEN;
	info->reta_size = AFPRING_RSS_RETA;
	afpring_info_add_rss_algorithm(info, RTE_ETH_HASH_FUNCTION_TOEPLITZ);
	afpring_info_add_rss_algorithm(info, RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ);
}

static int
set_program(const struct rte_eth_dev *dev, const struct afpring_rss *rss,
	    const struct afpring_flow_set *flows, bool tell)
{
	const struct afpring_process *process = dev->process_private;
	struct sock_fprog prog;
	int ret = afpring_rss_program(rss, flows, &prog);

	/* without sockets, once an interface is lost, it is only tried whether it can be said */
	if (ret == 0 && process->rx[0].fd >= 0)
		ret = afpring_fanout_program(process->rx[0].fd, &prog);
	if (ret < 0 && tell)
		AFPRING_LOG(ERR, "%s: RSS: PACKET_FANOUT_DATA of %u instructions: %s; %s",
			    dev->data->name, prog.len, strerror(-ret), afpring_log_remedy(-ret));
	free(prog.filter);
	return ret;
}

/* A group that has its program for the sake of flow rules spreads what they leave as the kernel
 * would: by all fields, if the application has not asked for some. */
static uint64_t
types(const struct afpring_port *port)
{
	return !port->own_rss && port->rss.types == 0 ? AFPRING_RSS_ALL_FLOWS : port->rss.types;
}

bool
afpring_spread_has_types(const struct rte_eth_dev *dev, uint64_t asked)
{
	return asked == 0 || (asked & AFPRING_RSS_TYPES) == types(dev->data->dev_private);
}

int
afpring_spread_set_flows(const struct rte_eth_dev *dev, const struct afpring_flow_set *flows)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	struct afpring_rss rss = port->rss;

	if (!port->has_program)
		return 0;
	rss.types = types(port);
	/* of other rules than those there, rte_flow tells the application */
	return set_program(dev, &rss, flows, flows == &process->flows);
}

/* ---- change ---- */

static void
set_default(struct afpring_rss *rss, uint16_t nb_queues)
{
	*rss = (struct afpring_rss){.key_len = sizeof(default_key)};
	memcpy(rss->key, default_key, sizeof(default_key));
	for (uint16_t i = 0; i < AFPRING_RSS_RETA; i++)
		rss->reta[i] = i % RTE_MAX(nb_queues, 1);
}

/* Key, types and function as ethdev hands them over. */
static int
take_conf(const struct rte_eth_dev *dev, const struct rte_eth_rss_conf *conf,
	  struct afpring_rss *rss)
{
	uint32_t function = afpring_rss_algorithm(conf);

	if (function > RTE_ETH_HASH_FUNCTION_TOEPLITZ &&
	    function != RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ) {
		AFPRING_LOG(ERR, "%s: RSS: no hash function %u; use toeplitz or symmetric_toeplitz",
			    dev->data->name, function);
		return -EINVAL;
	}
	if (conf->rss_key != NULL && conf->rss_key_len != AFPRING_RSS_KEY_LEN &&
	    conf->rss_key_len != AFPRING_RSS_KEY_MAX) {
		AFPRING_LOG(ERR, "%s: RSS: a key of %u bytes; use one of %u or %u", dev->data->name,
			    conf->rss_key_len, AFPRING_RSS_KEY_LEN, AFPRING_RSS_KEY_MAX);
		return -EINVAL;
	}
	rss->types = conf->rss_hf & AFPRING_RSS_TYPES;
	rss->symmetric = function == RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ;
	if (conf->rss_key != NULL) {
		rss->key_len = conf->rss_key_len;
		memcpy(rss->key, conf->rss_key, conf->rss_key_len);
	}
	return 0;
}

/* The running port goes by the next settings: first the kernel, then the bursts, if they tell
 * the hash. What lies in the rings by then was spread by the old ones. */
static int
change_running(struct rte_eth_dev *dev, const struct afpring_rss *next)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct afpring_process *process = dev->process_private;
	int ret = port->has_program ? set_program(dev, next, &process->flows, true) : 0;

	if (ret < 0 || (port->classify.steps & AFPRING_CLASSIFY_HASH) == 0)
		return ret;
	ret = afpring_rxqs_take_for(dev, "RSS");
	if (ret < 0) {
		if (port->has_program)
			set_program(dev, &port->rss, &process->flows, true);
		return ret;
	}
	afpring_classify_set_rss(&port->classify, next);
	afpring_rxqs_give(dev);
	return 0;
}

static bool
is_same(const struct afpring_rss *a, const struct afpring_rss *b)
{
	return a->types == b->types && a->symmetric == b->symmetric && a->key_len == b->key_len &&
	       memcmp(a->key, b->key, a->key_len) == 0 &&
	       memcmp(a->reta, b->reta, sizeof(a->reta)) == 0;
}

/* Put the settings in place of the old ones, of which they are a changed copy. Who runs has no
 * need to change for those in use: bonding gives them to each member that it has started. */
static int
commit(struct rte_eth_dev *dev, const struct afpring_rss *next)
{
	struct afpring_port *port = dev->data->dev_private;
	struct afpring_process *process = dev->process_private;
	int ret = 0;

	if (!is_offered(port))
		return -ENOTSUP;
	if (dev->data->dev_started && port->own_rss == port->has_program &&
	    is_same(next, &port->rss))
		return 0;
	if (dev->data->dev_started && dev->data->nb_rx_queues > 1 && !port->has_program) {
		AFPRING_LOG(ERR,
			    "%s: RSS: the kernel spreads the packets of %u queues by itself; stop "
			    "the port first, or configure it with a key",
			    dev->data->name, dev->data->nb_rx_queues);
		return -EBUSY;
	}
	pthread_mutex_lock(&process->sockets_lock);
	if (dev->data->dev_started)
		ret = change_running(dev, next);
	else
		afpring_classify_set_rss(&port->classify, next);
	if (ret == 0) {
		port->rss = *next;
		port->own_rss = true;
	}
	pthread_mutex_unlock(&process->sockets_lock);
	return ret;
}

void
afpring_spread_configure(struct rte_eth_dev *dev)
{
	struct afpring_port *port = dev->data->dev_private;
	const struct rte_eth_rss_conf *conf = &dev->data->dev_conf.rx_adv_conf.rss_conf;
	bool asked = (dev->data->dev_conf.rxmode.mq_mode & RTE_ETH_MQ_RX_RSS_FLAG) != 0;
	bool tell = (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_RSS_HASH) != 0;

	set_default(&port->rss, dev->data->nb_rx_queues);
	port->own_rss = asked && take_conf(dev, conf, &port->rss) == 0 &&
			(memcmp(port->rss.key, default_key, sizeof(default_key)) != 0 ||
			 port->rss.symmetric);
	afpring_classify_set_step(&port->classify, AFPRING_CLASSIFY_HASH, tell);
	afpring_classify_set_rss(&port->classify, &port->rss);
}

/* ---- operations of ethdev ---- */

int
afpring_rss_hash_update(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_rss next = port->rss;
	int ret = take_conf(dev, conf, &next);

	return ret == 0 ? commit(dev, &next) : ret;
}

int
afpring_rss_hash_conf_get(struct rte_eth_dev *dev, struct rte_eth_rss_conf *conf)
{
	const struct afpring_port *port = dev->data->dev_private;
	const struct afpring_rss *rss = &port->rss;

	if (!is_offered(port))
		return -ENOTSUP;
	conf->rss_hf = rss->types;
	afpring_rss_set_algorithm(conf, rss->symmetric ? RTE_ETH_HASH_FUNCTION_SYMMETRIC_TOEPLITZ :
							 RTE_ETH_HASH_FUNCTION_TOEPLITZ);
	if (conf->rss_key != NULL && conf->rss_key_len >= rss->key_len)
		memcpy(conf->rss_key, rss->key, rss->key_len);
	conf->rss_key_len = rss->key_len;
	return 0;
}

static int
check_reta_size(const struct rte_eth_dev *dev, uint16_t size)
{
	if (!is_offered(dev->data->dev_private))
		return -ENOTSUP;
	if (size == AFPRING_RSS_RETA)
		return 0;
	AFPRING_LOG(ERR, "%s: RSS: a redirection table of %u entries; it has %u", dev->data->name,
		    size, AFPRING_RSS_RETA);
	return -EINVAL;
}

/* Where ethdev's table, which comes in groups, has entry i; NULL: the caller does not mean it. */
static uint16_t *
reta_entry(struct rte_eth_rss_reta_entry64 *groups, uint16_t i)
{
	struct rte_eth_rss_reta_entry64 *group = &groups[i / RTE_ETH_RETA_GROUP_SIZE];
	uint16_t nth = i % RTE_ETH_RETA_GROUP_SIZE;

	return (group->mask >> nth & 1) != 0 ? &group->reta[nth] : NULL;
}

int
afpring_reta_update(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t size)
{
	const struct afpring_port *port = dev->data->dev_private;
	struct afpring_rss next = port->rss;
	int ret = check_reta_size(dev, size);

	if (ret < 0)
		return ret;
	for (uint16_t i = 0; i < size; i++) {
		const uint16_t *queue = reta_entry(conf, i);

		if (queue != NULL) /* one that there is: ethdev has looked */
			next.reta[i] = *queue;
	}
	return commit(dev, &next);
}

int
afpring_reta_query(struct rte_eth_dev *dev, struct rte_eth_rss_reta_entry64 *conf, uint16_t size)
{
	const struct afpring_port *port = dev->data->dev_private;
	int ret = check_reta_size(dev, size);

	for (uint16_t i = 0; ret == 0 && i < size; i++) {
		uint16_t *queue = reta_entry(conf, i);

		if (queue != NULL)
			*queue = port->rss.reta[i];
	}
	return ret;
}
