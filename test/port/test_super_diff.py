# SPDX-License-Identifier: BSD-3-Clause
"""Superframes cut by the driver and by the kernel, byte for byte.

Each of a few thousand generated superframes is sent twice from a packet socket
with a virtio_net_hdr: out of a veth without offloads, where the kernel segments
and sums it, and to the driver, which splits it (and, in the second test, joins
the segments again, for a bridge to cut).
"""

import random

import pytest
from lab.frames import where_they_differ
from lab.process import run, wait_for
from lab.superframe import any_superframe, are_datagrams_known, without_offloads
from lab.testpmd import OURS, vdev

BATCH = 40


@pytest.fixture
def kernel(lab, raw):
    """(send, receive): what goes in at one end comes out cut by the kernel."""
    ns = lab.ns("kernel")
    run("ip", "link", "add", "k0", "netns", ns.name, "type", "veth", "peer", "name", "k1",
        "netns", ns.name)
    without_offloads(ns, "k0")
    for iface in ("k0", "k1"):
        ns.ip("link", "set", iface, "up")
    return raw(ns, "k0", vnet=True, receive=False), raw(ns, "k1")


def compare(kernel, source, sink, pmd, turns):
    rng = random.Random(7)
    cutter, cut = kernel
    total, udp = 0, 0
    if are_datagrams_known(cutter):
        udp = 0.3
        assert len(cut.frames(3)) == 3  # of the question
    for turn in range(turns):
        count = 0
        for _ in range(BATCH):
            frame, vnet, nb = any_superframe(rng, udp=udp)
            cutter.send(frame, vnet)
            source.send(frame, vnet)
            count += nb
        want, got = cut.frames(count), sink.frames(count)
        assert len(want) == count, f"the kernel made {len(want)} of {count}"
        for n, (a, b) in enumerate(zip(got, want)):
            assert a == b, f"turn {turn}, frame {n}, {where_they_differ(a, b)}"
        assert len(got) == count, f"{turn}: {len(got)} of {count}\n{pmd.xstats(0)}\n{pmd.xstats(1)}"
        total += count
    return total


@pytest.mark.skipif(not OURS, reason="no other driver splits superframes")
def test_split_is_what_the_kernel_would_have_sent(lab, testpmd, raw, kernel):
    near, far = lab.link(0), lab.link(1)
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    sink = raw(far.peer_ns, far.peer)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, vnet_hdr=1), vdev(1, far.dut, tx_join=0)],
                  rxd=2048)
    pmd.start()
    total = compare(kernel, source, sink, pmd, 75)
    assert pmd.stats(1)["TX-packets"] == total
    assert pmd.xstats(1)["tx_joined"] == 0


@pytest.mark.skipif(not OURS, reason="no other driver joins segments")
def test_joined_and_cut_again_is_what_came(lab, testpmd, raw, kernel):
    near, far = lab.link(0), lab.link(1)
    ns = lab.ns("cut")  # far.peer, bridged to a veth where the kernel must segment
    far.peer_ns.ip("link", "set", far.peer, "netns", ns.name)
    run("ip", "link", "add", "c0", "netns", ns.name, "type", "veth", "peer", "name", "c1",
        "netns", ns.name)
    ns.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
    without_offloads(ns, "c0")
    for iface in (far.peer, "c0"):
        ns.ip("link", "set", iface, "master", "br0")
    for iface in (far.peer, "c0", "c1", "br0"):
        ns.ip("link", "set", iface, "up")
    wait_for(lambda: all(ns.link(i)["linkinfo"]["info_slave_data"]["state"] == "forwarding"
                         for i in (far.peer, "c0")))
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    sink = raw(ns, "c1")
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, vnet_hdr=1), vdev(1, far.dut)], "--burst=512",
                  rxd=2048, mbufs=32768)
    pmd.start()
    total = compare(kernel, source, sink, pmd, 75)
    assert pmd.stats(1)["TX-packets"] == total
    assert pmd.xstats(1)["tx_joined"] > total / 2, pmd.xstats(1)
