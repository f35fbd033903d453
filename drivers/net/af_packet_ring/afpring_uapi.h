/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 *
 * The kernel's words for packet sockets, and the ones that the headers of older
 * distributions lack (linux/if_packet.h; numbers are ABI).
 */
#ifndef AFPRING_UAPI_H
#define AFPRING_UAPI_H

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#ifndef PACKET_IGNORE_OUTGOING /* Linux 4.20 */
#define PACKET_IGNORE_OUTGOING 23
#endif

#ifndef PACKET_FANOUT_FLAG_UNIQUEID /* Linux 4.12 */
#define PACKET_FANOUT_FLAG_UNIQUEID 0x2000
#endif

#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING /* Linux 6.2 */
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* Linux 6.2 */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#endif /* AFPRING_UAPI_H */
