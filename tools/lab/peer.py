# SPDX-License-Identifier: BSD-3-Clause
"""The other host: raw sockets that send and receive whole frames."""

import errno
import select
import socket
import struct
import time

from .netlab import DEADLINE

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
TP_STATUS_CSUMNOTREADY = 1 << 3
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6

SRC = "02:00:00:00:00:01"
DST = "02:00:00:00:00:02"
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


class Raw:
    """A raw packet socket on one interface of a namespace."""

    def __init__(self, ns, iface, vnet=False, receive=True):
        self.sock = ns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.vnet, self.header = vnet, None  # the last virtio_net_hdr that came
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
        if vnet:
            self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
        self.sock.bind((iface, ETH_P_ALL if receive else 0))

    def close(self):
        self.sock.close()

    def send(self, frame, vnet=None):
        if self.vnet:
            frame = (vnet or bytes(10)) + frame
        self.sock.send(frame)

    def recv(self, timeout=0.0):
        """(frame as on the wire, auxdata status), or None at the deadline."""
        if not select.select([self.sock], [], [], timeout)[0]:
            return None
        try:
            data, anc, _, _ = self.sock.recvmsg(70000, 128)
        except OSError as e:
            if e.errno != errno.ENETDOWN:
                raise
            return self.recv(timeout)  # said once after the interface was down
        if self.vnet:
            self.header, data = data[:10], data[10:]
        status = 0
        for level, kind, aux in anc:
            if level == SOL_PACKET and kind == PACKET_AUXDATA:
                status, _, _, _, _, tci, tpid = struct.unpack("IIIHHHH", aux[:20])
                if status & TP_STATUS_VLAN_VALID:
                    if not status & TP_STATUS_VLAN_TPID_VALID:
                        tpid = 0x8100
                    data = data[:12] + struct.pack("!HH", tpid, tci) + data[12:]
        return data, status

    def frames(self, count=None, quiet=0.3, timeout=DEADLINE):
        """Frames until `count` came, or none came for `quiet` seconds.

        What must come is waited for with a count, however long it takes; then a call
        without one sees that nothing more comes.
        """
        got, deadline = [], time.monotonic() + timeout
        while count is None or len(got) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            one = self.recv(left if count is not None else min(left, quiet))
            if one is None:
                break
            got.append(one[0])
        return got


def vnet_hdr(flags=0, gso_type=0, hdr_len=0, gso_size=0, csum_start=0, csum_offset=0):
    return struct.pack("=BBHHHH", flags, gso_type, hdr_len, gso_size, csum_start, csum_offset)
