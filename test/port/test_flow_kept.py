# SPDX-License-Identifier: BSD-3-Clause
"""Flow rules over stop and start, and counts that begin anew, by a program of our own: testpmd
flushes the rules at stop and resets no count."""

import json
import subprocess

import pytest
from lab.compile import dpdk_program
from lab.flow import PACKETS, packet
from lab.process import end
from lab.testpmd import PLUGIN
from scapy.all import IP, UDP

FLOWS = [packet(IP(src=f"10.0.0.{n}", dst="10.0.0.2"), UDP(sport=9, dport=9)) for n in range(40)]


@pytest.fixture(scope="session")
def program(tmp_path_factory):
    return dpdk_program(tmp_path_factory.mktemp("rules"), "tools/rules.c")


@pytest.fixture
def rules(program, link):
    """Asks the program one line, and reads what it answers."""
    process = link.dut_ns.popen(program, PLUGIN, f"iface={link.dut},qpairs=4", stdin=subprocess.PIPE)

    def ask(line=None):
        if line:
            process.stdin.write(line + "\n")
            process.stdin.flush()
        for said in process.stdout:
            if said.startswith("{"):
                return json.loads(said)
        raise AssertionError(f"ended before {line}: {process.stderr.read()[-2000:]}")
    assert ask() == {"ready": 1}
    yield ask
    end(process)


def test_rules_outlive_stop_and_start(link, rules, peer):
    for _ in range(3):
        for frame in FLOWS:
            peer.send(frame)
        took = rules("take")["took"]
        assert took[3] >= len(FLOWS) and took[:3] == [0, 0, 0], took
        assert rules("restart") == {"restarted": 1}
    assert rules("count")["hits"] == 3 * len(FLOWS)


def test_a_count_begins_anew_when_it_is_reset(link, rules, peer):
    def send(nb):
        for frame in FLOWS[:nb] + [PACKETS["arp"]]:
            peer.send(frame)
        rules("take")

    def said(nb):
        return {"hits": nb, "bytes": nb * len(FLOWS[0])}
    send(5)
    assert rules("count") == said(5)
    assert rules("reset") == said(5)
    assert rules("count") == said(0)
    send(3)
    assert rules("count") == rules("reset") == said(3)
    send(40)
    assert rules("restart") == {"restarted": 1}
    assert rules("count") == said(40)
