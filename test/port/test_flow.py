# SPDX-License-Identifier: BSD-3-Clause
"""Flow rules: testpmd's flow commands, drops that are never copied, queues that rules choose."""

import re
import threading
from contextlib import contextmanager

import pytest
from lab.compile import compiled
from lab.flow import PACKETS, create, packet, port, refused, through
from lab.process import wait_for
from lab.testpmd import vdev
from scapy.all import GRE, IP, TCP, UDP, Dot1AD, Dot1Q, Ether, IPv6, IPv6ExtHdrFragment, Raw
from scapy.contrib.geneve import GENEVE
from scapy.layers.vxlan import VXLAN

QUEUES = 4


@pytest.mark.parametrize("pattern, dropped", [
    ("eth type is 0x0806", {"arp"}),
    ("eth src spec 02:00:00:00:00:01 src mask ff:ff:ff:ff:ff:00 / ipv6", {"udp6", "icmp6"}),
    ("eth / ipv4", {"udp4", "udp4 other", "tcp4", "sctp4", "icmp4", "vxlan", "gre", "vlan udp4", "qinq tcp4"}),
    ("eth has_vlan is 0 / ipv4 / udp", {"udp4", "udp4 other", "vxlan"}),
    ("eth / vlan", {"vlan udp4", "qinq tcp4"}),
    ("eth / vlan vid is 5 / ipv4 / udp", {"vlan udp4"}),
    ("eth / vlan vid is 6 / vlan vid is 5", {"qinq tcp4"}),
    ("eth / ipv4 dst is 10.0.1.2", {"udp4 other"}),
    ("eth / ipv4 dst spec 10.0.0.0 dst last 10.0.0.9 dst mask 255.255.255.255 / udp", {"udp4", "vxlan", "vlan udp4"}),
    ("eth / ipv6 dst is fd00::2 / udp", {"udp6"}),
    ("eth / any / udp dst is 53", {"udp4", "udp6", "vlan udp4"}),
    ("eth / ipv4 / udp dst spec 1000 dst last 6000 dst mask 0xffff", {"udp4 other", "vxlan"}),
    ("eth / ipv4 / tcp flags spec 2 flags mask 2", {"tcp4", "qinq tcp4"}),
    ("eth / ipv4 / sctp dst is 80", {"sctp4"}),
    ("eth / ipv4 / icmp type is 8", {"icmp4"}),
    ("eth / ipv4 / udp / vxlan vni is 77", {"vxlan"}),
    ("eth / ipv4 / udp / vxlan vni is 78", set()),
    ("eth / ipv4 / gre protocol is 0x6558", {"gre"}),
    ("eth / ipv6 / icmp6 type is 128", {"icmp6"}),
    ("eth / arp_eth_ipv4 tpa is 10.0.0.2", {"arp"}),
    ("void / eth / void / ipv4 / udp src is 9", set()),
])
def test_drops_what_the_pattern_says(link, testpmd, peer, pattern, dropped):
    pmd = port(link, testpmd)
    pmd.start()
    rule = create(pmd, pattern)
    assert through(peer) == set(PACKETS) - dropped
    pmd.cmd(f"flow destroy 0 rule {rule}")
    assert through(peer) == set(PACKETS)


OUTER = IP(src="10.0.0.1", dst="10.0.0.2")
INNER = IP(src="192.168.0.2", dst="192.168.0.1")
CARRIED = {
    "vxlan tcp": packet(OUTER, UDP(dport=4789), VXLAN(vni=7), Ether(), INNER, TCP(dport=80)),
    "vxlan vlan udp": packet(OUTER, UDP(dport=4789), VXLAN(vni=7), Ether(), Dot1Q(vlan=9), INNER, UDP(dport=80)),
    "geneve udp6": packet(OUTER, UDP(dport=6081), GENEVE(vni=7, proto=0x6558), Ether(), IPv6(), UDP(dport=53)),
    "geneve options": packet(OUTER, UDP(dport=6081), Raw(b"\x02\0\x65\x58" + bytes(12)), Ether(), IPv6(), UDP(dport=53)),
    "gre tcp": packet(OUTER, GRE(proto=0x0800), INNER, TCP(dport=80)),
    "gre key tcp": packet(OUTER, GRE(proto=0x0800, key_present=1, key=5), INNER, TCP(dport=80)),
    "gtpu udp": packet(OUTER, UDP(dport=2152), Raw(b"\x30\xff\0\x5c\0\0\0\x07"), INNER, UDP(dport=53)),
    "fragment": packet(IPv6(), IPv6ExtHdrFragment(offset=100, id=7)),
    "text": packet(OUTER, UDP(dport=5000), Raw(b"say hello")),
    "tagged text": packet(Dot1Q(vlan=9), OUTER, UDP(dport=5000), Raw(b"say hello")),
}


