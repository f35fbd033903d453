# SPDX-License-Identifier: BSD-3-Clause
"""An SCTP packet whose CRC32c was left to the device got an Internet checksum."""

import struct

import pytest
from lab.frames import inet_sum, mac_bytes, vnet_hdr
from lab.testpmd import vdev


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def sctp(payload):
    l4 = struct.pack("!HHII", 5000, 5001, 0x01020304, 0) + payload
    head = b"\x45\0" + (20 + len(l4)).to_bytes(2, "big") + b"\0\1\0\0\x40\x84"
    addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
    l3 = head + inet_sum(head + b"\0\0" + addresses).to_bytes(2, "big") + addresses
    return mac_bytes("02:00:00:00:00:02") + mac_bytes("02:00:00:00:00:01") + b"\x08\0" + l3 + l4


def test_crc32c_of_the_test_itself():
    assert crc32c(b"123456789") == 0xe3069283  # RFC 3720 B.4 speaks of the same one


@pytest.mark.parametrize("args", [{}, {"vnet_hdr": 0}], ids=["vnet", "no_vnet"])
@pytest.mark.parametrize("size", [4, 101, 1400])
def test_sctp_left_to_the_device_gets_its_crc(link, testpmd, raw, size, args):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **args)])
    pmd.start()
    frame = sctp(bytes(range(256)) * 6)[:14 + 20 + 12 + size]
    l3 = bytearray(frame[14:34])
    l3[2:4] = (20 + 12 + size).to_bytes(2, "big")
    l3[10:12] = b"\0\0"
    l3[10:12] = inet_sum(bytes(l3)).to_bytes(2, "big")
    frame = frame[:14] + bytes(l3) + frame[34:]
    peer.send(frame, vnet_hdr(1, 0, 0, 0, csum_start=34, csum_offset=8))
    got = peer.frames(1)
    assert len(got) == 1, pmd.xstats()
    l4 = got[0][34:]
    assert struct.unpack("<I", l4[8:12])[0] == crc32c(l4[:8] + bytes(4) + l4[12:])
    assert got[0][:34] + l4[:8] + l4[12:] == frame[:42] + frame[46:]
