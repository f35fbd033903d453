# SPDX-License-Identifier: BSD-3-Clause
"""Transmit into something slower than the port, or into nothing."""

import time

import pytest
from netlab import settled, wait_for
from peer import eth
from testpmd import vdev


def limit(link, rate="20mbit", queue="20kb"):
    link.dut_ns.run("tc", "qdisc", "replace", "dev", link.dut, "root", "tbf", "rate", rate,
                    "burst", "10kb", "limit", queue)


def accounted(pmd, link, before, taken):
    """Every frame tx_burst took was sent to the peer or is counted as an error."""
    def look():
        s = pmd.stats()
        got = link.peer_counters()["rx_packets"] - before
        return s["TX-packets"] == got and s["TX-packets"] + s["TX-errors"] == taken
    wait_for(look, 8, what=lambda: f"taken {taken}, peer got "
             f"{link.peer_counters()['rx_packets'] - before}, {pmd.stats()} {pmd.xstats()}")


def transmit(pmd, size, seconds):
    pmd.cmd(f"set txpkts {size}")
    pmd.start("txonly")
    time.sleep(seconds)  # how long the load lasts, not a wait for anything
    pmd.stop()
    return pmd.fwd_stats()["TX-packets"]


@pytest.mark.parametrize("size", [60, 1514])
@pytest.mark.parametrize("queues", [1, 2])
def test_rate_limit_loses_nothing_uncounted(link, testpmd, size, queues):
    limit(link)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0, qpairs=queues)], queues=queues)
    before = link.peer_counters()["rx_packets"]
    taken = transmit(pmd, size, 0.7)
    pmd.start("rxonly")  # polling rx is enough to push what is left
    accounted(pmd, link, before, taken)
    assert pmd.stats()["TX-packets"] > taken / 2, "most was discarded rather than sent later"


def test_stop_under_a_rate_limit_is_bounded_and_counted(link, testpmd):
    limit(link, "1mbit", "3kb")
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=0)])
    before = link.peer_counters()["rx_packets"]
    taken = transmit(pmd, 1514, 0.3)
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
    pmd.wait_stats(lambda s: s["RX-packets"] == 2000)


@pytest.mark.parametrize("bypass", [0, 1])
@pytest.mark.parametrize("end", ["dut", "peer"])
def test_without_carrier_nothing_hangs_and_later_frames_leave(link, testpmd, peer, end, bypass):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=bypass)])
    ns, iface = (link.dut_ns, link.dut) if end == "dut" else (link.peer_ns, link.peer)
    ns.ip("link", "set", iface, "down")
    wait_for(lambda: pmd.info()["Link status"] == "down")
    transmit(pmd, 60, 0.3)  # more than the ring holds
    ns.ip("link", "set", iface, "up")
    link.wait_carrier()
    pmd.start("rxonly")
    settled(lambda: pmd.stats()["TX-packets"] + pmd.stats()["TX-errors"])
    pmd.stop()
    peer.frames(quiet=0.1)
    pmd.start("io")
    frames = [eth(200, seed=n) for n in range(40)]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(40) + peer.frames(quiet=0.1) == frames, (pmd.stats(), pmd.xstats())


def test_without_carrier_every_frame_is_sent_or_counted(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    link.peer_ns.ip("link", "set", link.peer, "down")
    wait_for(lambda: pmd.info()["Link status"] == "down")
    before = link.peer_counters()["rx_packets"]
    taken = transmit(pmd, 60, 0.3)
    link.peer_ns.ip("link", "set", link.peer, "up")
    link.wait_carrier()
    pmd.start("rxonly")
    accounted(pmd, link, before, taken)


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
