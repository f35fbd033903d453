/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * Where a port begins and ends: the virtual device that EAL asks for.
 */
#include <errno.h>
#include <inttypes.h>
#include <net/if_arp.h>
#include <string.h>
#include <unistd.h>

#include <bus_vdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_malloc.h>

#include "afpring_ethdev.h"
#include "afpring_fast_path.h"
#include "afpring_fork.h"
#include "afpring_host.h"
#include "afpring_host_count.h"
#include "afpring_iface.h"
#include "afpring_link_state.h"
#include "afpring_log.h"
#include "afpring_plan.h"
#include "afpring_port.h"
#include "afpring_quiesce.h"
#include "afpring_socket.h"
#include "afpring_tx.h"
#include "afpring_uapi.h"
#include "afpring_uso.h"
#include "layout_id.h"

/* The number by which processes know that their structures are the same: the text of the
 * headers, and the sizes that compiler and DPDK's configuration give the structures. */
static uint64_t
layout_id(void)
{
	uint64_t id = AFPRING_HEADERS_ID;

	id = id * 31 + sizeof(struct afpring_port);
	id = id * 31 + sizeof(struct afpring_rxq);
	id = id * 31 + sizeof(struct afpring_txq);
	return id;
}

static int
check_layout(const char *name, const struct afpring_port *port)
{
	if (port->layout == layout_id())
		return 0;
	AFPRING_LOG(ERR,
		    "%s: the primary process has another build of this driver: its shared "
		    "structures are %016" PRIx64 ", here they are %016" PRIx64 "; load the same "
		    "plugin in both",
		    name, port->layout, layout_id());
	return -ENOEXEC;
}

/* Refuse devargs with which no queue could be set up: plan both rings with the number of slots
 * that an application gets by default. */
static int
check_geometry(const char *name, const struct afpring_config *config, uint32_t mtu)
{
	struct afpring_geometry geo;
	const char *why = NULL;

	if (afpring_plan_rx(config, mtu, AFPRING_DEFAULT_DESC, &geo, &why) == 0 &&
	    afpring_plan_tx(config, mtu, AFPRING_DEFAULT_DESC, &geo, &why) == 0)
		return 0;
	AFPRING_LOG(ERR,
		    "%s: blocksz=%u,framesz=%u,framecnt=%u on iface=%s with MTU %u: %s; "
		    "framesz from %u works, or leave it out",
		    name, config->block_size, config->frame_size, config->frame_nr, config->iface,
		    mtu, why,
		    RTE_ALIGN(mtu + AFPRING_FRAME_OVERHEAD + AFPRING_RX_SLOT_OVERHEAD,
			      TPACKET_ALIGNMENT));
	return -EINVAL;
}

/* Opens the packet socket of the port itself, which shows at once whether the program may have
 * packet sockets. */
static int
open_process(const char *name, const struct afpring_config *config,
	     struct afpring_process **process)
{
	const char *step = "socket(AF_PACKET)";
	int ret;

	*process = afpring_process_alloc(config->qpairs);
	if (*process == NULL ||
	    afpring_fork_watch(&afpring_primary_ops, &afpring_secondary_ops) < 0) {
		afpring_process_free(*process);
		AFPRING_LOG(ERR, "%s: no memory", name);
		return -ENOMEM;
	}
	(*process)->deferred = afpring_tx_help;
	ret = afpring_socket_open();
	(*process)->control_fd = ret;
	if (ret >= 0) {
		step = "socket(AF_NETLINK)";
		ret = afpring_netlink_open(&(*process)->netlink, NETLINK_ROUTE);
	}
	if (ret == 0)
		return 0;
	AFPRING_LOG(ERR, "%s: iface=%s: %s: %s%s", name, config->iface, step, strerror(-ret),
		    ret == -EPERM ? "; the program needs CAP_NET_RAW" : "");
	afpring_process_free(*process);
	return ret;
}

/* The interface as it is now; refuse what cannot carry Ethernet frames. */
static int
find_interface(const char *name, struct afpring_process *process, struct afpring_config *config,
	       struct afpring_port *port)
{
	struct afpring_link link;
	int ret = afpring_iface_open(process, config->iface, port, &link);

	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: iface=%s: %s; \"ip link\" lists the interfaces", name,
			    config->iface, strerror(-ret));
		return ret;
	}
	if (link.type != ARPHRD_ETHER && link.type != ARPHRD_LOOPBACK) {
		AFPRING_LOG(ERR,
			    "%s: iface=%s: not an Ethernet interface (ARPHRD type %u); "
			    "veth, tap, bridge, macvlan and NICs are",
			    name, config->iface, link.type);
		return -ENOTSUP;
	}
	port->rule = (struct afpring_filter_rule){
		.outgoing = config->outgoing,
		.unicast = {link.mac},
	};
	port->config = *config;
	afpring_host_note_mtu_bounds(port, &link);
	return check_geometry(name, config, RTE_MIN(link.mtu, AFPRING_MAX_MTU));
}

