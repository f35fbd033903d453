# SPDX-License-Identifier: BSD-3-Clause
"""Superframes in tunnels, and how a kernel without tunnel devices makes them.

UDP tunnels are written to a tap, whose virtio_net_hdr describes them from Linux 6.17
on. For the others a BPF program at the tap's ingress puts outer headers around what is
written (bpf_skb_adjust_room()), and the kernel takes the result for a tunnel's packet.
"""

import ctypes
import fcntl
import os
import struct

from .frames import inet_sum, mac_bytes
from .process import Missing
from .superframe import any_superframe
from .tap import Tap

TUNSETVNETHDRSZ = 0x400454d8
TUNNEL_HDR = 24  # struct virtio_net_hdr_v1_hash_tunnel
TUNNEL_V4, TUNNEL_V6 = 0x20, 0x40  # of gso_type
F_TUNNEL_CSUM = 8  # of flags
_libc = ctypes.CDLL(None, use_errno=True)
OUTER_MACS = mac_bytes("02:00:00:00:00:22") + mac_bytes("02:00:00:00:00:11")


# ---- outer headers ----

def ipv4(proto, length, ident=1, tos=0):
    head = bytes([0x45, tos]) + (20 + length & 0xffff).to_bytes(2, "big") + \
        ident.to_bytes(2, "big") + b"\x40\0" + bytes([64, proto])
    addresses = bytes([10, 7, 0, 1, 10, 7, 0, 2])
    return head + inet_sum(head + b"\0\0" + addresses).to_bytes(2, "big") + addresses


def ipv6(proto, length, tos=0, extension=b""):
    first = 60 if extension else proto
    return bytes([0x60 | tos >> 4, (tos & 15) << 4, 0, 1]) + \
        (len(extension) + length & 0xffff).to_bytes(2, "big") + bytes([first, 64]) + \
        bytes(range(100, 132)) + extension


def outer_udp(v6, length, port, cksum, ident=1, tos=0):
    """IP and UDP headers in front of length bytes; the checksum is the pseudo-header's."""
    length += 8
    ip = ipv6(17, length, tos) if v6 else ipv4(17, length, ident, tos)
    addresses = ip[8:40] if v6 else ip[12:20]
    pseudo = inet_sum(addresses + length.to_bytes(4, "big") + b"\0\0\0\x11") ^ 0xffff
    return ip + struct.pack("!HHHH", 50000, port, length & 0xffff, pseudo if cksum else 0)


def between(rng):
    """What lies behind the UDP header, and the port that says so."""
    vni = rng.randbytes(3) + b"\0"
    return rng.choice([
        (b"\x08\0\0\0" + vni, 4789),
        (b"\x08\0\0\0" + vni, 8472),
        (b"\x02\0\x65\x58" + vni + rng.randbytes(8), 6081),
        (b"\x3f\0\x65\x58" + vni + rng.randbytes(252), 6081),
        (rng.randbytes(2 * rng.randrange(20)), rng.randrange(1, 65536)),
    ])


def any_udp_tunnel(rng, **kw):
    """(frame, the tap's header, segments)."""
    frame, vnet, nb = any_superframe(rng, **kw)
    flags, kind, hdr_len, size, start, offset = struct.unpack("=BBHHHH", vnet)
    v6, cksum = rng.random() < 0.5, rng.random() < 0.5
    inner = next(at for at in range(14, 40, 4) if frame[at - 2:at] in (b"\x08\0", b"\x86\xdd"))
    header, port = between(rng)
    ident = rng.choice([0xfffe, rng.randrange(1, 65536)])
    tags = rng.choice([b"", b"", b"\x81\0\x20\x65"])
    head = OUTER_MACS + tags + (b"\x86\xdd" if v6 else b"\x08\0")
    head += outer_udp(v6, len(header) + len(frame), port, cksum, ident, rng.randrange(256))
    udp, move = len(head) - 8, len(head) + len(header)
    return head + header + frame, struct.pack(
        "<BBHHHHHIHHHH", flags | (F_TUNNEL_CSUM if cksum else 0),
        kind | (TUNNEL_V6 if v6 else TUNNEL_V4), hdr_len + move, size, start + move, offset,
        0, 0, 0, 0, udp, inner + move), nb


class TunnelTap(Tap):
    """Takes superframes in UDP tunnels."""

    def __init__(self, ns, name="t0"):
        super().__init__(ns, name)
        fcntl.ioctl(self.fd, TUNSETVNETHDRSZ, struct.pack("i", TUNNEL_HDR))

    def send(self, frame, vnet=bytes(TUNNEL_HDR)):
        try:
            super().send(frame, vnet)
        except OSError as e:
            raise Missing(f"a tap that takes UDP tunnels needs Linux 6.17: {e}")


