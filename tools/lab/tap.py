# SPDX-License-Identifier: BSD-3-Clause
"""A tap device whose user side is this process: frames with any virtio header."""

import ctypes
import fcntl
import os
import select
import struct

from .netlab import CLONE_NEWNET, DEADLINE, _libc

TUNSETIFF, TUNSETOFFLOAD = 0x400454ca, 0x400454d0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 2, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6, TUN_F_UFO = 1, 2, 4, 16


class Tap:
    def __init__(self, ns, name="t0"):
        self.ns, self.name = ns, name
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        away = os.open(f"/run/netns/{ns.name}", os.O_RDONLY)
        try:  # the device is born in the namespace of the ioctl
            if _libc.setns(away, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(self.fd, TUNSETIFF, struct.pack(
                "16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))
        finally:
            _libc.setns(home, CLONE_NEWNET)
            os.close(home)
            os.close(away)
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
