# SPDX-License-Identifier: BSD-3-Clause
"""Open vSwitch 3.1, which asks for the RX checksum offloads: plain, conntrack, NAT, local port."""

import os

import pytest
from folder import EAL, copy, need
from lab.process import wait_for
from lab.testpmd import vdev

CONNTRACK = """
priority=20,arp,actions=NORMAL
priority=10,ip,ct_state=-trk,actions=ct(table=1)
table=1,ip,ct_state=+trk+inv,actions=drop
table=1,ip,ct_state=+trk+new,actions=ct(commit),NORMAL
table=1,ip,ct_state=+trk+est,actions=NORMAL
"""
NAT = """
priority=20,arp,actions=NORMAL
priority=10,in_port=p0,ip,actions=ct(commit,zone=1,nat(src=10.9.0.50),table=1)
priority=10,in_port=p1,ip,actions=ct(zone=1,nat,table=1)
table=1,ip,ct_state=+inv,actions=drop
table=1,in_port=p0,ip,actions=output:p1
table=1,in_port=p1,ip,actions=output:p0
"""


class Ovs:
    def __init__(self, inside, dut, near, far):
        self.inside = inside(dut)
        d = self.inside.dir
        self.env = (f"OVS_RUNDIR={d}", f"OVS_LOGDIR={d}", f"OVS_DBDIR={d}")
        self.run("ovsdb-tool", "create", f"{d}/conf.db", "/usr/share/openvswitch/vswitch.ovsschema")
        self.inside.start("ovsdb", "ovsdb-server", f"{d}/conf.db", f"--remote=punix:{d}/db.sock",
                          f"--unixctl={d}/ovsdb.ctl", env=self.env)
        wait_for(lambda: os.path.exists(f"{d}/db.sock"), 20)
        # OVS adds --in-memory, which does not go with --no-huge, unless told --legacy-mem
        eal = " ".join([*EAL, "--legacy-mem", "--file-prefix", os.path.basename(d)])
        self.vsctl("--no-wait", "init", "--", "set", "Open_vSwitch", ".",
                   "other_config:dpdk-init=true", f'other_config:dpdk-extra="{eal}"',
                   "other_config:pmd-cpu-mask=2")
        switch = self.inside.start("vswitchd", "/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk", f"unix:{d}/db.sock",
                          f"--unixctl={d}/vswitchd.ctl", env=self.env)
        wait_for(lambda: switch.poll() is not None or os.path.exists(f"{d}/vswitchd.ctl"), 60)
        assert switch.poll() is None, self.inside.text("vswitchd.out")
        self.vsctl("add-br", "br0", "--", "set", "bridge", "br0", "datapath_type=netdev")
        for n, end in enumerate((near, far)):
            self.vsctl("add-port", "br0", f"p{n}", "--", "set", "Interface", f"p{n}", "type=dpdk",
                       f'options:dpdk-devargs="{vdev(n, end.dut)}"')
            assert self.vsctl("get", "Interface", f"p{n}", "error").strip() == "[]", \
                self.inside.text("vswitchd.out")[-3000:]

    def run(self, *argv):
        return self.inside.run(*argv, env=self.env)

    def vsctl(self, *argv):
        return self.run("ovs-vsctl", f"--db=unix:{self.inside.dir}/db.sock", "--timeout=60", *argv)

    def flows(self, text):
        with open(f"{self.inside.dir}/flows", "w", encoding="utf-8") as file:
            file.write(text)
        self.run("ovs-ofctl", "del-flows", "br0")
        self.run("ovs-ofctl", "add-flows", "br0", f"{self.inside.dir}/flows")


@pytest.fixture
def ovs(hosts, inside):
    need("ovs")
    near, far = hosts
    return Ovs(inside, near.dut_ns, near, far)


def both_ways(hosts, row, address="10.9.0.2"):
    near, far = (end.peer_ns for end in hosts)
    there = copy(near, far, address)
    row(f"{there}, back {copy(far, near, '10.9.0.1')}" if address == "10.9.0.2" else there)


def test_learning_bridge(ovs, hosts, row):
    both_ways(hosts, row)


def test_conntrack(ovs, hosts, row):
    ovs.flows(CONNTRACK)
    both_ways(hosts, row)


def test_nat_of_the_source(ovs, hosts, row):
    near, far = hosts
    far.peer_ns.ip("neigh", "add", "10.9.0.50", "lladdr", near.peer_ns.mac(near.peer), "dev",
                   far.peer, "nud", "permanent")
    ovs.flows(NAT)
    row(copy(near.peer_ns, far.peer_ns, "10.9.0.2"))


def test_local_port(ovs, hosts, row):
    near, _ = hosts
    near.dut_ns.ip("addr", "add", "10.9.0.3/24", "dev", "br0")
    near.dut_ns.ip("link", "set", "br0", "up")
    there = copy(near.peer_ns, near.dut_ns, "10.9.0.3", 8)
    row(f"{there}, back {copy(near.dut_ns, near.peer_ns, '10.9.0.1', 8)}")
