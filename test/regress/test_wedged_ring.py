# SPDX-License-Identifier: BSD-3-Clause
"""One packet whose GSO type the kernel cannot describe stopped receive for ever.

tpacket_rcv() leaves the slot's bit in rx_owner_map set when
virtio_net_hdr_from_skb() refuses the skb; every later packet is dropped at it.
"""

import os
import time

import pytest
from peer import eth, udp4, vnet_hdr
from tap import Tap
from testpmd import vdev


def echoes(tap, n, seed):
    frames = [eth(60 + 7 * i, seed=seed + i) for i in range(n)]
    for frame in frames:
        tap.send(frame)
    return sorted(tap.frames(n, timeout=0.3)) == sorted(frames)  # lb does not keep order


@pytest.mark.parametrize("queues", [1, 2])
def test_receive_goes_on_after_a_packet_the_kernel_cannot_describe(lab, testpmd, queues):
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("no /dev/net/tun")
    tap = lab.keep(Tap(lab.ns("dut")))
    # lb deals frames out in turn, so that each queue gets one of two UFO packets
    pmd = testpmd(tap.ns, [vdev(0, tap.name, qpairs=queues, fanout_mode="lb")], queues=queues,
                  rxd=64)
    pmd.start()
    assert echoes(tap, 20, 0)
    for turn in range(3):
        for _ in range(queues):
            try:
                tap.send(udp4(4000), vnet_hdr(1, 3, 42, 1480, csum_start=34, csum_offset=6))
            except OSError as e:
                pytest.skip(f"this kernel takes no UFO from a tap: {e}")
        deadline = time.monotonic() + 6
        while not echoes(tap, 8, turn):  # some are lost until the ring is rebuilt
            assert time.monotonic() < deadline, pmd.xstats()
    for turn in range(32):  # through the whole ring
        assert echoes(tap, 8, turn), pmd.xstats()
