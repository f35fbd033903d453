# SPDX-License-Identifier: BSD-3-Clause
"""Each frame the device refused held all others up until its patience was over.

300 frames, every third refused, took 5.1 s with qdisc_bypass=0: 50 ms for each
refused one. A far end with a smaller MTU or one nft rule could throttle a port
to 20 such frames per second.
"""

import time

import pytest
from lab.frames import eth
from lab.testpmd import vdev


@pytest.mark.parametrize("bypass", [0, 1])
def test_frames_the_far_end_is_too_small_for_do_not_hold_up_the_others(lab, testpmd, raw, bypass):
    near, far = lab.link(0), lab.link(1)
    far.peer_ns.ip("link", "set", far.peer, "mtu", "1000")
    source, sink = raw(near.peer_ns, near.peer), raw(far.peer_ns, far.peer)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, qdisc_bypass=bypass)])
    pmd.start()
    good = []
    begin = time.monotonic()
    for n in range(300):
        frame = eth(1400 if n % 3 == 0 else 100, seed=n)
        good += [frame] if n % 3 else []
        source.send(frame)
    got = sink.frames(len(good), timeout=60)
    took = time.monotonic() - begin
    assert got == good
    s = pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == 300, port=1)
    assert (s["TX-packets"], s["TX-errors"]) == (200, 100)
    # with 50 ms for each it cannot be less than 5, on no machine
    assert took < 3, f"{took:.1f} s for 300 frames, 100 of them refused"
