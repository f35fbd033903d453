# SPDX-License-Identifier: BSD-3-Clause
"""A stopped queue is set up anew while the port runs, with another ring, and goes on counting."""

import re

import pytest
from lab.frames import some_frames
from lab.peer import exchange
from lab.process import settled, wait_for
from lab.testpmd import vdev

# what waits while testpmd does not forward is fewer than the far end's backlog takes at once (1,000)
RATE = 2000


def has_ring(pmd, queue, slots):
    """Whole blocks."""
    half, number = queue.split()
    text = pmd.cmd(f"show {half} info 0 {number}")
    return slots <= int(re.search(r"Number of [RT]XDs: (\d+)", text).group(1)) < 2 * slots


def per_queue(pmd, queues=2):
    x = pmd.xstats()
    return [x[f"rx_q{q}_packets"] for q in range(queues)]


def came_back(link):
    """Also what was still under way when the generator ended."""
    return link.peer_counters()["rx_packets"]


def accounted(pmd):
    s = pmd.stats()
    return s["RX-packets"] + s["RX-missed"]


@pytest.mark.parametrize("queues", [1, 2, 3])
def test_rx_queue_gets_another_ring_under_traffic(link, testpmd, pktgen, queues):
    """Of one queue, of the last of a group, and of one in the middle."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, fanout_mode="lb")], queues=queues)
    queue = f"rxq {min(1, queues - 1)}"
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=16, rate=RATE)
    for slots in (2048, 256, 512):
        before = per_queue(pmd, queues)
        pmd.set_up_queue(queue, slots)
        assert has_ring(pmd, queue, slots)
        now = per_queue(pmd, queues)
        assert [a >= b for a, b in zip(now, before)] == [True] * queues  # counters go on
        pmd.start()
        wait_for(lambda: min(a - b for a, b in zip(per_queue(pmd, queues), now)) > 50)
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0), r
    wait_for(lambda: accounted(pmd) == r["sent"], what=lambda: (accounted(pmd), r))
    assert came_back(link) == settled(pmd.stats)["TX-packets"]


def test_other_queues_keep_their_flows_and_lose_nothing(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.start("rxonly")

    def counts():
        before = per_queue(pmd, 4)
        pktgen.run(link.peer_ns, link.peer, 400, flows=40, only="send", rate=20000)
        wait_for(lambda: sum(per_queue(pmd, 4)) - sum(before) == 400, what=pmd.xstats)
        return [a - b for a, b in zip(per_queue(pmd, 4), before)]
    before = counts()
    assert min(before) > 0
    for n in range(4):
        pmd.set_up_queue(f"rxq {n}", 128 << n)
        pmd.start("rxonly")
        assert counts() == before
    assert pmd.stats()["RX-missed"] == 0


@pytest.mark.parametrize("kick", ["burst", "thread"])
@pytest.mark.parametrize("queues", [1, 2])
def test_tx_queue_gets_another_ring_under_traffic(link, testpmd, pktgen, peer, queues, kick):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, kick=kick)], queues=queues)
    queue = f"txq {queues - 1}"
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=16, rate=RATE)
    for slots in (2048, 64, 512):
        pmd.set_up_queue(queue, slots)
        assert has_ring(pmd, queue, slots)
        sent = pmd.stats()["TX-packets"]
        pmd.start()
        pmd.wait_stats(lambda s, sent=sent: s["TX-packets"] > sent + 100)
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0), r
    assert came_back(link) == settled(pmd.stats)["TX-packets"]
    peer.frames(quiet=0.1)
    exchange(peer, some_frames(4))


def test_queue_set_up_anew_has_that_ring_and_no_other(link, testpmd, pktgen):
    """What it tells is what it was asked for; what it holds is what it has."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=1024)
    pmd.start("rxonly")
    had = (pmd.fds(), link.dut_ns.packet_sockets())
    for slots in (256, 512, 128):
        for queue in ("rxq 0", "txq 0"):
            pmd.set_up_queue(queue, slots)
        pmd.cmd("clear port stats all")
        pktgen.run(link.peer_ns, link.peer, 1500, "1514", only="send", rate=RATE)
        pmd.start("rxonly")
        wait_for(lambda: accounted(pmd) == 1500, what=pmd.stats)
        assert slots <= pmd.stats()["RX-packets"] < 2 * slots, slots
        assert (pmd.fds(), link.dut_ns.packet_sockets()) == had


def test_ring_that_cannot_be_is_refused_and_another_is_taken(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2, fanout_mode="rollover")], queues=2)
    for half in ("rxq", "txq"):
        pmd.cmd(f"port 0 {half} 0 stop")
        pmd.cmd(f"port config 0 {half} 0 ring_size 40000")
        pmd.cmd(f"port 0 {half} 0 setup")
        assert "Invalid value for nb_" in pmd.log()
        pmd.cmd(f"port config 0 {half} 0 ring_size 512")
        pmd.cmd(f"port 0 {half} 0 setup")
        pmd.cmd(f"port 0 {half} 0 start")
    pmd.start()
    exchange(peer, some_frames(4))


def test_set_up_while_the_interface_is_away(link, lab, testpmd, peer):
    """Recovery makes the ring."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    away = lab.ns("away")
    link.dut_ns.ip("link", "set", link.dut, "netns", away.name)
    wait_for(lambda: pmd.info()["Link status"] == "down")
    pmd.set_up_queue("rxq 0", 256)
    pmd.set_up_queue("txq 0", 256)
    away.ip("link", "set", link.dut, "netns", link.dut_ns.name)
    link.dut_ns.ip("link", "set", link.dut, "up")
    wait_for(lambda: pmd.info()["Link status"] == "up")
    assert has_ring(pmd, "rxq 0", 256) and has_ring(pmd, "txq 0", 256)
    pmd.start()
    exchange(peer, some_frames(4))
