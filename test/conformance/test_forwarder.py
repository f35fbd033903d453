# SPDX-License-Identifier: BSD-3-Clause
"""app/afpring-fwd, the program that one reads first: traffic through it in each mode."""

import os

import pytest
from lab.example import FORWARDER, Forwarder
from lab.frames import eth
from lab.tcp import tcp_copy
from lab.testpmd import OURS, vdev

DATA = bytes(range(256)) * 16384  # 4 MiB
MODES = ["", "--lro", "--rx-cksum", "--lro --rx-cksum", "--vlan-strip", "--fast-free"]
pytestmark = [
    pytest.mark.skipif(not OURS, reason="an example of this driver"),
    pytest.mark.skipif(not os.path.exists(FORWARDER), reason=f"no {FORWARDER}; build it"),
]


@pytest.mark.parametrize("mode", MODES)
def test_tcp_between_two_ports(lab, tmp_path, mode):
    near, far = lab.two_hosts()
    program = lab.keep(Forwarder(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)],
                                 mode.split(), tmp_path))
    assert tcp_copy(near.peer_ns, far.peer_ns, "10.9.0.2", DATA) == DATA
    counted = program.end()
    assert counted[0, "rx_good_packets"] > 0 and counted[1, "tx_good_packets"] > 0
    # LRO is seen to be on: no superframe was split for the forwarder
    assert ("--lro" in mode) == ((0, "rx_superframes_split") not in counted), counted


def test_one_port_sends_back(link, lab, tmp_path, peer):
    program = lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut, qpairs=2)], [], tmp_path, "0,1"))
    frames = [eth(60 + n, src=f"02:00:00:00:01:{n:02x}", seed=n) for n in range(40)]
    for frame in frames:
        peer.send(frame)
    back = peer.frames(len(frames))
    assert sorted(back) == sorted(f[6:12] + f[:6] + f[12:] for f in frames)
    assert program.end()[0, "tx_good_packets"] == len(frames)


def test_tag_that_was_stripped_leaves_again(link, lab, tmp_path, peer):
    lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut)], ["--vlan-strip"], tmp_path))
    frame = eth(100, tags=[(0x8100, 42)])
    peer.send(frame)
    assert peer.frames(1) == [frame[6:12] + frame[:6] + frame[12:]]


def test_an_unknown_option_is_refused(link, lab, tmp_path):
    program = lab.keep(Forwarder(link.dut_ns, [vdev(0, link.dut)], ["--fast"], tmp_path))
    assert program.proc.wait(10) != 0
    assert "--fast: unknown" in program.text()
