/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The devargs string and what it means. Pure: looks at no interface.
 */
#ifndef AFPRING_DEVARGS_H
#define AFPRING_DEVARGS_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "afpring_fanout.h"

#define AFPRING_MAX_QUEUES 256

/** A switch that the driver may set itself. */
enum afpring_choice {
	AFPRING_AUTO,
	AFPRING_OFF,
	AFPRING_ON,
};

/** Who makes the system call of a transmit ring. */
enum afpring_kick {
	AFPRING_KICK_BURST,
	AFPRING_KICK_THREAD, /**< a thread of the queue */
};

/** One port as the user wants it. Sizes in bytes. */
struct afpring_config {
	char iface[IF_NAMESIZE];
	uint16_t qpairs;
	bool qdisc_bypass;
	bool outgoing;
	uint32_t block_size; /**< 0: choose */
	uint32_t frame_size; /**< 0: from the MTU */
	uint32_t frame_nr;   /**< 0: from nb_desc */
	uint32_t sndbuf;     /**< 0: enough for the whole ring */
	struct afpring_fanout fanout;
	enum afpring_choice tx_join;    /**< make superframes; auto: if the device cuts them */
	enum afpring_choice vnet_hdr;   /**< virtio_net_hdrs on receive; auto: by the kernel */
	enum afpring_choice rx_partial; /**< deliver unfinished checksums; auto: with LRO */
	enum afpring_kick kick;
	bool recover;       /**< take up an interface that is made again */
	bool device_stamps; /**< time stamps are the device's where it has them */
};

/** Names of all keys, for RTE_PMD_REGISTER_PARAM_STRING and the documents. */
#define AFPRING_DEVARGS_HELP                                                                       \
	"iface=<name> "                                                                            \
	"qpairs=<1-256> "                                                                          \
	"blocksz=<bytes> "                                                                         \
	"framesz=<bytes> "                                                                         \
	"framecnt=<slots> "                                                                        \
	"qdisc_bypass=<0|1> "                                                                      \
	"fanout_mode=<hash|lb|cpu|rollover|rnd|qm> "                                               \
	"fanout_flags=<none|defrag|rollover|defrag+rollover> "                                     \
	"fanout_group=<auto|0-65535> "                                                             \
	"outgoing=<0|1> "                                                                          \
	"sndbuf=<auto|bytes> "                                                                     \
	"tx_join=<auto|0|1> "                                                                      \
	"vnet_hdr=<auto|0|1> "                                                                     \
	"rx_partial=<auto|0|1> "                                                                   \
	"kick=<burst|thread> "                                                                     \
	"recover=<0|1> "                                                                           \
	"device_stamps=<0|1>"

/**
 * Parse a devargs string ("key=value,key=value").
 *
 * @param why
 *   Buffer that on failure receives one line: the key, what was given, what would
 *   work.
 * @return
 *   0; -EINVAL; -ENOMEM.
 */
int afpring_devargs_parse(const char *args, struct afpring_config *config, char *why,
			  size_t why_len);

/** The devarg's word for a fanout mode. */
const char *afpring_devargs_fanout_mode(uint16_t mode);

#endif /* AFPRING_DEVARGS_H */
