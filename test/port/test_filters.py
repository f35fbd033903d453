# SPDX-License-Identifier: BSD-3-Clause
"""Lists of addresses and of VLANs, on a device that delivers everything."""

import json
import subprocess
import threading

import pytest
from lab.compile import dpdk_program
from lab.frames import BROADCAST, FOREIGN, MULTICAST, eth
from lab.peer import received
from lab.process import end
from lab.testpmd import PLUGIN, vdev

OTHER = "02:aa:bb:cc:dd:ef"
OTHER_MULTICAST = "33:33:00:00:00:17"


def quiet_port(testpmd, link, queues=1, *args):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=queues)], *args, queues=queues)
    pmd.promisc(False)
    pmd.cmd("set allmulti 0 off")
    return pmd


@pytest.mark.parametrize("queues", [1, 4])
def test_added_addresses_come_in_until_they_are_removed(link, testpmd, peer, queues):
    pmd = quiet_port(testpmd, link, queues)
    pmd.start()
    pmd.cmd(f"mac_addr add 0 {FOREIGN}")
    assert received(pmd, peer, FOREIGN, OTHER, BROADCAST, link.dut_mac) == \
        [FOREIGN, BROADCAST, link.dut_mac]
    pmd.cmd(f"mac_addr remove 0 {FOREIGN}")
    assert received(pmd, peer, FOREIGN, OTHER, link.dut_mac) == [link.dut_mac]


def test_added_addresses_outlive_a_restart_and_a_new_address(link, testpmd, peer):
    old, new = link.dut_mac, "02:12:34:56:78:9a"
    pmd = quiet_port(testpmd, link)
    pmd.cmd(f"mac_addr add 0 {FOREIGN}")
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    pmd.cmd(f"mac_addr set 0 {new}")
    pmd.start()
    assert received(pmd, peer, old, FOREIGN, new) == [FOREIGN, new]


def test_as_many_addresses_as_the_port_says(link, testpmd, peer):
    pmd = quiet_port(testpmd, link)
    pmd.start()
    macs = [f"02:00:00:00:{n >> 8:02x}:{n & 255:02x}" for n in range(1000, 1128)]
    for mac in macs[:127]:
        assert "rror" not in pmd.cmd(f"mac_addr add 0 {mac}")
    pmd.cmd(f"mac_addr add 0 {macs[127]}")
    assert received(pmd, peer, *macs, link.dut_mac) == macs[:127] + [link.dut_mac]


@pytest.mark.parametrize("queues", [1, 4])
def test_multicast_list_is_what_comes_in(link, testpmd, peer, queues):
    pmd = quiet_port(testpmd, link, queues)
    pmd.start()
    pmd.cmd(f"mcast_addr add 0 {MULTICAST}")
    assert received(pmd, peer, MULTICAST, OTHER_MULTICAST, link.dut_mac) == \
        [MULTICAST, link.dut_mac]
    pmd.cmd(f"mcast_addr add 0 {OTHER_MULTICAST}")
    pmd.cmd(f"mcast_addr remove 0 {MULTICAST}")
    assert received(pmd, peer, MULTICAST, OTHER_MULTICAST, link.dut_mac) == \
        [OTHER_MULTICAST, link.dut_mac]


def test_the_device_is_asked_and_forgets_with_the_process(link, testpmd):
    def listed():
        shown = link.dut_ns.ip("maddress", "show", "dev", link.dut)
        return [mac for mac in (MULTICAST, OTHER_MULTICAST) if mac in shown]
    pmd = quiet_port(testpmd, link)
    pmd.cmd(f"mcast_addr add 0 {MULTICAST}")
    pmd.cmd(f"mcast_addr add 0 {OTHER_MULTICAST}")
    assert listed() == [MULTICAST, OTHER_MULTICAST]
    pmd.cmd(f"mcast_addr remove 0 {MULTICAST}")
    assert listed() == [OTHER_MULTICAST]
    pmd.quit()
    assert listed() == []


def tagged(dst, vlans):
    return [eth(100 + n, dst=dst, tags=[(0x8100, vlan)] if vlan is not None else (), seed=n)
            for n, vlan in enumerate(vlans)]


def through(peer, frames):
    """Which of them come back; the last is known to."""
    for frame in frames:
        peer.send(frame)
    got = []
    while frames[-1] not in got:
        more = peer.frames(1)
        assert more, "the last has not come back"
        got += more
    return [frames.index(frame) for frame in got + peer.frames(quiet=0.1)]


