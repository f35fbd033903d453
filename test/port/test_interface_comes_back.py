# SPDX-License-Identifier: BSD-3-Clause
"""An interface that is deleted, made again, moved away and back under traffic (recover=1)."""

import re

import pytest
from lab.frames import some_frames
from lab.peer import exchange
from lab.process import DEADLINE, settled, wait_for
from lab.testpmd import vdev

LINK = "link state change"
GONE = "device removal"


def ifindex(link):
    return link.dut_ns.link(link.dut)["ifindex"]


def make_again(link, mtu=1500, offload=True):
    """The same names, and another index."""
    link.dut_ns.ip("link", "add", link.dut, "mtu", str(mtu), "type", "veth", "peer", "name",
                   link.peer, "mtu", str(mtu), "netns", link.peer_ns.name)
    if not offload:
        for ns, iface in ((link.dut_ns, link.dut), (link.peer_ns, link.peer)):
            ns.run("ethtool", "-K", iface, "tso", "off", "gso", "off", "tx", "off")
    link.dut_ns.ip("link", "set", link.dut, "up")
    link.peer_ns.ip("link", "set", link.peer, "up")
    link.wait_carrier()


def wait_link(pmd, state):
    wait_for(lambda: pmd.info()["Link status"] == state)


def wait_told(pmd, nb):
    """Of a change before the next one: EAL's thread tells two that it is late for as one."""
    wait_for(lambda: pmd.told(LINK) == nb, what=lambda: (pmd.told(LINK), nb))


@pytest.mark.parametrize("kick", ["burst", "thread"])
@pytest.mark.parametrize("queues", [1, 4])
def test_deleted_and_made_again(link, testpmd, raw, pktgen, queues, kick):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, kick=kick)], queues=queues,
                  removal=True)
    pmd.start()
    told = settled(lambda: pmd.told(LINK))
    fds, sockets, maps = pmd.fds(), link.dut_ns.packet_sockets(), pmd.maps()
    for n, (mtu, offload) in enumerate(((1500, True), (9000, False), (1400, True))):
        gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1300:13", flows=16, rate=20000,
                           only="send")
        seen = pmd.stats()["RX-packets"]
        pmd.wait_stats(lambda s: s["RX-packets"] > seen + 500)
        before = ifindex(link)
        link.dut_ns.ip("link", "del", link.dut)
        gen.wait(DEADLINE)
        wait_link(pmd, "down")
        wait_told(pmd, told + 2 * n + 1)
        make_again(link, mtu, offload)
        assert ifindex(link) != before
        wait_link(pmd, "up")
        wait_told(pmd, told + 2 * n + 2)
        peer = raw(link.peer_ns, link.peer)
        exchange(peer, some_frames(20))
        pmd.cmd("clear port stats all")
        r = pktgen.run(link.peer_ns, link.peer, 5000, "60:1300:13", flows=16, window=64)
        assert (r["lost"], r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0, 0), r
        s = settled(pmd.stats)
        assert (s["RX-packets"], s["TX-packets"]) == (5000, 5000), s
        peer.close()
    assert (pmd.told(LINK), pmd.told(GONE)) == (told + 6, 0)
    assert (pmd.fds(), link.dut_ns.packet_sockets(), pmd.maps()) == (fds, sockets, maps)
    assert link.dut_ns.link(link.dut)["promiscuity"] == 1


def count_of(pmd, rule):
    said = pmd.cmd(f"flow query 0 {rule} count")
    return int(re.search(r" hits: (\d+)", said).group(1))


@pytest.mark.parametrize("queues", [1, 4])
def test_flow_rules_hold_and_count_on(link, testpmd, raw, queues):
    """Half of the frames are dropped, the other half counted, before the loss and after it."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.start()
    frames = some_frames(20)
    doomed = [bytes.fromhex("020000000077") + frame[6:] for frame in frames]
    pmd.cmd("flow create 0 ingress pattern eth dst is 02:00:00:00:00:77 / end actions drop / end")
    said = pmd.cmd(f"flow create 0 priority 1 ingress pattern eth src is {frames[0][6:12].hex(':')} / end "
                   "actions count / passthru / end")
    assert "Flow rule #1 created" in said, said
    for n in range(3):
        peer = raw(link.peer_ns, link.peer)
        for frame in doomed:
            peer.send(frame)
        exchange(peer, frames)
        assert count_of(pmd, 1) == len(frames) * (n + 1)
        assert pmd.xstats()["rx_flow_dropped"] == 0  # by the gate
        peer.close()
        if n < 2:
            link.dut_ns.ip("link", "del", link.dut)
            wait_link(pmd, "down")
            make_again(link)
            wait_link(pmd, "up")


@pytest.mark.parametrize("queues", [1, 4])
def test_moved_away_and_back_under_traffic(link, lab, testpmd, raw, pktgen, queues):
    away = lab.ns("away")
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1300:13", flows=16, rate=20000,
                       only="send")
    for _ in range(3):
        seen = pmd.stats()["RX-packets"]
        pmd.wait_stats(lambda s: s["RX-packets"] > seen + 500)
        link.dut_ns.ip("link", "set", link.dut, "netns", away.name)
        wait_link(pmd, "down")
        away.ip("link", "set", link.dut, "netns", link.dut_ns.name)
        link.dut_ns.ip("link", "set", link.dut, "up")
        link.wait_carrier()
        wait_link(pmd, "up")
    gen.terminate()
    gen.wait(DEADLINE)
    pmd.drain()
    pmd.start()
    exchange(raw(link.peer_ns, link.peer), some_frames(20))
    assert pmd.told(GONE) == 0


def test_every_packet_is_counted_over_the_loss(link, testpmd, pktgen):
    """What the old sockets sent, what they could not send, and what the new ones sent."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, framecnt=256), "net_null1,size=64"])
    pmd.start()  # net_null sends without end towards the port
    pmd.wait_stats(lambda s: s["TX-packets"] > 1000)
    link.dut_ns.ip("link", "del", link.dut)
    wait_link(pmd, "down")
    make_again(link)
    wait_link(pmd, "up")
    sent = pmd.stats()["TX-packets"]
    pmd.wait_stats(lambda s: s["TX-packets"] > sent + 1000)
    pmd.stop()
    pmd.cmd("port stop 0")
    s, fwd, made = pmd.stats(), pmd.fwd_stats(), pmd.stats(1)["RX-packets"]
    # testpmd's drops are what tx_burst did not take, with the port's errors since 22.11.11
    assert made - s["TX-packets"] - fwd["TX-dropped"] in (0, s["TX-errors"]), (s, fwd, made)
    assert s["TX-errors"] > 0


