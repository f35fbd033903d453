# SPDX-License-Identifier: BSD-3-Clause
"""The port's counters are the peer's counters."""

import re

import pytest
from lab.frames import eth
from lab.testpmd import vdev


@pytest.mark.parametrize("queues", [1, 4])
@pytest.mark.parametrize("rxd", [64, 1024])
def test_received_missed_and_wrong_are_what_the_peer_sent(link, testpmd, pktgen, queues, rxd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues, rxd=rxd)
    pmd.start("rxonly")
    before = link.peer_counters()["tx_packets"]
    pktgen.run(link.peer_ns, link.peer, 200000, flows=16, only="send")
    sent = link.peer_counters()["tx_packets"] - before
    pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] + s["RX-errors"] == sent)
    pmd.stats()  # reading clears the kernel's counter: not ours
    s = pmd.stats()
    assert s["RX-packets"] + s["RX-missed"] + s["RX-errors"] == sent
    assert s["RX-bytes"] == 60 * s["RX-packets"]


@pytest.mark.parametrize("queues", [1, 4])
@pytest.mark.parametrize("bypass", [0, 1])
def test_sent_is_what_the_peer_received(link, testpmd, queues, bypass):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, qdisc_bypass=bypass)],
                  queues=queues)
    before = link.peer_counters()
    pmd.start("rxonly", first=500)
    pmd.drain()
    s, after = pmd.stats(), link.peer_counters()
    assert s["TX-packets"] == after["rx_packets"] - before["rx_packets"] > 0
    assert s["TX-bytes"] == after["rx_bytes"] - before["rx_bytes"]
    assert s["TX-packets"] + s["TX-errors"] <= 500 * 32 * queues


def test_queue_counters_add_up(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.start()
    pktgen.run(link.peer_ns, link.peer, 5000, "60:300", flows=64, window=64)
    pmd.drain()  # the far end has a frame before the lcore has counted it
    x = pmd.xstats()
    for way in ("rx", "tx"):
        for what in ("packets", "bytes"):
            each = [v for k, v in x.items() if re.fullmatch(rf"{way}_q\d+_{what}", k)]
            assert len(each) == 4 and sum(each) == x[f"{way}_good_{what}"], (way, what)


def test_clear_sets_all_to_zero_and_counting_goes_on(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    for clear in ("clear port stats 0", "clear port xstats 0"):
        for n in range(30):
            peer.send(eth(100))
        assert len(peer.frames(30)) == 30
        pmd.wait_stats(lambda s: (s["RX-packets"], s["TX-packets"]) == (30, 30))
        pmd.cmd(clear)
        assert set(pmd.stats().values()) == {0}
        assert set(pmd.xstats().values()) == {0}, pmd.xstats()


def test_clear_forgets_missed_frames_too(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=64)
    pktgen.run(link.peer_ns, link.peer, 1000, only="send")  # nobody polls yet
    pmd.cmd("clear port stats 0")
    assert pmd.stats()["RX-missed"] == 0
    pktgen.run(link.peer_ns, link.peer, 1000, only="send")
    assert pmd.stats()["RX-missed"] == 1000


def test_counters_survive_stop_and_start(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    for i in range(1, 4):
        pmd.start()
        for n in range(10):
            peer.send(eth(100))
        assert len(peer.frames(10)) == 10
        pmd.stop()
        s = pmd.stats()
        assert (s["RX-packets"], s["TX-packets"]) == (10 * i, 10 * i)
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
