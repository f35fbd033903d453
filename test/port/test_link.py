# SPDX-License-Identifier: BSD-3-Clause
"""Link state, MTU and device information are the device's own."""

import re

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import vdev


def status(pmd):
    return pmd.info()["Link status"]


def test_link_follows_the_peer(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    wait_for(lambda: status(pmd) == "up")
    for _ in range(2):
        link.peer_ns.ip("link", "set", link.peer, "down")
        wait_for(lambda: status(pmd) == "down")
        link.peer_ns.ip("link", "set", link.peer, "up")
        wait_for(lambda: status(pmd) == "up")


def test_link_follows_the_interface(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    link.dut_ns.ip("link", "set", link.dut, "down")
    wait_for(lambda: status(pmd) == "down")
    link.dut_ns.ip("link", "set", link.dut, "up")
    wait_for(lambda: status(pmd) == "up")


@pytest.mark.parametrize("queues", [1, 4])
def test_port_probed_while_the_interface_is_down_works_once_it_is_up(lab, testpmd, raw, queues):
    link = lab.link(up=False)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    assert status(pmd) == "down"
    assert "UP" not in link.dut_ns.link(link.dut)["flags"], "the driver set the interface up"
    if queues > 1 and "before Linux 6.13 the interface must be up" in pmd.log():
        pytest.skip("this kernel joins no socket of a down interface to a fanout group")
    pmd.start()
    for ns, iface in ((link.dut_ns, link.dut), (link.peer_ns, link.peer)):
        ns.ip("link", "set", iface, "up")
    link.wait_carrier()
    peer = raw(link.peer_ns, link.peer)
    frames = [eth(100, seed=n) for n in range(20)]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(20) == frames
    assert status(pmd) == "up"


@pytest.mark.parametrize("mtu", [1280, 1500, 9000])
def test_mtu_is_the_devices(lab, testpmd, mtu):
    link = lab.link(mtu=mtu)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=9728", mbufs=2048)
    assert pmd.info()["MTU"] == str(mtu)
    assert link.dut_ns.link(link.dut)["mtu"] == mtu, "starting the port changed the MTU"


def set_mtu(pmd, mtu):
    pmd.cmd("port stop 0")
    out = pmd.cmd(f"port config mtu 0 {mtu}")
    out += pmd.cmd("port start 0")
    return out


def test_mtu_set_changes_the_device_and_the_rings_follow(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=9728", mbufs=2048)
    for mtu in (9000, 1280, 4000):
        set_mtu(pmd, mtu)
        link.peer_ns.ip("link", "set", link.peer, "mtu", str(mtu))
        assert pmd.info()["MTU"] == str(mtu)
        assert link.dut_ns.link(link.dut)["mtu"] == mtu
        pmd.start()
        frames = [eth(n, seed=n) for n in (60, mtu + 13, mtu + 14)]
        for frame in frames:
            peer.send(frame)
        assert peer.frames(3) + peer.frames(quiet=0.1) == frames
        pmd.stop()


@pytest.mark.parametrize("bad", [60, 65535])
def test_mtu_that_cannot_be_is_refused_and_nothing_changes(link, testpmd, peer, bad):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    set_mtu(pmd, bad)
    assert pmd.info()["MTU"] == "1500"
    assert link.dut_ns.link(link.dut)["mtu"] == 1500
    pmd.start()
    frame = eth(1514)
    peer.send(frame)
    assert peer.frames(1) == [frame]


def test_device_info_is_plausible(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=2)
    info = pmd.info()
    assert info["MAC address"].lower() == link.dut_mac
    assert info["Max possible RX queues"] == info["Max possible TX queues"] == "4"
    assert info["Current number of RX queues"] == "2"
    assert int(info["Maximum configurable length of RX packet"]) >= 9018
    assert 0 < int(info["Min possible number of RXDs per queue"]) <= 64
    assert 512 <= int(info["Max possible number of RXDs per queue"]) <= 65535
    assert int(info["Maximum number of MAC addresses"]) >= 1
    assert re.match(r"\d+ \w+|Unknown|None", info["Link speed"])


def test_speed_of_a_device_without_modes_is_its_capability(link, testpmd):
    """veth has a speed (veth_get_link_ksettings()), and nothing in the maps of link modes."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port stop 0")
    assert pmd.info()["Link status"] == "down"  # the link has none now
    assert re.search(r"speed capability:\s*10 Gbps *$", pmd.cmd("show device info all"), re.M)


def test_fewer_queues_than_qpairs_get_all_the_traffic(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=2)
    pmd.start()
    r = pktgen.run(link.peer_ns, link.peer, 2000, flows=64, window=32)
    assert (r["lost"], r["dup"]) == (0, 0), (r, pmd.xstats())


@pytest.mark.parametrize("rxd", [64, 128, 512, 4096])
def test_descriptor_numbers_are_taken(link, testpmd, pktgen, rxd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=rxd)
    pmd.start()
    r = pktgen.run(link.peer_ns, link.peer, 10000, "60:1514:7", window=min(32, rxd // 2))
    assert (r["lost"], r["dup"], r["corrupted"]) == (0, 0, 0), (r, pmd.xstats())


def test_ring_holds_as_many_frames_as_descriptors_were_asked_for(link, testpmd, raw, pktgen):
    """A started port nobody polls keeps nb_desc frames, the others are missed."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=256)
    pktgen.run(link.peer_ns, link.peer, 2000, "1514", only="send")
    pmd.start("rxonly")
    stats = pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] == 2000)
    assert 256 <= stats["RX-packets"] < 512, stats
