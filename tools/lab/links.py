# SPDX-License-Identifier: BSD-3-Clause
"""Veth pairs, and a laboratory that puts away what was made in it."""

from .netns import Netns
from .process import run, wait_for


class Link:
    """A veth: `dut` is the end the driver gets, `peer` the other host's."""

    def __init__(self, dut_ns, peer_ns, dut="d0", peer="p0", mtu=1500, offload=True, queues=1,
                 up=True):
        self.dut_ns, self.peer_ns, self.dut, self.peer = dut_ns, peer_ns, dut, peer
        many = ("numtxqueues", str(queues), "numrxqueues", str(queues))
        run("ip", "link", "add", dut, "netns", dut_ns.name, *many, "type", "veth",
            "peer", "name", peer, "netns", peer_ns.name, *many)
        for ns, iface in ((dut_ns, dut), (peer_ns, peer)):
            ns.ip("link", "set", iface, "addrgenmode", "none", check=False)  # a kernel without IPv6
            ns.ip("link", "set", iface, "mtu", str(mtu))
            if not offload:
                ns.run("ethtool", "-K", iface, "tx", "off", "tso", "off", "gso", "off",
                       "gro", "off")
            if up:
                ns.ip("link", "set", iface, "up")
        if up:
            self.wait_carrier()

    def wait_carrier(self, state="UP"):
        wait_for(lambda: self.dut_ns.link(self.dut)["operstate"] == state,
                 what=f"{self.dut} operstate {state}")

    @property
    def dut_mac(self):
        return self.dut_ns.mac(self.dut)

    def peer_counters(self):
        return self.peer_ns.counters(self.peer)


class Lab:
    """Everything one test made, unmade in reverse order."""

    def __init__(self):
        self._made = []
        self._ns = {}

    def keep(self, thing):
        self._made.append(thing)
        return thing

    def ns(self, tag):
        if tag not in self._ns:
            self._ns[tag] = self.keep(Netns(tag))
        return self._ns[tag]

    def two_hosts(self, **kw):
        """Host "peer" (10.9.0.1) on p0 and host "far" (10.9.0.2) on p1; d0, d1 for the driver."""
        near, far = self.link(0, **kw), self.link(1, **kw)
        far.peer_ns.ip("link", "set", far.peer, "netns", self.ns("far").name)
        far.peer_ns = self.ns("far")
        for end, addr in ((near, "10.9.0.1/24"), (far, "10.9.0.2/24")):
            end.peer_ns.ip("addr", "add", addr, "dev", end.peer)
            end.peer_ns.ip("link", "set", end.peer, "up")
            end.wait_carrier()
        return near, far

    def link(self, n=0, **kw):
        return Link(self.ns("dut"), self.ns("peer"), f"d{n}", f"p{n}", **kw)

    def close(self):
        for thing in reversed(self._made):
            try:
                thing.close()
            except Exception as e:  # the rest must go too
                print(f"teardown of {thing}: {e}")
