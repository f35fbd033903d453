# SPDX-License-Identifier: BSD-3-Clause
"""TCP of a few bytes a segment was lost when segments of one burst were joined.

Since Linux 6.12.111 virtio_net_hdr_to_skb() makes every gso_size below 8 of it 8. A
superframe of two segments of a byte is one segment then, which tcp_gso_segment() refuses
on any device: sendmmsg() said ENOMEM, or ENOBUFS past the qdisc, until the packet was
given up. Larger ones came out cut anew.
"""

import pytest
from lab.frames import vnet_hdr
from lab.superframe import TCP_MIN_SEGMENT, superframe
from lab.testpmd import OURS, vdev

COUNT = 32
# As many as may be, so that the frame is long enough to be joined. The kernel counts those of
# TCP for payload when it looks whether the packet is a superframe.
OPTIONS = b"\1" * 40
L4 = 14 + 20 + len(OPTIONS)

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver joins segments")


def tcp(payload, mss, n=0):
    return superframe(payload, mss, ip_options=OPTIONS, tcp_options=OPTIONS, seq=n * mss, ident=1 + n)


def data(frame):
    return frame[L4 + 20 + len(OPTIONS):]


def ports(lab, testpmd, raw, *args):
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, vnet_hdr=1), vdev(1, far.dut)], *args)
    return pmd, raw(near.peer_ns, near.peer, vnet=True, receive=False), raw(far.peer_ns, far.peer)


def received(sink, size):
    frames = []
    while sum(map(len, frames)) < size:
        got = sink.frames(1)
        if not got:
            break
        frames.append(data(got[0]))
    return frames


@pytest.mark.parametrize("size,count", [(1, 2), (1, 32), (7, 32), (8, 32)])
def test_segments_arrive_as_they_came(lab, testpmd, raw, size, count):
    pmd, source, sink = ports(lab, testpmd, raw)
    for n in range(count):
        frame, _ = tcp(bytes([n]) * size, size, n)
        source.send(frame, vnet_hdr(1, 0, 0, 0, csum_start=L4, csum_offset=16))
    pmd.start()  # in one burst
    frames = received(sink, count * size)
    assert b"".join(frames) == b"".join(bytes([n]) * size for n in range(count)), pmd.xstats(1)
    assert size >= TCP_MIN_SEGMENT or len(frames) == count
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-errors"]) == (count, 0), port=1)
    assert (pmd.xstats(1)["tx_joined"] > 0) == (size >= TCP_MIN_SEGMENT)


def test_superframes_of_a_byte_a_segment_lose_nothing(lab, testpmd, raw):
    pmd, source, sink = ports(lab, testpmd, raw, "--enable-lro", "--enable-rx-cksum")
    pmd.start()
    for n in range(TCP_MIN_SEGMENT + 1, TCP_MIN_SEGMENT + 1 + COUNT):
        source.send(*tcp(bytes(range(n)), 1))
        assert b"".join(received(sink, n)) == bytes(range(n)), pmd.xstats(1)
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-errors"]) == (COUNT, 0), port=1)
