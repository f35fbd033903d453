# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's examples for what a port does beside forwarding: sleep, tell, take large frames, keep time."""

import os
import random
import re
import struct
import time

import pytest
from folder import Example, need
from lab.process import wait_for
from lab.testpmd import vdev
from scapy.layers.inet import IP, UDP, fragment
from scapy.layers.l2 import Ether
from scapy.packet import Raw

# l3fwd-power's legacy mode wants a processor whose frequency can be set. Files in the place of
# /sys/devices/system/cpu, in a mount namespace of its own, take whatever it writes.
FREQUENCIES = """
cp -r --parents /sys/devices/system/cpu/cpu*/topology /sys/devices/system/cpu/online "$0" 2>/dev/null
for cpu in "$0"/sys/devices/system/cpu/cpu[0-9]*; do
    mkdir "$cpu/cpufreq"
    echo acpi-cpufreq >"$cpu/cpufreq/scaling_driver"
    echo userspace >"$cpu/cpufreq/scaling_governor"
    echo 2000000 1500000 1000000 >"$cpu/cpufreq/scaling_available_frequencies"
    echo 2000000 >"$cpu/cpufreq/scaling_setspeed"
done
mount --bind "$0/sys/devices/system/cpu" /sys/devices/system/cpu
exec "$@"
"""
# s; l3fwd-power looks at its queues after 10 ms in any case
LATE = 0.008


@pytest.fixture
def example(lab, raw):
    """example(name, *args): the program between two raw sockets."""
    need("examples")
    links = [lab.link(n) for n in (0, 1)]

    def start(name, *args, **kw):
        program = lab.keep(Example(links[0].dut_ns, name,
                                   [vdev(n, link.dut) for n, link in enumerate(links)], *args, **kw))
        program.links = links
        return program
    start.ends = [raw(link.peer_ns, link.peer) for link in links]
    start.links = links
    return start


def udp(link, to, payload, mac=None):
    return Ether(dst=mac or link.dut_mac, src="02:00:00:00:00:05") / \
        IP(src="198.18.0.1", dst=to, id=7) / UDP(sport=9, dport=10) / Raw(payload)


@pytest.mark.parametrize("mode", ["interrupt-only", "legacy"])
def test_l3fwd_power_sleeps_and_wakes(example, row, tmp_path, mode):
    wrap = () if mode != "legacy" else ("unshare", "--mount", "sh", "-c", FREQUENCIES, str(tmp_path))
    program = example("l3fwd-power", "-p", "3", "-P", "--parse-ptype", f"--{mode}",
                      "--config", "(0,0,1),(1,0,1)", wrap=wrap)
    program.wait("entering main interrupt loop" if mode != "legacy" else "entering main loop on lcore 1")
    time.sleep(1)  # legacy mode polls on for a while before it sleeps
    idle = program.load()
    assert idle <= 0.01, program.text()[-2000:]
    rng, late, unexplained = random.Random(1), [], []
    packets = [bytes(udp(example.links[0], "2.1.1.9", b"%4d" % n)) for n in range(300)]
    for packet in packets:
        time.sleep(rng.choice((0, 0.0001, 0.001, 0.003, 0.01)))
        waited, start = program.waited(), time.monotonic()
        example.ends[0].send(packet)
        frames = example.ends[1].frames(1)
        late.append(time.monotonic() - start)
        unexplained.append(late[-1] - program.waited() + waited)
        assert frames and frames[0][42:] == packet[42:]
    for packet in packets[:200]:
        example.ends[0].send(packet)
    assert [frame[42:] for frame in example.ends[1].frames(200)] == [p[42:] for p in packets[:200]]
    row(f"asleep at {100 * idle:.1f} %, 500 packets without loss, "
        f"{1e6 * sorted(late)[150]:.0f} us each (median), {1e6 * max(late):.0f} at most, "
        f"{1e6 * max(unexplained):.0f} at most with a processor at hand")
    assert max(unexplained) < LATE


