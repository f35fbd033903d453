# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's telemetry says of a port."""

import json
import socket

import pytest
from lab.testpmd import vdev

LRO = "0x10"  # RTE_ETH_RX_OFFLOAD_TCP_LRO


def ask(pmd, command):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(5)
        sock.connect(f"/var/run/dpdk/{pmd.prefix}/dpdk_telemetry.v2")
        sock.recv(16384)  # who it is
        sock.send(command.encode())
        return json.loads(sock.recv(65536))[command.split(",")[0]]


@pytest.mark.parametrize("offloads, lro", [("0x0", 0), (LRO, 1)])
def test_lro_is_told_as_configured(link, testpmd, offloads, lro):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--rx-offloads={offloads}",
                  "--max-lro-pkt-size=9000")
    info = ask(pmd, "/ethdev/info,0")
    assert info["lro"] == lro
    assert info["mtu"] == link.dut_ns.link(link.dut)["mtu"]
