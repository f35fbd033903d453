# SPDX-License-Identifier: BSD-3-Clause
"""Packet types, which a port tells once its application has asked for them."""

import re

import pytest
from lab.testpmd import vdev
from scapy.all import (ARP, GRE, ICMP, IP, SCTP, TCP, UDP, VXLAN, Dot1AD, Dot1Q, Ether, IPOption_Router_Alert,
                       IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, Raw)

ALL = 0xfffffff
L3_L4 = 0xff0
VLAN_STRIP = 0x1

SORTS = [
    ("L2_ETHER_ARP", ARP()),
    ("L2_ETHER L3_IPV4 L4_TCP", IP() / TCP()),
    ("L2_ETHER L3_IPV4 L4_UDP", IP() / UDP(dport=53)),
    ("L2_ETHER L3_IPV4 L4_SCTP", IP() / SCTP()),
    ("L2_ETHER L3_IPV4 L4_ICMP", IP() / ICMP()),
    ("L2_ETHER L3_IPV4 L4_NONFRAG", IP(proto=89)),
    ("L2_ETHER L3_IPV4_EXT L4_UDP", IP(options=[IPOption_Router_Alert()]) / UDP(dport=53)),
    ("L2_ETHER L3_IPV4 L4_FRAG", IP(flags="MF") / UDP()),
    ("L2_ETHER L3_IPV6 L4_TCP", IPv6() / TCP()),
    ("L2_ETHER L3_IPV6_EXT L4_UDP", IPv6() / IPv6ExtHdrDestOpt() / UDP(dport=53)),
    ("L2_ETHER L3_IPV6_EXT L4_FRAG", IPv6() / IPv6ExtHdrFragment(m=1) / UDP()),
    ("L2_ETHER_VLAN L3_IPV4 L4_TCP", Dot1Q(vlan=5) / IP() / TCP()),
    ("L2_ETHER_QINQ L3_IPV4 L4_TCP", Dot1AD(vlan=7) / Dot1Q(vlan=5) / IP() / TCP()),
    ("L2_ETHER L3_IPV4 L4_UDP TUNNEL_VXLAN INNER_L2_ETHER INNER_L3_IPV4 INNER_L4_TCP",
     IP() / UDP(sport=9, dport=4789) / VXLAN() / Ether() / IP() / TCP()),
    ("L2_ETHER L3_IPV4 TUNNEL_GRE INNER_L3_IPV6 INNER_L4_UDP", IP() / GRE() / IPv6() / UDP(dport=53)),
]


def told(pmd, peer, packets):
    """What the mbufs say, in their order; None: nothing."""
    for pkt in packets:
        peer.send(bytes(Ether(src="02:00:00:00:00:09", dst="ff:ff:ff:ff:ff:ff") / pkt / Raw(bytes(30))))
    text = pmd.collect(r"src=02:00:00:00:00:09.*Receive queue=0x\w+", len(packets))
    lines = re.findall(r"src=02:00:00:00:00:09.*", text)
    said = [re.search(r"hw ptype: (.*?)  - sw", line) for line in lines]
    return [found and found.group(1) for found in said]


@pytest.fixture
def pmd(link, testpmd):
    one = testpmd(link.dut_ns, [vdev(0, link.dut)])
    one.cmd("set verbose 1")
    return one


def test_each_layer_is_told_to_who_asks(pmd, peer):
    pmd.cmd(f"set port 0 ptype_mask {ALL}")
    pmd.start("rxonly")
    assert told(pmd, peer, [pkt for _, pkt in SORTS]) == [name for name, _ in SORTS]


def test_nothing_is_told_to_who_declines(pmd, peer):
    pmd.start("rxonly")  # testpmd has declined at its start
    assert told(pmd, peer, [IP() / TCP()]) == [None]


def test_asked_for_and_declined_while_the_port_runs(pmd, peer):
    pmd.start("rxonly")
    for mask, expected in ((L3_L4, "L3_IPV4 L4_TCP"), (0, None), (ALL, "L2_ETHER L3_IPV4 L4_TCP"),
                           (0xf, "L2_ETHER")):
        pmd.cmd(f"set port 0 ptype_mask {mask}")
        assert told(pmd, peer, [IP() / TCP()]) == [expected]


def test_a_tag_that_was_stripped_is_no_part_of_it(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--rx-offloads={VLAN_STRIP}")
    pmd.cmd("set verbose 1")
    pmd.cmd(f"set port 0 ptype_mask {ALL}")
    pmd.start("rxonly")
    assert told(pmd, peer, [Dot1Q(vlan=5) / IP() / TCP()]) == ["L2_ETHER L3_IPV4 L4_TCP"]


def test_list_is_told(pmd):
    said = pmd.cmd("show port 0 ptypes").split()
    for name in ("L3_IPV4_EXT", "L3_IPV6_EXT", "L4_TCP", "TUNNEL_VXLAN", "INNER_L4_UDP"):
        assert name in said
