# SPDX-License-Identifier: BSD-3-Clause
"""RSS: with a key or a table of its own a port gives each flow to the queue that they say."""

import random
import re
import struct

import pytest
from lab.superframe import MSS, TCP4, TCP6, pattern, stream
from lab.tcp import allow_big_tcp, tcp_copy
from lab.testpmd import vdev
from lab.web import ipv6_hosts
from scapy.all import ARP, ICMP, IP, SCTP, TCP, UDP, Dot1Q, Ether, IPv6, IPv6ExtHdrFragment, Raw, fragment

QUEUES = 4
RSS_HASH = 0x80000  # of the receive offloads
VLAN_STRIP = 0x1
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


def rss_testpmd(link, testpmd, *args, **devargs):
    one = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=QUEUES, **devargs)], *args, queues=QUEUES)
    one.cmd("set verbose 1")
    return one


@pytest.fixture
def pmd(link, testpmd):
    return rss_testpmd(link, testpmd)


def set_key(pmd, types="ipv4-udp"):
    return pmd.cmd(f"port config 0 rss-hash-key {types} {KEY.hex()}")


def begin_with_key(pmd, mode="rxonly"):
    pmd.cmd("port stop 0")
    set_key(pmd)
    pmd.cmd("port config all rss all")
    pmd.cmd("port start 0")
    pmd.start(mode)


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
               IP(src=f"10.0.{n}.1", dst="10.1.0.1") / UDP(sport=n + 1000) / Raw(pattern(1000)))
        frames += [bytes(f) for f in fragment(pkt, 400)]
    where = queues_of(pmd, peer, frames, per_flow=len(frames) // flows)
    assert all(len(set(q)) == 1 for q in where.values()), where
    assert len({q[0] for q in where.values()}) > 1


def all_sorts(tagged):
    """Packets by number, and the input of the hash of each."""
    src, dst = IP(src="10.1.2.3", dst="10.4.5.6"), IPv6(src="fd00::1:2", dst="fd00::3:4")
    v4, v6 = bytes([10, 1, 2, 3, 10, 4, 5, 6]), bytes(dst)[8:40]
    ports, none = struct.pack("!HH", 1000, 2000), bytes(4)
    sort = [(l3 / l4, addresses + ports) for l3, addresses in ((src, v4), (dst, v6))
            for l4 in (TCP(sport=1000, dport=2000), UDP(sport=1000, dport=2000), SCTP(sport=1000, dport=2000))]
    sort += [(src / ICMP(), v4 + none), (dst / Raw(bytes(30)), v6 + none),
             (IP(src="10.1.2.3", dst="10.4.5.6", proto=17, frag=3) / Raw(pattern(30)), v4 + none),
             (IP(src="10.1.2.3", dst="10.4.5.6", flags="MF") / UDP(sport=1000), v4 + none),
             (dst / IPv6ExtHdrFragment(m=1, nh=17) / UDP(sport=1000), v6 + none),
             (ARP(), None)]
    for n, (l3, data) in enumerate(sort):
        eth = Ether(src=f"02:00:00:00:00:{n:02x}", dst="ff:ff:ff:ff:ff:ff")
        frame = bytes((eth / Dot1Q(vlan=5) if tagged else eth) / l3 / Raw(bytes(20)))
        yield frame, data or frame[:12]


@pytest.mark.parametrize("tagged, strip", [(False, False), (True, False), (True, True)])
def test_hash_of_each_packet_is_in_its_mbuf(link, testpmd, peer, tagged, strip):
    pmd = rss_testpmd(link, testpmd, f"--rx-offloads={RSS_HASH | (VLAN_STRIP if strip else 0):#x}")
    begin_with_key(pmd)
    sort = list(all_sorts(tagged))
    for frame, _ in sort:
        peer.send(frame)
    text = pmd.collect(r"src=02:00:00:00:.*Receive queue=0x\w+", len(sort))
    told = {int(n, 16): (int(h, 16), int(q, 16)) for n, h, q in re.findall(
        r"src=02:00:00:00:00:(\w\w).*RSS hash=0x(\w+).*Receive queue=0x(\w+)", text)}
    for n, (_, data) in enumerate(sort):
        value = toeplitz(KEY, data)
        assert told[n] == (value, value % 128 % QUEUES), n


@pytest.mark.parametrize("kind", [TCP4, TCP6])
def test_each_segment_of_a_superframe_has_the_hash_of_its_flow(link, testpmd, raw, kind):
    pmd = rss_testpmd(link, testpmd, f"--rx-offloads={RSS_HASH:#x}", vnet_hdr=1)
    begin_with_key(pmd)
    pmd.cmd("set port 0 ptype_mask 0xfffffff")
    frame, vnet = stream(pattern(20 * MSS), kind)
    v6 = kind == TCP6
    data = bytes(frame[22:54] + frame[54:58] if v6 else frame[26:34] + frame[34:38])
    raw(link.peer_ns, link.peer, vnet=True).send(frame, vnet)
    told = re.findall(r"RSS hash=0x(\w+).*hw ptype: (.*?)  -.*Receive queue=0x(\w+)",
                      pmd.collect(r"src=.*Receive queue=0x\w+", 20))
    value = toeplitz(KEY, data)
    ptype = "L2_ETHER L3_IPV6 L4_TCP" if v6 else "L2_ETHER L3_IPV4 L4_TCP"
    assert told == [(f"{value:x}", ptype, f"{value % 128 % QUEUES:x}")] * 20


def test_big_tcp_stays_with_the_other_packets_of_its_flow(lab, testpmd):
    near, far = lab.two_hosts()
    ipv6_hosts(near, far)
    try:
        allow_big_tcp(near.peer_ns, near.peer, 200000)
    except OSError as e:
        pytest.skip(f"no BIG TCP: {e}")
    pmd = testpmd(near.dut_ns, [vdev(n, end.dut, qpairs=QUEUES) for n, end in enumerate((near, far))],
                  queues=QUEUES, rxd=1024)
    begin_with_key(pmd, "io")
    data = bytes(range(256)) * 65536
    for _ in range(3):  # without its ports a flow has the same queue by chance
        before = pmd.xstats(0)
        assert tcp_copy(near.peer_ns, far.peer_ns, "fd09::2", data) == data
        after = pmd.xstats(0)
        packets = [after[f"rx_q{n}_packets"] - before[f"rx_q{n}_packets"] for n in range(QUEUES)]
        # the others: neighbour discovery
        assert sorted(packets)[-1] > 1000 and sorted(packets)[-2] < 10, packets
    assert after["rx_superframe_segments"] > 60 * after["rx_superframes_split"], after  # 64 KB: 46


def test_hash_follows_a_key_that_changes_under_traffic(link, testpmd, peer):
    pmd = rss_testpmd(link, testpmd, f"--rx-offloads={RSS_HASH:#x}")
    begin_with_key(pmd)
    frame, data = flow(4)
    for key in (KEY, KEY[::-1], KEY[1:] + KEY[:1]):
        pmd.cmd(f"port config 0 rss-hash-key ipv4-tcp {key.hex()}")
        peer.send(frame)
        text = pmd.collect(r"src=.*Receive queue=0x\w+", 1)
        value = toeplitz(key, data)
        assert f"RSS hash=0x{value:x} - RSS queue=0x{value % 128 % QUEUES:x}" in text, pmd.log()


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
