# SPDX-License-Identifier: BSD-3-Clause
"""A tap device whose user side is this process: frames with any virtio header."""

import fcntl
import os
import select
import struct

from .frames import udp4, vnet_hdr
from .process import DEADLINE, Missing

TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 2, 0x1000, 0x4000
UFO_HDR = vnet_hdr(1, 3, 42, 1480, csum_start=34, csum_offset=6)
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_UFO = 1, 2, 4, 16


class Tap:
    def __init__(self, ns, name="t0"):
        if not os.path.exists("/dev/net/tun"):
            raise Missing("no /dev/net/tun")
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

    def send_ufo(self, flow=0):
        """A datagram for the device to fragment, which no virtio_net_hdr describes to a reader."""
        try:
            self.send(udp4(4000, flow=flow), UFO_HDR)
        except OSError as e:
            raise Missing(f"this kernel takes no UFO from a tap: {e}") from None

    def frames(self, count, timeout=DEADLINE):
        got = []
        while len(got) < count and select.select([self.fd], [], [], timeout)[0]:
            got.append(os.read(self.fd, 70000)[10:])
        return got
