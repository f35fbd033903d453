# SPDX-License-Identifier: BSD-3-Clause
"""A receive mode set while a port took up its interface again was taken twice, and given back once.

The interface stayed promiscuous for as long as the port was there.
"""

from lab.compile import compiled
from lab.process import wait_for
from lab.testpmd import vdev


def test_mode_set_during_recovery_can_be_given_back(link, lab, testpmd, tmp_path, monkeypatch):
    monkeypatch.setattr("lab.testpmd.PRELOAD", compiled(
        str(tmp_path), "tools/slow_bind.c", flags=("-shared", "-fPIC"), libs=("-ldl",)))
    pmd, away = testpmd(link.dut_ns, [vdev(0, link.dut)]), lab.ns("away")
    pmd.promisc(False)
    link.dut_ns.ip("link", "set", link.dut, "netns", away.name)
    wait_for(lambda: pmd.info()["Link status"] == "down")
    away.ip("link", "set", link.dut, "netns", link.dut_ns.name)
    link.dut_ns.ip("link", "set", link.dut, "up")

    def promiscuous():
        pmd.promisc(True)
        return link.dut_ns.link(link.dut)["promiscuity"]
    wait_for(promiscuous, interval=0)  # between the bind and what follows it
    wait_for(lambda: "is back with index" in pmd.log(), what=pmd.log)
    assert link.dut_ns.link(link.dut)["promiscuity"] == 1
    pmd.promisc(False)
    assert link.dut_ns.link(link.dut)["promiscuity"] == 0
