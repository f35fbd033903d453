# SPDX-License-Identifier: BSD-3-Clause
"""Time stamps of received and sent packets, and the port's clock."""

import ctypes
import fcntl
import json
import os
import socket
import struct
import time

import pytest
from lab.compile import dpdk_program
from lab.frames import eth
from lab.process import end, run, wait_for
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
    return dpdk_program(tmp_path_factory.mktemp("stamps"), "tools/stamps.c",
                        "-DALLOW_EXPERIMENTAL_API")


def run_stamps(argv, ns, send, packets):
    """What the program says, once send(n) has sent that many."""
    program = ns.popen(*argv)
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


@pytest.fixture
def stamps(stamps_program, link):
    """stamps(send, packets, offloads), as run_stamps() has it."""
    def run_it(send, packets, offloads=TIMESTAMP, devargs=""):
        return run_stamps((stamps_program, PLUGIN, f"iface={link.dut}{devargs}", hex(offloads), str(packets)),
                          link.dut_ns, send, packets)
    return run_it


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


# ---- stamps of the device ----

SYNC = PTP[:14] + bytes([0, 2, 0, 44]) + PTP[18:]  # the event message that all devices stamp
SIOCGHWTSTAMP = 0x89b1
YEAR_2001 = 978307200 * SECOND
DAY = 86400 * SECOND


class Device:
    """An interface whose device stamps packets, in a namespace of its own."""

    def __init__(self, ns, iface):
        self.ns, self.iface = ns, iface
        with open(f"/dev/{os.listdir(f'/sys/class/net/{iface}/device/ptp')[0]}", "rb+", 0) as phc:
            self.clock = ~os.dup(phc.fileno()) << 3 | 3
        run("ip", "link", "set", iface, "netns", ns.name)

    def up(self):
        """The device is reset, and stamps again what it may have stopped to stamp."""
        self.ns.ip("link", "set", self.iface, "down")
        self.ns.ip("link", "set", self.iface, "up")
        wait_for(lambda: self.ns.link(self.iface)["operstate"] == "UP", timeout=30)

    def setting(self):
        """(HWTSTAMP_TX_*, HWTSTAMP_FILTER_*)"""
        config = ctypes.create_string_buffer(12)
        request = struct.pack("16sP", self.iface.encode(), ctypes.addressof(config)).ljust(40, b"\0")
        with self.ns.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            fcntl.ioctl(sock, SIOCGHWTSTAMP, request)
        return struct.unpack("3i", config.raw)[1:]


@pytest.fixture
def devices(lab):
    """The driver's and the other host's, each with a clock of its own; their wire joins them."""
    names = os.environ.get("AFPRING_STAMPING")
    if not names:
        pytest.skip("no two devices that stamp packets: AFPRING_STAMPING=IFACE,IFACE names them")
    dut, far = (Device(lab.ns(tag), name) for tag, name in zip(("dut", "peer"), names.split(",")))
    for device in (dut, far):
        device.up()
    return dut, far


def test_device_stamps_what_it_can_and_the_kernel_the_rest(devices, stamps_program, raw):
    dut, far = devices
    peer = raw(far.ns, far.iface, receive=False)
    before = dut.setting()
    time.clock_settime_ns(dut.clock, YEAR_2001)
    during = []

    def send(n):
        during.append(dut.setting())
        peer.send([SYNC, eth(60), SYNC, SYNC][n])
        time.sleep(0.2)
    said = run_stamps((stamps_program, PLUGIN, f"iface={dut.iface}", hex(TIMESTAMP), "4"), dut.ns, send, 4)
    got = [line for line in said if "ptp" in line]
    of_device = [YEAR_2001 < line["stamp"] < YEAR_2001 + DAY for line in got]
    assert of_device[0]
    for line, device in zip(got, of_device):
        if device:
            assert line["ptp"] == 1 and line["second"] != 0
        else:
            assert line["stamp"] == -1  # a kernel's stamp is none of this clock
        # the mbuf's are the kernel's, on a device that does not stamp all packets
        assert line["ns"] == 0 if device else line["ns"] <= line["clock"] <= line["now"]
    assert [line["ptp"] for line in got] == [1, 0, 1, 1]
    sent = [line for line in said if "sent" in line]
    assert [YEAR_2001 < line["sent"] < YEAR_2001 + DAY for line in sent] == [True] * len(sent), sent
    assert before == (0, 0) and set(during) == {(1, 12)}
    assert dut.setting() == before


def test_device_is_left_alone_if_so_wished(devices, stamps_program, raw):
    dut, far = devices
    peer = raw(far.ns, far.iface, receive=False)
    time.clock_settime_ns(dut.clock, YEAR_2001)
    during = []

    def send(n):
        during.append(dut.setting())
        peer.send(SYNC)
    said = run_stamps((stamps_program, PLUGIN, f"iface={dut.iface},device_stamps=0", hex(TIMESTAMP), "1"),
                      dut.ns, send, 1)
    got, = [line for line in said if "ptp" in line]
    assert got["stamp"] == got["ns"] and got["ns"] <= got["clock"] <= got["now"]
    assert during == [(0, 0)]


def test_clock_of_the_device_is_set_and_stepped(devices, stamps_program):
    dut, _ = devices
    time.clock_settime_ns(dut.clock, YEAR_2001)
    said = run_stamps((stamps_program, PLUGIN, f"iface={dut.iface}", hex(TIMESTAMP), "0"), dut.ns, None, 0)
    times = {line["time"]: line for line in said if "time" in line}
    assert all(line["ret"] == 0 for line in times.values())
    begin, near = times["begin"]["off"], SECOND // 2
    assert begin < -DAY
    assert abs(times["adjusted"]["off"] - begin - SECOND) < near
    assert abs(times["adjusted back"]["off"] - begin + 2 * SECOND) < near
    assert abs(times["written"]["off"] - (946684800 * SECOND - time.time_ns())) < 60 * SECOND
    if dpdk_release() < "24.11":
        assert abs(time.clock_gettime_ns(dut.clock) - 946684800 * SECOND) < 60 * SECOND
    else:  # qemu's igb jumps by half an hour when it gets another rate
        rates = {line["ppm"]: line for line in said if "ppm" in line}
        for ppm in (50000, -50000):
            assert rates[ppm]["ret"] == 0 and abs(rates[ppm]["runs"] - ppm) < 10000, rates