@pytest.mark.parametrize("pattern, dropped", [
    ("eth / ipv4 / udp / vxlan / eth / ipv4 dst is 192.168.0.1", {"vxlan tcp"}),
    ("eth / ipv4 / udp / vxlan / eth / ipv4 / tcp dst is 80", {"vxlan tcp"}),
    ("eth / ipv4 / udp / vxlan / eth / vlan vid is 9 / ipv4 / udp", {"vxlan vlan udp"}),
    ("eth / ipv4 / udp / geneve / eth / ipv6 / udp dst is 53", {"geneve udp6"}),
    ("eth / ipv4 / udp / geneve optlen is 2 / eth / ipv6 / udp dst is 53", {"geneve options"}),
    ("eth / ipv4 / gre / ipv4 / tcp", {"gre tcp"}),
    ("eth / ipv4 / gre c_rsvd0_ver is 0x2000 / ipv4 / tcp", {"gre key tcp"}),
    ("eth / ipv4 / udp / gtpu / ipv4 dst is 192.168.0.1 / udp dst is 53", {"gtpu udp"}),
    ("eth / ipv6 / ipv6_frag_ext", {"fragment"}),
    ("eth / ipv6 / ipv6_frag_ext packet_id is 8", set()),
    ("eth / ipv4 / udp / raw relative is 1 offset is 4 pattern is hello", {"text", "tagged text"}),
    ("eth / ipv4 / udp / raw relative is 1 pattern is hello", set()),
    ("eth / raw offset is 46 pattern is hello", {"text"}),
    ("eth / vlan / raw offset is 50 pattern is hello", {"tagged text"}),
    ("eth / ipv4 / udp / vxlan / eth / ipv4 / tcp / raw relative is 1 pattern_hex spec 00 pattern_hex mask ff", {"vxlan tcp"}),
])
def test_drops_what_lies_deeper(link, testpmd, peer, pattern, dropped):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, pattern)
    assert through(peer, CARRIED) == set(CARRIED) - dropped


def test_dropped_packets_are_never_copied(link, testpmd, peer):
    pmd = port(link, testpmd)
    create(pmd, "eth / ipv4 / udp")
    for _ in range(5000):  # nobody empties the ring, which is far smaller
        peer.send(PACKETS["udp4"])
    assert pmd.xstats()["rx_ring_full"] == 0
    pmd.start()
    assert "udp4" not in through(peer)


def test_first_rule_by_priority_then_by_age(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, "eth / ipv4", attributes="priority 2")
    keep = create(pmd, "eth / ipv4 / udp", "queue index 0", "priority 1")
    create(pmd, "eth / ipv4 / udp dst is 53", "passthru", "priority 0")
    create(pmd, "eth / ipv4 / udp dst is 53", "drop", "priority 1")
    assert through(peer) == {"udp4", "udp4 other", "vxlan", "vlan udp4", "udp6", "icmp6", "arp"}
    pmd.cmd(f"flow destroy 0 rule {keep}")
    assert through(peer) == {"udp6", "icmp6", "arp"}
    pmd.cmd("flow flush 0")
    assert through(peer) == set(PACKETS)


def test_a_jump_leads_to_the_rules_of_its_group(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, "eth / ipv4 / udp dst is 53", attributes="group 2")
    assert through(peer) == set(PACKETS)  # no rule leads there
    create(pmd, "eth / ipv4", attributes="priority 1")
    jump = create(pmd, "eth / ipv4 / udp", "jump group 2")
    assert through(peer) == {"udp4 other", "vxlan", "udp6", "icmp6", "arp"}
    create(pmd, "eth / vlan", "queue index 0", "group 2")
    create(pmd, "eth / vlan", "passthru", "group 2 priority 3")
    create(pmd, "eth / ipv4 / udp dst is 5353", "jump group 7", "group 2 priority 4")
    create(pmd, "void", "drop", "group 7 priority 5")
    assert through(peer) == {"vxlan", "udp6", "icmp6", "arp"}
    pmd.cmd(f"flow destroy 0 rule {jump}")
    assert through(peer) == {"udp6", "icmp6", "arp"}


