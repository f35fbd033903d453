# SPDX-License-Identifier: BSD-3-Clause
"""TCP between two hosts in superframes of which a virtio_net_hdr says too little."""

import os

import pytest
from lab.process import Failed
from lab.tcp import allow_big_tcp, tcp_copy
from lab.testpmd import OURS, vdev
from lab.web import Http, ipv6_hosts

MB = 1 << 20
MODES = {"io": (), "whole": ("--enable-lro", "--enable-rx-cksum")}

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver takes superframes")


def vxlan(hosts, v6, *options):
    """10.8.0.1 and 10.8.0.2 in a tunnel between the two hosts."""
    if v6:
        ipv6_hosts(*hosts)
    net = "fd09::" if v6 else "10.9.0."
    for end, own, other in zip(hosts, (1, 2), (2, 1)):
        try:
            end.peer_ns.ip("link", "add", "vx", "type", "vxlan", "id", "7", "dstport", "4789",
                           "local", f"{net}{own}", "remote", f"{net}{other}", "dev", end.peer,
                           *options)
        except Failed as e:
            pytest.skip(f"this kernel has no vxlan: {e}")
        end.peer_ns.ip("addr", "add", f"10.8.0.{own}/24", "dev", "vx")
        end.peer_ns.ip("link", "set", "vx", "up")


def checksum_errors(ns):
    text = ns.run("cat", "/proc/net/snmp")
    return sum(int(values.split()[names.split().index("InCsumErrors")])
               for names, values in zip(*[iter(text.splitlines())] * 2)
               if "InCsumErrors" in names)


def check(hosts, pmd):
    for end, port in zip(hosts, (0, 1)):
        assert checksum_errors(end.peer_ns) == 0
        s = pmd.stats(port)
        assert (s["RX-errors"], s["TX-errors"]) == (0, 0), pmd.xstats(port)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("v6, options", [(False, ("noudpcsum",)), (False, ("udpcsum",)), (True, ())],
                         ids=["v4", "v4_udpcsum", "v6"])
def test_vxlan(lab, testpmd, tmp_path, v6, options, mode):
    hosts = near, far = lab.two_hosts()
    vxlan(hosts, v6, *options)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *MODES[mode], rxd=1024)
    pmd.start()
    Http(lab, far.peer_ns, tmp_path, "10.8.0.2").get(near.peer_ns, 64 * MB)
    check(hosts, pmd)
    x = pmd.xstats(1)
    assert x["rx_superframes_split"] > 500 and x["rx_unsplittable"] == 0, x


@pytest.mark.parametrize("args", [dict(), dict(tx_join=0)], ids=["join", "single"])
@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_big_tcp(lab, testpmd, v6, args):
    hosts = near, far = lab.two_hosts()
    if v6:
        ipv6_hosts(*hosts)
    try:
        allow_big_tcp(near.peer_ns, near.peer, 200000)
    except OSError as e:
        pytest.skip(f"BIG TCP over IPv4 needs Linux 6.3: {e}")
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, **args)], rxd=1024)
    pmd.start()
    data = os.urandom(MB) * 128
    address = "fd09::2" if v6 else "10.9.0.2"
    assert tcp_copy(near.peer_ns, far.peer_ns, address, data) == data
    check(hosts, pmd)
    x = pmd.xstats(0)
    # a superframe of 64 KB has no more than 46 segments
    assert x["rx_superframe_segments"] > 60 * x["rx_superframes_split"], x
    assert x["rx_unsplittable"] == 0, x
