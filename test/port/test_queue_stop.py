# SPDX-License-Identifier: BSD-3-Clause
"""Queues stopped and started under traffic: nothing is received, everything is accounted for."""

import pytest
from lab.frames import some_frames
from lab.peer import exchange
from lab.process import settled, wait_for
from lab.testpmd import vdev


def received(pmd, queue):
    return pmd.xstats()[f"rx_q{queue}_packets"]


def switch(pmd, queue, mode="io"):
    """testpmd asks for a pause, and does not poll a pair of which one queue is stopped."""
    pmd.stop()
    out = pmd.cmd(f"port 0 {queue}")
    assert "Function not supported" not in out and "fail" not in out.lower(), out
    pmd.start(mode)


def accounted(pmd):
    s = pmd.stats()
    return s["RX-packets"] + s["RX-missed"]


def finish(pktgen, gen):
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0), r
    return r


@pytest.mark.parametrize("vnet_hdr", [0, 1])
def test_stopped_rx_queue_receives_nothing_and_all_is_counted(link, testpmd, pktgen, vnet_hdr):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2, fanout_mode="lb", framecnt=256,
                                     vnet_hdr=vnet_hdr)], queues=2)
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=16, rate=20000)
    for _ in range(3):
        seen = received(pmd, 1)
        wait_for(lambda: received(pmd, 1) > seen + 200)
        switch(pmd, "rxq 1 stop")
        seen, missed, other = received(pmd, 1), pmd.stats()["RX-missed"], received(pmd, 0)
        wait_for(lambda: pmd.stats()["RX-missed"] > missed + 200)
        assert received(pmd, 1) == seen
        assert received(pmd, 0) > other
        switch(pmd, "rxq 1 start")
    seen = received(pmd, 1)
    wait_for(lambda: received(pmd, 1) > seen + 200)
    r = finish(pktgen, gen)
    wait_for(lambda: accounted(pmd) == r["sent"])
    assert r["unique"] == settled(pmd.stats)["TX-packets"]


def test_other_queues_keep_their_flows(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.start("rxonly")

    def counts():
        before = [received(pmd, q) for q in range(4)]
        pktgen.run(link.peer_ns, link.peer, 400, flows=40, only="send", rate=20000)
        settled(lambda: accounted(pmd))
        after = [received(pmd, q) for q in range(4)]
        return [b - a for a, b in zip(before, after)]
    before = counts()
    assert min(before) > 0
    for q in range(4):
        switch(pmd, f"rxq {q} stop", "rxonly")
        assert counts() == [0 if n == q else before[n] for n in range(4)]
        switch(pmd, f"rxq {q} start", "rxonly")
        assert counts() == before
    assert accounted(pmd) == 9 * 400  # with what the stopped rings held


def test_rollover_gives_its_packets_to_the_others(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2, fanout_mode="lb", framecnt=64,
                                     fanout_flags="rollover")], queues=2)
    pmd.start("rxonly")
    switch(pmd, "rxq 1 stop", "rxonly")
    pktgen.run(link.peer_ns, link.peer, 2000, only="send", rate=5000)
    s = settled(pmd.stats)
    assert s["RX-missed"] == 0
    assert received(pmd, 0) >= 2000 - 100 and received(pmd, 1) == 0


@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_stopped_tx_queue_sends_nothing(link, testpmd, pktgen, peer, kick):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick=kick, framecnt=256)])
    pmd.start()
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=4, rate=20000)
    for _ in range(3):
        seen = pmd.stats()["TX-packets"]
        pmd.wait_stats(lambda s: s["TX-packets"] > seen + 500)
        switch(pmd, "txq 0 stop")
        sent, missed = pmd.stats()["TX-packets"], pmd.stats()["RX-missed"]
        pmd.wait_stats(lambda s: s["RX-missed"] > missed + 200)
        assert pmd.stats()["TX-packets"] == sent
        switch(pmd, "txq 0 start")
    seen = pmd.stats()["TX-packets"]
    pmd.wait_stats(lambda s: s["TX-packets"] > seen + 500)
    r = finish(pktgen, gen)
    assert r["reordered"] == 0
    assert r["unique"] == settled(pmd.stats)["TX-packets"]
    peer.frames(quiet=0.1)
    exchange(peer, some_frames(4))


def test_deferred_queues_wait_for_their_start(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port stop 0")
    pmd.cmd("port 0 rxq 0 deferred_start on")
    pmd.cmd("port 0 txq 0 deferred_start on")
    pmd.cmd("port start 0")
    assert "deferred start: on" in pmd.cmd("show rxq info 0 0")
    assert "deferred start: on" in pmd.cmd("show txq info 0 0")
    pmd.start()
    for frame in some_frames(4):
        peer.send(frame)
    assert peer.frames(quiet=0.2) == []
    assert pmd.stats()["RX-packets"] == 0
    switch(pmd, "rxq 0 start")
    switch(pmd, "txq 0 start")
    exchange(peer, some_frames(4, 1))  # and nothing of what came before


def test_port_stops_and_starts_with_stopped_queues(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    exchange(peer, some_frames(4))
    for _ in range(3):
        switch(pmd, "rxq 0 stop")
        switch(pmd, "txq 0 stop")
        assert "state: stopped" in pmd.cmd("show rxq info 0 0")
        pmd.stop()
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
        pmd.start()
        exchange(peer, some_frames(4))