@pytest.mark.parametrize("promisc", [False, True])
def test_vlan_filter_lets_in_the_vlans_of_its_list(link, testpmd, peer, promisc):
    pmd = quiet_port(testpmd, link)
    pmd.promisc(promisc)
    pmd.start()
    frames = tagged(link.dut_mac, [0, 5, 51, 3 << 13 | 51, 4095, None])
    pmd.cmd("vlan set filter on 0")
    assert through(peer, frames) == [5]
    for vlan in (51, 4095):
        pmd.cmd(f"rx_vlan add {vlan} 0")
    assert through(peer, frames) == [2, 3, 4, 5]
    pmd.cmd("port stop 0")
    pmd.cmd("port start 0")
    assert through(peer, frames) == [2, 3, 4, 5]
    pmd.cmd("rx_vlan rm 51 0")
    assert through(peer, frames) == [4, 5]
    pmd.cmd("vlan set filter off 0")
    assert through(peer, frames) == [0, 1, 2, 3, 4, 5]


def test_vlan_filter_of_the_command_line(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--enable-hw-vlan-filter")
    pmd.start()
    pmd.cmd("rx_vlan add 7 0")
    assert through(peer, tagged(link.dut_mac, [6, 7, None])) == [1, 2]


def test_no_packet_of_both_settings_is_lost(link, testpmd, peer):
    pmd = quiet_port(testpmd, link, 2)
    pmd.cmd(f"mcast_addr add 0 {MULTICAST}")
    pmd.cmd("vlan set filter on 0")
    pmd.cmd("rx_vlan add 9 0")
    pmd.start("rxonly")
    frames = [eth(100, dst=dst, tags=[(0x8100, 9)], src=f"02:00:00:00:00:0{n}")
              for n in range(8) for dst in (MULTICAST, link.dut_mac)]
    sent, done = [0], threading.Event()

    def send():
        while not done.is_set():
            peer.send(frames[sent[0] % len(frames)])
            sent[0] += 1
    sender = threading.Thread(target=send)
    sender.start()
    try:
        for n in range(25):
            pmd.cmd(f"mcast_addr add 0 33:33:00:00:01:{n:02x}")
            pmd.cmd(f"mac_addr add 0 02:00:00:00:01:{n:02x}")
            pmd.cmd(f"rx_vlan add {100 + n} 0")
            if n % 2:
                pmd.cmd(f"mcast_addr remove 0 33:33:00:00:01:{n:02x}")
                pmd.cmd(f"rx_vlan rm {100 + n} 0")
    finally:
        done.set()
        sender.join()
    assert sent[0] > 1000
    # a full ring is counted; what a filter drops is not
    pmd.wait_stats(lambda stats: stats["RX-packets"] + stats["RX-missed"] == sent[0])


@pytest.fixture(scope="session")
def lists_program(tmp_path_factory):
    return dpdk_program(tmp_path_factory.mktemp("lists"), "tools/lists.c")


@pytest.fixture
def lists(lists_program, link):
    """The program, and how to read what it says."""
    program = link.dut_ns.popen(lists_program, PLUGIN, f"iface={link.dut}", stdin=subprocess.PIPE)

    def read(key):
        for line in program.stdout:
            if line.startswith("{") and key in (said := json.loads(line)):
                return said
        raise AssertionError(f"ended before {key}: {program.stderr.read()[-2000:]}")
    read.program = program
    yield read
    end(program)


def test_whole_lists_are_replaced_without_losing_what_both_have(link, lists, peer):
    lists("ready")
    own = link.dut_mac
    sent = 0
    while sent < 20000:
        peer.send(eth(100, dst=MULTICAST if sent % 2 else own))
        sent += 1
    said = lists("received")
    assert said["changes"] > 100
    assert said["received"] + said["missed"] == sent


def test_memberships_are_given_back_at_close(link, lists, peer):
    def held():
        shown = link.dut_ns.link(link.dut)
        return (link.dut_ns.ip("maddress", "show", "dev", link.dut).count("33:33:00:00:0"),
                "02:00:00:00:01:" in link.dut_ns.run("bridge", "fdb", "show", "dev", link.dut),
                shown["promiscuity"], shown.get("allmulti", 0))
    lists("ready")
    peer.send(eth(100, dst=MULTICAST))
    lists("open")
    many, unicast, promisc, allmulti = held()
    assert many > 60 and unicast and promisc and allmulti
    lists.program.stdin.write("\n")
    lists.program.stdin.flush()
    lists("closed")  # and the process lives
    assert lists.program.poll() is None
    assert held()[1:] == (False, 0, 0) and held()[0] < 4
