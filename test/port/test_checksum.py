# SPDX-License-Identifier: BSD-3-Clause
"""Checksums a sender left to hardware that is not there are finished on receive."""

import socket

import pytest
from lab.frames import l4_is_right, l4_start, partial, udp4
from lab.peer import TP_STATUS_CSUMNOTREADY
from lab.process import DEADLINE
from lab.tcp import tcp_copy
from lab.testpmd import vdev


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
    got = [peer.recv(DEADLINE) for _ in sent]
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
        back = peer.recv(DEADLINE)
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
    near, far = lab.two_hosts()
    for end in (near, far):
        end.peer_ns.run("ethtool", "-K", end.peer, "tso", "off", "gso", "off", "gro", "off")
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)])
    pmd.start()
    data = bytes(range(256)) * 8192
    assert tcp_copy(near.peer_ns, far.peer_ns, "10.9.0.2", data) == data
