# SPDX-License-Identifier: BSD-3-Clause
"""testpmd csum with parse-tunnel on forwarded no VXLAN packet, even all in software."""

import struct

import pytest
from lab.frames import DST, SRC, inet_sum, mac_bytes, udp4
from lab.testpmd import vdev

COUNT = 20


def inner_tcp(n, right=True):
    """An Ethernet frame with TCP in it, of which only the checksum may be wrong."""
    tcp = struct.pack("!HHIIBBHHH", 1000 + n, 80, n, 0, 0x50, 16, 1000, 0, 0) + bytes(range(n, n + 60))
    ends = bytes([10, 1, 0, 1, 10, 1, 0, 2])
    total = inet_sum(ends + struct.pack("!HH", 6, len(tcp)) + tcp) if right else 0x1234
    tcp = tcp[:16] + struct.pack("!H", total) + tcp[18:]
    ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), n, 0, 64, 6, 0) + ends
    ip = ip[:10] + struct.pack("!H", inet_sum(ip)) + ip[12:]
    return mac_bytes("02:00:00:00:00:22") + mac_bytes("02:00:00:00:00:11") + b"\x08\0" + ip + tcp


def vxlan(inner):
    """VXLAN to its own port, no outer UDP checksum."""
    frame = bytearray(udp4(42 + 8 + len(inner), dst=DST, src=SRC))
    frame[36:38] = struct.pack("!H", 4789)
    frame[42:] = struct.pack("!II", 0x08000000, 0x4200) + inner
    return bytes(frame)


@pytest.mark.parametrize("how", ["sw", "hw"])
def test_vxlan_goes_through_the_csum_engine(link, testpmd, peer, how):
    link.dut_ns.run("ethtool", "-K", link.dut, "tx", "off")  # so that the kernel makes sums
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port stop 0")
    for what in ("ip", "tcp"):
        pmd.cmd(f"csum set {what} {how} 0")
    pmd.cmd("csum parse-tunnel on 0")
    pmd.cmd("port start 0")
    pmd.start("csum")
    for n in range(COUNT):
        peer.send(vxlan(inner_tcp(n, right=False)))
    got = peer.frames(COUNT)
    assert [f[12:] for f in got] == [vxlan(inner_tcp(n))[12:] for n in range(COUNT)], pmd.xstats()
