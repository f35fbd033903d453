# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's own suite of RSS asks of a port (TestSuite_rss.py of its DTS, 25.11 and later), by
testpmd; here the first setting wants a stopped port, there all ports run."""

import random
import re

import pytest
from lab.process import Failed
from lab.testpmd import vdev
from scapy.all import IP, UDP, Ether

ENTRIES, KEY_BYTES = 128, 40
RSS_HASH = 0x80000  # of the receive offloads
ETH = Ether(src="02:00:00:00:00:00", dst="12:00:00:00:00:00")
TABLES = {
    "in order": lambda n, queues: n % queues,
    "backwards": lambda n, queues: queues - 1 - n % queues,
    "one queue": lambda n, queues: 0,
}


def rss_port(link, testpmd, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues, framecnt=128)],
                  f"--rx-offloads={RSS_HASH:#x}", queues=queues)
    pmd.cmd("set verbose 3")
    return pmd


def begin(pmd, *lines):
    pmd.cmd("port stop 0")
    for line in ("port config all rss udp", *lines):
        pmd.cmd(line)
    pmd.cmd("port start 0")
    assert "failed" not in pmd.log(), pmd.log()
    pmd.start("rxonly")


def udp(sport, dport):
    return bytes(ETH / IP(src="127.0.0.1", dst="127.0.0.1") / UDP(sport=sport, dport=dport))


def hashes_and_queues(pmd, peer, frames):
    """Of each frame, as testpmd prints them; a frame is sent once the one before has come."""
    told = []
    for frame in frames:
        peer.send(frame)
        text = pmd.collect(r"src=02:00:00:00:00:00.*Receive queue=0x\w+", 1)
        told += re.findall(r"src=02:00:00:00:00:00.*RSS hash=0x(\w+).*Receive queue=0x(\w+)", text)
    assert len(told) == len(frames), pmd.text[-2000:]
    return [(int(value, 16), int(queue, 16)) for value, queue in told]


@pytest.mark.parametrize("queues", [2, 9, 16])
def test_a_packet_is_where_its_hash_and_the_table_say(link, testpmd, peer, queues):
    pmd = rss_port(link, testpmd, queues)
    begin(pmd)
    for entry in TABLES.values():
        table = [entry(n, queues) for n in range(ENTRIES)]
        words = [f"({n},{queue})" for n, queue in enumerate(table)]
        for at in range(0, ENTRIES, 8):  # testpmd's words are short
            pmd.cmd("port config 0 rss reta " + ",".join(words[at:at + 8]))
        told = hashes_and_queues(pmd, peer, [udp(n, n + 1) for n in range(10)])
        assert [queue for _, queue in told] == [table[value % ENTRIES] for value, _ in told]
        assert len({value for value, _ in told}) > 5  # it is a hash of the ports


def test_both_directions_have_one_symmetric_hash(link, testpmd, peer):
    pmd = rss_port(link, testpmd, 4)
    try:
        begin(pmd, "port config 0 rss-hash-algo symmetric_toeplitz")
    except Failed as e:
        if "does not know" not in str(e):
            raise
        pytest.skip("testpmd sets no hash function before DPDK 24.03")
    told = hashes_and_queues(pmd, peer, [udp(*ports) for n in range(10)
                                         for ports in ((n, 7 * n + 5), (7 * n + 5, n))])
    assert told[0::2] == told[1::2]
    assert all(queue == value % ENTRIES % 4 for value, queue in told)
    assert len(set(told)) > 5


def test_a_rule_spreads_by_the_hash_of_the_port(link, testpmd, peer):
    """The suite's rules name types and function; of these a rule may have the port's own."""
    pmd = rss_port(link, testpmd, 4)
    begin(pmd)
    order = [3, 2, 1, 0]
    for types in ("", "types udp end "):
        said = pmd.cmd(f"flow create 0 ingress pattern eth / ipv4 / udp / end actions rss {types}queues "
                       f"{' '.join(map(str, order))} end func default / end")
        assert "created" in said, pmd.log()[-500:]
        told = hashes_and_queues(pmd, peer, [udp(n, n + 1) for n in range(10)])
        assert [queue for _, queue in told] == [order[value % 4] for value, _ in told]
        pmd.cmd("flow flush 0")


@pytest.mark.parametrize("digits", [2 * KEY_BYTES - 2, 2 * KEY_BYTES + 2])
def test_a_key_of_another_length_is_refused(link, testpmd, digits):
    pmd = rss_port(link, testpmd, 4)
    begin(pmd)
    key = "".join(random.choice("0123456789ABCDEF") for _ in range(digits))
    before = pmd.cmd("show port 0 rss-hash key")
    pmd.cmd(f"port config 0 rss-hash-key ipv4-udp {key}")
    assert "invalid" in pmd.log()
    assert pmd.cmd("show port 0 rss-hash key") == before


def test_told_sizes(link, testpmd):
    info = rss_port(link, testpmd, 4).info()
    assert info["Hash key size in bytes"] == str(KEY_BYTES)
    assert info["Redirection table size"] == str(ENTRIES)
