# SPDX-License-Identifier: BSD-3-Clause
"""An application that sleeps until a packet comes (Rx interrupts), and misses none."""

import glob
import os
import random
import time

import pytest
from lab.example import FORWARDER, Forwarder
from lab.frames import eth
from lab.tcp import tcp_copy
from lab.testpmd import OURS, vdev

DATA = bytes(range(256)) * 16384  # 4 MiB
# of the forwarder, which looks at its queues after 100 ms in any case
LATE = 0.08
pytestmark = [
    pytest.mark.skipif(not OURS, reason="an example of this driver"),
    pytest.mark.skipif(not os.path.exists(FORWARDER), reason=f"no {FORWARDER}; build it"),
]


@pytest.fixture
def sleeper(link, lab, tmp_path):
    return lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut)], ["--sleep"], tmp_path))


def load(program, seconds=3):
    before = program.cpu_seconds()
    time.sleep(seconds)
    return (program.cpu_seconds() - before) / seconds


def test_idle_costs_a_hundredth_of_a_core(sleeper):
    assert load(sleeper) <= 0.01


def test_every_packet_wakes_at_once(sleeper, peer):
    rng = random.Random(1)
    late = []
    for n in range(300):
        frame = eth(100, seed=n)
        time.sleep(rng.choice((0, 0.0001, 0.001, 0.003, 0.01)))
        start = time.monotonic()
        peer.send(frame)
        assert peer.frames(1) == [frame[6:12] + frame[:6] + frame[12:]]
        late.append(time.monotonic() - start)
    assert max(late) < LATE, sorted(late)[-5:]


def test_bursts_of_any_size_come_whole(sleeper, peer):
    rng = random.Random(2)
    for nb in [1, 31, 32, 33, 64, 200] * 4:
        frames = [eth(100, seed=n) for n in range(nb)]
        for frame in frames:
            peer.send(frame)
        assert len(peer.frames(nb)) == nb
        time.sleep(rng.random() * 0.005)
    assert sleeper.end()[0, "tx_good_packets"] == sum([1, 31, 32, 33, 64, 200] * 4)


@pytest.mark.parametrize("mode", ["", "--lro", "--rx-cksum"])
@pytest.mark.parametrize("args", [{}, {"kick": "thread"}], ids=["burst", "thread"])
def test_tcp_through_sleeping_lcores(lab, tmp_path, mode, args):
    near, far = lab.two_hosts()
    program = lab.keep(Forwarder(
        near.dut_ns, [vdev(0, near.dut, qpairs=2, **args), vdev(1, far.dut, qpairs=2, **args)],
        ["--sleep", *mode.split()], tmp_path, "0,1", mem=512))
    start = time.monotonic()
    assert tcp_copy(near.peer_ns, far.peer_ns, "10.9.0.2", DATA) == DATA
    assert tcp_copy(far.peer_ns, near.peer_ns, "10.9.0.1", DATA) == DATA
    assert time.monotonic() - start < 5
    assert load(program, 1) <= 0.05


def test_without_traffic_the_port_itself_wakes_seldom(sleeper):
    """Each time costs more than what is looked at."""
    def wakes():
        return sum(int(line.split()[1]) for path in glob.glob(f"/proc/{sleeper.proc.pid}/task/*/status")
                   for line in open(path, encoding="ascii") if line.startswith("voluntary"))
    before, start = wakes(), time.monotonic()
    time.sleep(2)
    rate = (wakes() - before) / (time.monotonic() - start)
    assert rate <= 1.5 * (10 + 10)  # of the forwarder, and of the port's control thread