def test_isolated_port_gets_what_rules_say(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, "eth type is 0x88b5", "queue index 0")
    create(pmd, "eth / ipv6", "queue index 0")
    assert "isolated" not in pmd.cmd("flow isolate 0 0")
    pmd.cmd("flow isolate 0 1")
    pmd.promisc(False)  # says nothing here
    assert through(peer) == {"udp6", "icmp6"}
    pmd.cmd("flow isolate 0 0")
    pmd.promisc(True)
    assert through(peer) == set(PACKETS)


def queue_of(pmd, peer, frame):
    peer.send(frame)
    text = pmd.collect(r"src=02:00:00:00:00:01.*Receive queue=0x\w+", 1)
    return int(re.search(r"Receive queue=0x(\w+)", text).group(1), 16)


def port_with_a_queue_rule(link, testpmd):
    """UDP to port 53 goes to queue 3. The first such rule wants a stopped port."""
    pmd = port(link, testpmd, QUEUES)
    pmd.cmd("port stop 0")
    create(pmd, "eth / ipv4 / udp dst is 53", "queue index 3")
    pmd.cmd("port start 0")
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    return pmd


def test_queue_that_a_rule_says(link, testpmd, peer):
    """Of 12 flows each, which a hash would spread."""
    pmd = port_with_a_queue_rule(link, testpmd)

    def queues(*tags, ip=IP, net="10.0.0."):
        frames = [packet(*tags, ip(src=f"{net}{n}", dst=f"{net}2"), UDP(dport=53)) for n in range(10, 22)]
        return {queue_of(pmd, peer, frame) for frame in frames}

    def queues6(*tags):
        return queues(*tags, ip=IPv6, net="fd00::")
    assert queues() == queues(Dot1Q(vlan=5)) == {3}
    every = create(pmd, "eth / ipv6 / udp", "queue index 2")
    create(pmd, "eth / vlan vid is 6 / vlan / ipv6", "queue index 1")
    assert queues6() == {2}
    pmd.cmd(f"flow destroy 0 rule {every}")
    assert queues6(Dot1AD(vlan=6), Dot1Q(vlan=5)) == {1}
    pmd.cmd("flow flush 0")
    assert len(queues()) > 1
    create(pmd, "eth / ipv4", "queue index 0")
    assert queues() == {0}


def test_what_no_rule_says_is_spread(link, testpmd, peer):
    pmd = port_with_a_queue_rule(link, testpmd)
    where = {queue_of(pmd, peer, packet(IP(src=f"10.0.0.{n}", dst="10.0.0.2"), UDP(sport=9, dport=9)))
             for n in range(40)}
    assert where == set(range(QUEUES))


def test_rss_over_the_queues_of_a_rule(link, testpmd, peer):
    pmd = port(link, testpmd, QUEUES)
    pmd.cmd("port stop 0")
    create(pmd, "eth / ipv4 / udp dst is 9", "rss queues 1 3 end")
    pmd.cmd("port start 0")
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    frames = [packet(IP(src=f"10.0.0.{n}", dst="10.0.0.2"), UDP(sport=9, dport=9)) for n in range(20)]
    first = [queue_of(pmd, peer, frame) for frame in frames]
    assert set(first) == {1, 3}
    assert [queue_of(pmd, peer, frame) for frame in frames] == first


def test_first_queue_rule_wants_a_stopped_port(link, testpmd):
    pmd = port(link, testpmd, QUEUES)
    assert "stop the port" in refused(pmd, "eth / ipv4", "queue index 1")
    create(pmd, "eth / ipv4", "drop")  # which needs no program of the group


def test_no_queue_rule_beside_a_fanout_mode(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=QUEUES, fanout_mode="lb")], queues=QUEUES)
    assert "fanout_mode" in refused(pmd, "eth / ipv4", "queue index 1")


