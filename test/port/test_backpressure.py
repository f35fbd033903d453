# SPDX-License-Identifier: BSD-3-Clause
"""Transmit into something slower than the port, or into nothing."""

import time

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import vdev

KICKS = ["burst", "thread"]


def limit(link, rate="20mbit", queue="20kb"):
    link.dut_ns.run("tc", "qdisc", "replace", "dev", link.dut, "root", "tbf", "rate", rate,
                    "burst", "10kb", "limit", queue)


def accounted(pmd, link, before, taken, port=0):
    """Every frame tx_burst took was sent to the peer or is counted as an error."""
    def look():
        s = pmd.stats(port)
        got = link.peer_counters()["rx_packets"] - before
        return s["TX-packets"] == got and s["TX-packets"] + s["TX-errors"] == taken
    wait_for(look, 60, what=lambda: f"taken {taken}, peer got "
             f"{link.peer_counters()['rx_packets'] - before}, {pmd.stats(port)} {pmd.xstats(port)}")


def forward(pmd, link, pktgen, count, size, rate, out=0):
    """Let port 0 forward frames, to itself or to port `out`; how many tx_burst took."""
    pmd.start("io")
    pktgen.run(link.peer_ns, link.peer, count, str(size), rate=rate, only="send")
    pmd.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] == count)
    pmd.stop()  # the last burst is through, and nobody counts any more
    # what testpmd says it dropped has the port's own errors in it
    untaken = pmd.fwd_stats(out)["TX-dropped"] - pmd.stats(out)["TX-errors"]
    taken = pmd.stats()["RX-packets"] - untaken
    assert taken > 0
    return taken


def load(pmd, seconds=0.3):
    """Transmit without a pause, far more than the ring holds."""
    pmd.start("txonly")
    time.sleep(seconds)  # how long the load lasts, not a wait for anything
    pmd.stop()


@pytest.mark.parametrize("size", [60, 1514])
@pytest.mark.parametrize("queues", [1, 2])
@pytest.mark.parametrize("kick", KICKS)
def test_rate_limit_loses_nothing_uncounted(link, testpmd, pktgen, size, queues, kick):
    limit(link)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0, qpairs=queues, kick=kick)],
                  queues=queues)
    before = link.peer_counters()["rx_packets"]
    taken = forward(pmd, link, pktgen, 10000, size, rate=20000)
    pmd.start("rxonly")  # polling rx is enough to push what is left
    accounted(pmd, link, before, taken)
    assert pmd.stats()["TX-packets"] > taken / 2, "most was discarded rather than sent later"


@pytest.mark.parametrize("kick", KICKS)
def test_stop_under_a_rate_limit_is_bounded_and_counted(link, testpmd, pktgen, kick):
    limit(link, "1mbit", "3kb")
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0, kick=kick)])
    before = link.peer_counters()["rx_packets"]
    taken = forward(pmd, link, pktgen, 3000, 1514, rate=50000)
    begin = time.monotonic()
    pmd.cmd("port stop 0", timeout=10)
    assert time.monotonic() - begin < 5
    accounted(pmd, link, before, taken)


def test_receive_goes_on_while_transmit_is_stuck(link, testpmd, raw):
    limit(link, "8kbit", "2kb")
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0)])
    pmd.start()
    for n in range(2000):
        peer.send(eth(1000, seed=n))
        if n % 200 == 199:  # the ring holds as many, whoever has the processor
            pmd.wait_stats(lambda s: s["RX-packets"] == n + 1)


@pytest.mark.parametrize("bypass", [0, 1])
@pytest.mark.parametrize("end", ["dut", "peer"])
@pytest.mark.parametrize("kick", KICKS)
def test_without_carrier_nothing_hangs_and_later_frames_leave(link, testpmd, peer, end, bypass,
                                                              kick):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=bypass, kick=kick)])
    ns, iface = (link.dut_ns, link.dut) if end == "dut" else (link.peer_ns, link.peer)
    ns.ip("link", "set", iface, "down")
    wait_for(lambda: pmd.info()["Link status"] == "down")
    load(pmd)
    ns.ip("link", "set", iface, "up")
    link.wait_carrier()
    pmd.start("rxonly")
    pmd.drain()
    peer.frames(quiet=0.1)
    pmd.start("io")
    frames = [eth(200, seed=n) for n in range(40)]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(40) + peer.frames(quiet=0.1) == frames, (pmd.stats(), pmd.xstats())


@pytest.mark.parametrize("kick", KICKS)
def test_without_carrier_every_frame_is_sent_or_counted(lab, testpmd, pktgen, kick):
    """Forward to a second veth whose far end is down for a while."""
    near, far = lab.link(0), lab.link(1)
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut, kick=kick)])
    far.peer_ns.ip("link", "set", far.peer, "down")
    wait_for(lambda: pmd.info(1)["Link status"] == "down")
    before = far.peer_counters()["rx_packets"]
    taken = forward(pmd, near, pktgen, 5000, 60, rate=20000, out=1)
    pmd.start("rxonly")
    far.peer_ns.ip("link", "set", far.peer, "up")
    far.wait_carrier()
    accounted(pmd, far, before, taken, port=1)


def test_frames_refused_by_a_filter_do_not_block_the_others(link, testpmd, raw):
    """nft drops every frame to one address in the egress path of the device."""
    try:
        link.dut_ns.run("nft", f"add table netdev t; add chain netdev t e {{ type filter hook egress"
                        f" device {link.dut} priority 0; }}; "
                        "add rule netdev t e ether daddr 02:bb:bb:bb:bb:bb drop")
    except (RuntimeError, FileNotFoundError) as e:
        pytest.skip(f"no nft egress hook here: {e}")
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0)])
    pmd.start()
    good, bad = [], 0
    for n in range(300):
        if n % 3 == 0:
            peer.send(eth(100, dst="02:bb:bb:bb:bb:bb", seed=n))
            bad += 1
        else:
            good.append(eth(100, seed=n))
            peer.send(good[-1])
    assert peer.frames(len(good)) + peer.frames(quiet=0.2) == good
    s = pmd.wait_stats(lambda s: s["TX-packets"] + s["TX-errors"] == 300)
    assert (s["TX-packets"], s["TX-errors"]) == (len(good), bad)


def test_small_send_buffer_costs_no_frame(link, testpmd, pktgen):
    """The socket takes a few frames at a time: the rest is pushed by later bursts."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, sndbuf=4608)])
    pmd.start()
    r = pktgen.run(link.peer_ns, link.peer, 20000, "60:1514:13", window=64)
    assert (r["lost"], r["dup"], r["reordered"], r["corrupted"]) == (0, 0, 0, 0), pmd.xstats()
