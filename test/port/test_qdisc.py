# SPDX-License-Identifier: BSD-3-Clause
"""What is counted as sent is what the kernel took, also behind a qdisc.

Sums of both lanes: the application's packets are sent, counted as errors, or not taken;
what is sent is what the peer received and what the host dropped after it had taken it, by
the port's own count of that.
"""

import json
import re

import pytest
from lab.frames import eth
from lab.process import settled, wait_for
from lab.superframe import superframe
from lab.testpmd import vdev

COUNT = 400
LANES = ["frames", "superframes"]
# the last one drops the oldest frame and says "congestion", which is no error for a socket
QDISCS = {
    "noqueue": [],
    "pfifo": [("root", "pfifo", "limit", "4")],
    "tbf": [("root", "handle", "1:", "tbf", "rate", "20mbit", "burst", "70kb", "limit", "150kb")],
    "head_drop": [("root", "handle", "1:", "tbf", "rate", "1mbit", "burst", "10kb", "limit",
                   "150kb"), ("parent", "1:1", "pfifo_head_drop", "limit", "3")],
}


def qdisc(link, kind, major="1"):
    for words in QDISCS[kind]:
        words = [re.sub("^1:", f"{major}:", word) for word in words]
        link.dut_ns.run("tc", "qdisc", "add", "dev", link.dut, *words)


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


def send(pmd, near, raw, lane, clear="all"):
    """Through port 0 to port 1; how many the transmit burst took."""
    peer = raw(near.peer_ns, near.peer, vnet=True)
    if pmd.running:
        pmd.stop()
    pmd.cmd(f"clear port stats {clear}")
    pmd.start("io")
    for n, (frame, vnet) in enumerate(packets(lane)):
        peer.send(frame, vnet)
        if n % 50 == 49:
            pmd.wait_stats(lambda s: s["RX-packets"] == n + 1)
    pmd.stop()
    untaken = pmd.fwd_stats(1)["TX-dropped"] - pmd.stats(1)["TX-errors"]
    pmd.start("rxonly")  # polling pushes what is left
    return COUNT - untaken


def host(pmd):
    x = pmd.xstats(1)
    return {name: x[f"tx_host_{name}"] for name in ("dropped", "qdisc_drops")}


def ports(lab, testpmd, **args):
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, **args)], "--enable-lro",
                  "--enable-rx-cksum", mbufs=32768, mem=256)
    return pmd, near, far


@pytest.mark.parametrize("kind", QDISCS)
@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_sums_behind_a_qdisc(lab, testpmd, raw, kind, kick):
    def arrived():
        return far.peer_counters()["rx_packets"] - before
    pmd, near, far = ports(lab, testpmd, qdisc_bypass=0, kick=kick)
    qdisc(far, kind)
    for lane in LANES:
        before = far.peer_counters()["rx_packets"]
        taken = send(pmd, near, raw, lane)
        pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == taken, port=1)
        wait_for(lambda: backlog(far) == 0)
        settled(arrived)
        s = pmd.stats(1)
        # what is dropped and offered again, the host counts each time
        dropped = host(pmd)["qdisc_drops"] if kind == "head_drop" else 0
        assert s["TX-packets"] == arrived() + dropped, (lane, s, pmd.xstats(1))
        assert arrived() > 0
        if kind == "head_drop":
            assert dropped > 0, "nothing shown"


def test_the_port_tells_what_the_host_drops(lab, testpmd, raw):
    """The device's drops, a qdisc's, and those of the next qdisc, which counts from 0."""
    def sent(count):
        wait_for(lambda: backlog(far) == 0)
        return settled(lambda: far.peer_counters()["rx_packets"] - before) + count
    pmd, near, far = ports(lab, testpmd, qdisc_bypass=0)
    assert host(pmd) == {"dropped": 0, "qdisc_drops": 0}
    before = far.peer_counters()["rx_packets"]
    far.dut_ns.run("tc", "qdisc", "add", "dev", far.dut, "root", "pfifo", "limit", "1000")
    far.peer_ns.ip("link", "set", far.peer, "mtu", "500")
    assert send(pmd, near, raw, "frames") == COUNT
    pmd.wait_stats(lambda s: s["TX-packets"] == COUNT, port=1)
    assert host(pmd) == {"dropped": COUNT, "qdisc_drops": 0} and sent(0) == 0
    far.peer_ns.ip("link", "set", far.peer, "mtu", "1500")
    for n in range(1, 3):
        far.dut_ns.run("tc", "qdisc", "del", "dev", far.dut, "root")
        qdisc(far, "head_drop", major=n)
        assert send(pmd, near, raw, "frames", "all" if n == 1 else "0") == COUNT
        pmd.wait_stats(lambda s: s["TX-packets"] == n * COUNT, port=1)
        found = host(pmd)
        assert found["dropped"] == 0 and found["qdisc_drops"] > n * COUNT // 2
        assert sent(found["qdisc_drops"]) == n * COUNT
    far.dut_ns.run("tc", "qdisc", "del", "dev", far.dut, "root")
    qdisc(far, "tbf", major=2)
    assert host(pmd) == found


@pytest.mark.parametrize("kind", ["noqueue", "pfifo"])
@pytest.mark.parametrize("bypass", [0, 1])
@pytest.mark.parametrize("kick", ["burst", "thread"])
def test_without_carrier_nothing_is_counted_as_sent(lab, testpmd, raw, kind, bypass, kick):
    def is_up():
        return "state UP" in far.dut_ns.ip("link", "show", far.dut)
    pmd, near, far = ports(lab, testpmd, qdisc_bypass=bypass, kick=kick)
    qdisc(far, kind)
    before = far.peer_counters()["rx_packets"]
    for lane in LANES:
        far.peer_ns.ip("link", "set", far.peer, "down")
        wait_for(lambda: "NO-CARRIER" in far.dut_ns.ip("link", "show", far.dut) and not is_up())
        taken = send(pmd, near, raw, lane)
        s = pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == taken, port=1)
        assert (s["TX-packets"], s["TX-errors"]) == (0, taken), (lane, pmd.xstats(1))
        far.peer_ns.ip("link", "set", far.peer, "up")
        wait_for(is_up)
        assert far.peer_counters()["rx_packets"] == before
        taken = send(pmd, near, raw, lane)
        pmd.wait_stats(lambda s: s["TX-packets"] == taken, port=1)
        before += taken
        wait_for(lambda: far.peer_counters()["rx_packets"] == before)
