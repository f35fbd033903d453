# SPDX-License-Identifier: BSD-3-Clause
"""Several queues, every fanout mode: each frame once, each flow on its queue."""

import os
import re

import pytest
from lab.frames import eth, udp4
from lab.process import settled, wait_for
from lab.testpmd import Testpmd, vdev

MODES = ["hash", "lb", "cpu", "rollover", "rnd", "qm"]


def per_queue(pmd, port=0):
    x = pmd.xstats(port)
    return [x[k] for k in sorted(x) if re.fullmatch(r"rx_q\d+_packets", k)]


@pytest.mark.parametrize("queues", [1, 2, 4])
@pytest.mark.parametrize("mode", MODES)
def test_each_frame_comes_back_once(link, testpmd, pktgen, mode, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, fanout_mode=mode)], queues=queues)
    pmd.start()
    # "cpu" keeps a flow in order as long as its sender stays where it is
    cpu = min(os.sched_getaffinity(0)) if mode == "cpu" else None
    r = pktgen.run(link.peer_ns, link.peer, 20000, "60:1514:29", flows=64, window=128, cpu=cpu)
    assert (r["lost"], r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0, 0), (r, pmd.xstats())
    if mode in ("hash", "cpu", "qm", "rollover") or queues == 1:
        assert r["reordered"] == 0, r
    assert sum(per_queue(pmd)) == pmd.stats()["RX-packets"] == 20000
    assert len(per_queue(pmd)) == queues


def test_every_queue_of_many_has_its_statistics(link, testpmd, pktgen):
    """ethdev's own stand for the first 16 at most."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=18, fanout_mode="lb")], queues=18, rxd=64,
                  mbufs=4096)
    pmd.start()
    pktgen.run(link.peer_ns, link.peer, 1800, "100", window=32)
    x = pmd.xstats()
    for q in range(18):
        assert [x[f"{half}_q{q}_{what}"] for half in ("rx", "tx") for what in ("packets", "bytes")] \
            == [100, 10000, 100, 10000]
    assert x["rx_q17_errors"] == 0
    pmd.cmd("clear port xstats all")
    assert pmd.xstats()["rx_q17_packets"] == 0


@pytest.mark.parametrize("mode", ["hash", "lb", "rnd"])
def test_load_reaches_every_queue(link, testpmd, pktgen, mode):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, fanout_mode=mode)], queues=4)
    pmd.start()
    pktgen.run(link.peer_ns, link.peer, 4000, flows=200, window=64)
    counts = per_queue(pmd)
    assert min(counts) > 4000 / 4 / 4, counts


def test_lb_deals_the_frames_out_evenly(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, fanout_mode="lb")], queues=4)
    pmd.start()
    pktgen.run(link.peer_ns, link.peer, 4000, window=64)
    assert per_queue(pmd) == [1000] * 4


def test_hash_keeps_each_flow_on_one_queue(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    flows, rounds = 16, 8
    for _ in range(rounds):
        for flow in range(flows):
            peer.send(udp4(100, flow))
    # to the end of each line: the last one may come in two pieces
    text = pmd.collect(r"src=02:00:00:00:01:.*Receive queue=0x\w+", flows * rounds)
    where = {}
    for mac, queue in re.findall(r"src=([0-9A-F:]{17}).*Receive queue=0x(\w+)", text):
        where.setdefault(mac, []).append(queue)
    assert len(where) == flows
    assert all(len(set(q)) == 1 and len(q) == rounds for q in where.values()), where
    assert len({q[0] for q in where.values()}) > 1, "all 16 flows on one queue"


def test_hash_does_not_move_a_flow_when_its_ring_is_full(link, testpmd, pktgen):
    """No rollover unless asked for: one flow fills one queue, the rest is missed."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, framecnt=256)], queues=4)
    pmd.start("rxonly")
    sent = pktgen.run(link.peer_ns, link.peer, 200000, only="send")["sent"]
    stats = pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] + s["RX-errors"] == sent)
    assert sorted(per_queue(pmd))[:3] == [0, 0, 0], (per_queue(pmd), stats)


def test_no_doubles_while_the_port_starts_under_traffic(link, testpmd, pktgen):
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, flows=64, rate=40000)
    wait_for(lambda: link.peer_counters()["tx_packets"] > 100)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    pmd.start()
    pmd.wait_stats(lambda s: s["RX-packets"] > 20000)
    # first the port, then the generator: it sees all that was sent
    pmd.stop()
    pmd.cmd("port stop 0")
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0), r
    assert r["unique"] == pmd.stats()["TX-packets"]


