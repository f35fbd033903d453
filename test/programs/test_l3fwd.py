# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's l3fwd, which asks for the RX checksum offloads, as the router between two hosts."""

import json
import os
import re
import socket
import tempfile

import pytest
from folder import Example, copy, need
from lab.tcp import tcp_copy
from lab.testpmd import vdev

RULES4 = "R10.8.1.0/24 0\nR10.8.2.0/24 1\n"
RULES6 = "R2001:0db8:0000:0001:0000:0000:0000:0000/64 0\n"


# by default it asks the port whether it tells packet types, and ends where it does not
@pytest.fixture(params=[[], ["--parse-ptype"]], ids=["ptypes of the port", "ptypes parsed"])
def l3fwd(lab, request):
    return routed(lab, 1, request.param)[:2]


def routed(lab, queues, args=()):
    """Both hosts, and the router, whose one lcore polls all queues of both ports."""
    need("l3fwd")
    near, far = lab.link(0), lab.link(1)
    far.peer_ns.ip("link", "set", far.peer, "netns", lab.ns("far").name)
    far.peer_ns = lab.ns("far")
    far.peer_ns.ip("link", "set", far.peer, "up")
    for n, end in ((1, near), (2, far)):
        end.wait_carrier()
        end.peer_ns.ip("addr", "add", f"10.8.{n}.1/24", "dev", end.peer)
        end.peer_ns.ip("neigh", "add", f"10.8.{n}.254", "lladdr", end.dut_mac, "dev", end.peer,
                       "nud", "permanent")
        end.peer_ns.ip("route", "add", "default", "via", f"10.8.{n}.254")
    folder = lab.keep(Folder())
    config = ",".join(f"({port},{queue},1)" for port in (0, 1) for queue in range(queues))
    argv = ["-p", "3", "-P", *args, "--config", config,
            f"--rule_ipv4={folder.file('v4', RULES4)}", f"--rule_ipv6={folder.file('v6', RULES6)}"]
    for n, end in enumerate((near, far)):
        argv.append(f"--eth-dest={n},{end.peer_ns.mac(end.peer)}")
    vdevs = [vdev(n, end.dut, qpairs=queues) for n, end in enumerate((near, far))]
    program = lab.keep(Example(near.dut_ns, "l3fwd", vdevs, *argv))
    program.wait("entering main loop")
    return near.peer_ns, far.peer_ns, program


def packets(program, port):
    """Received by each queue of the port, as DPDK's telemetry says."""
    prefix = os.path.basename(program.dir.name)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.connect(f"/var/run/dpdk/{prefix}/dpdk_telemetry.v2")
        sock.recv(16384)  # who it is
        sock.send(f"/ethdev/xstats,{port}".encode())
        said = json.loads(sock.recv(65536))["/ethdev/xstats"]
    return [said[name] for name in sorted(said) if re.fullmatch(r"rx_q\d+_packets", name)]


class Folder(tempfile.TemporaryDirectory):
    def __init__(self):
        super().__init__(prefix="afp-program-")

    def file(self, name, text):
        with open(f"{self.name}/{name}", "w", encoding="utf-8") as file:
            file.write(text)
        return file.name

    def close(self):
        self.cleanup()


def test_routed_tcp(l3fwd, row):
    near, far = l3fwd
    row(f"{copy(near, far, '10.8.2.1')}, back {copy(far, near, '10.8.1.1')}")


def test_routed_tcp_over_four_queues(lab, row):
    near, far, program = routed(lab, 4)
    data = os.urandom(1 << 21)
    for n in range(12):
        assert tcp_copy(near, far, "10.8.2.1", data, 9000 + n) == data
    for port in (0, 1):  # of the client's data, and of the other's acknowledgements
        assert len(packets(program, port)) == 4
        assert sum(n > 20 for n in packets(program, port)) >= 2, packets(program, port)
    row(f"12 connections of 2 MiB, packets by queue: {packets(program, 0)}")
