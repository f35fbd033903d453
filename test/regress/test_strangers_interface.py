# SPDX-License-Identifier: BSD-3-Clause
"""A port took over whatever interface had its number.

An interface that was deleted gives its index free, and every network namespace counts
from one. The port then received another interface's traffic, and set its MTU.
"""

import json
import subprocess

import pytest
from lab.compile import compiled, dpdk_flags
from lab.frames import eth
from lab.process import run, wait_for
from lab.testpmd import OURS, PLUGIN, vdev

pytestmark = pytest.mark.skipif(not OURS, reason="this driver's lines")


def index(ns, iface):
    return ns.link(iface)["ifindex"]


def replace(link, name):
    """Delete the port's interface; another one gets its index."""
    number = str(index(link.dut_ns, link.dut))
    link.dut_ns.ip("link", "del", link.dut)
    link.dut_ns.ip("link", "add", name, "index", number, "type", "bridge")
    link.dut_ns.ip("link", "set", name, "up")


def lines(pmd, mark):
    return [line for line in pmd.log()[mark:].splitlines() if "net_afpring0" in line]


@pytest.fixture
def pmd(link, testpmd):
    return testpmd(link.dut_ns, [vdev(0, link.dut)])


def test_start_refuses_another_interface_of_the_same_index(link, pmd):
    pmd.cmd("port stop 0")
    replace(link, "stranger")
    mark = len(pmd.log())
    pmd.cmd("port start 0")
    said = lines(pmd, mark)
    assert len(said) == 1 and "stranger" in said[0] and link.dut in said[0], said
    assert pmd.info()["Link status"] == "down"
    assert link.dut_ns.link("stranger")["promiscuity"] == 0


@pytest.mark.parametrize("state", ["started", "stopped"])
@pytest.mark.parametrize("call", ["port config mtu 0 1400", "mac_addr set 0 02:00:00:00:00:77",
                                  "set promisc 0 on", "set allmulti 0 on"])
def test_nothing_of_the_stranger_is_changed(link, pmd, state, call):
    pmd.promisc(False)
    pmd.cmd("set allmulti 0 off")
    if state == "stopped":
        pmd.cmd("port stop 0")
    replace(link, "stranger")
    before = link.dut_ns.link("stranger")
    mark = len(pmd.log())
    pmd.cmd(call)
    after = link.dut_ns.link("stranger")
    for key in ("mtu", "address", "promiscuity", "allmulti"):
        assert after.get(key) == before.get(key), key
    said = lines(pmd, mark)
    assert len(said) == 1, said


def test_link_of_a_stranger_is_not_the_ports(link, pmd):
    replace(link, "stranger")
    assert pmd.info()["Link status"] == "down"


def test_an_interface_of_the_same_name_and_index_is_taken_at_start(lab, link, pmd, raw):
    pmd.start()
    number = str(index(link.dut_ns, link.dut))
    link.dut_ns.ip("link", "del", link.dut)
    run("ip", "-n", link.dut_ns.name, "link", "add", link.dut, "index", number, "type", "veth",
        "peer", "name", link.peer, "netns", link.peer_ns.name)
    for ns, iface in ((link.dut_ns, link.dut), (link.peer_ns, link.peer)):
        ns.ip("link", "set", iface, "up")
    link.wait_carrier()
    pmd.stop()
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    pmd.start()
    assert link.dut_ns.link(link.dut)["promiscuity"] == 1, "ethdev says on"
    peer = raw(link.peer_ns, link.peer)
    frame = eth(100)
    peer.send(frame)
    assert peer.frames(1) == [frame]


@pytest.mark.parametrize("when", ["started", "stopped"])
def test_a_renamed_interface_that_was_away_is_known_again(lab, link, pmd, when):
    """Moved to another namespace and back, under the name it got here."""
    if when == "stopped":
        pmd.cmd("port stop 0")
    link.dut_ns.ip("link", "set", link.dut, "name", "renamed0")
    away_and_back(lab, link, "renamed0")
    if when == "stopped":
        pmd.cmd("port start 0")
    else:
        wait_for(lambda: "renamed0 is back" in pmd.log())
    wait_for(lambda: pmd.info()["Link status"] == "up")


def away_and_back(lab, link, name, new_name=None):
    away, number = lab.ns("away"), index(link.dut_ns, name)
    link.dut_ns.ip("link", "set", name, "netns", away.name)
    away.ip("link", "set", name, *(("name", new_name) if new_name else ()),
            "netns", link.dut_ns.name)
    name = new_name or name
    link.dut_ns.ip("link", "set", name, "up")
    wait_for(lambda: link.dut_ns.link(name)["operstate"] == "UP")
    assert index(link.dut_ns, name) == number


def test_an_interface_renamed_elsewhere_is_a_stranger(lab, link, pmd):
    pmd.cmd("port stop 0")
    away_and_back(lab, link, link.dut, "other0")
    mark = len(pmd.log())
    pmd.cmd("port start 0")
    said = lines(pmd, mark)
    assert len(said) == 1 and "other0" in said[0], said


# ---- setns() ----

@pytest.fixture(scope="module")
def setns_program(tmp_path_factory):
    return compiled(str(tmp_path_factory.mktemp("tools")), "tools/setns.c",
                    flags=dpdk_flags("--cflags"), libs=dpdk_flags("--libs"))


def test_a_thread_in_another_namespace_reaches_the_ports_interface_only(lab, link, setns_program):
    away = lab.ns("away")
    number = str(index(link.dut_ns, link.dut))
    away.ip("link", "add", link.dut, "index", number, "type", "bridge")
    away.ip("link", "set", link.dut, "up")
    before = away.link(link.dut)
    done = subprocess.run(
        link.dut_ns.argv(setns_program, PLUGIN, f"iface={link.dut}", f"/run/netns/{away.name}"),
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert link.dut_ns.link(link.dut)["mtu"] == 1400
    assert link.dut_ns.link(link.dut)["address"] == "02:00:00:00:00:77"
    after = away.link(link.dut)
    for key in ("mtu", "address", "promiscuity"):
        assert after[key] == before[key], key
    assert (got["mtu"], got["mac"], got["promisc"]) == (0, 0, 0), got
    assert got["link_up"] == 0, got  # it is stopped
    assert got["start_away"] < 0 and got["sockets_away"] == 0, got
    assert got["start_home"] == 0, got
    said = [line for line in done.stderr.splitlines() if "net_afpring0" in line]
    assert len(said) == 1 and "namespace" in said[0], said