@pytest.mark.parametrize("queues", [1, 2])
@pytest.mark.parametrize("outgoing", [0, 1])
def test_frames_the_host_sends(link, testpmd, raw, peer, queues, outgoing):
    """outgoing=0: not received; outgoing=1: received like the others."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, outgoing=outgoing)],
                  queues=queues)
    pmd.start("rxonly")
    host = raw(link.dut_ns, link.dut, receive=False)
    for n in range(20):
        host.send(udp4(100, n))
    assert len(peer.frames(20)) == 20
    peer.send(udp4(100))  # comes behind them
    pmd.wait_stats(lambda s: s["RX-packets"] >= 1 + 20 * outgoing)
    assert settled(lambda: pmd.stats()["RX-packets"]) == 1 + 20 * outgoing


@pytest.mark.parametrize("queues", [1, 2])
def test_the_port_does_not_receive_what_it_sends(link, testpmd, peer, queues):
    for bypass in (0, 1):
        pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, qdisc_bypass=bypass)],
                      queues=queues)
        pmd.cmd("set burst 32")
        pmd.start("rxonly", first=2)
        assert len(peer.frames(64 * queues)) == 64 * queues
        assert settled(lambda: pmd.stats()["RX-packets"]) == 0
        pmd.quit()


def fragments():
    """One datagram of 1200 bytes, cut in two."""
    ip = udp4(1200 + 14)
    from lab.frames import inet_sum
    out = []
    for off, more, data in ((0, 0x2000, ip[34:34 + 600]), (600, 0, ip[34 + 600:])):
        head = bytearray(ip[:34])
        head[16:18] = (20 + len(data)).to_bytes(2, "big")
        head[20:22] = (more | off // 8).to_bytes(2, "big")
        head[24:26] = bytes(2)
        head[24:26] = inet_sum(bytes(head[14:34])).to_bytes(2, "big")
        out.append(bytes(head) + data)
    return out


@pytest.mark.parametrize("flags", [None, "rollover", "defrag", "defrag+rollover"])
def test_fanout_flags(link, testpmd, peer, flags):
    more = {"fanout_flags": flags} if flags else {}
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2, **more)], queues=2)
    pmd.start("rxonly")
    for frame in fragments() + [eth(60)]:
        peer.send(frame)
    joined = flags is not None and "defrag" in flags
    want = (2, 1200 + 14 + 60) if joined else (3, 1200 + 34 + 14 + 60)
    pmd.wait_stats(lambda s: (s["RX-packets"], s["RX-bytes"]) == want)


def test_rollover_flag_uses_the_other_queues_when_one_is_full(link, testpmd, pktgen):
    pmd = testpmd(link.dut_ns,
                  [vdev(0, link.dut, qpairs=4, framecnt=64, fanout_flags="rollover")], queues=4)
    # one flow, three rings' worth, while nobody polls: the rings fill whatever the machine's speed
    pktgen.run(link.peer_ns, link.peer, 192, only="send")
    pmd.start("rxonly")
    pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] == 192)
    assert sum(n > 0 for n in per_queue(pmd)) > 1, per_queue(pmd)


def test_two_processes_share_one_fanout_group(link, lab, pktgen):
    both = [lab.keep(Testpmd(link.dut_ns, [vdev(0, link.dut, fanout_mode="lb", fanout_group=77)],
                             eal=[f"--main-lcore={n}"])) for n in (0, 1)]
    for pmd in both:
        pmd.start()
    r = pktgen.run(link.peer_ns, link.peer, 4000, window=32)
    assert (r["lost"], r["dup"]) == (0, 0), r
    assert [pmd.stats()["RX-packets"] for pmd in both] == [2000, 2000]


def test_automatic_groups_of_two_processes_do_not_meet(link, lab, pktgen):
    both = [lab.keep(Testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2)], queues=2,
                             eal=[f"--main-lcore={n}"]))
            for n in (0, 1)]
    for pmd in both:
        pmd.start("rxonly")
    pktgen.run(link.peer_ns, link.peer, 2000, only="send", flows=16, rate=50000)
    for pmd in both:
        pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] == 2000)
