# SPDX-License-Identifier: BSD-3-Clause
"""The host changed address, MTU or namespace of the interface, and the port did not know.

It went on with what it had seen at probe: deaf to its new address for good, sending
frames above the MTU, in promiscuous mode by its own word only.
"""

import pytest
from lab.frames import BROADCAST, FOREIGN, eth
from lab.peer import received
from lab.process import run, settled, wait_for
from lab.superframe import superframe
from lab.testpmd import OURS, vdev

pytestmark = pytest.mark.skipif(not OURS, reason="this driver's promise")
OTHER = "02:00:00:00:00:77"


def address(pmd):
    return pmd.info()["MAC address"].lower()


@pytest.fixture
def pmd(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=9728", mbufs=4096)
    pmd.promisc(False)
    return pmd


def restart(pmd):
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")


@pytest.mark.parametrize("when", ["started", "stopped"])
def test_the_port_hears_the_address_that_the_host_has_set(link, pmd, peer, when):
    old = link.dut_mac
    if when == "stopped":
        pmd.cmd("port stop 0")
    link.dut_ns.ip("link", "set", link.dut, "address", OTHER)
    if when == "stopped":
        pmd.cmd("port start 0")
    wait_for(lambda: address(pmd) == OTHER, what=lambda: address(pmd))
    pmd.start()
    assert received(pmd, peer, old, FOREIGN, BROADCAST, OTHER) == [BROADCAST, OTHER]
    assert link.dut_mac == OTHER, "the port has changed the host's address"
    pmd.stop()
    restart(pmd)
    assert (address(pmd), link.dut_mac) == (OTHER, OTHER)


def test_setting_the_old_address_again_sets_it(link, pmd, peer):
    old = link.dut_mac
    link.dut_ns.ip("link", "set", link.dut, "address", OTHER)
    pmd.cmd(f"mac_addr set 0 {old}")
    assert link.dut_mac == old
    pmd.start()
    assert received(pmd, peer, OTHER, old) == [old]


def test_a_bridge_that_gets_another_address_from_a_member(lab, link, testpmd, peer):
    """The port's interface is the bridge; its address is the lowest of its members'."""
    ns = link.dut_ns
    ns.ip("link", "set", link.dut, "address", "02:00:00:00:00:50")
    ns.ip("link", "add", "br0", "type", "bridge")
    ns.ip("link", "set", link.dut, "master", "br0")
    ns.ip("link", "set", "br0", "up")
    pmd = testpmd(ns, [vdev(0, "br0")])
    pmd.promisc(False)
    pmd.start()
    for mac in ("02:00:00:00:00:10", "02:00:00:00:00:50"):
        if mac == "02:00:00:00:00:10":
            ns.ip("link", "add", "m0", "address", mac, "type", "veth")
            ns.ip("link", "set", "m0", "master", "br0")
        else:
            ns.ip("link", "set", "m0", "nomaster")
        assert ns.mac("br0") == mac
        wait_for(lambda: address(pmd) == mac, what=lambda: address(pmd))
        before = pmd.stats()["RX-packets"]
        peer.send(eth(100, dst=mac))
        pmd.wait_stats(lambda s: s["RX-packets"] == before + 1)


@pytest.mark.parametrize("when", ["started", "stopped"])
@pytest.mark.parametrize("mtu", [1280, 9000])
def test_the_mtu_that_the_host_has_set_is_the_ports(link, pmd, peer, mtu, when):
    pmd.promisc(True)
    if when == "stopped":
        pmd.cmd("port stop 0")
    link.peer_ns.ip("link", "set", link.peer, "mtu", "9100")
    link.dut_ns.ip("link", "set", link.dut, "mtu", str(mtu))
    if when == "stopped":
        pmd.cmd("port start 0")
    wait_for(lambda: pmd.info()["MTU"] == str(mtu), what=lambda: pmd.info()["MTU"])
    pmd.start()
    fits = [eth(60), eth(mtu + 14)]
    for frame in [fits[0], eth(mtu + 15), eth(mtu + 18), fits[1]]:
        peer.send(frame)
    assert peer.frames(2) + peer.frames(quiet=0.1) == fits, pmd.xstats()
    # the frame of mtu + 15 may have got in, but not out again
    s = pmd.stats()
    assert s["TX-packets"] == 2 and s["TX-errors"] == s["RX-packets"] - 2, s


def test_an_mtu_that_mbufs_cannot_hold_is_said(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    for ns, iface in ((link.dut_ns, link.dut), (link.peer_ns, link.peer)):
        ns.ip("link", "set", iface, "mtu", "9000")
    wait_for(lambda: pmd.info()["MTU"] == "9000")
    said = [line for line in pmd.log().splitlines() if "9000" in line and "mbuf" in line]
    assert len(said) == 1, pmd.log()
    pmd.start()
    peer.send(eth(9014))
    pmd.wait_stats(lambda s: s["RX-errors"] == 1)


def test_no_flood_of_lines_from_a_host_that_changes_much(link, pmd):
    for n in range(30):
        mac = f"02:00:00:00:01:{n:02x}"
        link.dut_ns.ip("link", "set", link.dut, "address", mac)
        wait_for(lambda: address(pmd) == mac)
    said = [line for line in pmd.log().splitlines() if "02:00:00:00:01" in line.lower()]
    assert 1 <= len(said) <= 2, said


@pytest.mark.parametrize("mode", ["promisc", "allmulti"])
def test_receive_modes_of_an_interface_that_was_away(lab, link, pmd, peer, mode):
    ns, away = link.dut_ns, lab.ns("away")
    pmd.cmd("set allmulti 0 off")
    pmd.cmd(f"set {mode} 0 on")
    pmd.cmd("port stop 0")
    run("ip", "-n", ns.name, "link", "set", link.dut, "netns", away.name)
    run("ip", "-n", away.name, "link", "set", link.dut, "netns", ns.name)
    ns.ip("link", "set", link.dut, "up")
    link.wait_carrier()
    pmd.cmd("port start 0")
    key = {"promisc": "promiscuity", "allmulti": "allmulti"}[mode]
    assert ns.link(link.dut).get(key, 1) == 1
    pmd.start()
    dst = {"promisc": FOREIGN, "allmulti": "01:00:5e:00:00:17"}[mode]
    assert received(pmd, peer, dst, link.dut_mac) == [dst, link.dut_mac]
    pmd.cmd(f"set {mode} 0 off")
    assert ns.link(link.dut).get(key, 0) == 0


def test_a_mode_switched_off_while_the_interface_is_away_stays_off(lab, link, pmd):
    ns, away = link.dut_ns, lab.ns("away")
    pmd.promisc(True)
    pmd.cmd("port stop 0")
    ns.ip("link", "set", link.dut, "netns", away.name)
    pmd.promisc(False)
    assert pmd.info()["Promiscuous mode"] == "disabled"
    away.ip("link", "set", link.dut, "netns", ns.name)
    pmd.cmd("port start 0")
    assert ns.link(link.dut)["promiscuity"] == 0


@pytest.mark.parametrize("mode", [(), ("--enable-lro", "--enable-rx-cksum")], ids=["io", "whole"])
def test_superframes_after_a_smaller_gso_max_size(lab, testpmd, raw, mode):
    """No news tell of it: past the qdisc all were refused until the next look, ten seconds later."""
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *mode, rxd=1024)
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    frame, hdr = superframe(bytes(13000), 1300)
    pmd.start()

    def arrived():
        return far.peer_ns.counters(far.peer)["rx_bytes"]

    def passes():
        before = arrived()
        source.send(frame, hdr)
        settled(lambda: pmd.stats(0)["RX-packets"])
        return arrived() - before >= 13000
    assert passes()
    far.dut_ns.ip("link", "set", far.dut, "gso_max_size", "8000")
    assert not passes()
    wait_for(passes, timeout=4)
