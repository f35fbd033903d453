# SPDX-License-Identifier: BSD-3-Clause
"""Slots of the transmit ring that come back long after the call: a qdisc holds the packets.

A shaper (tbf) holds them on every kernel. netem lets go of the slots at once where they
complete with the skb's destructor, and late where through an ubuf_info (6.12.113 and later).
"""

import time

import pytest
from lab.frames import eth
from lab.process import Failed, wait_for
from lab.testpmd import vdev

SIZE = 1000
HELD = 40  # at once
QDISCS = {
    "tbf": ["tbf", "rate", "1600kbit", "burst", "5kb", "limit", "1mb"],  # 5 ms a frame
    "netem": ["netem", "delay", "200ms", "limit", "10000"],
}


@pytest.fixture(params=QDISCS)
def ports(request, lab, testpmd, raw):
    near, far = lab.link(0), lab.link(1)
    try:
        far.dut_ns.run("tc", "qdisc", "add", "dev", far.dut, "root", *QDISCS[request.param])
    except Failed as e:
        pytest.skip(f"this kernel has no {request.param}: {e}")
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, qdisc_bypass=0)],
                  "--rxd=1024", "--txd=64")
    pmd.start()
    return pmd, raw(near.peer_ns, near.peer, receive=False), raw(far.peer_ns, far.peer)


def send(source, first, count):
    for n in range(first, first + count):
        source.send(eth(SIZE, seed=n))


def check(sink, first, count):
    """Each arrives once, in order."""
    frames = sink.frames(count)
    assert frames == [eth(SIZE, seed=n) for n in range(first, first + count)], len(frames)


def wait_sent(pmd, count):
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-errors"]) == (count, 0), port=1)


def test_sums_and_order(ports, request, record_property):
    pmd, source, sink = ports
    number = {eth(SIZE, seed=n): n for n in range(250)}  # eth() knows 256
    for frame in number:
        source.send(frame)
    pmd.wait_stats(lambda s: s["RX-packets"] == len(number))
    pmd.stop()
    taken = len(number) - pmd.fwd_stats(1)["TX-dropped"] + pmd.stats(1)["TX-errors"]
    record_property("taken", taken)
    assert taken < len(number) or "tbf" not in request.node.name, "no slot was late"
    pmd.start("rxonly")  # polling pushes what is left
    wait_sent(pmd, taken)
    got = [number[frame] for frame in sink.frames(taken)]
    assert len(got) == taken >= HELD and got == sorted(set(got))


def test_stop_and_start_while_slots_are_out(ports):
    pmd, source, sink = ports
    for turn in range(3):
        send(source, turn * HELD, HELD)
        wait_sent(pmd, (turn + 1) * HELD)
        pmd.stop()
        begin = time.monotonic()
        pmd.cmd("port stop 1")
        if turn == 1:
            pmd.cmd("port config all txd 128")
        pmd.cmd("port start 1")
        assert time.monotonic() - begin < 5
        pmd.start()
    check(sink, 0, 3 * HELD)


def test_quit_while_slots_are_out(ports, lab):
    pmd, source, sink = ports
    send(source, 0, HELD)
    wait_sent(pmd, HELD)
    pmd.quit()
    wait_for(lambda: lab.ns("dut").packet_sockets() == 0)
    check(sink, 0, HELD)
