/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * What lies around the packet in a tunnel: an outer IP header, and behind it GRE, UDP
 * or nothing. A virtio_net_hdr speaks of the inner packet only, by where its L4 header
 * begins; the outer headers are found and filled in here as the kernel's segmentation
 * does (net/ipv4/gre_offload.c:gre_gso_segment(), udp_offload.c:
 * __skb_udp_tunnel_segment(), af_inet.c:inet_gso_segment()). Pure.
 */
#ifndef AFPRING_TUNNEL_H
#define AFPRING_TUNNEL_H

#include "afpring_headers.h"

/** Bytes of headers that are looked at: those of GENEVE with all its options, over and
 *  under IPv6. */
#define AFPRING_TUNNEL_HEADERS_MAX 512u

enum afpring_tunnel_kind {
	AFPRING_TUNNEL_NONE,
	AFPRING_TUNNEL_IP,  /**< IPIP, SIT, IP6IP6: IP in IP */
	AFPRING_TUNNEL_GRE, /**< behind it IP or Ethernet */
	AFPRING_TUNNEL_UDP, /**< behind it VXLAN, GENEVE or whatever else has no length */
};

/** The outer headers. */
struct afpring_tunnel {
	enum afpring_tunnel_kind kind;
	bool cksum;               /**< the GRE or UDP header has a checksum */
	struct afpring_headers h; /**< l4 is the GRE or UDP header, or the inner IP header */
};

/**
 * Find the headers of a packet in a tunnel.
 *
 * @param len
 *   Bytes at frame; nothing beyond is read.
 * @param frame_len
 *   Bytes of the whole frame, which a length of the inner IP header must agree with.
 * @param l4
 *   Where the inner L4 header begins, as the kernel says.
 * @param inner
 *   Receives the inner headers.
 * @return
 *   false: not one tunnel of a known kind around an unfragmented TCP or UDP packet, or
 *   headers not whole.
 */
bool afpring_tunnel_parse(const uint8_t *frame, uint32_t len, uint32_t frame_len, uint32_t l4,
			  struct afpring_tunnel *tunnel, struct afpring_headers *inner);

/**
 * Write the outer lengths and checksums of a packet that ends at frame_len. The inner
 * headers are final, but for the L4 checksum field, which holds the pseudo-header's sum:
 * that field, once finished, makes the inner packet's sum the complement of what it
 * holds now (Documentation/networking/checksum-offloads.rst, "LCO"), so no payload is
 * read.
 */
void afpring_tunnel_finish(const struct afpring_tunnel *tunnel, uint8_t *frame, uint32_t frame_len,
			   const struct afpring_headers *inner);

#endif /* AFPRING_TUNNEL_H */
