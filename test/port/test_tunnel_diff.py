# SPDX-License-Identifier: BSD-3-Clause
"""Superframes in tunnels, cut by the driver and by the kernel, byte for byte.

What a tap sends a bridge floods to two veths: one without offloads, where the kernel
segments and sums it, and one whose other end is the driver's.
"""

import random

import pytest
from lab.frames import where_they_differ
from lab.process import run, wait_for
from lab.superframe import any_superframe, superframe, without_offloads
from lab.testpmd import OURS, vdev
from lab.tap import Tap
from lab.tunnel import GRE_SEQ, WRAPS, TunnelTap, Wrapper, any_udp_tunnel

BATCH = 40
MTU = 1900  # for all those headers

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver splits superframes")


class Fork:
    """A tap, what the kernel makes of its superframes, and what the driver does."""

    def __init__(self, lab, testpmd, raw, make_tap, *args):
        self.near, self.far = lab.link(0, mtu=MTU), lab.link(1, mtu=MTU)
        self.ns = ns = self.near.peer_ns
        run("ip", "link", "add", "k0", "mtu", str(MTU), "netns", ns.name, "type", "veth",
            "peer", "name", "k1", "mtu", str(MTU), "netns", ns.name)
        without_offloads(ns, "k0")
        self.tap = lab.keep(make_tap(ns))
        ns.ip("link", "set", "t0", "mtu", str(MTU))
        # netfilter would trim a bridged packet to the length that its outer header says
        ns.run("sh", "-c", "for f in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do"
               " [ ! -e $f ] || echo 0 >$f; done")
        ns.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
        for iface in ("t0", "k0", self.near.peer):
            ns.ip("link", "set", iface, "master", "br0")
        for iface in ("k0", "k1", "br0"):
            ns.ip("link", "set", iface, "up")
        wait_for(lambda: all(ns.link(i)["linkinfo"]["info_slave_data"]["state"] == "forwarding"
                             for i in ("t0", "k0", self.near.peer)))
        self.want, self.got = raw(ns, "k1"), raw(ns, self.far.peer)
        self.pmd = testpmd(self.near.dut_ns, [vdev(0, self.near.dut),
                                              vdev(1, self.far.dut, tx_join=0)], *args, rxd=2048)
        self.pmd.start()

    def compare(self, turns, make):
        """make() is a frame, its header and the number of its segments."""
        total = 0
        for turn in range(turns):
            count = 0
            for _ in range(BATCH):
                frame, vnet, nb = make()
                self.tap.send(frame, vnet)
                count += nb
            want, got = self.want.frames(count), self.got.frames(count)
            assert len(want) == count, f"the kernel made {len(want)} of {count}"
            for n, (a, b) in enumerate(zip(got, want)):
                assert a == b, f"turn {turn}, frame {n}, {where_they_differ(a, b)}"
            assert len(got) == count, f"{turn}: {len(got)} of {count}\n{self.pmd.xstats(0)}"
            total += count
        x = self.pmd.xstats(0)
        assert (x["rx_superframe_segments"], x["rx_unsplittable"]) == (total, 0), x


@pytest.mark.parametrize("args", [(), ("--enable-lro",)], ids=["io", "lro"])
def test_udp_tunnels(lab, testpmd, raw, args):
    """VXLAN, GENEVE and unknown ones; both versions outside and inside; with and without
    a checksum outside; TCP and UDP."""
    rng = random.Random(8)
    Fork(lab, testpmd, raw, TunnelTap, *args).compare(40, lambda: any_udp_tunnel(rng))


@pytest.mark.parametrize("name", WRAPS)
def test_other_tunnels(lab, testpmd, raw, name):
    rng = random.Random(9)
    fork = Fork(lab, testpmd, raw, Tap)
    wrapper = lab.keep(Wrapper(fork.ns, "t0", WRAPS[name]))
    kind = {4: b"\x08\0", 6: b"\x86\xdd"}[wrapper.inner]

    def make():
        while True:
            frame, vnet, nb = any_superframe(rng)
            if frame[12:14] == kind:
                return frame, vnet, nb
    fork.compare(10, make)


def test_what_cannot_be_split_is_named_once(lab, testpmd, raw):
    fork = Fork(lab, testpmd, raw, Tap)
    lab.keep(Wrapper(fork.ns, "t0", GRE_SEQ))
    for n in (1, 2, 3):
        fork.tap.send(*superframe(bytes(3000), 1000))
        wait_for(lambda n=n: fork.pmd.xstats(0)["rx_unsplittable"] == n)
        wait_for(lambda: "superframes that cannot be split" in fork.pmd.log())
    log = fork.pmd.log()
    assert log.count("superframes that cannot be split") == 1, log
    assert "GRE with sequence numbers" in log and f"gro on {fork.near.dut}" in log, log