@pytest.mark.parametrize("pattern, actions, attributes, why", [
    ("eth / ipv4 / udp / pfcp", "drop", "ingress", "items are eth"),
    ("ipv4", "drop", "ingress", "begin the pattern with eth"),
    ("eth / udp", "drop", "ingress", "behind an L3 header"),
    ("eth / ipv4 / vxlan", "drop", "ingress", "stands behind UDP"),
    ("eth / ipv4", "rss queues 0 1 end", "ingress", "no such receive queue"),
    ("eth / ipv4", "rss level 2 queues 0 end", "ingress", "in a tunnel is not hashed"),
    ("eth / ipv6 / icmp", "drop", "ingress", "ICMP stands behind IPv4"),
    ("eth / vlan / vlan / vlan", "drop", "ingress", "one or two VLAN tags"),
    ("eth / ipv4 / udp / vxlan / ipv4", "drop", "ingress", "eth stands behind vxlan"),
    ("eth / ipv4 / udp / gtpu / eth", "drop", "ingress", "ipv4 or ipv6 stand behind gtpu"),
    ("eth / ipv4 / udp / vxlan / eth / ipv4 / udp / vxlan", "drop", "ingress", "a tunnel in a tunnel"),
    ("eth / ipv4 / udp / vxlan / eth / tcp", "drop", "ingress", "behind ipv4 or ipv6"),
    ("eth / ipv4 / ipv6_frag_ext", "drop", "ingress", "stands behind ipv6"),
    ("eth / raw relative is 1 search is 1 pattern is abc", "drop", "ingress", "no search"),
    ("eth / any / raw relative is 1 pattern is abc", "drop", "ingress", "how long its header is"),
    ("eth / raw offset is 10 pattern is abc", "drop", "ingress", "by eth and vlan"),
    ("eth / ipv4 / raw relative is 1 pattern is abc / udp", "drop", "ingress", "stands raw only"),
    ("eth / ipv6 has_frag_ext is 1", "drop", "ingress", "extension headers"),
    ("eth / ipv4 / tcp dst spec 9 dst last 8 dst mask 0xffff", "drop", "ingress", "ends before"),
    ("eth", "set_ttl ttl_value 3 / drop", "ingress", "actions are drop"),
    ("eth", "mark id 3 / mark id 4", "ingress", "this action already"),
    ("eth", "queue index 1", "ingress", "no such receive queue"),
    ("eth", "drop / queue index 0", "ingress", "one of drop"),
    ("eth", "void", "ingress", "no action"),
    ("eth", "drop", "egress", "only what the port receives"),
    ("eth", "jump group 0", "ingress", "a group of a higher number"),
    ("eth", "jump group 2", "group 2 ingress", "a group of a higher number"),
    ("eth", "jump group 1 / drop", "ingress", "one of drop"),
])
def test_what_cannot_be_said_is_refused_with_the_reason(link, testpmd, peer, pattern, actions, attributes, why):
    pmd = port(link, testpmd)
    assert why in refused(pmd, pattern, actions, attributes)


def per_queue(pmd):
    counts = pmd.xstats()
    return [counts[f"rx_q{n}_packets"] for n in range(QUEUES)]


@contextmanager
def udp_to(peer, *ports):
    """Packets of 40 sources to each of the ports keep coming."""
    frames = [packet(IP(src=f"10.0.0.{n}", dst="10.0.0.2"), UDP(sport=9, dport=dport))
              for n in range(40) for dport in ports]
    done = threading.Event()

    def flow():
        while not done.is_set():
            for frame in frames:
                peer.send(frame)
                done.wait(0.0003)
    sender = threading.Thread(target=flow)
    sender.start()
    try:
        yield
    finally:
        done.set()
        sender.join()


def test_no_packet_has_the_queue_of_one_set_and_passes_by_another(link, testpmd, peer):
    """Dropped by one set, on queue 3 by the other: on another queue by none."""
    pmd = port_with_a_queue_rule(link, testpmd)
    pmd.cmd("set verbose 0")
    pmd.cmd("flow isolate 0 1")
    with udp_to(peer, 9):
        before = per_queue(pmd)
        for _ in range(12):
            seen = per_queue(pmd)[3]
            rule = create(pmd, "eth / ipv4 / udp dst is 9", "mark id 5 / queue index 3")
            wait_for(lambda: per_queue(pmd)[3] > seen + 20)
            pmd.cmd(f"flow destroy 0 rule {rule}")
    assert per_queue(pmd)[:3] == before[:3]


def port_with_a_group(link, testpmd):
    """Port 9 is dropped and 10 has queue 2; with a jump to group 1, 10 is dropped and 9 has queue 3."""
    pmd = port_with_a_queue_rule(link, testpmd)
    pmd.cmd("set verbose 0")
    create(pmd, "eth / ipv4 / udp dst is 9", "drop", "priority 1")
    create(pmd, "eth / ipv4 / udp dst is 10", "queue index 2", "priority 1")
    create(pmd, "eth / ipv4 / udp dst is 9", "queue index 3", "group 1")
    create(pmd, "void", "drop", "group 1 priority 1")
    return pmd


