# SPDX-License-Identifier: BSD-3-Clause
"""RSS: with a key or a table of its own a port gives each flow to the queue that they say."""

import random
import re
import struct

import pytest
from lab.testpmd import vdev
from scapy.all import IP, TCP, UDP, Dot1Q, Ether, IPv6, Raw, fragment

QUEUES = 4
KEY = random.Random(1).randbytes(40)


def toeplitz(key, data):
    """Bit by bit, as Microsoft describes it."""
    bits = int.from_bytes(key, "big")
    total = 0
    for i in range(8 * len(data)):
        if data[i // 8] >> (7 - i % 8) & 1:
            total ^= bits >> (8 * len(key) - 32 - i) & 0xFFFFFFFF
    return total


def flow(number, tagged=False):
    """A UDP or TCP packet and the input of its hash."""
    rnd = random.Random(number)
    sport, dport = rnd.randrange(1024, 65536), rnd.randrange(1024, 65536)
    l4 = (UDP if number % 2 else TCP)(sport=sport, dport=dport)
    if number % 4 < 2:
        src, dst = (f"10.{rnd.randrange(256)}.{rnd.randrange(256)}.1" for _ in range(2))
        l3 = IP(src=src, dst=dst)
        data = bytes(map(int, f"{src}.{dst}".split(".")))
    else:
        src, dst = (f"fd00::{rnd.randrange(1, 65536):x}:{rnd.randrange(1, 65536):x}" for _ in range(2))
        l3 = IPv6(src=src, dst=dst)
        data = bytes(l3)[8:40]
    eth = Ether(src=f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}", dst="ff:ff:ff:ff:ff:ff")
    pkt = (eth / Dot1Q(vlan=5) if tagged else eth) / l3 / l4 / Raw(bytes(20))
    return bytes(pkt), data + struct.pack("!HH", sport, dport)


def queues_of(pmd, peer, frames, per_flow=1):
    """By source address, which queues the frames of each flow came to."""
    for frame in frames:
        peer.send(frame)
    text = pmd.collect(r"src=02:00:00:00:.*Receive queue=0x\w+", len(frames))
    where = {}
    for high, low, queue in re.findall(r"src=02:00:00:00:(\w\w):(\w\w).*?Receive queue=0x(\w+)", text):
        where.setdefault(int(high + low, 16), []).append(int(queue, 16))
    assert all(len(q) == per_flow for q in where.values()), where
    return where


@pytest.fixture
def pmd(link, testpmd):
    one = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=QUEUES)], queues=QUEUES)
    one.cmd("set verbose 1")
    return one


def set_key(pmd, types="ipv4-udp"):
    return pmd.cmd(f"port config 0 rss-hash-key {types} {KEY.hex()}")


def begin_with_key(pmd):
    pmd.cmd("port stop 0")
    set_key(pmd)
    pmd.cmd("port config all rss all")
    pmd.cmd("port start 0")
    pmd.start("rxonly")


def set_table(pmd, table):
    entries = [f"({i},{q})" for i, q in enumerate(table)]
    for at in range(0, len(entries), 8):  # testpmd's words are short
        pmd.cmd("port config 0 rss reta " + ",".join(entries[at:at + 8]))


@pytest.mark.parametrize("tagged", [False, True])
def test_each_flow_is_where_key_and_table_say(pmd, peer, tagged):
    begin_with_key(pmd)
    flows = {n: flow(n, tagged) for n in range(200)}
    for table in ([i % QUEUES for i in range(128)], [(i * 7 + i // 5) % QUEUES for i in range(128)]):
        set_table(pmd, table)  # the port runs
        where = queues_of(pmd, peer, [frame for frame, _ in flows.values()])
        expected = {n: [table[toeplitz(KEY, data) % 128]] for n, (_, data) in flows.items()}
        assert where == expected
        assert len({q[0] for q in where.values()}) == QUEUES


def test_fragments_of_a_packet_stay_together(pmd, peer):
    begin_with_key(pmd)
    flows = 24
    frames = []
    for n in range(flows):
        pkt = (Ether(src=f"02:00:00:00:00:{n:02x}", dst="ff:ff:ff:ff:ff:ff") /
               IP(src=f"10.0.{n}.1", dst="10.1.0.1") / UDP(sport=n + 1000) / Raw(bytes(1000)))
        frames += [bytes(f) for f in fragment(pkt, 400)]
    where = queues_of(pmd, peer, frames, per_flow=len(frames) // flows)
    assert all(len(set(q)) == 1 for q in where.values()), where
    assert len({q[0] for q in where.values()}) > 1


def test_told_as_set(pmd):
    begin_with_key(pmd)
    assert KEY.hex().upper() in pmd.cmd("show port 0 rss-hash key").upper()
    set_table(pmd, [3] * 128)
    said = pmd.cmd("show port 0 rss reta 128 (0xffffffffffffffff,0xffffffffffffffff)")
    assert re.findall(r"hash index=\d+, queue=(\d+)", said) == ["3"] * 128


def test_another_size_of_table_is_refused(pmd):
    begin_with_key(pmd)
    pmd.cmd("show port 0 rss reta 64 (0xffffffffffffffff)")
    assert "a redirection table of 64 entries; it has 128" in pmd.log()


def test_first_key_wants_a_stopped_port(pmd):
    set_key(pmd)
    assert "stop the port first" in pmd.log()


def test_no_rss_beside_a_fanout_mode(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=QUEUES, fanout_mode="lb")], queues=QUEUES)
    pmd.cmd("show port 0 rss-hash")
    assert "did not provide a valid hash key size" in pmd.log()
