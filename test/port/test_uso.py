# SPDX-License-Identifier: BSD-3-Clause
"""UDP segmentation is offered when the kernel knows it, whatever the kernel's name.

The kernel is asked through lo, or through lo of a namespace of its own where lo is down.
"""

import select
import socket

import pytest
from lab.superframe import are_datagrams_known
from lab.testpmd import OURS, vdev

ETH_P_ALL = 3


@pytest.mark.skipif(not OURS, reason="no other driver offers it")
@pytest.mark.parametrize("lo", ["up", "down"])
def test_offered_when_the_kernel_knows_it(lab, testpmd, raw, lo):
    link = lab.link()
    link.dut_ns.ip("link", "set", "lo", lo)
    sniffer = lab.keep(link.dut_ns.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)))
    sniffer.bind(("lo", ETH_P_ALL))
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    offered = "UDP_TSO" in pmd.cmd("show port 0 tx_offload capabilities")
    assert offered == are_datagrams_known(raw(link.peer_ns, link.peer, vnet=True, receive=False))
    # with an error of ENETDOWN waiting, were lo down
    assert lo == "down" or not select.select([sniffer], [], [], 0)[0], "lo carried the question"
    assert link.dut_ns.link("lo")["operstate"] == ("UNKNOWN" if lo == "up" else "DOWN")
