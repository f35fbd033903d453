# SPDX-License-Identifier: BSD-3-Clause
"""A tap device whose user side is this process: frames with any virtio header."""

import fcntl
import os
import select
import struct

from .process import DEADLINE

TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 2, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_UFO = 1, 2, 4, 16


class Tap:
    def __init__(self, ns, name="t0"):
        self.ns, self.name = ns, name
        with ns.entered():  # the device is born in the namespace of the ioctl
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.fd, TUNSETIFF, struct.pack(
                "16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
        fcntl.ioctl(self.fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_UFO)
        ns.ip("link", "set", name, "up")

    def close(self):
        os.close(self.fd)

    def send(self, frame, vnet=bytes(10)):
        os.write(self.fd, vnet + frame)

    def frames(self, count, timeout=DEADLINE):
        got = []
        while len(got) < count and select.select([self.fd], [], [], timeout)[0]:
            got.append(os.read(self.fd, 70000)[10:])
        return got
