# SPDX-License-Identifier: BSD-3-Clause
"""Superframes received whole and passed on: what a plain wire would have carried.

Each of some hundred generated TCP superframes, tagged or not, is sent twice from a
packet socket with a virtio_net_hdr: over a veth, and through two ports of the driver
with LRO. Either way it arrives in one piece, with the same bytes, the same tag taken
out by the kernel, and the same virtio_net_hdr.
"""

import random

import pytest
from lab.frames import where_they_differ
from lab.links import Link
from lab.superframe import ECN, TCP4, TCP6, any_superframe
from lab.testpmd import OURS, vdev

TURNS, BATCH = 16, 25
WHOLE = ("--enable-lro", "--enable-rx-cksum")
MODES = {
    "whole": WHOLE,
    "sums_finished_and_undone": WHOLE[:1],
    "chains_of_small_mbufs": (*WHOLE, f"--mbuf-size={128 + 257}"),
    "tag_stripped": (*WHOLE, "--enable-hw-vlan-strip"),
}

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver takes superframes")


def received(sock, count):
    """Frames, and of their virtio_net_hdrs all but hdr_len, which is a hint."""
    got = []
    while len(got) < count and (one := sock.recv(10)):
        got.append((one[0], sock.header[:2] + sock.header[4:]))
    return got


def untag(frame):
    """The outer 802.1Q tag goes into the mbuf, and testpmd's io does not send it."""
    return frame[:12] + frame[16:] if frame[12:14] == b"\x81\x00" else frame


@pytest.mark.parametrize("mode", MODES)
def test_what_arrives_is_what_was_sent(lab, testpmd, raw, mode):
    near, far = lab.link(0), lab.link(1)
    wire = Link(lab.ns("wire"), lab.ns("wire"), "w0", "w1")
    plain, wanted = raw(wire.dut_ns, "w0", vnet=True, receive=False), \
        raw(wire.peer_ns, "w1", vnet=True)
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    sink = raw(far.peer_ns, far.peer, vnet=True)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *MODES[mode], rxd=256,
                  scatter=True)
    pmd.start()
    rng = random.Random(11)
    seen = set()
    for turn in range(TURNS):
        sent = [any_superframe(rng, 60000, 1000, udp=0) for _ in range(BATCH)]
        for frame, vnet, _ in sent:
            plain.send(frame, vnet)
            source.send(frame, vnet)
            seen.add((frame[12:14], vnet[1] & ~ECN))
        want, got = received(wanted, BATCH), received(sink, BATCH)
        assert [f for f, _ in want] == [f for f, _, _ in sent], "the wire is not transparent"
        for n, ((a, header), (b, expected)) in enumerate(zip(got, want)):
            b = untag(b) if mode == "tag_stripped" else b
            assert a == b, f"turn {turn}, frame {n}, {where_they_differ(a, b)}"
            assert header == expected, (turn, n, header.hex(), expected.hex())
        assert len(got) == BATCH, f"{turn}: {len(got)}\n{pmd.xstats(0)}\n{pmd.xstats(1)}"
    assert {(tpid, kind) for tpid in (b"\x81\x00", b"\x88\xa8") for kind in (TCP4, TCP6)} < seen
    count = TURNS * BATCH
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-errors"]) == (count, 0), port=1)
    x = pmd.xstats(0)
    assert (x["rx_superframes_split"], x["rx_good_packets"]) == (0, count), x
    assert (x["rx_cksum_finished"] == count) == (mode == "sums_finished_and_undone"), x
    assert pmd.xstats(1)["tx_superframes"] == count