def test_port_is_stopped_started_and_closed_while_the_interface_is_away(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    exchange(peer, some_frames(4))
    link.dut_ns.ip("link", "del", link.dut)
    wait_link(pmd, "down")
    pmd.stop()
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    pmd.cmd("port stop 0")
    pmd.cmd("port close 0")
    pmd.quit()


def test_made_again_while_the_port_is_stopped(link, testpmd, raw, pktgen):
    """Another index, MTU and offloads."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("set allmulti 0 off")
    for mtu, offload in ((9000, False), (1400, True)):
        pmd.cmd("port stop 0")
        before = ifindex(link)
        link.dut_ns.ip("link", "del", link.dut)
        make_again(link, mtu, offload)
        assert ifindex(link) != before
        pmd.cmd("port start 0")
        pmd.start()
        info = pmd.info()
        assert (info["Link status"], info["MTU"]) == ("up", str(mtu))
        assert info["MAC address"].lower() == link.dut_ns.link(link.dut)["address"]
        assert link.dut_ns.link(link.dut)["promiscuity"] == 1
        assert f"not {before}" in pmd.log()
        exchange(raw(link.peer_ns, link.peer), some_frames(20))
        r = pktgen.run(link.peer_ns, link.peer, 2000, "60:1300:13", flows=16, window=64)
        assert (r["lost"], r["dup"], r["corrupted"]) == (0, 0, 0), r
        link.dut_ns.ip("link", "set", link.dut, "mtu", "1300")  # followed
        wait_for(lambda: pmd.info()["MTU"] == "1300")
        pmd.stop()


def test_without_recovery_a_stopped_port_keeps_to_its_index(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, recover=0)])
    pmd.cmd("port stop 0")
    link.dut_ns.ip("link", "del", link.dut)
    make_again(link)
    assert "bring it back" in pmd.cmd("port start 0") + pmd.log()
    assert pmd.info()["Link status"] == "down"


@pytest.mark.parametrize("state", ["stopped", "started"])
def test_bounds_of_the_mtu_are_those_of_the_new_interface(link, testpmd, state):
    def longest():
        return int(pmd.info()["Maximum configurable length of RX packet"])
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    before = longest()
    if state == "stopped":
        pmd.cmd("port stop 0")
    link.dut_ns.ip("link", "del", link.dut)
    link.dut_ns.ip("tuntap", "add", "mode", "tap", "name", link.dut)
    link.dut_ns.ip("link", "set", link.dut, "up")
    if state == "stopped":
        pmd.cmd("port start 0")
    wait_for(lambda: longest() == before - 14)  # tun_net_initialize()


def test_stopped_queues_stay_so(link, testpmd, raw):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port 0 rxq 0 stop")
    link.dut_ns.ip("link", "del", link.dut)
    wait_link(pmd, "down")
    pmd.cmd("port 0 txq 0 stop")
    make_again(link)
    wait_link(pmd, "up")
    peer = raw(link.peer_ns, link.peer)
    pmd.start()
    peer.send(some_frames(1)[0])
    assert peer.frames(quiet=0.2) == []
    pmd.stop()
    pmd.cmd("port 0 rxq 0 start")
    pmd.cmd("port 0 txq 0 start")
    pmd.start()
    exchange(peer, some_frames(4, 1))


def test_without_recovery_the_port_stays_down(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, recover=0)])
    pmd.start()
    link.dut_ns.ip("link", "del", link.dut)
    wait_link(pmd, "down")
    make_again(link)
    assert settled(lambda: pmd.info()["Link status"]) == "down"
