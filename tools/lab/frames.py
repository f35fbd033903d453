# SPDX-License-Identifier: BSD-3-Clause
"""Ethernet frames, their checksums, and the virtio_net_hdr before them."""

import struct

SRC = "02:00:00:00:00:01"
DST = "02:00:00:00:00:02"
FOREIGN = "02:aa:bb:cc:dd:ee"
BROADCAST = "ff:ff:ff:ff:ff:ff"
MULTICAST = "01:00:5e:00:00:17"
ETH_LOCAL = 0x88B5  # IEEE local experimental: no protocol stack answers it


def mac_bytes(mac):
    return bytes.fromhex(mac.replace(":", ""))


def eth(size, dst=DST, src=SRC, ethertype=ETH_LOCAL, tags=(), seed=0):
    """A frame of `size` bytes in all, with (tpid, tci) tags and a pattern."""
    head = mac_bytes(dst) + mac_bytes(src)
    for tpid, tci in tags:
        head += struct.pack("!HH", tpid, tci)
    head += struct.pack("!H", ethertype)
    return head + bytes((seed + 31 * i) & 0xff for i in range(size - len(head)))


def some_frames(count, seed=0):
    """As many frames, no two of them equal."""
    return [eth(100 + i, seed=seed + i) for i in range(count)]


def udp4(size, flow=0, src=None, dst=DST, csum=0, frag=0, ident=1):
    """An IPv4/UDP frame; flow picks the source port and the source MAC."""
    src = src or f"02:00:00:00:01:{flow & 0xff:02x}"
    payload = bytes((flow + i) & 0xff for i in range(size - 42))
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, size - 14, ident, frag, 64, 17, 0,
                     bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    ip = ip[:10] + struct.pack("!H", inet_sum(ip)) + ip[12:]
    udp = struct.pack("!HHHH", 1024 + flow, 9, size - 34, csum)
    return mac_bytes(dst) + mac_bytes(src) + b"\x08\x00" + ip + udp + payload


def inet_sum(data):
    if len(data) & 1:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def l4_start(frame):
    at = 12
    while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        at += 4
    return (at + 2, at + 2 + 20) if frame[at:at + 2] == b"\x08\x00" else (at + 2, at + 2 + 40)


def l4_is_right(frame):
    """The sum over pseudo header and L4 of an IPv4/IPv6 frame is zero."""
    l3, l4 = l4_start(frame)
    if frame[l3] >> 4 == 4:
        end = l3 + int.from_bytes(frame[l3 + 2:l3 + 4], "big")
        proto, addresses = frame[l3 + 9], frame[l3 + 12:l3 + 20]
    else:
        end = l4 + int.from_bytes(frame[l3 + 4:l3 + 6], "big")
        proto, addresses = frame[l3 + 6], frame[l3 + 8:l3 + 40]
    body = frame[l4:end]
    pseudo = addresses + len(body).to_bytes(4, "big") + bytes([0, 0, 0, proto])
    return inet_sum(pseudo + body) == 0


def vnet_hdr(flags=0, gso_type=0, hdr_len=0, gso_size=0, csum_start=0, csum_offset=0):
    return struct.pack("=BBHHHH", flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)


def frame6(size, proto, head):
    return mac_bytes("02:00:00:00:00:02") + mac_bytes("02:00:00:00:00:01") + b"\x86\xdd" + \
        bytes.fromhex("60000000") + (size - 54).to_bytes(2, "big") + bytes([proto, 64]) + \
        bytes(15) + b"\1" + bytes(15) + b"\2" + head + bytes(range(256)) * 6


def partial(size, proto, v6=False, tag=None):
    """A frame whose L4 field holds only the pseudo header's sum, and its vnet header."""
    tcp = bytes.fromhex("1000005000000001000000015018010000000000")
    if v6:
        l4_len = size - 54
        head = tcp if proto == 6 else bytes.fromhex("04000009") + l4_len.to_bytes(2, "big") + b"\0\0"
        frame = bytearray(frame6(size, proto, head)[:size])
        l4, addresses = 54, bytes(frame[22:54])
    else:
        frame = bytearray(udp4(size))
        l4, l4_len = 34, size - 34
        frame[23] = proto
        frame[24:26] = bytes(2)
        frame[24:26] = inet_sum(bytes(frame[14:34])).to_bytes(2, "big")
        if proto == 6:
            frame[34:54] = tcp
        addresses = bytes(frame[26:34])
    field = l4 + (16 if proto == 6 else 6)
    pseudo = inet_sum(addresses + l4_len.to_bytes(4, "big") + bytes([0, 0, 0, proto])) ^ 0xffff
    frame[field:field + 2] = pseudo.to_bytes(2, "big")
    if tag:
        frame[12:12] = bytes.fromhex(tag)
        l4 += len(tag) // 2
    return bytes(frame), vnet_hdr(1, csum_start=l4, csum_offset=16 if proto == 6 else 6)


def where_they_differ(frame, want):
    at = next((i for i, (a, b) in enumerate(zip(frame, want)) if a != b), min(len(frame), len(want)))
    return f"byte {at} of {len(frame)}/{len(want)}:\n {frame[:140].hex()}\n {want[:140].hex()}"