@pytest.fixture
def deny_gate(tmp_path, monkeypatch):
    """A file: the socket filter whose number is written there will be refused."""
    monkeypatch.setattr("lab.testpmd.PRELOAD", compiled(
        str(tmp_path), "tools/deny_gate.c", flags=("-shared", "-fPIC"), libs=("-ldl",)))
    monkeypatch.setenv("DENY_GATE", str(tmp_path / "deny"))
    return tmp_path / "deny"


# of the filters that drop what either set drops, and of the new set's behind them
@pytest.mark.parametrize("nth", [1, QUEUES, QUEUES + 2])
def test_a_jump_that_is_refused_half_way_leaves_the_old_rules(link, deny_gate, testpmd, peer, nth):
    pmd = port_with_a_group(link, testpmd)
    deny_gate.write_text(f"{nth}\n")
    assert "optmem_max" in refused(pmd, "eth / ipv4 / udp", "jump group 1")
    assert not deny_gate.exists()
    before = per_queue(pmd)
    for n in range(40):
        for dport in (9, 10):
            peer.send(packet(IP(src=f"10.0.0.{n}", dst="10.0.0.2"), UDP(sport=9, dport=dport)))
    wait_for(lambda: per_queue(pmd)[2] == before[2] + 40)
    assert per_queue(pmd) == [before[0], before[1], before[2] + 40, before[3]]
    create(pmd, "eth / ipv4 / udp", "jump group 1")


def test_no_packet_sees_half_a_jump(link, testpmd, peer):
    """None has queue 0 or 1, whether or not it finds the jump."""
    pmd = port_with_a_group(link, testpmd)
    with udp_to(peer, 9, 10):
        before = per_queue(pmd)
        for _ in range(12):
            nines, tens = per_queue(pmd)[3], per_queue(pmd)[2]
            wait_for(lambda: per_queue(pmd)[2] > tens + 20)
            jump = create(pmd, "eth / ipv4 / udp", "jump group 1")
            wait_for(lambda: per_queue(pmd)[3] > nines + 20)
            pmd.cmd(f"flow destroy 0 rule {jump}")
    assert per_queue(pmd)[:2] == before[:2]


def test_rules_are_shown(link, testpmd):
    pmd = port(link, testpmd)
    create(pmd, "eth / ipv4 dst is 10.0.0.2 / udp", "drop", "priority 7")
    said = pmd.cmd("flow dump 0 all")
    assert re.search(r"rule 0x\w+ priority 7: .*0xa000002, drop", said), said


def test_too_many_rules_leave_the_old_ones(link, testpmd, peer, tmp_path):
    pmd = port(link, testpmd)
    pmd.start()
    lines = [f"flow create 0 ingress pattern eth / ipv4 src is 10.1.{n >> 8}.{n & 255} dst is 10.2.{n & 255}.{n >> 8} /"
             f" tcp src is {n} dst is {9 * n} / end actions drop / end" for n in range(1, 900)]
    lines.insert(100, "flow create 0 ingress pattern eth / ipv6 / end actions drop / end")
    (tmp_path / "rules").write_text("\n".join(lines) + "\n")
    pmd.cmd(f"load {tmp_path}/rules", timeout=60)
    # while the file is read, what testpmd echoes may end like a prompt
    wait_for(lambda: re.search("4096 instructions|optmem_max lets", pmd.log()), 60)
    assert "SO_ATTACH_FILTER" not in pmd.log() and "the receive filter" not in pmd.log()
    assert through(peer) == set(PACKETS) - {"udp6", "icmp6"}


def test_changes_lose_nothing_that_both_sets_let_in(link, testpmd, peer):
    """Rules come and go while packets flow that none of them drops."""
    pmd = port(link, testpmd, QUEUES)
    pmd.cmd("port stop 0")
    create(pmd, "eth / ipv4 / tcp", "queue index 1")
    pmd.cmd("port start 0")
    pmd.start("rxonly")
    sent = 0
    done = threading.Event()

    def flow():
        nonlocal sent
        while not done.is_set():
            peer.send(PACKETS["udp4"])
            sent += 1
            done.wait(0.0005)  # the receiver may be starved
    sender = threading.Thread(target=flow)
    sender.start()
    for n in range(12):
        drop = create(pmd, f"eth / ipv4 / udp dst is {1000 + n}")
        queue = create(pmd, "eth / ipv4 / udp", f"queue index {n % QUEUES}")
        pmd.cmd(f"flow destroy 0 rule {drop}")
        pmd.cmd(f"flow destroy 0 rule {queue}")
    done.set()
    sender.join()
    assert sent > 100
    got = pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] >= sent)
    assert got["RX-packets"] + got["RX-missed"] == sent
