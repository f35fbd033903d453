# SPDX-License-Identifier: BSD-3-Clause
"""Recovery that could not open its sockets at once waited for the next news, up to ten seconds."""

import time

from lab.compile import compiled
from lab.frames import some_frames
from lab.peer import exchange
from lab.process import wait_for
from lab.testpmd import vdev


def test_tries_again_soon(link, lab, testpmd, peer, tmp_path, monkeypatch):
    monkeypatch.setattr("lab.testpmd.PRELOAD", compiled(
        str(tmp_path), "tools/no_ring.c", flags=("-shared", "-fPIC"), libs=("-ldl",)))
    pmd, away = testpmd(link.dut_ns, [vdev(0, link.dut)]), lab.ns("away")
    pmd.start()
    exchange(peer, some_frames(4))
    link.dut_ns.ip("link", "set", link.dut, "netns", away.name)
    wait_for(lambda: pmd.info()["Link status"] == "down")
    away.ip("link", "set", link.dut, "netns", link.dut_ns.name)
    link.dut_ns.ip("link", "set", link.dut, "up")
    start = time.monotonic()
    wait_for(lambda: pmd.info()["Link status"] == "up")
    assert time.monotonic() - start < 4  # no ring for 1.5 s
    exchange(peer, some_frames(4, 1))
    assert "No buffer space available" in pmd.log()
    assert len(pmd.log().splitlines()) < 40
