# SPDX-License-Identifier: BSD-3-Clause
"""Packets that came while a port took up its interface again were in no counter.

Its sockets were bound with closed gates, which drop without a count, until all queues were
open; the kernel itself counts what no socket takes.
"""

import errno
import threading
import time

import pytest
from lab.compile import compiled
from lab.frames import eth
from lab.process import settled, wait_for
from lab.testpmd import vdev


def counted(link, pmd):
    """(what the interface received, what the port and the kernel know of)"""
    kernel, port = link.dut_ns.counters(link.dut), pmd.stats()
    return (kernel["rx_packets"],
            kernel["rx_dropped"] + port["RX-packets"] + port["RX-missed"] + port["RX-errors"])


# where the kernel's own hash chooses the queue, one that has joined the group gets its packets before
# its gate is open; a program chooses none before all gates are
@pytest.mark.parametrize("queues", [1, 3])
def test_every_packet_is_counted(link, lab, testpmd, raw, tmp_path, monkeypatch, queues):
    monkeypatch.setattr("lab.testpmd.PRELOAD", compiled(
        str(tmp_path), "tools/slow_gate.c", flags=("-shared", "-fPIC"), libs=("-ldl",)))
    away, source, done = lab.ns("away"), raw(link.peer_ns, link.peer), threading.Event()
    refused = []  # which the interface counts in rx_dropped alone
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    if queues > 1:
        pmd.cmd("port stop 0")
        pmd.cmd(f"port config 0 rss reta (0,{queues - 1})")  # of frames without a hash
        pmd.cmd("port start 0")
    pmd.start("rxonly")

    def send():
        while not done.is_set():
            try:
                source.send(eth(100))
            except OSError as e:
                refused.extend([e] * (e.errno == errno.ENOBUFS))
            time.sleep(0.001)
    sender = threading.Thread(target=send)
    came, known = counted(link, pmd)
    sender.start()
    try:
        for _ in range(3):
            link.dut_ns.ip("link", "set", link.dut, "netns", away.name)
            wait_for(lambda: pmd.info()["Link status"] == "down")
            seen = pmd.stats()["RX-packets"]
            away.ip("link", "set", link.dut, "netns", link.dut_ns.name)
            link.dut_ns.ip("link", "set", link.dut, "up")
            pmd.wait_stats(lambda s, seen=seen: s["RX-packets"] > seen + 100)
    finally:
        done.set()
        sender.join()
    if queues > 1:
        assert pmd.xstats()[f"rx_q{queues - 1}_packets"] > 100
    now = settled(lambda: counted(link, pmd))
    assert now[0] - came == now[1] - known - len(refused)