static void
notice_shared_interface(const char *name, const struct afpring_port *port)
{
	uint16_t id;

	RTE_ETH_FOREACH_DEV(id) {
		const struct rte_eth_dev *dev = &rte_eth_devices[id];
		const struct afpring_port *other = dev->data->dev_private;

		if (!afpring_ethdev_is_ours(dev) ||
		    afpring_port_ifindex(other) != afpring_port_ifindex(port) ||
		    !afpring_netns_may_be_same(&other->netns, &port->netns))
			continue;
		AFPRING_LOG(NOTICE, "%s: iface=%s is also the interface of %s; %s", name,
			    port->config.iface, dev->data->name,
			    port->config.fanout.group != AFPRING_FANOUT_AUTO &&
					    port->config.fanout.group ==
						    other->config.fanout.group ?
				    "they share its packets (one fanout_group)" :
				    "each gets every packet; an equal fanout_group shares them");
	}
}

static int
create_port(struct rte_vdev_device *vdev, const struct afpring_port *found,
	    struct afpring_process *process)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(*found));

	if (dev == NULL)
		return -ENOMEM;
	dev->data->mac_addrs = rte_zmalloc("afpring_mac", sizeof(found->rule.unicast), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return -ENOMEM;
	}
	*dev->data->mac_addrs = found->rule.unicast[0];
	memcpy(dev->data->dev_private, found, sizeof(*found));
	dev->process_private = process;
	dev->data->dev_flags |=
		RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS | RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_INTR_RMV;
	dev->dev_ops = &afpring_primary_ops;
	afpring_fast_path_idle(dev);
	afpring_host_count_reset(dev);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
probe_primary(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct afpring_port found = {0};
	struct afpring_process *process;
	struct afpring_config config;
	char why[512];
	int ret = afpring_devargs_parse(rte_vdev_device_args(vdev), &config, why, sizeof(why));

	if (ret < 0) {
		AFPRING_LOG(ERR, "%s: %s", name, why);
		return ret;
	}
	afpring_quiesce_init();
	found.layout = layout_id();
	ret = open_process(name, &config, &process);
	if (ret < 0)
		return ret;
	ret = find_interface(name, process, &config, &found);
	if (ret < 0)
		goto fail;
	afpring_link_state_note_speeds(&found, process->control_fd);
	found.knows_uso = afpring_uso_is_known();
	notice_shared_interface(name, &found);
	ret = create_port(vdev, &found, process);
	if (ret == 0)
		return 0;
	AFPRING_LOG(ERR, "%s: no port: %s", name, strerror(-ret));
fail:
	afpring_process_free(process);
	return ret;
}

static int
probe_secondary(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct rte_eth_dev *dev = rte_eth_dev_attach_secondary(name);
	int ret;

	if (dev == NULL) {
		AFPRING_LOG(ERR, "%s: the primary process has no such port", name);
		return -ENODEV;
	}
	ret = check_layout(name, dev->data->dev_private);
	if (ret < 0) {
		rte_eth_dev_release_port(dev);
		return ret;
	}
	dev->device = &vdev->device;
	dev->dev_ops = &afpring_secondary_ops;
	afpring_fast_path_idle(dev);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
afpring_probe(struct rte_vdev_device *vdev)
{
	if (rte_eal_process_type() == RTE_PROC_PRIMARY)
		return probe_primary(vdev);
	return probe_secondary(vdev);
}

static int
afpring_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	/* A secondary still finds a port that its application has closed: names are the
	 * primary's. */
	if (dev == NULL || dev->state == RTE_ETH_DEV_UNUSED)
		return 0;
	dev->dev_ops->dev_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver afpring_driver = {
	.probe = afpring_probe,
	.remove = afpring_remove,
};

/* Inside one release the drivers' structures are fixed, between two they are not, also where
 * the libraries' version stays: 25.07 has put operations into the middle of eth_dev_ops under
 * the soname of 24.11; under that of 25.11 the bus of 26.07 looks for a driver's name where
 * another word lies. So the bus of another release does not get to know the driver. */
static void
register_in_own_release(struct rte_vdev_driver *driver)
{
	if (rte_version_year() == RTE_VER_YEAR && rte_version_month() == RTE_VER_MONTH)
		rte_vdev_register(driver);
	else
		AFPRING_LOG(ERR,
			    "net_afpring: built for DPDK %u.%02u, loaded by %u.%02u; "
			    "build it against that one",
			    RTE_VER_YEAR, RTE_VER_MONTH, rte_version_year(), rte_version_month());
}

#define rte_vdev_register register_in_own_release /* of the next line's constructor */
RTE_PMD_REGISTER_VDEV(net_afpring, afpring_driver);
#undef rte_vdev_register
RTE_PMD_REGISTER_ALIAS(net_afpring, eth_afpring);
RTE_PMD_REGISTER_PARAM_STRING(net_afpring, AFPRING_DEVARGS_HELP);
RTE_LOG_REGISTER_DEFAULT(afpring_logtype, NOTICE);
