# SPDX-License-Identifier: BSD-3-Clause
"""Buffer split: the front of a packet in mbufs of one pool, the rest in those of another."""

import re

import pytest
from lab.frames import udp4
from lab.superframe import MSS, TCP4, TCP6, check_stream, pattern, stream
from lab.testpmd import dpdk_release, vdev

SPLIT = "--rx-offloads=0x102000"  # BUFFER_SPLIT, SCATTER
SPLIT_LRO = "--rx-offloads=0x102018"  # and TCP_LRO, TCP_CKSUM
POOLS = "--mbuf-size=256,2176"


def segments(pmd, count):
    """Segments of each of the next packets whose length testpmd tells: (bytes, segments)."""
    told = re.findall(r"length=(\d+) - nb_segs=(\d+)", pmd.collect(r"src=02:00:00:00:0[01].*nb_segs=\d+", count))
    return [(int(size), int(nb)) for size, nb in told[:count]]


@pytest.mark.parametrize("how, fronts", [
    (["--rxpkts=64,2176"], {60: 1, 64: 1, 65: 2, 1514: 2}),
    (["--rxpkts=14,50,2176"], {60: 2, 64: 2, 65: 3, 1514: 3}),
    (["--rxhdrs=ipv4-udp"], {60: 2, 1514: 2}), (["--rxhdrs=eth,ipv4"], {60: 3, 1514: 3}),
    (["--rxhdrs=ipv6-udp"], {60: 1, 1514: 1})])
def test_packets_are_split_and_nothing_else_changes(link, testpmd, peer, how, fronts):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], POOLS, SPLIT, *how)
    pmd.cmd("set verbose 1")
    pmd.start("io")
    frames = [udp4(size, flow=n) for n, size in enumerate(fronts)]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(len(frames)) == frames
    assert segments(pmd, len(frames)) == list(fronts.items())


def test_last_segment_that_does_not_take_the_rest_is_refused(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], POOLS, SPLIT, "--rxpkts=64,1000",
                  "--disable-device-start")
    pmd.cmd("port start 0")
    assert "buffer split: the last segment ends after a length" in pmd.log()


@pytest.mark.parametrize("kind, how", [(TCP4, "--rxpkts=64,2176"), (TCP4, "--rxhdrs=ipv4-tcp"),
                                       (TCP6, "--rxhdrs=ipv6-tcp")])
def test_segments_of_superframes_are_split(link, testpmd, raw, kind, how):
    """Each segment of a superframe is a packet, and each has its front."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, vnet_hdr=1, tx_join=0)], POOLS, SPLIT, how)
    pmd.cmd("set verbose 1")
    pmd.start("io")
    headers = 14 + (40 if kind == TCP6 else 20) + 32
    for size in (2 * MSS, 10000, 64000):
        payload, count = pattern(size), -(-size // MSS)
        pmd.text = ""
        peer.send(*stream(payload, kind))
        lengths = [headers + min(MSS, size - n * MSS) for n in range(count)]
        # first, for testpmd stands still while nobody reads what it tells
        assert segments(pmd, count) == [(length, 2) for length in lengths]
        check_stream(peer.frames(count), payload, kind)


@pytest.mark.parametrize("how", ["--rxpkts=64,2176", "--rxhdrs=ipv4-tcp"])
def test_superframes_received_whole_are_split(link, testpmd, raw, how):
    """With LRO a superframe is one packet, with one front, and leaves as what it was."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], POOLS, SPLIT_LRO, how, "--tx-offloads=0x8000")
    pmd.cmd("set verbose 1")
    pmd.start("io")
    for size in (2 * MSS, 10000, 60000):
        frame, header = stream(pattern(size), TCP4)
        front = 64 if "rxpkts" in how else len(frame) - size
        pmd.text = ""
        peer.send(frame, header)
        got, _ = peer.recv(10)[:2]
        assert got == frame
        assert segments(pmd, 1) == [(len(frame), 1 + -(-(len(frame) - front) // 2048))]


@pytest.mark.skipif(dpdk_release() < "26.07", reason="ethdev wants a pool for each segment before 26.07")
@pytest.mark.parametrize("pools, lengths, parts", [
    ("256,0,256,0", "14,114,64,0", [(0, 14), (128, 192)]),  # the example of testpmd's manual
    ("0,2176", "14,0", [(14, 1514)]), ("256,0", "64,0", [(0, 64)]),
    ("256,0,2176", "34,8,0", [(0, 34), (42, 1514)])])
def test_segments_that_nobody_wants_are_left_out(link, testpmd, peer, pools, lengths, parts):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--mbuf-size={pools}", SPLIT, f"--rxpkts={lengths}")
    pmd.start("io")
    frames = [udp4(size, flow=size) for size in (60, 200, 1514)]
    want = [b"".join(f[a:b] for a, b in parts) for f in frames]
    for frame in frames:
        peer.send(frame)
    pmd.wait_stats(lambda s: (s["RX-packets"], s["RX-bytes"]) == (3, sum(map(len, want))))
    sent = [w for w in want if len(w) >= 14]  # the others are no frames
    assert [f[:len(w)] for f, w in zip(peer.frames(len(sent)), sent)] == sent


def set_up_split(pmd, lengths):
    pmd.stop()
    pmd.cmd(f"set rxpkts {lengths}")
    for line in ("port 0 rxq 0 stop", "port 0 rxq 0 setup", "port 0 rxq 0 start"):
        out = pmd.cmd(line)
        assert "not support" not in out and "fail" not in out.lower(), (line, out)
    pmd.start("io")


def test_queue_is_set_up_anew_with_another_split(link, testpmd, peer):
    """Fronts that lay ready go back: the setups would else take more mbufs than there are."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], POOLS, SPLIT, "--rxpkts=64,2176", mbufs=1100)
    pmd.cmd("set verbose 1")
    pmd.start("io")
    frames = [udp4(size, flow=size) for size in (60, 100, 600, 1514)]
    for turn in range(48):
        lengths = [(64, 2176), (20, 40, 0), (128, 2176), (14, 20, 8, 2176)][turn % 4]
        set_up_split(pmd, ",".join(map(str, lengths)))
        pmd.text = ""
        for frame in frames:
            peer.send(frame)
        assert peer.frames(len(frames)) == frames, (turn, pmd.xstats())
        ends = [sum(lengths[:n]) for n in range(len(lengths))]
        assert segments(pmd, len(frames)) == [
            (len(f), sum(end < len(f) for end in ends)) for f in frames]
