# SPDX-License-Identifier: BSD-3-Clause
"""vnet_hdr=0: receive as on kernels that must do without virtio_net_hdrs (before 6.2)."""


import pytest
from lab.frames import eth, l4_is_right, vnet_hdr
from lab.superframe import TCP4, TCP6, UDP, check_stream, pattern, stream
from lab.testpmd import vdev
from lab.tap import Tap


@pytest.mark.parametrize("kind,mss", [(TCP4, 1448), (TCP6, 1428)], ids=["tcp4", "tcp6"])
def test_tcp_is_split_as_the_mtu_allows(link, testpmd, raw, kind, mss):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=0, tx_join=0)])
    pmd.start()
    for size in (2 * mss, 10000, 60000):
        peer.send(*stream(pattern(size), kind, mss=mss))
        count = -(-size // mss)
        frames = peer.frames(count)
        assert len(frames) == count, pmd.xstats()
        check_stream(frames, pattern(size), kind, mss)


def test_udp_that_nobody_can_split_is_counted(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=0, tx_join=0)])
    pmd.start()
    try:
        for _ in range(7):
            peer.send(*stream(pattern(20000), UDP))
    except OSError as e:
        pytest.skip(f"this kernel does not take such a superframe: {e}")
    frame = eth(200, seed=1)
    peer.send(frame)
    assert peer.frames(1) == [frame]  # and nothing else
    assert pmd.xstats()["rx_unsplittable"] == 7
    assert pmd.stats()["RX-errors"] == 7


def test_unfinished_checksum_is_finished(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=0, tx_join=0)])
    pmd.start()
    frame, _ = stream(pattern(301), UDP)  # small enough to be none
    peer.send(frame, vnet_hdr(1, 0, 0, 0, csum_start=34, csum_offset=6))
    frames = peer.frames(1)
    assert len(frames) == 1 and l4_is_right(frames[0])


def test_no_packet_wedges_the_ring(lab, testpmd):
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name, vnet_hdr=0)])
    pmd.start()
    tap.send_ufo()
    frame = eth(100, seed=3)
    tap.send(frame)
    assert tap.frames(1) == [frame]
    x = pmd.xstats()
    assert (x["rx_unsplittable"], x["rx_ring_rebuilt"]) == (1, 0)
