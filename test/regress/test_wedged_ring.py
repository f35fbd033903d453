# SPDX-License-Identifier: BSD-3-Clause
"""One packet whose GSO type the kernel cannot describe stopped receive for ever.

tpacket_rcv() leaves the slot's bit in rx_owner_map set when
virtio_net_hdr_from_skb() refuses the skb; every later packet is dropped at it.
"""

import time

import pytest
from lab.frames import eth, udp4
from lab.process import DEADLINE, settled, wait_for
from lab.testpmd import vdev
from lab.tap import Tap


def send(tap, n, seed):
    frames = [eth(60 + 7 * i, seed=seed + i) for i in range(n)]
    for frame in frames:
        tap.send(frame)
    return frames


def echoes(tap, n, seed):
    frames = send(tap, n, seed)
    return sorted(tap.frames(n)) == sorted(frames)  # lb does not keep order


def echo_at_once(tap, n, seed):
    """All come back before 0.3 s without one; those of earlier calls do not count."""
    missing = set(send(tap, n, seed))
    while missing:
        got = tap.frames(1, timeout=0.3)
        if not got:
            return False
        missing -= set(got)
    return True


@pytest.mark.parametrize("queues", [1, 2])
def test_receive_goes_on_after_a_packet_the_kernel_cannot_describe(lab, testpmd, queues):
    tap = lab.keep(Tap(lab.ns("dut")))
    # lb deals frames out in turn, so that each queue gets one of two UFO packets
    pmd = testpmd(tap.ns, [vdev(0, tap.name, qpairs=queues, fanout_mode="lb")], queues=queues,
                  rxd=64)
    pmd.start()
    assert echoes(tap, 20, 0)
    seed = 0
    for _ in range(3):
        for _ in range(queues):
            tap.send_ufo()
        deadline = time.monotonic() + DEADLINE
        while not echo_at_once(tap, 8, seed):  # some are lost until the ring is rebuilt
            assert time.monotonic() < deadline, pmd.xstats()
            seed += 1
        pmd.drain()
        tap.frames(1000, timeout=0.1)  # what came late
        pmd.start()
    for turn in range(32):  # through the whole ring
        assert echoes(tap, 8, turn), pmd.xstats()


def test_flows_keep_their_queue_when_rings_are_replaced(lab, testpmd):
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name, qpairs=4)], queues=4)
    pmd.start("rxonly")

    def counts(flows):
        pmd.cmd("clear port xstats all")
        for flow in flows:
            tap.send(udp4(100, flow=flow))
        pmd.wait_stats(lambda s: s["RX-packets"] == len(flows))
        x = pmd.xstats()
        return [x[f"rx_q{q}_packets"] for q in range(4)]

    def wedge(flow):
        tap.send_ufo(flow)

    def rebuilt():
        for flow in range(40):
            tap.send(udp4(100, flow=flow))
        return pmd.xstats()["rx_ring_rebuilt"]

    queue_of = [counts([flow]).index(1) for flow in range(40)]
    assert set(queue_of) == set(range(4))
    for queue in range(4):  # the order of the group changes for any but its last member
        pmd.cmd("clear port xstats all")
        wedge(queue_of.index(queue))
        wait_for(lambda: rebuilt() == 1, what=pmd.xstats)
        settled(lambda: pmd.stats()["RX-packets"], quiet=0.1)
        assert counts(range(40)) == [queue_of.count(q) for q in range(4)], queue


@pytest.mark.parametrize("queues", [1, 2])
def test_ring_heals_although_nobody_polls(lab, testpmd, queues):
    """It waited for an lcore to come by, so an application that slept never received again."""
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name, qpairs=queues, fanout_mode="lb")], queues=queues,
                  rxd=64)
    for _ in range(queues):
        tap.send_ufo()

    def healed():
        send(tap, 4, 0)
        return pmd.xstats().get("rx_ring_rebuilt", 0) == queues
    wait_for(healed, what=pmd.xstats)
    assert "another ring" not in pmd.log()
    pmd.start()
    pmd.drain()
    tap.frames(1000, timeout=0.1)
    pmd.start()
    assert echoes(tap, 20, 100), pmd.xstats()
