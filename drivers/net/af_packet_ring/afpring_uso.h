/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 net_afpring contributors
 */
#ifndef AFPRING_USO_H
#define AFPRING_USO_H

#include <stdbool.h>

/**
 * This kernel knows VIRTIO_NET_HDR_GSO_UDP_L4 on packet sockets (Linux 6.2, or a
 * backport). Asked of the kernel once per process, of lo of the network namespace;
 * where that is down, of lo of a namespace made for the question (CAP_SYS_ADMIN).
 * Logs nothing. Control threads only.
 *
 * @return
 *   false also when the kernel would not tell, which is the safe answer.
 */
bool afpring_uso_is_known(void);

#endif /* AFPRING_USO_H */