def test_link_status_interrupt_tells_of_the_link(example, row):
    program = example("link_status_interrupt", "-p", "3", "-q", "2", "-T", "0")
    program.wait("entering main loop")
    link = example.links[0]
    for n in range(1, 4):
        link.peer_ns.ip("link", "set", link.peer, "down")
        program.wait("Port 0 Link down", n)
        link.peer_ns.ip("link", "set", link.peer, "up")
        wait_for(lambda: program.text().rfind("Port 0 Link up") > program.text().rfind("Link down"))
    row(f"told {program.text().count('LSC interrupt')} times of 6 changes")


def test_ip_reassembly_with_an_mtu_above_its_mbufs(example, row):
    program = example("ip_reassembly", "-p", "3", "-q", "2", "--maxflows=64")
    program.wait("entering main loop")
    link = example.links[0]
    assert link.dut_ns.link(link.dut)["mtu"] == 9710
    for end in example.links:
        end.peer_ns.ip("link", "set", end.peer, "mtu", "9710")
    whole = udp(link, "100.20.0.1", os.urandom(5000))
    parts = [bytes(part) for part in fragment(whole[IP], fragsize=2400)]  # larger than an mbuf
    for part in parts:
        example.ends[0].send(bytes(whole)[:14] + part)
    # it knows IPv4 by the driver's packet types alone, and sends back what it does not know
    assert [frame[14:] for frame in example.ends[0].frames(len(parts))] == parts
    row("IPv4 fragments of 2,400 bytes went through, not put together: no packet types")


def test_ipv4_multicast_with_an_mtu_above_its_mbufs(example, row):
    program = example("ipv4_multicast", "-p", "3", "-q", "2")
    program.wait("entering main loop")
    link = example.links[0]
    assert link.dut_ns.link(link.dut)["mtu"] == 9710
    for end in example.links:
        end.peer_ns.ip("link", "set", end.peer, "mtu", "9710")
    data = os.urandom(5000)
    example.ends[0].send(bytes(udp(link, "224.0.0.102", data, "01:00:5e:00:00:66")))
    frames = example.ends[1].frames(1)
    assert frames and frames[0][42:] == data
    row("5,000 bytes in one frame")


SYNC, DELAY_REQUEST, FOLLOW_UP, DELAY_RESPONSE = 0, 1, 8, 9


def ptp(kind, number, now, rest=b""):
    """A message of IEEE 1588-2008 over Ethernet: header, time, what follows."""
    header = struct.pack("!BBHBB2sqI10sHBb", kind, 2, 44 + len(rest), 0, 0, b"\x02\0", 0, 0,
                         bytes.fromhex("020000fffe0000010001"), number, 0, 0)
    stamp = struct.pack("!HII", 0, now // 10**9, now % 10**9)
    return bytes.fromhex("011b19000000" "020000000001" "88f7") + header + stamp + rest


def test_ptpclient_follows_a_master(example, row):
    ahead = 5 * 10**9
    program = example("ptpclient", "-p", "1", "-T", "0")
    program.wait("Waiting for SYNC packets")
    master = example.ends[0]
    for number in range(1, 4):
        sent = time.time_ns() + ahead
        master.send(ptp(SYNC, number, 0))
        master.send(ptp(FOLLOW_UP, number, sent))
        requests = []
        wait_for(lambda: [requests.append(f) for f in master.frames(1)
                          if f[12:14] == b"\x88\xf7" and f[14] & 15 == DELAY_REQUEST] or requests)
        master.send(ptp(DELAY_RESPONSE, number, time.time_ns() + ahead, requests[-1][34:44]))
        program.wait("Delta between master and slave clocks", number)
    deltas = [int(d) for d in re.findall(r"master and slave clocks:(-?\d+)ns", program.text())]
    assert abs(deltas[0] - ahead) < 10**8 and all(abs(d) < 10**8 for d in deltas[1:]), deltas
    row(f"first 5 s behind, then {max(map(abs, deltas[1:])) / 1000:.0f} us at most")
