# SPDX-License-Identifier: BSD-3-Clause
"""Who gets which frame, and what the host's interface shows of it."""

import pytest
from lab.frames import BROADCAST, FOREIGN, MULTICAST, eth
from lab.peer import received
from lab.process import wait_for
from lab.testpmd import vdev


@pytest.mark.parametrize("queues", [1, 4])
def test_promiscuous_port_gets_foreign_unicast(link, testpmd, peer, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.promisc(True)
    pmd.start()
    assert received(pmd, peer, FOREIGN, link.dut_mac) == [FOREIGN, link.dut_mac]


@pytest.mark.parametrize("queues", [1, 4])
def test_other_port_gets_own_unicast_and_broadcast_only(link, testpmd, peer, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.promisc(False)
    pmd.start()
    assert received(pmd, peer, FOREIGN, BROADCAST, link.dut_mac) == [BROADCAST, link.dut_mac]


def test_promiscuous_mode_changes_while_forwarding(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    for on in (False, True, False, True):
        pmd.promisc(on)
        assert received(pmd, peer, FOREIGN, link.dut_mac) == \
            ([FOREIGN] if on else []) + [link.dut_mac]


def test_foreign_unicast_stays_out_when_a_sniffer_makes_the_device_promiscuous(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.promisc(False)
    link.dut_ns.ip("link", "set", link.dut, "promisc", "on")
    pmd.start()
    assert received(pmd, peer, FOREIGN, link.dut_mac) == [link.dut_mac]
    pmd.quit()
    assert "PROMISC" in link.dut_ns.link(link.dut)["flags"], "the admin's flag was taken away"


def test_promiscuity_is_counted_and_given_back(link, testpmd):
    def count():
        return link.dut_ns.link(link.dut)["promiscuity"]
    assert count() == 0
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    wait_for(lambda: count() == 1)
    assert "PROMISC" not in link.dut_ns.link(link.dut)["flags"], "flag instead of reference"
    pmd.promisc(False)
    assert count() == 0
    pmd.promisc(True)
    assert count() == 1
    pmd.quit()
    assert count() == 0


def test_killed_process_leaves_nothing_on_the_interface(link, testpmd):
    before = link.dut_ns.link(link.dut)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2)], queues=2)
    pmd.cmd("set allmulti 0 on")
    pmd.start("rxonly")
    assert link.dut_ns.link(link.dut)["promiscuity"] == 1
    pmd.kill()
    wait_for(lambda: link.dut_ns.packet_sockets() == 0)
    after = link.dut_ns.link(link.dut)
    for key in ("flags", "promiscuity", "allmulti", "address", "mtu", "operstate"):
        assert after.get(key) == before.get(key), key


def test_allmulticast_port_gets_multicast(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.promisc(False)
    pmd.cmd("set allmulti 0 on")
    pmd.start()
    assert "ALLMULTI" not in link.dut_ns.link(link.dut)["flags"], "flag instead of reference"
    assert link.dut_ns.link(link.dut).get("allmulti", 1) == 1
    assert received(pmd, peer, MULTICAST, FOREIGN, link.dut_mac) == [MULTICAST, link.dut_mac]
    assert pmd.info()["Allmulticast mode"] == "enabled"
    pmd.cmd("set allmulti 0 off")
    assert link.dut_ns.link(link.dut).get("allmulti", 0) == 0


def test_multicast_stays_out_unless_asked_for(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.promisc(False)
    pmd.cmd("set allmulti 0 off")
    pmd.start()
    assert received(pmd, peer, MULTICAST, BROADCAST, link.dut_mac) == [BROADCAST, link.dut_mac]


def test_tagged_frames_pass_the_same_filter(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.promisc(False)
    pmd.start()
    mine = eth(100, dst=link.dut_mac, tags=[(0x88a8, 5), (0x8100, 6)])
    for frame in (eth(100, dst=FOREIGN, tags=[(0x8100, 5)]), mine):
        peer.send(frame)
    assert peer.frames(1) + peer.frames(quiet=0.1) == [mine]


def test_start_and_stop_leave_address_and_flags_alone(link, testpmd):
    before = link.dut_ns.link(link.dut)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    for _ in range(3):
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
    during = link.dut_ns.link(link.dut)
    assert during["flags"] == before["flags"]
    assert (during["address"], during["mtu"]) == (before["address"], before["mtu"])


def test_mac_set_changes_the_device_and_the_filter(link, testpmd, peer):
    old, new = link.dut_mac, "02:12:34:56:78:9a"
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.promisc(False)
    pmd.cmd(f"mac_addr set 0 {new}")
    assert link.dut_mac == new
    assert pmd.info()["MAC address"].lower() == new
    pmd.start()
    assert received(pmd, peer, old, new) == [new]
