# SPDX-License-Identifier: BSD-3-Clause
"""start, stop, close, attach, detach: any number of times, nothing stale, nothing left."""

import pytest
from lab.frames import eth, some_frames
from lab.peer import exchange
from lab.process import settled, wait_for
from lab.testpmd import DRIVER, vdev


@pytest.mark.parametrize("queues", [1, 4])
def test_stop_and_start_many_times(link, testpmd, peer, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.start()
    exchange(peer, some_frames(4))
    fds, sockets, maps = pmd.fds(), link.dut_ns.packet_sockets(), pmd.maps()
    for i in range(10):
        pmd.stop()
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
        pmd.start()
        exchange(peer, some_frames(4, i))
    assert (pmd.fds(), link.dut_ns.packet_sockets(), pmd.maps()) == (fds, sockets, maps)


@pytest.mark.parametrize("queues", [1, 4])
def test_nothing_that_came_while_stopped_is_delivered(link, testpmd, peer, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    pmd.start()
    exchange(peer, some_frames(4))
    pmd.stop()
    pmd.cmd("port stop 0")
    for n in range(50):
        peer.send(eth(200, seed=n))
    pmd.cmd("port start 0")
    pmd.start()
    exchange(peer, some_frames(4))  # sees surplus frames too


def test_nothing_that_came_before_the_first_start_is_delivered(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--disable-device-start")
    for n in range(50):
        peer.send(eth(200, seed=n))
    pmd.cmd("port start 0")
    pmd.start()
    exchange(peer, some_frames(4))


def test_nothing_left_in_the_ring_at_stop_is_delivered_after_start(link, testpmd, peer):
    """Frames taken by the kernel while the port ran, but never polled for."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    for n in range(50):
        peer.send(eth(200, seed=n))
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    pmd.start()
    exchange(peer, some_frames(4))


def test_stopped_port_makes_no_drops(link, testpmd, pktgen):
    """The gate is shut in the kernel: no ring fills up, no copy is made."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port stop 0")
    pktgen.run(link.peer_ns, link.peer, 5000, only="send")
    pmd.cmd("port start 0")
    pmd.start("rxonly")
    s = settled(pmd.stats, quiet=0.2)
    assert (s["RX-packets"], s["RX-missed"], s["RX-errors"]) == (0, 0, 0), s


@pytest.mark.parametrize("queues", [1, 4])
def test_stop_and_start_under_traffic(link, testpmd, pktgen, queues):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], queues=queues)
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=32, rate=20000)
    for _ in range(5):
        seen = pmd.stats()["RX-packets"]
        pmd.start()
        pmd.wait_stats(lambda s: s["RX-packets"] > seen + 1000)
        pmd.stop()
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["reordered"], r["corrupted"], r["foreign"]) == (0, 0, 0, 0), r
    assert r["unique"] == settled(pmd.stats)["TX-packets"] > 5000


@pytest.mark.parametrize("bypass", [0, 1])
def test_frames_sent_just_before_stop_all_leave(link, testpmd, peer, bypass):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qdisc_bypass=bypass)])
    pmd.cmd("set burst 64")
    pmd.start("rxonly", first=4)
    pmd.stop()
    pmd.cmd("port stop 0")
    assert len(peer.frames(256)) == 256
    assert pmd.stats()["TX-packets"] == 256


def test_queues_can_be_reconfigured(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=1)
    for n in (4, 1, 2, 3):
        pmd.cmd("port stop 0")
        pmd.cmd(f"port config all rxq {n}")
        pmd.cmd(f"port config all txq {n}")
        pmd.cmd("port start 0")
        pmd.start()
        exchange(peer, some_frames(8))
        pmd.stop()


def test_ring_size_can_be_reconfigured(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    sockets = link.dut_ns.packet_sockets()
    for n in (128, 2048, 512):
        pmd.cmd("port stop 0")
        pmd.cmd(f"port config all rxd {n}")
        pmd.cmd(f"port config all txd {n}")
        pmd.cmd("port start 0")
        pmd.start()
        exchange(peer, some_frames(8))
        pmd.stop()
    assert link.dut_ns.packet_sockets() == sockets


def test_attach_and_detach_many_times(link, lab, testpmd, raw, peer):
    other = lab.link(1)
    far = raw(other.peer_ns, other.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    before = None
    for i in range(6):
        pmd.stop()
        out = pmd.cmd(f"port attach {vdev(1, other.dut, qpairs=2)}")
        assert "Port 1 is attached" in out, out + pmd.log()[-500:]
        pmd.cmd("port start 1")
        pmd.start()
        frame = eth(100, seed=i)
        far.send(frame)  # two ports: from one to the other
        assert peer.frames(1) == [frame]
        pmd.stop()
        pmd.cmd("port stop 1")
        if i % 2:
            pmd.cmd("port close 1")
            out = pmd.cmd(f"device detach {DRIVER}1")
        else:
            out = pmd.cmd("port detach 1")
        assert "detached" in out, out
        now = (pmd.fds(), pmd.maps(), link.dut_ns.packet_sockets())
        if i == 0:
            before = now
        assert now == before
        pmd.start()
        exchange(peer, some_frames(2))


def test_quit_leaves_no_socket(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4)], queues=4)
    assert link.dut_ns.packet_sockets() >= 4
    pmd.quit()
    wait_for(lambda: link.dut_ns.packet_sockets() == 0)


def test_eight_ports_in_one_process(lab, testpmd, raw):
    links = [lab.link(n) for n in range(8)]
    pmd = testpmd(links[0].dut_ns, [vdev(n, f"d{n}") for n in range(8)])
    pmd.start()
    ends = [raw(x.peer_ns, x.peer) for x in links]
    for n, end in enumerate(ends):
        end.send(eth(100 + n))
    for n, end in enumerate(ends):
        assert end.frames(1) == [eth(100 + (n ^ 1))]
