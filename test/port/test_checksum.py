# SPDX-License-Identifier: BSD-3-Clause
"""Checksums a sender left to hardware that is not there are finished on receive."""

import pytest
from netlab import wait_for
from peer import (TP_STATUS_CSUMNOTREADY, eth, inet_sum, mac_bytes, udp4, vnet_hdr)
from testpmd import vdev


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


@pytest.mark.parametrize("tag", [None, "81000064", "88a80064810000c8"])
@pytest.mark.parametrize("v6", [False, True], ids=["ipv4", "ipv6"])
@pytest.mark.parametrize("proto", [6, 17], ids=["tcp", "udp"])
def test_partial_checksum_is_finished(link, testpmd, raw, proto, v6, tag):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    sent = [partial(n, proto, v6, tag) for n in (80, 81, 300, 1001, 1506)]
    for frame, hdr in sent:
        assert not l4_is_right(frame)
        peer.send(frame, hdr)
    got = [peer.recv(2) for _ in sent]
    assert None not in got, pmd.xstats()
    for (back, status), (frame, _) in zip(got, sent):
        assert not status & TP_STATUS_CSUMNOTREADY
        assert l4_is_right(back), f"{len(frame)} bytes"
        field = l4_start(frame)[1] + (16 if proto == 6 else 6)
        assert back[:field] + back[field + 2:] == frame[:field] + frame[field + 2:]


def test_partial_checksum_is_finished_over_a_chain(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--mbuf-size={128 + 65}", scatter=True)
    pmd.start()
    for n in (80, 300, 1001, 1514):
        peer.send(*partial(n, 17))
        back = peer.recv(2)
        assert back and len(back[0]) == n and l4_is_right(back[0]), n


def test_wrong_checksum_of_the_sender_stays_wrong(link, testpmd, peer):
    """What came complete is not touched, right or not."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    frame = udp4(200, csum=0x1234)
    peer.send(frame)
    assert peer.frames(1) == [frame]


@pytest.mark.parametrize("kind", ["udp", "tcp"])
def test_a_kernel_sender_with_offloads_on_sends_right_checksums(lab, testpmd, raw, kind):
    """peer host -> p0 d0 -> testpmd -> d1 p1: what arrives there is right."""
    near, far = lab.link(0), lab.link(1)
    sink = raw(far.peer_ns, far.peer)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)])
    pmd.start()
    ns = near.peer_ns
    ns.ip("addr", "add", "10.9.0.1/24", "dev", near.peer)
    ns.ip("neigh", "add", "10.9.0.2", "lladdr", "02:00:00:00:00:02", "dev", near.peer,
          "nud", "permanent")
    import socket
    if kind == "udp":
        s = lab.keep(ns.socket(socket.AF_INET, socket.SOCK_DGRAM, 0))
        for n in (1, 18, 100, 1472):
            s.sendto(bytes(n), ("10.9.0.2", 9))
        want = 4
    else:
        s = lab.keep(ns.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
        s.setblocking(False)
        s.connect_ex(("10.9.0.2", 9))  # the SYN is enough
        want = 1
    frames = [f for f in sink.frames(want) if f[12:14] == b"\x08\x00"]
    assert len(frames) >= want, pmd.xstats()
    assert all(l4_is_right(f) for f in frames)


def test_two_hosts_talk_tcp_through_the_ports(lab, testpmd):
    """Segmentation off, checksum offload on: the stacks drop what is wrong."""
    near, far = lab.link(0), lab.link(1)
    other = lab.ns("far")
    far.peer_ns.ip("link", "set", far.peer, "netns", other.name)
    for ns, iface, addr in ((near.peer_ns, near.peer, "10.9.0.1/24"), (other, far.peer, "10.9.0.2/24")):
        ns.run("ethtool", "-K", iface, "tso", "off", "gso", "off", "gro", "off")
        ns.ip("addr", "add", addr, "dev", iface)
        ns.ip("link", "set", iface, "up")
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)])
    far.wait_carrier()
    pmd.start()
    import socket
    import threading
    data = bytes(range(256)) * 4096
    server = lab.keep(other.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
    server.bind(("10.9.0.2", 9000))
    server.listen(1)
    server.settimeout(10)
    client = lab.keep(near.peer_ns.socket(socket.AF_INET, socket.SOCK_STREAM, 0))
    client.settimeout(10)

    def send():
        client.connect(("10.9.0.2", 9000))
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    conn, _ = server.accept()
    conn.settimeout(10)
    got = bytearray()
    while chunk := conn.recv(65536):
        got += chunk
    conn.close()
    sender.join(10)
    assert got == data
