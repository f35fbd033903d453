# SPDX-License-Identifier: BSD-3-Clause
"""What a stack with segmentation offload sends arrives as ordinary frames.

tx_join=0: the far end looks at the frames, which would else leave joined again.
vnet_hdr=1: they are cut where the sender says, also before Linux 6.2.
"""

import pytest
from lab.frames import eth
from lab.superframe import MSS, TCP4, TCP6, UDP, check_stream, pattern, stream
from lab.tcp import tcp_copy
from lab.testpmd import vdev

@pytest.mark.parametrize("tag", [b"", b"\x81\0\0\x64"], ids=["plain", "tagged"])
@pytest.mark.parametrize("kind", [TCP4, TCP6, UDP], ids=["tcp4", "tcp6", "udp"])
def test_superframe_is_split_into_right_frames(link, testpmd, raw, kind, tag):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=1, tx_join=0)])
    pmd.start()
    total = 0
    for size in (MSS + 1, 2 * MSS, 10000, 40000, 64000):
        payload = pattern(size)
        try:
            peer.send(*stream(payload, kind, tag))
        except OSError as e:
            pytest.skip(f"this kernel does not take such a superframe: {e}")
        count = -(-size // MSS)
        frames = peer.frames(count)
        assert len(frames) == count, (size, len(frames), pmd.xstats())
        check_stream(frames, payload, kind)
        total += count
    # the far end has the last frame a little before the sending lcore has counted it
    pmd.wait_stats(lambda s: (s["RX-packets"], s["TX-packets"], s["RX-errors"]) ==
                   (total, total, 0))


def test_superframes_and_frames_keep_their_order(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=1, tx_join=0)])
    pmd.start()
    payload = pattern(3 * MSS)
    for n in range(20):
        peer.send(eth(100, seed=n))
        peer.send(*stream(payload, TCP4))
        peer.send(eth(1514, seed=n))
        frames = peer.frames(5)
        assert frames[0] == eth(100, seed=n) and frames[-1] == eth(1514, seed=n)
        check_stream(frames[1:-1], payload, TCP4)


def test_superframes_are_split_over_several_queues(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, fanout_mode="lb", vnet_hdr=1, tx_join=0)],
                  queues=4)
    pmd.start()
    payload = pattern(20000)
    for _ in range(8):
        peer.send(*stream(payload, TCP4))
        check_stream(peer.frames(-(-20000 // MSS)), payload, TCP4)


def test_superframes_while_stopped_are_not_delivered_later(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=1, tx_join=0)])
    for _ in range(4):  # taken by the kernel, never polled for
        peer.send(*stream(pattern(9000), TCP4))
    pmd.cmd("port stop 0")
    for _ in range(4):
        peer.send(*stream(pattern(9000), TCP4))
    pmd.cmd("port start 0")
    pmd.start()
    payload = pattern(5000)
    peer.send(*stream(payload, TCP4))
    check_stream(peer.frames(4) + peer.frames(quiet=0.1), payload, TCP4)


def test_flood_of_superframes_is_received_or_counted(link, testpmd, raw):
    """More than socket and ring hold, nobody polling; then all goes on as before."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=1, tx_join=0)], rxd=64)
    frame = stream(pattern(60000), TCP4)
    for _ in range(300):
        peer.send(*frame)
    pmd.drain()
    s = pmd.stats()
    assert s["RX-missed"] + s["RX-errors"] > 0
    peer.frames(quiet=0.1)
    pmd.start()
    payload = pattern(5000)
    peer.send(*stream(payload, TCP4))
    check_stream(peer.frames(4), payload, TCP4)


def test_two_hosts_talk_tcp_with_every_offload_on(lab, testpmd):
    near, far = lab.two_hosts()
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)])
    pmd.start()
    data = pattern(4 << 20)
    assert tcp_copy(near.peer_ns, far.peer_ns, "10.9.0.2", data) == data
    assert pmd.stats(0)["RX-errors"] == 0
