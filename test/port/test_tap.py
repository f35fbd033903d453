# SPDX-License-Identifier: BSD-3-Clause
"""On a tap device, whose other side can hand the kernel any packet."""


import pytest
from lab.frames import eth
from lab.testpmd import vdev
from lab.tap import Tap


@pytest.fixture
def tap(lab):
    return lab.keep(Tap(lab.ns("dut")))


def echoes(tap, n=20, seed=0):
    frames = [eth(60 + 7 * i, seed=seed + i) for i in range(n)]
    for frame in frames:
        tap.send(frame)
    return tap.frames(n) == frames


def test_frames_come_back_unchanged(tap, testpmd):
    pmd = testpmd(tap.ns, [vdev(0, tap.name)])
    pmd.start()
    assert echoes(tap)


def test_foreign_unicast_stays_out_without_promiscuous_mode(tap, testpmd):
    pmd = testpmd(tap.ns, [vdev(0, tap.name)])
    pmd.promisc(False)
    pmd.start()
    mine = eth(80, dst=tap.ns.mac(tap.name))
    for frame in (eth(70), mine):
        tap.send(frame)
    assert tap.frames(1) + tap.frames(1, timeout=0.1) == [mine]
