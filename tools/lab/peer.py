# SPDX-License-Identifier: BSD-3-Clause
"""The other host: raw sockets that send and receive whole frames."""

import errno
import select
import socket
import struct
import time

from .frames import eth
from .process import DEADLINE

ETH_P_ALL = 0x0003
SOL_PACKET = 263
PACKET_AUXDATA = 8
PACKET_VNET_HDR = 15
PACKET_IGNORE_OUTGOING = 23
SO_RCVBUFFORCE = 33
TP_STATUS_CSUMNOTREADY = 1 << 3
TP_STATUS_VLAN_VALID = 1 << 4
TP_STATUS_VLAN_TPID_VALID = 1 << 6


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


def exchange(peer, frames):
    """All frames come back in their order, and nothing else."""
    for frame in frames:
        peer.send(frame)
    assert peer.frames(len(frames)) + peer.frames(quiet=0.1) == frames


def received(pmd, peer, *dsts):
    """Which of the frames to dsts come back; the last is known to, behind the others."""
    want = [eth(60 + i, dst=d) for i, d in enumerate(dsts)]
    for frame in want:
        peer.send(frame)
    got = []
    while want[-1] not in got:
        more = peer.frames(1)
        assert more, f"the last of {dsts} has not come back"
        got += more
    got += peer.frames(quiet=0.1)
    return [dsts[want.index(f)] for f in got]
