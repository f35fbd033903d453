# SPDX-License-Identifier: BSD-3-Clause
"""A port that polls made a failing system call a poll once it had sent to a dead interface.

The kernel looks at no slot of an interface that is down or gone, so the frames that were
cancelled there waited in the ring, and each receive burst asked again: millions of calls a second.
A thread of kick=thread asked a thousand times a second.
"""

import time

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import vdev

N = 100


def bring_down(link):
    link.dut_ns.ip("link", "set", link.dut, "down")


def delete(link):
    link.dut_ns.ip("link", "del", link.dut)


@pytest.mark.parametrize("kick", ["burst", "thread"])
@pytest.mark.parametrize("end", [bring_down, delete])
def test_frames_for_it_cost_a_bounded_number_of_calls(lab, testpmd, raw, end, kick):
    links = [lab.link(n) for n in (0, 1)]
    pmd = testpmd(links[0].dut_ns, [vdev(n, link.dut, kick=kick) for n, link in enumerate(links)])
    pmd.start()
    end(links[1])
    wait_for(lambda: pmd.info(1)["Link status"] == "down")
    source = raw(links[0].peer_ns, links[0].peer)
    for _ in range(N):
        source.send(eth(100))
    wait_for(lambda: pmd.xstats(1)["tx_cancelled"] == N, what=lambda: pmd.xstats(1))
    kicks = pmd.xstats(1)["tx_kicks"]
    time.sleep(0.5)  # how long nothing happens, not a wait for anything
    made = pmd.xstats(1)["tx_kicks"] - kicks
    assert made == 0
