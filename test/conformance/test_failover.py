# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's bonding and failsafe drivers over two ports: they switch on what the ports tell."""

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import OURS, dpdk_release, vdev

pytestmark = pytest.mark.skipif(not OURS, reason="net_af_packet has no events to switch on")


@pytest.fixture
def ends(lab):
    return [lab.link(n) for n in (0, 1)]


def goes_through(peer):
    """A frame that comes in here leaves here again, now or soon."""
    def once():
        frame = eth(100, seed=once.seed)
        once.seed += 1
        peer.send(frame)
        return frame in peer.frames(quiet=0.05)
    once.seed = 0
    wait_for(once, 10)


def switches(link, peers, way):
    goes_through(peers[0])
    if way == "deleted":
        link.dut_ns.ip("link", "del", link.dut)
    elif way == "link down":
        link.peer_ns.ip("link", "set", link.peer, "down")
    else:
        link.dut_ns.ip("link", "set", link.dut, "down")
    goes_through(peers[1])


def test_failsafe_switches_when_the_interface_is_deleted(ends, testpmd, raw):
    """A link that goes it only passes on, whatever the driver below (fs_switch_dev()). It probes its
    devices again by itself, which a port that recovers does not leave to it."""
    devices = ",".join(f"dev({vdev(n, link.dut, recover=0)})" for n, link in enumerate(ends))
    pmd = testpmd(ends[0].dut_ns, [f"net_failsafe0,{devices}"], removal=True)
    pmd.start()
    switches(ends[0], [raw(link.peer_ns, link.peer) for link in ends], "deleted")
    assert pmd.alive()


@pytest.mark.parametrize("way", ["link down", "interface down", "deleted"])
def test_bonding_switches(ends, testpmd, raw, way):
    """Red in each of the three ways with a driver that raises no event."""
    word = "slave" if dpdk_release() < "23.11" else "member"
    members = ",".join(f"{word}=net_afpring{n}" for n in (0, 1))
    pmd = testpmd(ends[0].dut_ns, [*(vdev(n, link.dut) for n, link in enumerate(ends)),
                                   f"net_bonding0,mode=1,{members}"])
    pmd.cmd("set portlist 2")  # else testpmd takes frames from the members' queues itself
    pmd.start()
    switches(ends[0], [raw(link.peer_ns, link.peer) for link in ends], way)
    assert pmd.alive()
