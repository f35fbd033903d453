# SPDX-License-Identifier: BSD-3-Clause
"""A port that only receives, and one that only sends."""

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import vdev


@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_receive_only(link, testpmd, peer, kick):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick=kick)], "--txq=0")
    pmd.start("rxonly")
    for n in range(20):
        peer.send(eth(100, seed=n))
    pmd.wait_stats(lambda s: s["RX-packets"] == 20)
    pmd.stop()
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")


@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_send_only(link, testpmd, kick):
    before = link.peer_counters()["rx_packets"]
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick=kick)], "--rxq=0")
    pmd.start("txonly")
    wait_for(lambda: link.peer_counters()["rx_packets"] - before > 1000)
    pmd.stop()
    pmd.cmd("port stop 0")
    sent = pmd.stats()["TX-packets"]
    wait_for(lambda: link.peer_counters()["rx_packets"] - before == sent)
    pmd.cmd("port start 0")
