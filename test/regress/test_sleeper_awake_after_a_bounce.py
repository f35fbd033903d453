# SPDX-License-Identifier: BSD-3-Clause
"""A sleeping port was kept awake for good once its interface had been down.

The kernel leaves ENETDOWN on the receive socket, and epoll shows that error until somebody takes it.
"""

import glob
import os
import time

import pytest
from lab.example import FORWARDER, Forwarder
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import OURS, vdev

pytestmark = [
    pytest.mark.skipif(not OURS, reason="an example of this driver"),
    pytest.mark.skipif(not os.path.exists(FORWARDER), reason=f"no {FORWARDER}; build it"),
]


def is_asleep(program):
    """Its threads sleep whenever one looks. (Starved, one that is awake would use little time.)"""
    awake = 0
    for _ in range(50):
        for path in glob.glob(f"/proc/{program.proc.pid}/task/*/stat"):
            with open(path, encoding="ascii") as file:
                awake += file.read().rsplit(")", 1)[1].split()[0] == "R"
        time.sleep(0.002)
    return awake <= 5


@pytest.mark.parametrize("queues", [1, 2])
def test_sleeps_while_the_interface_is_down_and_afterwards(link, lab, peer, tmp_path, queues):
    program = lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], ["--sleep"],
                                 tmp_path, *(("0,1",) if queues > 1 else ())))
    for state in "down", "up":
        link.dut_ns.ip("link", "set", link.dut, state)
        wait_for(lambda: is_asleep(program), what="asleep")
    link.wait_carrier()
    frame = eth(100)
    peer.send(frame)
    assert peer.frames(1) == [frame[6:12] + frame[:6] + frame[12:]]


def test_sleeps_after_a_start_with_the_interface_down(link, lab, tmp_path):
    link.dut_ns.ip("link", "set", link.dut, "down")
    program = lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut)], ["--sleep"], tmp_path))
    wait_for(lambda: is_asleep(program), what="asleep")
