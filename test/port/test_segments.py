# SPDX-License-Identifier: BSD-3-Clause
"""mbuf chains: scattered receive and multi-segment transmit."""

import pytest
from lab.frames import eth
from lab.testpmd import vdev


@pytest.mark.parametrize("mtu,room", [(1500, 64), (1500, 256), (1500, 1000), (9000, 2048)])
def test_frames_larger_than_the_data_room_come_back_unchanged(lab, testpmd, raw, mtu, room):
    link = lab.link(mtu=mtu)
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--mbuf-size={room + 128}", scatter=True)
    pmd.start()
    edges = {n * room + d for n in (1, 2, 3) for d in (-5, -4, -1, 0, 1, 4)}
    sizes = sorted(n for n in {60, mtu + 13, mtu + 14, *edges} if 20 <= n <= mtu + 14)
    frames = [eth(n, seed=n) for n in sizes] + [eth(n, tags=[(0x8100, 9)], seed=n) for n in sizes]
    for frame in frames:
        peer.send(frame)
    got = peer.frames(len(frames)) + peer.frames(quiet=0.1)
    assert [len(f) for f in got] == [len(f) for f in frames]
    assert got == frames


def test_frame_larger_than_the_data_room_is_never_delivered_cut(link, testpmd, peer):
    """Without scatter the port refuses to start, or counts what does not fit."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=1152", "--disable-device-start")
    pmd.cmd("port start 0")
    if "Fail to configure port 0 rx queues" in pmd.log():
        assert "net_afpring0" in pmd.log(), "refused without saying why"
        return
    pmd.start()
    fits = [eth(1000, seed=1), eth(60, seed=2)]
    for frame in (fits[0], eth(1400), fits[1]):
        peer.send(frame)
    assert peer.frames(2) + peer.frames(quiet=0.1) == fits
    assert pmd.stats()["RX-errors"] == 1


def test_mbufs_too_small_for_headers_are_refused_in_one_line(link, testpmd):
    """ethdev knows no minimum: the hardware's is what it asks for, and there is none."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--mbuf-size={63 + 128}",
                  "--disable-device-start", scatter=True)
    pmd.cmd("port start 0")
    lines = [line for line in pmd.log().splitlines() if "holds 63 bytes" in line]
    assert len(lines) == 1 and "at least 64" in lines[0], pmd.log()
    assert pmd.alive()


@pytest.mark.parametrize("lens", [(64, 64, 128), (60, 1, 1, 1), (64, 1450), (1000, 14),
                                  (64,) + (100,) * 7])
def test_transmit_joins_the_segments(link, testpmd, peer, lens):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--tx-offloads=0x8000")
    pmd.cmd("set txpkts " + ",".join(map(str, lens)))
    pmd.cmd("set burst 8")
    pmd.start("rxonly", first=2)
    frames = peer.frames(16) + peer.frames(quiet=0.1)
    assert [len(f) for f in frames] == [sum(lens)] * 16
    for f in frames:  # testpmd's own headers and length
        assert f[12:14] == b"\x08\x00" and int.from_bytes(f[16:18], "big") == sum(lens) - 14
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-bytes"]) == (16, 16 * sum(lens)))


def test_random_splits_do_not_change_the_frame(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--tx-offloads=0x8000")
    pmd.cmd("set txpkts 64,64,64,64,64")
    pmd.cmd("set txsplit rand")
    pmd.cmd("set burst 32")
    pmd.start("rxonly", first=4)
    frames = peer.frames(128) + peer.frames(quiet=0.1)
    assert len(frames) == 128
    assert all(len(f) in (64, 128, 192, 256, 320) for f in frames)
    assert len({len(f) for f in frames}) > 1
