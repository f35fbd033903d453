# SPDX-License-Identifier: BSD-3-Clause
"""Flow rules that mark, count and age, which is the burst's part."""

import re

import pytest
from lab.flow import LAST, PACKETS, create, port, refused, through
from lab.process import wait_for
from lab.testpmd import vdev


def counted(pmd, rule):
    """Packets and bytes."""
    said = pmd.cmd(f"flow query 0 {rule} count")
    assert "hits_set: 1" in said and "bytes_set: 1" in said, said
    return tuple(int(re.search(rf" {word}: (\d+)", said).group(1)) for word in ("hits", "bytes"))


def is_udp4(name):
    return "udp4" in name or name == "vxlan"


UDP4 = [frame for name, frame in PACKETS.items() if is_udp4(name)]


def test_count_is_exact(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    udp = create(pmd, "eth / ipv4 / udp", "count / passthru")
    every = create(pmd, "void", "count / queue index 0", "priority 1")
    assert counted(pmd, udp) == (0, 0)
    for _ in range(3):
        assert through(peer) == set(PACKETS)
    assert counted(pmd, udp) == (3 * len(UDP4), 3 * sum(map(len, UDP4)))
    hits, size = counted(pmd, every)
    assert (hits, size) == (3 * (len(PACKETS) + 1), 3 * (sum(map(len, PACKETS.values())) + len(LAST)))


def test_counted_packets_are_dropped_behind_the_count(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, "eth / ipv4 / tcp", "drop", "priority 1")
    both = create(pmd, "eth / ipv4 / tcp", "count / passthru")
    drop = create(pmd, "eth / ipv6", "count / drop")
    assert through(peer) == set(PACKETS) - {"tcp4", "qinq tcp4", "udp6", "icmp6"}
    assert counted(pmd, both)[0] == 2
    assert counted(pmd, drop)[0] == 2
    assert pmd.xstats()["rx_flow_dropped"] == 4
    pmd.cmd(f"flow destroy 0 rule {both}")
    assert through(peer) == set(PACKETS) - {"tcp4", "qinq tcp4", "udp6", "icmp6"}
    assert counted(pmd, drop)[0] == 4
    assert pmd.xstats()["rx_flow_dropped"] == 6


def test_a_jump_counts_what_it_sends_on(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    jump = create(pmd, "eth / ipv4 / udp", "count / jump group 1")
    drop = create(pmd, "eth / vlan", "count / drop", "group 1")
    behind = create(pmd, "eth / ipv4", "count", "priority 1")
    assert through(peer) == set(PACKETS) - {"vlan udp4"}
    assert counted(pmd, jump)[0] == len(UDP4)
    assert counted(pmd, drop)[0] == 1
    assert counted(pmd, behind)[0] == 5  # which are IPv4 and not UDP
    create(pmd, "void", "jump group 1")  # another way to the same rule, behind the first
    assert through(peer) == set(PACKETS) - {"vlan udp4", "qinq tcp4"}
    assert counted(pmd, drop)[0] == 3


def test_isolated_port_drops_what_is_only_counted(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    create(pmd, "eth type is 0x88b5", "queue index 0")
    udp = create(pmd, "eth / ipv4 / udp", "count")
    pmd.cmd("flow isolate 0 1")
    assert through(peer) == set()
    assert counted(pmd, udp)[0] == len(UDP4)


def mark_of(pmd, peer, frame):
    peer.send(frame)
    text = pmd.collect(r"src=02:00:00:00:00:01.*Receive queue=0x\w+.*\n.*ol_flags", 1)
    found = re.search(r"FDIR matched (?:ID=0x(\w+))?", text)
    return found and (int(found.group(1), 16) if found.group(1) else "flag")


@pytest.mark.parametrize("strip", ["off", "on"])
def test_marks_and_flags_are_in_the_mbuf(link, testpmd, peer, strip):
    pmd = port(link, testpmd)
    pmd.cmd(f"vlan set strip {strip} 0")
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    create(pmd, "eth / ipv4 / udp dst is 53", "mark id 0xdeadbeef / queue index 0")
    create(pmd, "eth / vlan vid is 6", "mark id 7", "priority 2")
    tcp = create(pmd, "eth / ipv4 / tcp", "flag")
    assert mark_of(pmd, peer, PACKETS["udp4"]) == 0xdeadbeef
    assert mark_of(pmd, peer, PACKETS["vlan udp4"]) == 0xdeadbeef
    assert mark_of(pmd, peer, PACKETS["udp6"]) is None
    assert mark_of(pmd, peer, PACKETS["tcp4"]) == "flag"
    assert mark_of(pmd, peer, PACKETS["qinq tcp4"]) == 7
    pmd.cmd(f"flow destroy 0 rule {tcp}")
    assert mark_of(pmd, peer, PACKETS["tcp4"]) is None


def test_no_marks_beside_what_the_host_sends(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, outgoing=1)])
    assert "outgoing=1" in refused(pmd, "eth", "mark id 3")
    create(pmd, "eth / ipv6", "drop")


def test_idle_rules_age(link, testpmd, peer):
    pmd = port(link, testpmd)
    pmd.start()
    udp = create(pmd, "eth / ipv4 / udp", "age timeout 1 / queue index 0")
    busy = create(pmd, "eth / ipv4 / tcp", "age timeout 1 / count / drop")
    create(pmd, "eth / ipv6", "age timeout 3600 / drop")

    def aged():
        peer.send(PACKETS["tcp4"])
        return pmd.told("flow aged") or None
    wait_for(aged)
    said = pmd.cmd("flow aged 0")
    assert re.findall(r"^Flow\s+(\d+)\s", said, re.M) == [str(udp)], said
    assert "aged: 1" in pmd.cmd(f"flow query 0 {udp} age")
    assert "aged: 0" in pmd.cmd(f"flow query 0 {busy} age")
    peer.send(PACKETS["udp4"])
    wait_for(lambda: "aged: 0" in pmd.cmd(f"flow query 0 {udp} age") or None)
