# SPDX-License-Identifier: BSD-3-Clause
"""Interface down and up, mbufs used up: the port comes back by itself."""

import pytest
from lab.frames import eth
from lab.process import DEADLINE, settled, wait_for
from lab.testpmd import vdev


def echoes(peer, n=20, seed=0):
    frames = [eth(100 + i, seed=seed + i) for i in range(n)]
    for frame in frames:
        peer.send(frame)
    got = peer.frames(n)
    return got == frames


@pytest.mark.parametrize("queues", [1, 4])
@pytest.mark.parametrize("bypass", [0, 1])
@pytest.mark.parametrize("end", ["dut", "peer"])
def test_down_and_up_under_traffic(link, testpmd, raw, pktgen, end, bypass, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, qdisc_bypass=bypass)],
                  queues=queues)
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, flows=16, rate=20000, only="send")
    ns, iface = (link.dut_ns, link.dut) if end == "dut" else (link.peer_ns, link.peer)
    for _ in range(3):
        seen = pmd.stats()["RX-packets"]
        wait_for(lambda: pmd.stats()["RX-packets"] > seen + 500)
        ns.ip("link", "set", iface, "down")
        settled(lambda: pmd.stats()["RX-packets"], quiet=0.05)
        ns.ip("link", "set", iface, "up")
        link.wait_carrier()
    gen.terminate()
    gen.wait(DEADLINE)
    pmd.drain()
    peer = raw(link.peer_ns, link.peer)
    pmd.cmd("clear port stats all")
    pmd.start()
    assert echoes(peer), (pmd.stats(), pmd.xstats())
    # the far end has the frames before the lcore has counted them
    s = pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] >= 20)
    assert (s["RX-packets"], s["TX-packets"], s["TX-errors"]) == (20, 20, 0), s


@pytest.mark.parametrize("queues", [1, 2])
def test_interface_deleted_under_traffic_does_no_harm(link, testpmd, pktgen, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues), "net_null1,size=64"],
                  queues=queues)
    pmd.start()  # net_null makes traffic without end towards the port
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, flows=16, rate=20000, only="send")
    pmd.wait_stats(lambda s: s["RX-packets"] > 100 and s["TX-packets"] > 100)
    link.dut_ns.ip("link", "del", link.dut)
    gen.kill()
    gen.wait(DEADLINE)
    wait_for(lambda: pmd.info()["Link status"] == "down")
    pmd.stop()
    for line in ("port stop 0", "port start 0", "port stop 0", "port close 0"):
        pmd.cmd(line)
    pmd.quit()


def test_interface_moved_to_another_namespace_does_no_harm(link, lab, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    assert echoes(peer)
    link.dut_ns.ip("link", "set", link.dut, "netns", lab.ns("away").name)
    wait_for(lambda: pmd.info()["Link status"] == "down")
    pmd.stats()
    pmd.stop()
    pmd.cmd("port stop 0")
    pmd.cmd("port close 0")
    pmd.quit()


def test_renamed_interface_goes_on(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    link.dut_ns.ip("link", "set", link.dut, "name", "renamed0")
    assert echoes(peer)
    pmd.promisc(False)
    assert link.dut_ns.link("renamed0")["promiscuity"] == 0
    pmd.promisc(True)
    assert link.dut_ns.link("renamed0")["promiscuity"] == 1
    assert pmd.info()["Link status"] == "up"


def test_queues_keep_their_flows_over_a_bounce(link, testpmd, peer, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.start("rxonly")

    def counts():
        pmd.cmd("clear port xstats all")
        pktgen.run(link.peer_ns, link.peer, 400, flows=40, only="send", rate=20000)
        pmd.wait_stats(lambda s: s["RX-packets"] == 400)
        x = pmd.xstats()
        return [x[f"rx_q{q}_packets"] for q in range(4)]
    before = counts()
    link.dut_ns.ip("link", "set", link.dut, "down")
    link.dut_ns.ip("link", "set", link.dut, "up")
    link.wait_carrier()
    assert counts() == before


def test_used_up_mbufs_are_counted_and_the_port_recovers(link, testpmd, peer):
    """The noisy engine holds frames back until the pool is dry, then lets go."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbcache=0",
                  "--noisy-tx-sw-buffer-size=4096", "--noisy-tx-sw-buffer-flushtime=3000",
                  mbufs=1025, rxd=4096)
    frames = [eth(100, seed=n) for n in range(2000)]
    for frame in frames:  # the ring holds them; nobody polls yet
        peer.send(frame)
    pmd.start("noisy")
    stats = pmd.wait_stats(lambda s: s["RX-nombuf"] > 0)
    assert stats["RX-packets"] <= 1025
    back = peer.frames(len(frames)) + peer.frames(quiet=0.1)
    assert back == frames[:len(back)], "reordered or damaged"
    s = pmd.stats()
    assert s["RX-packets"] == len(back)
    assert s["RX-packets"] + s["RX-missed"] + s["RX-errors"] in (2000, 2000 + s["RX-nombuf"])
    pmd.stop()
    pmd.start("io")
    peer.frames(quiet=0.2)
    assert echoes(peer)
