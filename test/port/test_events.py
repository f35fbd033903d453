# SPDX-License-Identifier: BSD-3-Clause
"""What an application is told of without asking: link, removal."""

import time

import pytest
from lab.compile import compiled
from lab.process import settled, wait_for
from lab.superframe import superframe
from lab.tap import Tap
from lab.testpmd import OURS, vdev

LINK = "link state change"
GONE = "device removal"


def link_is(pmd, state):
    return f"Link status: {state}" in pmd.cmd("show port info 0")


@pytest.fixture
def pmd(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    assert link_is(pmd, "up")
    return pmd


@pytest.mark.parametrize("end", ["peer", "dut"], ids=["carrier", "interface"])
def test_link_that_goes_and_comes_is_told_once_each(pmd, link, end):
    ns, iface = (link.peer_ns, link.peer) if end == "peer" else (link.dut_ns, link.dut)
    before = settled(lambda: pmd.told(LINK))
    for n, state in enumerate(["down", "up"] * 3, 1):
        ns.ip("link", "set", iface, state)
        wait_for(lambda: pmd.told(LINK) == before + n)
        assert link_is(pmd, state)
    assert settled(lambda: pmd.told(LINK)) == before + 6
    assert pmd.told(GONE) == 0


def test_address_and_mtu_are_no_link_events(pmd, link):
    before = settled(lambda: pmd.told(LINK))
    link.dut_ns.ip("link", "set", link.dut, "address", "02:00:00:00:00:77")
    link.dut_ns.ip("link", "set", link.dut, "mtu", "1400")
    wait_for(lambda: "02:00:00:00:00:77" in pmd.cmd("show port info 0"))
    assert settled(lambda: pmd.told(LINK)) == before


def test_news_are_followed_at_once(pmd, link):
    """Of the MTU: that a carrier went, the kernel itself tells once a second at most."""
    times = []
    for mtu in [1400, 1500] * 10:
        link.dut_ns.ip("link", "set", link.dut, "mtu", str(mtu))
        start = time.monotonic()
        wait_for(lambda: f"MTU: {mtu}" in pmd.cmd("show port info 0"), interval=0.001)
        times.append(time.monotonic() - start)
    assert sorted(times)[len(times) // 2] < 0.015, times  # without news the thread looks after 20 ms


def test_flapping_ends_in_the_right_state(pmd, link):
    for _ in range(50):
        link.peer_ns.ip("link", "set", link.peer, "down")
        link.peer_ns.ip("link", "set", link.peer, "up")
    wait_for(lambda: link_is(pmd, "up"))
    link.peer_ns.ip("link", "set", link.peer, "down")
    wait_for(lambda: link_is(pmd, "down"))
    assert pmd.alive()


def test_testpmd_lets_go_of_a_removed_port(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, recover=0)], removal=True)
    pmd.start()
    link.dut_ns.ip("link", "del", link.dut)
    wait_for(lambda: "valid ports array is [ ]" in pmd.cmd("show port info 0"))
    assert settled(lambda: pmd.told(GONE)) == 1
    assert pmd.alive()
    assert link.dut_ns.packet_sockets() == 0


def test_told_although_eal_had_no_memory_once(link, testpmd, tmp_path):
    library = compiled(str(tmp_path), "tools/no_alarm.c", flags=("-shared", "-fPIC"),
                       libs=("-ldl",))
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], wrap=("env", f"LD_PRELOAD={library}"))
    before = settled(lambda: pmd.told(LINK))
    for n, state in enumerate(["down", "up"] * 2, 1):
        link.peer_ns.ip("link", "set", link.peer, state)
        wait_for(lambda: pmd.told(LINK) == before + n)


def test_stopped_port_is_down_and_silent(pmd, link):
    pmd.cmd("port stop 0")
    assert link_is(pmd, "down")
    before = pmd.told(LINK)
    link.peer_ns.ip("link", "set", link.peer, "down")
    link.peer_ns.ip("link", "set", link.peer, "up")
    assert settled(lambda: pmd.told(LINK)) == before
    pmd.cmd("port start 0")
    wait_for(lambda: link_is(pmd, "up"))


def test_link_is_set_by_the_application(pmd, link):
    pmd.cmd("set link-down port 0")
    wait_for(lambda: link_is(pmd, "down"))
    assert "UP" not in link.dut_ns.link(link.dut)["flags"]
    pmd.cmd("set link-up port 0")
    wait_for(lambda: link_is(pmd, "up"))
    assert "UP" in link.dut_ns.link(link.dut)["flags"]


@pytest.mark.skipif(not OURS, reason="no other driver joins segments")
def test_features_are_followed_at_once(lab, testpmd, raw):
    """A device that segments gets joined segments, another one does not."""
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, vnet_hdr=1), vdev(1, far.dut)])
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    frame, hdr = superframe(bytes(8000), 1000)
    pmd.start()

    def joins():
        before = pmd.xstats(1)
        source.send(frame, hdr)
        sent = before["tx_good_packets"] + 8
        wait_for(lambda: pmd.stats(1)["TX-packets"] == sent)
        return pmd.xstats(1)["tx_joined"] > before["tx_joined"]
    assert joins()
    for on in (False, True):
        far.dut_ns.run("ethtool", "-K", far.dut, "tso", "on" if on else "off")
        end = time.monotonic() + 1
        while joins() != on:
            assert time.monotonic() < end


def test_speed_that_is_set_is_followed_and_told(lab, testpmd):
    """As ethtool sets it, the link does not go, and rtnetlink says nothing."""
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name)])
    before = settled(lambda: pmd.told(LINK))
    for n, (speed, shown) in enumerate((("100", "100 Mbps"), ("1000", "1 Gbps")), 1):
        tap.ns.run("ethtool", "-s", tap.name, "speed", speed)
        wait_for(lambda: pmd.told(LINK) == before + n, timeout=1)
        assert f"Link speed: {shown}" in pmd.cmd("show port info 0")
    tap.ns.run("ethtool", "-s", tap.name, "duplex", "half")
    wait_for(lambda: "half-duplex" in pmd.cmd("show port info 0"), timeout=1)
    assert settled(lambda: pmd.told(LINK)) == before + 3
