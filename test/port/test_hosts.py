# SPDX-License-Identifier: BSD-3-Clause
"""What two hosts' own programs say of the ports between them: ping and iperf3.

"io" is testpmd without any offload, "whole" passes superframes on as they are.
"""

import json
import re

import pytest
from lab.process import settled, wait_for
from lab.testpmd import OURS, vdev
from lab.web import ipv6_hosts

MODES = {"io": (), "whole": ("--enable-lro", "--enable-rx-cksum") if OURS else ()}
ADDRESS = {"v4": ("10.9.0.1", "10.9.0.2"), "v6": ("fd09::1", "fd09::2")}


@pytest.fixture
def hosts(lab):
    near, far = lab.two_hosts()
    ipv6_hosts(near, far)
    return near, far


def forwarder(testpmd, hosts, mode):
    near, far = hosts
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *MODES[mode], rxd=1024)
    pmd.start()
    return pmd


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("size", [16, 1472, 8000])
def test_flood_ping_is_answered(testpmd, hosts, mode, size):
    """One on the way at a time, or a hundred a second: no place where any can be lost."""
    near, _ = hosts
    pmd = forwarder(testpmd, hosts, mode)
    for _, address in ADDRESS.values():
        out = near.peer_ns.run("ping", "-f", "-c", "300", "-w", "25", "-W", "10", "-q", "-s",
                               str(size), address, check=False)
        sent, back = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", out).groups())
        assert sent == back >= 300, f"{out}\n{pmd.xstats(0)}\n{pmd.xstats(1)}"


def snmp(ns):
    """The host's counters, IPv4 and IPv6, by the names of /proc/net/snmp6."""
    out = {}
    lines = ns.run("cat", "/proc/net/snmp").splitlines()
    for names, values in zip(lines[::2], lines[1::2]):
        kind = names.split(":")[0]
        out.update({f"{kind}4{k}": int(v) for k, v in zip(names.split()[1:], values.split()[1:])})
    for line in ns.run("cat", "/proc/net/snmp6").splitlines():
        name, value = line.split()
        out[name] = int(value)
    return out


def send(near, address):
    """Datagrams of 32 KB, in fragments, from the near host."""
    out = near.peer_ns.run("iperf3", "-c", address, "-u", "-l", "32768", "-n", "16M", "-b", "400M",
                           "-J", "--connect-timeout", "10000", check=False)
    assert "error" not in json.loads(out), out


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("family", ADDRESS)
def test_iperf3_of_large_datagrams(lab, testpmd, hosts, mode, family):
    """Each fragment that leaves one host arrives at the other, or is in a counter."""
    near, far = hosts
    pmd = forwarder(testpmd, hosts, mode)
    lab.keep(Killed(far.peer_ns.popen("iperf3", "-s", "-1")))
    wait_for(lambda: ":1451 " in far.peer_ns.run("cat", "/proc/net/tcp6"), what="iperf3 -s")
    send(near, ADDRESS[family][1])
    ip = "Ip6" if family == "v6" else "Ip4"
    arrived = settled(lambda: snmp(far.peer_ns)[f"{ip}ReasmReqds"], timeout=20)
    left, there = snmp(near.peer_ns), snmp(far.peer_ns)
    s0, s1 = pmd.stats(0), pmd.stats(1)
    assert left[f"{ip}FragOKs"] >= 512 and left[f"{ip}FragCreates"] > 20 * 512, left
    lost = left[f"{ip}FragCreates"] - arrived
    ports = s0["RX-missed"] + s0["RX-errors"] + s1["TX-errors"]
    # or in the kernel's own queue before either veth's far end
    devices = near.dut_ns.counters(near.dut)["rx_dropped"] + \
        far.peer_ns.counters(far.peer)["rx_dropped"]
    assert lost <= ports + devices, (lost, s0, s1, devices)
    whole = there[f"{ip}ReasmOKs"]
    assert left[f"{ip}FragOKs"] - lost <= whole <= left[f"{ip}FragOKs"], (whole, lost)


class Killed:
    def __init__(self, process):
        self.process = process

    def close(self):
        self.process.kill()
        self.process.wait()
