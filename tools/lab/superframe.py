# SPDX-License-Identifier: BSD-3-Clause
"""Superframes of all sorts, and a pair of veths whose kernel end cuts them."""

import errno
import random

from .frames import inet_sum, l4_is_right, l4_start, mac_bytes, udp4, vnet_hdr
from .process import run

TCP4, TCP6, UDP = 1, 4, 5  # virtio_net_hdr.gso_type
ECN = 0x80  # beside TCP: CWR is the first segment's alone
CWR = 0x80  # of the TCP flags
UDP_MAX_SEGMENTS = 64
TCP_MIN_SEGMENT = 8  # bytes; since Linux 6.12.111 the kernel makes no smaller ones
MSS = 1400  # of stream()
STREAM_SEQ, STREAM_IDENT = 0xfffff000, 0x1234
TIMESTAMP = b"\1\1\x08\x0a\0\0\0\1\0\0\0\2"  # the TCP option, as Linux has it


def superframe(payload, mss, v6=False, udp=False, tags=b"", ip_options=b"", extensions=b"",
               tcp_options=b"", flags=0x10, tos=0, ttl=64, ident=1, fragment=0x4000, seq=1,
               ports=(1000, 2000), window=500, dst="02:00:00:00:00:02"):
    """The frame with its checksum unfinished, and its virtio_net_hdr.

    extensions is (first header's number, bytes); the last one names no next header yet.
    """
    proto = 17 if udp else 6
    head = ports[0].to_bytes(2, "big") + ports[1].to_bytes(2, "big")
    if udp:
        l4 = bytearray(head + ((8 + len(payload)) & 0xffff).to_bytes(2, "big") + b"\0\0")
    else:
        l4 = bytearray(head + (seq % 2**32).to_bytes(4, "big") + b"\0\0\0\7" +
                       bytes([(20 + len(tcp_options)) << 2, flags]) +
                       window.to_bytes(2, "big") + b"\0\0\0\0" + tcp_options)
    length = len(l4) + len(payload)
    if v6:
        first, ext = extensions or (proto, b"")
        addresses = bytes(range(32))
        l3 = bytes([0x60 | tos >> 4, (tos & 15) << 4 | 1, 2, 3]) + \
            (len(ext) + length).to_bytes(2, "big") + bytes([first, ttl]) + addresses + ext
    else:
        addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
        l3 = bytes([0x45 + len(ip_options) // 4, tos]) + \
            (20 + len(ip_options) + length).to_bytes(2, "big") + ident.to_bytes(2, "big") + \
            fragment.to_bytes(2, "big") + bytes([ttl, proto])
        l3 += inet_sum(l3 + b"\0\0" + addresses + ip_options).to_bytes(2, "big")
        l3 += addresses + ip_options
    field = 6 if udp else 16
    pseudo = addresses + length.to_bytes(4, "big") + bytes([0, 0, 0, proto])
    l4[field:field + 2] = (inet_sum(pseudo) ^ 0xffff).to_bytes(2, "big")
    eth = mac_bytes(dst) + mac_bytes("02:00:00:00:00:01") + tags + \
        (b"\x86\xdd" if v6 else b"\x08\0")
    start = len(eth) + len(l3)
    kind = UDP if udp else (TCP6 if v6 else TCP4) | (ECN if flags & CWR else 0)
    return eth + l3 + bytes(l4) + payload, vnet_hdr(
        1, kind, start + len(l4), mss, csum_start=start, csum_offset=field)


def pattern(size):
    return bytes((i * 7 + (i >> 8)) & 0xff for i in range(size))


def stream(payload, kind, tag=b"", mss=MSS):
    """The last superframe of a stream, with FIN and PSH and a number near its wrap, or
    the datagrams of one UDP write; check_stream() knows what becomes of it."""
    return superframe(payload, mss, kind == TCP6, kind == UDP, tags=tag, tcp_options=TIMESTAMP,
                      flags=0x19, seq=STREAM_SEQ, ident=STREAM_IDENT)


def check_stream(frames, payload, kind, mss=MSS):
    """The frames are exactly what the sender would have sent without offload."""
    got = b""
    for n, f in enumerate(frames):
        l3, l4 = l4_start(f)
        assert len(f) <= 1514 + 4 and l4_is_right(f), n
        last = n == len(frames) - 1
        if f[l3] >> 4 == 4:
            assert inet_sum(f[l3:l4]) == 0, "IPv4 header checksum"
            assert int.from_bytes(f[l3 + 4:l3 + 6], "big") == STREAM_IDENT + n, "IPv4 identification"
        if kind == UDP:
            data = f[l4 + 8:]
        else:
            data = f[l4 + 32:]
            assert int.from_bytes(f[l4 + 4:l4 + 8], "big") == (STREAM_SEQ + len(got)) % 2**32
            assert f[l4 + 13] == (0x19 if last else 0x10), "FIN and PSH belong to the last"
        assert last or len(data) == mss
        got += data
    assert got == payload


def any_extensions(rng, proto):
    """A hop-by-hop and a destination options header, either or both."""
    kinds = rng.choice([(0,), (60,), (0, 60)])
    out = b""
    for n, kind in enumerate(kinds):
        size = 8 * rng.randint(1, 3)
        following = kinds[n + 1] if n + 1 < len(kinds) else proto
        out += bytes([following, size // 8 - 1, 1, size - 4]) + bytes(size - 4)
    return kinds[0], out


def any_superframe(rng, max_payload=9000, max_segments=30, udp=0.3):
    """One of all sorts, and how many segments it has; this share of them UDP."""
    v6, udp = rng.random() < 0.5, rng.random() < udp
    smallest = 1 if udp else TCP_MIN_SEGMENT
    mss = rng.choice([rng.randint(8, 1300), rng.randint(1000, 1300), smallest, 536, 1300])
    limit = min(max_payload, mss * max_segments)
    size = rng.choice([rng.randint(mss + 1, max(limit, mss + 1)), 2 * mss, mss + 1, 3 * mss - 1])
    args = dict(
        tags=rng.choice([b"", b"", b"\x81\0\x60\x64", b"\x88\xa8\0\x05\x81\0\0\x07"]),
        ip_options=b"\1" * rng.choice([0, 0, 0, 4, 40]),
        tcp_options=bytes(rng.randrange(256) for _ in range(4 * rng.choice([0, 3, 3, 10]))),
        flags=0x10 | rng.choice([0, 0x08, 0x01, 0x80, 0x40, 0xc9, rng.randrange(256) & ~6]),
        tos=rng.randrange(256), ttl=rng.randint(1, 255),
        ident=rng.choice([0xfffe, rng.randrange(65536)]),
        fragment=rng.choice([0, 0x4000]), seq=rng.choice([2**32 - mss, rng.randrange(2**32)]),
        ports=(rng.randrange(1, 65536), rng.randrange(1, 65536)), window=rng.randrange(65536))
    if v6 and rng.random() < 0.3:
        args["extensions"] = any_extensions(rng, 17 if udp else 6)
    payload = random.Random(rng.random()).randbytes(size)
    return (*superframe(payload, mss, v6, udp, **args), -(-size // mss))


def are_datagrams_known(source):
    """Whether packet sockets have virtio_net_hdrs of UDP superframes, which Linux 6.2 brought."""
    try:
        source.send(udp4(3000), vnet_hdr(1, UDP, 42, 1000, csum_start=34, csum_offset=6))
    except OSError as e:
        assert e.errno == errno.EINVAL
        return False
    return True


def without_offloads(ns, iface):
    """What leaves by this interface is segmented and summed by the kernel."""
    run(*ns.argv("ethtool", "-K", iface, "tso", "off", "gso", "off", "tx", "off",
                 "tx-udp-segmentation", "off"))
