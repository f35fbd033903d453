# SPDX-License-Identifier: BSD-3-Clause
"""Flow rules of a testpmd that sends packets back, and packets to tell them apart."""

import re

from scapy.all import ARP, GRE, ICMP, IP, TCP, UDP, Dot1AD, Dot1Q, Ether, ICMPv6EchoRequest, IPv6, Raw
from scapy.layers.sctp import SCTP
from scapy.layers.vxlan import VXLAN

from .testpmd import vdev

ETH = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
LAST = bytes(Ether(src=ETH.src, dst=ETH.dst, type=0x88B5) / Raw(bytes(60)))


def packet(*layers):
    pkt = ETH.copy()
    for layer in layers:
        pkt = pkt / layer
    return bytes(pkt / Raw(bytes(64)))


PACKETS = {
    "udp4": packet(IP(src="10.0.0.1", dst="10.0.0.2"), UDP(sport=7, dport=53)),
    "udp4 other": packet(IP(src="10.0.0.1", dst="10.0.1.2"), UDP(sport=7, dport=5353)),
    "tcp4": packet(IP(src="10.0.0.1", dst="10.0.0.2"), TCP(sport=7, dport=80, flags="S")),
    "sctp4": packet(IP(src="10.0.0.1", dst="10.0.0.2"), SCTP(sport=7, dport=80)),
    "icmp4": packet(IP(src="10.0.0.1", dst="10.0.0.2"), ICMP(type=8)),
    "udp6": packet(IPv6(src="fd00::1", dst="fd00::2"), UDP(sport=7, dport=53)),
    "icmp6": packet(IPv6(src="fd00::1", dst="fd00::2"), ICMPv6EchoRequest()),
    "vxlan": packet(IP(src="10.0.0.1", dst="10.0.0.2"), UDP(sport=7, dport=4789), VXLAN(vni=77)),
    "gre": packet(IP(src="10.0.0.1", dst="10.0.0.2", proto=47), GRE(proto=0x6558)),
    "arp": packet(ARP(op=1, psrc="10.0.0.1", pdst="10.0.0.2")),
    "vlan udp4": packet(Dot1Q(vlan=5), IP(src="10.0.0.1", dst="10.0.0.2"), UDP(sport=7, dport=53)),
    "qinq tcp4": packet(Dot1AD(vlan=6), Dot1Q(vlan=5), IP(src="10.0.0.1", dst="10.0.0.2"),
                        TCP(sport=7, dport=80)),
}


def port(link, testpmd, queues=1):
    return testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)


def create(pmd, pattern, actions="drop", attributes=""):
    said = pmd.cmd(f"flow create 0 {attributes} ingress pattern {pattern} / end actions {actions} / end")
    made = re.search(r"Flow rule #(\d+) created", said)
    assert made, said + pmd.log()[-300:]
    return int(made.group(1))


def refused(pmd, pattern, actions="drop", attributes="ingress"):
    before = len(pmd.log())
    said = pmd.cmd(f"flow create 0 {attributes} pattern {pattern} / end actions {actions} / end")
    assert "created" not in said, said
    return pmd.log()[before:]


def through(peer, packets=None):
    """Names of those packets, of PACKETS or of others, that testpmd sends back."""
    packets = packets or PACKETS
    names = {frame: name for name, frame in packets.items()}
    for frame in packets.values():
        peer.send(frame)
    peer.send(LAST)
    got = []
    while LAST not in got:
        more = peer.frames(1)
        assert more, "the last has not come back"
        got += more
    return {names[frame] for frame in got if frame != LAST}
