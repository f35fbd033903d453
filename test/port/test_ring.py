# SPDX-License-Identifier: BSD-3-Clause
"""Rings that wrap around very often, each frame looked at."""

import pytest
from lab.process import wait_for
from lab.testpmd import vdev

CLEAN = {"lost": 0, "dup": 0, "reordered": 0, "corrupted": 0, "foreign": 0, "send_errors": 0}


def clean(result, pmd):
    assert {k: result[k] for k in CLEAN} == CLEAN, (result, pmd.stats(), pmd.xstats())


def test_a_million_frames_through_a_ring_of_64(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=64)
    pmd.start()
    clean(pktgen.run(link.peer_ns, link.peer, 1000000, "60:124", flows=8, window=32), pmd)
    stats = pmd.wait_stats(lambda s: s["TX-packets"] >= 1000000)
    assert stats["RX-packets"] == stats["TX-packets"] == 1000000
    assert stats["RX-missed"] == stats["RX-errors"] == stats["TX-errors"] == 0


GEOMETRY = {
    "block_of_one_frame": dict(blocksz=4096, framesz=4096, framecnt=16),
    "frames_do_not_fill_the_block": dict(blocksz=4096, framesz=1616, framecnt=64),
    "frame_of_no_power_of_two": dict(blocksz=8192, framesz=2704, framecnt=48),
    "one_block": dict(blocksz=65536, framesz=2048, framecnt=32),
    "large_blocks": dict(blocksz=1048576, framesz=2048, framecnt=1024),
}


@pytest.mark.parametrize("geometry", GEOMETRY.values(), ids=GEOMETRY.keys())
def test_every_geometry_wraps(link, testpmd, pktgen, geometry):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **geometry)])
    pmd.start()
    clean(pktgen.run(link.peer_ns, link.peer, 100000, "60:1514:13",
                     window=min(32, geometry["framecnt"] // 2)), pmd)


@pytest.mark.parametrize("queues", [2, 4])
def test_rings_of_several_queues_wrap(link, testpmd, pktgen, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues, rxd=64)
    pmd.start()
    clean(pktgen.run(link.peer_ns, link.peer, 200000, "60:1514:13", flows=32, window=32), pmd)


def test_queues_polled_by_two_lcores_wrap(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], "--nb-cores=2", queues=4, rxd=128,
                  cores="0@0,1@0,2@1")
    pmd.start()
    clean(pktgen.run(link.peer_ns, link.peer, 50000, "60:1514:13", flows=32, window=64), pmd)


def test_jumbo_rings_wrap(lab, testpmd, pktgen):
    link = lab.link(mtu=9000)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=9728", mbufs=2048, rxd=64)
    pmd.start()
    clean(pktgen.run(link.peer_ns, link.peer, 50000, "60:9014:133", window=24), pmd)


def test_loss_of_an_overrun_ring_is_counted(link, testpmd, pktgen):
    """A sender that does not wait: what is not received is missed, to the frame."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=64)
    pmd.start("rxonly")
    before = link.peer_counters()["tx_packets"]
    pktgen.run(link.peer_ns, link.peer, 500000, only="send")
    sent = link.peer_counters()["tx_packets"] - before
    pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] + s["RX-errors"] == sent)


def test_contents_survive_an_overrun(link, testpmd, pktgen):
    """Forwarding at full load: losses may be, damage and doubles may not."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=128)
    pmd.start()
    before = link.peer_counters()["tx_packets"]
    gen = pktgen.begin(link.peer_ns, link.peer, 300000, "60:1514:13", idle=10**6)
    wait_for(lambda: link.peer_counters()["tx_packets"] - before == 300000, 120)
    pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] + s["RX-errors"] == 300000)
    # first the port, then the generator: it sees all that was sent
    pmd.stop()
    gen.terminate()
    r, s = pktgen.end(gen), pmd.stats()
    assert r["sent"] == 300000
    assert (r["dup"], r["reordered"], r["corrupted"], r["foreign"]) == (0, 0, 0, 0), r
    assert r["unique"] == s["TX-packets"], (r, s)
