# SPDX-License-Identifier: BSD-3-Clause
"""testpmd's csum engine, which reads the flags of what it receives."""

import re

import pytest
from folder import copy
from lab.testpmd import vdev


@pytest.mark.parametrize("where", ["sw", "hw"])
@pytest.mark.parametrize("rx", [(), ("--enable-rx-cksum",)], ids=["rx_off", "rx_on"])
def test_csum(hosts, testpmd, row, rx, where):
    near, far = hosts
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *rx)
    pmd.cmd("port stop all")
    for port, end in ((0, near), (1, far)):
        for what in ("ip", "tcp", "udp"):
            pmd.cmd(f"csum set {what} {where} {port}")
        pmd.cmd(f"set eth-peer {port} {end.peer_ns.mac(end.peer)}")
    pmd.cmd("port start all")
    pmd.start("csum")
    rate = copy(near.peer_ns, far.peer_ns, "10.9.0.2")
    bad = re.findall(r"Bad-(?:ip|l4)csum: (\d+)", pmd.cmd("show fwd stats all"))
    assert bad and not any(map(int, bad)), bad
    row(rate)
