# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd's forwarding modes: traffic flows, each frame is what the mode makes of
it, and the counters on both sides agree."""

import struct

import pytest
from lab.frames import DST, ETH_LOCAL, SRC, eth, inet_sum, mac_bytes, udp4
from lab.process import settled
from lab.testpmd import vdev

COUNT = 40


@pytest.fixture
def pmd(testpmd, link):
    return testpmd(link.dut_ns, [vdev(0, link.dut)])


def forwarded(pmd, peer, frames):
    """What comes back; nothing lost, nothing twice, and counted so."""
    for frame in frames:
        peer.send(frame)
    got = peer.frames(len(frames)) + peer.frames(quiet=0.1)
    stats = pmd.wait_stats(lambda s: s["TX-packets"] >= len(got))
    assert len(got) == len(frames) == stats["RX-packets"] == stats["TX-packets"], stats
    assert stats["RX-missed"] == stats["RX-errors"] == stats["TX-errors"] == 0
    return got


def test_io(pmd, peer):
    pmd.start("io")
    frames = [eth(60 + 31 * n, seed=n) for n in range(COUNT)]
    assert forwarded(pmd, peer, frames) == frames


def test_mac(pmd, peer, link):
    """mac: the port's address as source, its peer's as destination."""
    pmd.start("mac")
    frames = [eth(60 + n, seed=n) for n in range(COUNT)]
    for was, now in zip(frames, forwarded(pmd, peer, frames)):
        assert now[6:12] == mac_bytes(link.dut_mac)
        assert now[12:] == was[12:]


def test_macswap(pmd, peer):
    pmd.start("macswap")
    frames = [eth(60 + n, seed=n) for n in range(COUNT)]
    for was, now in zip(frames, forwarded(pmd, peer, frames)):
        assert now == was[6:12] + was[:6] + was[12:]


def test_rxonly(pmd, peer):
    pmd.start("rxonly")
    for n in range(COUNT):
        peer.send(eth(100, seed=n))
    stats = pmd.wait_stats(lambda s: s["RX-packets"] >= COUNT)
    assert stats["RX-packets"] == COUNT and stats["RX-bytes"] == COUNT * 100
    assert stats["TX-packets"] == 0 and not peer.frames(quiet=0.1)


@pytest.mark.parametrize("mode", ["txonly", "flowgen"])
def test_generators(pmd, link, peer, mode):
    """What the port says it sent is what the peer's kernel received, to the byte."""
    before = link.peer_counters()
    pmd.start(mode)
    pmd.wait_stats(lambda s: s["TX-packets"] > 20000)
    pmd.stop()
    stats = settled(lambda: pmd.stats(0))
    after = settled(link.peer_counters)
    assert stats["TX-packets"] == after["rx_packets"] + after["rx_dropped"] - \
        before["rx_packets"] - before["rx_dropped"], pmd.xstats()
    assert stats["TX-bytes"] == after["rx_bytes"] - before["rx_bytes"]
    sample = peer.recv(1)[0]
    assert sample[12:14] == b"\x08\x00" and len(sample) >= 60


def test_csum(pmd, peer):
    """csum recomputes checksums: a wrong one comes back right."""
    pmd.cmd("csum set ip sw 0")
    pmd.cmd("csum set udp sw 0")
    pmd.start("csum")
    for now in forwarded(pmd, peer, [udp4(100 + n, csum=0x1234) for n in range(COUNT)]):
        ip, udp = now[14:34], now[34:]
        pseudo = ip[12:20] + struct.pack("!BBH", 0, 17, len(udp))
        assert inet_sum(ip) == 0 and inet_sum(pseudo + udp) == 0


def icmp_echo(ident):
    body = struct.pack("!BBHHH", 8, 0, 0, ident, 1) + bytes(range(56))
    body = body[:2] + struct.pack("!H", inet_sum(body)) + body[4:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), ident, 0, 64, 1, 0,
                     bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    ip = ip[:10] + struct.pack("!H", inet_sum(ip)) + ip[12:]
    return mac_bytes(DST) + mac_bytes(SRC) + b"\x08\x00" + ip + body


def test_icmpecho(pmd, peer):
    pmd.start("icmpecho")
    got = forwarded(pmd, peer, [icmp_echo(n + 1) for n in range(COUNT)])
    assert [struct.unpack("!H", f[38:40])[0] for f in got] == list(range(1, COUNT + 1))
    for frame in got:
        assert frame[34] == 0 and inet_sum(frame[34:]) == 0  # echo reply, checksum right
        assert frame[26:34] == bytes([10, 0, 0, 2, 10, 0, 0, 1])


def test_other_frames_are_not_answered(pmd, peer):
    pmd.start("icmpecho")
    peer.send(eth(60, ethertype=ETH_LOCAL))
    pmd.wait_stats(lambda s: s["RX-packets"] == 1)
    assert not peer.frames(quiet=0.2)
