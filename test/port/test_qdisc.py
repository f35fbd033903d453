# SPDX-License-Identifier: BSD-3-Clause
"""What is counted as sent is what the kernel took, also behind a qdisc.

Sums of both lanes: the application's packets are sent, counted as errors, or not taken;
what is sent is what the peer received and what a qdisc dropped after it had taken it.
"""

import json

import pytest
from gso import superframe
from netlab import settled, wait_for
from peer import eth
from testpmd import vdev

COUNT = 400
# the last one drops the oldest frame and says "congestion", which is no error for a socket
QDISCS = {
    "noqueue": [],
    "pfifo": [("root", "pfifo", "limit", "4")],
    "tbf": [("root", "handle", "1:", "tbf", "rate", "20mbit", "burst", "70kb", "limit", "150kb")],
    "head_drop": [("root", "handle", "1:", "tbf", "rate", "1mbit", "burst", "10kb", "limit",
                   "150kb"), ("parent", "1:1", "pfifo_head_drop", "limit", "3")],
}


def qdisc(link, kind):
    for words in QDISCS[kind]:
        link.dut_ns.run("tc", "qdisc", "add", "dev", link.dut, *words)


def qdisc_drops(link):
    found = json.loads(link.dut_ns.run("tc", "-s", "-j", "qdisc", "show", "dev", link.dut))
    return sum(q["drops"] for q in found if q["kind"] == "pfifo_head_drop")


def backlog(link):
    found = json.loads(link.dut_ns.run("tc", "-s", "-j", "qdisc", "show", "dev", link.dut))
    return sum(q["qlen"] for q in found)


def packets(lane):
    """COUNT packets for one lane, with their virtio_net_hdr."""
    for n in range(COUNT):
        if lane == "frames":
            yield eth(1000, seed=n), bytes(10)
        else:
            yield superframe(bytes(9000), 1400, seq=1 + n * 20000)


def send(pmd, near, raw, lane):
    """Through port 0 to port 1; how many the transmit burst took."""
    peer = raw(near.peer_ns, near.peer, vnet=True)
    if pmd.running:
        pmd.stop()
    pmd.cmd("clear port stats all")
    pmd.start("io")
    for n, (frame, vnet) in enumerate(packets(lane)):
        peer.send(frame, vnet)
        if n % 50 == 49:
            pmd.wait_stats(lambda s: s["RX-packets"] == n + 1)
    pmd.stop()
    untaken = pmd.fwd_stats(1)["TX-dropped"] - pmd.stats(1)["TX-errors"]
    pmd.start("rxonly")  # polling pushes what is left
    return COUNT - untaken


def ports(lab, testpmd, **args):
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, **args)], "--enable-lro",
                  "--enable-rx-cksum", mbufs=32768, mem=256)
    return pmd, near, far


@pytest.mark.parametrize("lane", ["frames", "superframes"])
@pytest.mark.parametrize("kind", QDISCS)
@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_sums_behind_a_qdisc(lab, testpmd, raw, lane, kind, kick):
    pmd, near, far = ports(lab, testpmd, qdisc_bypass=0, kick=kick)
    qdisc(far, kind)
    before = far.peer_counters()["rx_packets"]
    taken = send(pmd, near, raw, lane)

    def arrived():
        return far.peer_counters()["rx_packets"] - before
    pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == taken, port=1)
    wait_for(lambda: backlog(far) == 0)
    settled(arrived)
    s = pmd.stats(1)
    assert s["TX-packets"] == arrived() + qdisc_drops(far), (s, pmd.xstats(1))
    assert arrived() > 0
    if kind == "head_drop":
        assert qdisc_drops(far) > 0, "nothing shown"


@pytest.mark.parametrize("lane", ["frames", "superframes"])
@pytest.mark.parametrize("kind", ["noqueue", "pfifo"])
@pytest.mark.parametrize("bypass", [0, 1])
@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_without_carrier_nothing_is_counted_as_sent(lab, testpmd, raw, lane, kind, bypass, kick):
    pmd, near, far = ports(lab, testpmd, qdisc_bypass=bypass, kick=kick)
    qdisc(far, kind)
    before = far.peer_counters()["rx_packets"]
    far.peer_ns.ip("link", "set", far.peer, "down")
    wait_for(lambda: "NO-CARRIER" in far.dut_ns.ip("link", "show", far.dut) and
             "state UP" not in far.dut_ns.ip("link", "show", far.dut))
    taken = send(pmd, near, raw, lane)
    s = pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == taken, port=1)
    assert (s["TX-packets"], s["TX-errors"]) == (0, taken), pmd.xstats(1)
    far.peer_ns.ip("link", "set", far.peer, "up")
    far.wait_carrier()
    wait_for(lambda: "state UP" in far.dut_ns.ip("link", "show", far.dut))
    assert far.peer_counters()["rx_packets"] == before
    taken = send(pmd, near, raw, lane)
    s = pmd.wait_stats(lambda s: s["TX-packets"] == taken, port=1)
    wait_for(lambda: far.peer_counters()["rx_packets"] == before + taken)
