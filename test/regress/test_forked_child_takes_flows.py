# SPDX-License-Identifier: BSD-3-Clause
"""A forked child that outlived stop and start took a part of the flows with it.

It had the descriptors of the old sockets, so these stayed members of a fanout group of
a fixed number, behind closed gates: 192 of 400 flows arrived, the rest were nowhere.
"""

import errno
import os
import signal

import pytest
from lab.compile import compiled, dpdk_flags
from lab.frames import udp4
from lab.process import wait_for
from lab.testpmd import OURS, vdev


@pytest.fixture
def forker(tmp_path):
    return compiled(str(tmp_path), "tools/forker.c",
                    flags=("-shared", "-fPIC", *dpdk_flags("--cflags")))


def has_packet_sockets(pid):
    """Of the sockets a process has, those of the packet family."""
    with open(f"/proc/{pid}/net/packet") as f:
        inodes = {line.split()[-1] for line in f.readlines()[1:]}
    mine = {os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")}
    return any(f"socket:[{inode}]" in mine for inode in inodes)


@pytest.mark.skipif(not OURS, reason="the rival has no fixed group")
def test_a_child_that_outlives_a_stop_takes_no_flows(link, testpmd, peer, forker, tmp_path):
    answer = tmp_path / "answer"
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2, fanout_group=77)], queues=2, rxd=1024,
                  wrap=("env", f"LD_PRELOAD={forker}", f"FORKER_OUT={answer}"))
    pmd.start("rxonly")
    before = link.dut_ns.packet_sockets()
    os.kill(pmd.proc.pid, signal.SIGUSR1)
    wait_for(lambda: answer.exists() and answer.read_text().endswith("\n"), what="no child")
    child, received, stats, stop, link_get = map(int, answer.read_text().split())
    assert os.path.exists(f"/proc/{child}") and not has_packet_sockets(child)
    # all that a secondary process can do
    assert (received, stats, stop, link_get) == (0, 0, -errno.ENOTSUP, 0)
    # the parent has its own as before
    peer.send(udp4(100))
    pmd.wait_stats(lambda s: s["RX-packets"] == 1)
    pmd.stop()
    pmd.cmd("port stop 0")
    assert link.dut_ns.packet_sockets() == 1  # that of the memberships
    pmd.cmd("port start 0")
    assert link.dut_ns.packet_sockets() == before
    pmd.start("rxonly")
    for flow in range(400):
        peer.send(udp4(100, flow))
    pmd.wait_stats(lambda s: s["RX-packets"] == 401)
    assert os.path.exists(f"/proc/{child}")
