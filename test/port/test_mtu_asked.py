# SPDX-License-Identifier: BSD-3-Clause
"""An application that configures an MTU other than the default has asked for it."""

import pytest
from lab.frames import eth
from lab.process import run, wait_for
from lab.testpmd import vdev

JUMBO = "--max-pkt-len=9018"  # MTU 9000
ROOM = {"large_mbufs": (("--mbuf-size=9728",), False), "scatter": ((), True),
        "no_word_of_scatter": ((), False)}


def mtu(link):
    return link.dut_ns.link(link.dut)["mtu"]


@pytest.mark.parametrize("case", ROOM)
def test_jumbo_frames_pass_between_veths_of_1500(lab, testpmd, raw, case):
    more, scatter = ROOM[case]
    links = [lab.link(n) for n in (0, 1)]
    pmd = testpmd(links[0].dut_ns, [vdev(n, link.dut) for n, link in enumerate(links)], JUMBO,
                  "--tx-offloads=0x8000", *more, mbufs=4096, scatter=scatter)
    for n, link in enumerate(links):
        assert (mtu(link), pmd.info(n)["MTU"]) == (9000, "9000")
        link.peer_ns.ip("link", "set", link.peer, "mtu", "9000")  # the other host's own business
    pmd.start()
    there, back = (raw(link.peer_ns, link.peer) for link in links)
    frames = [eth(n, seed=n) for n in (60, 1514, 2048, 2049, 9013, 9014)]
    for sender, receiver in ((there, back), (back, there)):
        for frame in frames:
            sender.send(frame)
        assert receiver.frames(len(frames)) == frames
    assert "mtu" not in pmd.log().lower(), pmd.log()
    pmd.quit()
    assert [mtu(link) for link in links] == [1500, 1500], "not given back"


@pytest.mark.parametrize("size", [1400, 1500, 9000])
def test_the_default_changes_nothing(lab, testpmd, size):
    link = lab.link(mtu=size)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--mbuf-size=9728", mbufs=2048)
    assert (mtu(link), pmd.info()["MTU"]) == (size, str(size))
    pmd.quit()
    assert mtu(link) == size


def test_a_wish_of_configure_never_lowers(lab, testpmd):
    link = lab.link(mtu=9000)
    testpmd(link.dut_ns, [vdev(0, link.dut)], "--max-pkt-len=4018", "--mbuf-size=9728", mbufs=2048)
    assert mtu(link) == 9000


def test_without_the_privilege_one_line_and_the_port_runs(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], JUMBO,
                  wrap=("capsh", "--drop=cap_net_admin", "--", "-c", 'exec "$0" "$@"'))
    said = [line for line in pmd.log().splitlines() if "MTU 9000" in line]
    assert len(said) == 1 and "CAP_NET_ADMIN" in said[0] and "1500" in said[0], pmd.log()
    assert mtu(link) == 1500 and pmd.info()["MTU"] == "1500"
    pmd.start()
    frame = eth(1514)
    peer.send(frame)
    assert peer.frames(1) == [frame]


def test_an_interface_that_does_not_take_it_keeps_its_own(link, testpmd):
    run("ip", "-n", link.dut_ns.name, "link", "add", "m0", "link", link.dut, "type", "macvlan")
    link.dut_ns.ip("link", "set", "m0", "up")
    pmd = testpmd(link.dut_ns, [vdev(0, "m0")], JUMBO)
    said = [line for line in pmd.log().splitlines() if "MTU 9000" in line]
    assert len(said) == 1 and "Invalid argument" in said[0], pmd.log()
    assert pmd.info()["MTU"] == "1500"


def test_what_the_host_sets_later_stays(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], JUMBO)
    link.dut_ns.ip("link", "set", link.dut, "mtu", "4000")
    wait_for(lambda: pmd.info()["MTU"] == "4000")
    pmd.quit()
    assert mtu(link) == 4000


def test_what_the_application_sets_later_holds_and_stays(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], JUMBO)
    pmd.cmd("port config mtu 0 4000")
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    assert mtu(link) == 4000
    pmd.quit()
    assert mtu(link) == 4000


def test_mbufs_need_hold_no_more_than_the_mtu_that_holds(lab, testpmd, raw):
    """The default is 1500, the interface has 1280: frames of 1294."""
    link = lab.link(mtu=1280)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], f"--mbuf-size={128 + 1300}")
    pmd.start()
    peer = raw(link.peer_ns, link.peer)
    frame = eth(1294)
    peer.send(frame)
    assert peer.frames(1) == [frame]
