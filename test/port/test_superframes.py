# SPDX-License-Identifier: BSD-3-Clause
"""What a stack with segmentation offload sends arrives as ordinary frames.

tx_join=0: the far end looks at the frames, which would else leave joined again.
"""

import pytest
from lab.netlab import tcp_copy
from lab.peer import eth, inet_sum, l4_is_right, l4_start, mac_bytes, vnet_hdr
from lab.testpmd import vdev

MSS = 1400
TCP4, TCP6, UDP = 1, 4, 5  # virtio_net_hdr.gso_type


def superframe(payload, kind, tag=b"", flags=0x19, seq=0xfffff000):
    """A large segment with FIN and PSH, its checksum unfinished, and its vnet header."""
    v6 = kind == TCP6
    if kind == UDP:
        proto, field = 17, 6
        l4 = bytearray(b"\x10\0\0\x09" + ((8 + len(payload)) & 0xffff).to_bytes(2, "big") + b"\0\0")
    else:
        proto, field = 6, 16
        l4 = bytearray(b"\x10\0\0\x50" + seq.to_bytes(4, "big") + b"\0\0\0\1" +
                       bytes([0x80, flags]) + b"\1\0\0\0\0\0" + b"\1\1\x08\x0a\0\0\0\1\0\0\0\2")
    length = len(l4) + len(payload)
    if v6:
        addresses = bytes(15) + b"\1" + bytes(15) + b"\2"
        l3 = b"\x60\0\0\0" + length.to_bytes(2, "big") + bytes([proto, 64]) + addresses
    else:
        addresses = bytes([10, 0, 0, 1, 10, 0, 0, 2])
        l3 = b"\x45\0" + (20 + length).to_bytes(2, "big") + b"\x12\x34\x40\0" + bytes([64, proto])
        l3 += inet_sum(l3 + b"\0\0" + addresses).to_bytes(2, "big") + addresses
    pseudo = inet_sum(addresses + length.to_bytes(4, "big") + bytes([0, 0, 0, proto])) ^ 0xffff
    l4[field:field + 2] = pseudo.to_bytes(2, "big")
    head = mac_bytes("02:00:00:00:00:02") + mac_bytes("02:00:00:00:00:01") + tag + \
        (b"\x86\xdd" if v6 else b"\x08\0")
    start = len(head) + len(l3)
    return head + l3 + bytes(l4) + payload, vnet_hdr(
        1, kind, start + len(l4), MSS, csum_start=start, csum_offset=field)


def pattern(size):
    return bytes((i * 7 + (i >> 8)) & 0xff for i in range(size))


def check(frames, payload, kind):
    """The frames are exactly what the sender would have sent without offload."""
    got, seq = b"", 0xfffff000
    for n, f in enumerate(frames):
        l3, l4 = l4_start(f)
        assert len(f) <= 1514 + 4 and l4_is_right(f), n
        last = n == len(frames) - 1
        if f[l3] >> 4 == 4:
            assert inet_sum(f[l3:l4]) == 0, "IPv4 header checksum"
            assert int.from_bytes(f[l3 + 4:l3 + 6], "big") == 0x1234 + n, "IPv4 identification"
        if kind == UDP:
            data = f[l4 + 8:]
        else:
            data = f[l4 + 32:]
            assert int.from_bytes(f[l4 + 4:l4 + 8], "big") == (seq + len(got)) % 2**32
            assert f[l4 + 13] == (0x19 if last else 0x10), "FIN and PSH belong to the last"
        assert last or len(data) == MSS
        got += data
    assert got == payload


@pytest.mark.parametrize("tag", [b"", b"\x81\0\0\x64"], ids=["plain", "tagged"])
@pytest.mark.parametrize("kind", [TCP4, TCP6, UDP], ids=["tcp4", "tcp6", "udp"])
def test_superframe_is_split_into_right_frames(link, testpmd, raw, kind, tag):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)])
    pmd.start()
    total = 0
    for size in (MSS + 1, 2 * MSS, 10000, 40000, 64000):
        payload = pattern(size)
        try:
            peer.send(*superframe(payload, kind, tag))
        except OSError as e:
            pytest.skip(f"this kernel does not take such a superframe: {e}")
        count = -(-size // MSS)
        frames = peer.frames(count)
        assert len(frames) == count, (size, len(frames), pmd.xstats())
        check(frames, payload, kind)
        total += count
    # the far end has the last frame a little before the sending lcore has counted it
    pmd.wait_stats(lambda s: (s["RX-packets"], s["TX-packets"], s["RX-errors"]) ==
                   (total, total, 0))


def test_superframes_and_frames_keep_their_order(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)])
    pmd.start()
    payload = pattern(3 * MSS)
    for n in range(20):
        peer.send(eth(100, seed=n))
        peer.send(*superframe(payload, TCP4))
        peer.send(eth(1514, seed=n))
        frames = peer.frames(5)
        assert frames[0] == eth(100, seed=n) and frames[-1] == eth(1514, seed=n)
        check(frames[1:-1], payload, TCP4)


def test_superframes_are_split_over_several_queues(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, fanout_mode="lb", tx_join=0)], queues=4)
    pmd.start()
    payload = pattern(20000)
    for _ in range(8):
        peer.send(*superframe(payload, TCP4))
        check(peer.frames(-(-20000 // MSS)), payload, TCP4)


def test_superframes_while_stopped_are_not_delivered_later(link, testpmd, raw):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)])
    for _ in range(4):  # taken by the kernel, never polled for
        peer.send(*superframe(pattern(9000), TCP4))
    pmd.cmd("port stop 0")
    for _ in range(4):
        peer.send(*superframe(pattern(9000), TCP4))
    pmd.cmd("port start 0")
    pmd.start()
    payload = pattern(5000)
    peer.send(*superframe(payload, TCP4))
    check(peer.frames(4) + peer.frames(quiet=0.1), payload, TCP4)


def test_flood_of_superframes_is_received_or_counted(link, testpmd, raw):
    """More than socket and ring hold, nobody polling; then all goes on as before."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)], rxd=64)
    frame = superframe(pattern(60000), TCP4)
    for _ in range(300):
        peer.send(*frame)
    pmd.drain()
    s = pmd.stats()
    assert s["RX-missed"] + s["RX-errors"] > 0
    peer.frames(quiet=0.1)
    pmd.start()
    payload = pattern(5000)
    peer.send(*superframe(payload, TCP4))
    check(peer.frames(4), payload, TCP4)


def test_two_hosts_talk_tcp_with_every_offload_on(lab, testpmd):
    near, far = lab.two_hosts()
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)])
    pmd.start()
    data = pattern(4 << 20)
    assert tcp_copy(near.peer_ns, far.peer_ns, "10.9.0.2", data) == data
    assert pmd.stats(0)["RX-errors"] == 0
