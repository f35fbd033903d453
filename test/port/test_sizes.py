# SPDX-License-Identifier: BSD-3-Clause
"""Every frame size arrives and leaves byte for byte."""

import pytest
from lab.frames import eth
from lab.testpmd import vdev


def echo(peer, frames):
    """Send frames in small groups, return what came back."""
    back = []
    for i in range(0, len(frames), 16):
        for frame in frames[i:i + 16]:
            peer.send(frame)
        back += peer.frames(len(frames[i:i + 16]))
    return back + peer.frames(quiet=0.1)


def same(got, want):
    """Equal lists, else which sizes are missing, altered or surplus."""
    assert [len(f) for f in got] == [len(f) for f in want]
    for g, w in zip(got, want):
        assert g == w, f"frame of {len(w)} bytes differs"


@pytest.mark.parametrize("mtu", [576, 1500, 1998, 9000])
def test_each_size_comes_back_unchanged(lab, testpmd, raw, mtu):
    link = lab.link(mtu=mtu)
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, "d0")], "--mbuf-size=9728", mbufs=2048)
    pmd.start()
    sizes = sorted({*range(60, mtu + 15, 9), 61, 62, 63, 64, 65, mtu + 13, mtu + 14})
    frames = [eth(n, seed=n) for n in sizes]
    same(echo(peer, frames), frames)
    stats = pmd.wait_stats(lambda s: s["TX-packets"] >= len(frames))
    assert (stats["RX-packets"], stats["TX-packets"]) == (len(frames), len(frames))
    assert stats["RX-bytes"] == stats["TX-bytes"] == sum(sizes)


@pytest.mark.parametrize("mtu", [1500, 9000])
def test_tagged_frame_of_full_mtu_comes_back_unchanged(lab, testpmd, raw, mtu):
    link = lab.link(mtu=mtu)
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, "d0")], "--mbuf-size=9728", mbufs=2048)
    pmd.start()
    frames = [eth(n, tags=[(0x8100, 7)], seed=n) for n in (mtu + 14, mtu + 17, mtu + 18)]
    same(echo(peer, frames), frames)


def test_frames_below_the_ethernet_minimum_come_back_unchanged(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, "d0")])
    pmd.start()
    frames = [eth(n, seed=n) for n in (15, 16, 20, 33, 34, 42, 59)]
    same(echo(peer, frames), frames)


def test_four_bytes_above_the_mtu_are_received_whole_or_counted(lab, testpmd, raw):
    # veth lets 4 bytes pass above the receiver's MTU, tag or not
    link = lab.link()
    link.peer_ns.ip("link", "set", "p0", "mtu", "2000")
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, "d0")])
    pmd.start("rxonly")
    for n in (1515, 1516, 1517, 1518):
        peer.send(eth(n))
    stats = pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-errors"] == 4)
    assert stats["RX-packets"] == 4 and stats["RX-bytes"] == 1515 + 1516 + 1517 + 1518, stats


@pytest.mark.parametrize("bypass", [0, 1])
def test_frame_above_the_mtu_is_counted_and_not_sent(lab, testpmd, raw, bypass):
    small, large = lab.link(0), lab.link(1, mtu=9000)
    to, sink = raw(large.peer_ns, "p1"), raw(small.peer_ns, "p0")
    pmd = testpmd(small.dut_ns, [vdev(0, "d0", qdisc_bypass=bypass),
                                 vdev(1, "d1", qdisc_bypass=bypass)], "--mbuf-size=9728", mbufs=2048)
    pmd.start()
    good = [eth(1514, seed=1), eth(60, seed=2), eth(1518, tags=[(0x8100, 5)], seed=3)]
    for frame in (good[0], eth(1519), eth(3000), good[1], eth(9014), good[2]):
        to.send(frame)
    same(sink.frames(len(good)) + sink.frames(quiet=0.1), good)
    pmd.wait_stats(lambda s: (s["TX-packets"], s["TX-errors"]) == (3, 3))
    assert pmd.xstats(0)["tx_oversize"] == 3


def test_received_frames_are_exact_without_the_transmit_side(link, testpmd, peer, tmp_path):
    """Receive alone, through the stock pcap driver, in case both halves err alike."""
    from scapy.utils import RawPcapReader
    pcap = tmp_path / "rx.pcap"
    pmd = testpmd(link.dut_ns, [vdev(0, "d0"), f"net_pcap1,tx_pcap={pcap}"])
    pmd.start()
    frames = [eth(n, seed=n) for n in range(60, 1515, 97)]
    for frame in frames:
        peer.send(frame)
    pmd.wait_stats(lambda s: s["RX-packets"] == len(frames))
    pmd.quit()
    same([data for data, _ in RawPcapReader(str(pcap))], frames)


def test_sent_frames_are_exact_without_the_receive_side(link, testpmd, peer, tmp_path):
    from scapy.utils import RawPcapWriter
    pcap = tmp_path / "tx.pcap"
    frames = [eth(n, seed=n) for n in range(60, 1515, 97)]
    writer = RawPcapWriter(str(pcap), linktype=1)
    for frame in frames:
        writer.write(frame)
    writer.close()
    pmd = testpmd(link.dut_ns, [vdev(0, "d0"), f"net_pcap1,rx_pcap={pcap}"])
    pmd.start()
    same(peer.frames(len(frames)) + peer.frames(quiet=0.1), frames)
