# SPDX-License-Identifier: BSD-3-Clause
"""After a link bounce superframes had the payload of the one before.

NETDEV_DOWN leaves ENETDOWN on a bound packet socket; the next recvmsg() returned it and
took no message, and every later slot was given the message of the slot before.
"""

import pytest
from lab.frames import eth
from lab.superframe import TCP4, check_stream, stream
from lab.testpmd import vdev

MSS = 1448  # as the MTU allows, which is all that tells it without virtio_net_hdrs


def payload(n, size=10 * MSS):
    return bytes((i * 7 + n) & 0xff for i in range(size))


@pytest.mark.parametrize("vnet_hdr", [0, 1])
@pytest.mark.parametrize("bounces", [1, 3])
def test_superframes_after_a_link_bounce_have_their_own_payload(link, testpmd, raw, bounces,
                                                                vnet_hdr):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=vnet_hdr, tx_join=0)])
    pmd.start()
    for n in range(bounces):
        link.dut_ns.ip("link", "set", link.dut, "down")
        link.dut_ns.ip("link", "set", link.dut, "up")
        link.wait_carrier()
        for i in range(4):
            peer.send(*stream(payload(10 * n + i), TCP4, mss=MSS))
            frames = peer.frames(10)
            assert len(frames) == 10, pmd.xstats()
            check_stream(frames, payload(10 * n + i), TCP4, MSS)
    frame = eth(100, seed=9)
    peer.send(frame)
    assert peer.frames(1) == [frame]