# ---- what a tunnel device would do ----

IP4, IP6, L4_GRE = 2, 4, 8  # BPF_F_ADJ_ROOM_ENCAP_*
FIXED_GSO, L2_ETH = 1, 64
ENCAPLIMIT = b"\4\1\4\1\1\1\0"  # behind the next header's number: a destination option
_GRE = {4: b"\x08\0", 6: b"\x86\xdd"}

GRE_SEQ = (4, 4, IP4 | L4_GRE, ipv4(47, 0, 9) + b"\x10\0" + _GRE[4] + b"\0\0\0\1")

# name: version of the outer and of the inner IP header, flags, the bytes to put in
WRAPS = {
    "ipip": (4, 4, IP4, ipv4(4, 0, 0xfffe)),
    "sit": (4, 6, IP4, ipv4(41, 0, 77)),
    "ip6ip6": (6, 6, IP6, ipv6(41, 0, 5, b"\x29\0" + ENCAPLIMIT[:6])),
    "ip4ip6": (6, 4, IP6, ipv6(4, 0)),
    "gre": (4, 4, IP4 | L4_GRE, ipv4(47, 0, 9) + b"\0\0" + _GRE[4]),
    "gre_key": (4, 6, IP4 | L4_GRE, ipv4(47, 0, 9) + b"\x20\0" + _GRE[6] + b"\0\0\1\2"),
    "ip6gre": (6, 4, IP6 | L4_GRE, ipv6(47, 0) + b"\0\0" + _GRE[4]),
    "gretap": (4, 6, IP4 | L4_GRE | L2_ETH | 14 << 56,
               ipv4(47, 0, 9) + b"\0\0\x65\x58" + bytes(range(2, 14)) + _GRE[6]),
}


def _insn(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("<BBhi", code, dst | src << 4, off, imm)


def _wrap_program(outer_version, flags, header):
    """bpf_skb_adjust_room(), then bpf_skb_store_bytes() of a type and the header."""
    flags |= FIXED_GSO
    data = (b"\x86\xdd" if outer_version == 6 else b"\x08\0") + header
    room = -(-len(data) // 8) * 8
    insns = _insn(0xbf, 6, 1) + _insn(0xb7, 2, imm=len(header)) + _insn(0xb7, 3, imm=1)
    insns += struct.pack("<BBhI", 0x18, 4, 0, flags & 0xffffffff)
    insns += struct.pack("<BBhI", 0, 0, 0, flags >> 32)
    insns += _insn(0x85, imm=50)
    stores = b"".join(_insn(0x62, 10, off=at - room, imm=int.from_bytes(
        data[at:at + 4].ljust(4, b"\0"), "little", signed=True)) for at in range(0, room, 4))
    stores += _insn(0xbf, 1, 6) + _insn(0xb7, 2, imm=12) + _insn(0xbf, 3, 10)
    stores += _insn(0x07, 3, imm=-room) + _insn(0xb7, 4, imm=len(data)) + _insn(0xb7, 5)
    stores += _insn(0x85, imm=9) + _insn(0xb7, 0) + _insn(0x95)
    insns += _insn(0x55, 0, off=len(stores) // 8) + stores  # not zero: to the end
    return insns + _insn(0xb7, 0, imm=2) + _insn(0x95)  # TCX_DROP


def _bpf(cmd, attr):
    buffer = ctypes.create_string_buffer(attr, 128)
    fd = _libc.syscall(321, cmd, buffer, 128)
    if fd < 0:
        e = ctypes.get_errno()
        raise Missing(f"bpf({cmd}): {os.strerror(e)}; a wrapper at tc's ingress needs Linux 6.6")
    return fd


class Wrapper:
    """Everything that comes in by this interface is put into a tunnel, until closed."""

    INGRESS = 46  # BPF_TCX_INGRESS

    def __init__(self, ns, iface, wrap):
        version, self.inner, flags, header = wrap
        insns = _wrap_program(version, flags, header)
        code, licence = ctypes.create_string_buffer(insns), ctypes.create_string_buffer(b"GPL")
        prog = _bpf(5, struct.pack("<IIQQIIQII16sII", 3, len(insns) // 8, ctypes.addressof(code),
                                   ctypes.addressof(licence), 0, 0, 0, 0, 0, b"wrap", 0,
                                   self.INGRESS))
        index = ns.link(iface)["ifindex"]
        with ns.entered():
            self.link = _bpf(28, struct.pack("<IIII", prog, index, self.INGRESS, 0))
        os.close(prog)

    def close(self):
        os.close(self.link)
