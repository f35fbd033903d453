# SPDX-License-Identifier: BSD-3-Clause
"""Time stamps of received and sent packets, and the port's clock."""

import json
import time

import pytest
from lab.compile import compiled, dpdk_flags
from lab.frames import eth
from lab.process import end
from lab.testpmd import PLUGIN, dpdk_release
from scapy.all import IP, UDP, Ether, Raw

TIMESTAMP = 0x4000  # of the receive offloads
PTP = eth(60, ethertype=0x88f7)
SECOND = 10**9


def udp_to(port):
    return bytes(Ether(src="02:00:00:00:00:01", dst="ff:ff:ff:ff:ff:ff") / IP(dst="224.0.1.129") /
                 UDP(sport=9, dport=port) / Raw(bytes(40)))


@pytest.fixture(scope="session")
def stamps_program(tmp_path_factory):
    return compiled(str(tmp_path_factory.mktemp("stamps")), "tools/stamps.c",
                    flags=("-DALLOW_EXPERIMENTAL_API", *dpdk_flags("--cflags")), libs=dpdk_flags("--libs"))


@pytest.fixture
def stamps(stamps_program, link, lab):
    """stamps(send, packets, offloads): what the program says, once send(n) has sent that many."""
    def run(send, packets, offloads=TIMESTAMP, devargs=""):
        program = link.dut_ns.popen(stamps_program, PLUGIN, f"iface={link.dut}{devargs}", hex(offloads),
                                    str(packets))
        said = []
        try:
            for line in program.stdout:
                if not line.startswith("{"):
                    continue
                said.append(json.loads(line))
                if "ready" in said[-1]:
                    for n in range(packets):
                        send(n)
            assert program.wait(10) == 0
        finally:
            end(program)
        return said
    return run


def test_received_packets_are_stamped_when_they_came(stamps, peer):
    sent = []

    def send(n):
        before = time.time_ns()
        peer.send(PTP if n % 2 else eth(60 + n))
        sent.append((before, time.time_ns()))
        time.sleep(0.001 * (n % 3))
    said = [line for line in stamps(send, 30) if "ptp" in line]
    assert len(said) == 30
    for n, (line, (before, after)) in enumerate(zip(said, sent)):
        assert before <= line["ns"] <= after + SECOND // 10, n  # its softirq may be late
        assert line["ns"] <= line["clock"] <= line["now"] < line["ns"] + 10 * SECOND
        assert line["ptp"] == n % 2
        assert line["stamp"] == (line["ns"] if n % 2 else -1)
        assert not n % 2 or line["second"] != 0  # a stamp is read once
        assert line["ptype"] == 0  # nobody has asked
    assert [line["ns"] for line in said] == sorted(line["ns"] for line in said)


@pytest.mark.parametrize("frame, ptp", [
    (PTP, 1), (eth(60, tags=[(0x8100, 5)], ethertype=0x88f7), 1), (udp_to(319), 1), (udp_to(320), 1),
    (udp_to(321), 0)], ids=["ethernet", "tagged", "event", "general", "other"])
def test_ptp_is_what_ieee_1588_says(stamps, peer, frame, ptp):
    said = [line for line in stamps(lambda n: peer.send(frame), 1) if "ptp" in line]
    assert [line["ptp"] for line in said] == [ptp]


def test_sent_packets_are_stamped_when_they_leave(stamps, peer):
    said = [line for line in stamps(None, 0) if "sent" in line]
    assert len(said) == 3
    for line in said:
        assert line["before"] <= line["sent"] <= line["after"]
        assert line["more"] < 0
    got = peer.frames(3)
    assert [frame[12:14] for frame in got] == [b"\x88\xf7"] * 3


def test_clock_is_what_it_is_set_to(stamps):
    said = {line["time"]: line for line in stamps(None, 0) if "time" in line}
    assert all(line["ret"] == 0 for line in said.values())
    near = SECOND // 10
    assert abs(said["begin"]["off"]) < near
    assert abs(said["adjusted"]["off"] - SECOND) < near
    assert abs(said["adjusted back"]["off"] + 2 * SECOND) < near
    assert abs(said["written"]["off"] - (946684800 * SECOND - time.time_ns())) < 60 * SECOND


def test_clock_runs_at_the_rate_it_is_given(stamps):
    said = {line["ppm"]: line for line in stamps(None, 0) if "ppm" in line}
    if dpdk_release() < "24.11":
        pytest.skip("rte_eth_timesync_adjust_freq() is of DPDK 24.11")
    assert {ppm: line["ret"] for ppm, line in said.items()} == {50000: 0, -50000: 0, 0: 0, 100001: -22}
    for ppm in (50000, -50000, 0):
        assert abs(said[ppm]["runs"] - ppm) < 10000, said
    assert abs(said[100001]["runs"]) < 10000  # refused: as before


def test_timesync_wants_stamps(stamps, peer):
    said = stamps(lambda n: peer.send(PTP), 1, offloads=0)
    assert said[0]["ready"] == -22
    assert [line["ptp"] for line in said if "ptp" in line] == [0]
