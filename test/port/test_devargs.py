# SPDX-License-Identifier: BSD-3-Clause
"""Device arguments: what is wrong is said in one line, what users have works."""

import re

import pytest
from lab.frames import eth
from lab.peer import exchange
from lab.process import wait_for
from lab.testpmd import DRIVER, OURS, dpdk_release, vdev

NAME = f"{DRIVER}7"

# what is given after the name -> what the error line must name
BAD = {
    "no_iface": ("qpairs=1", "iface"),
    "empty_iface": ("iface=", "iface"),
    "iface_without_value": ("iface", "iface"),
    "iface_that_does_not_exist": ("iface=nothere0", "nothere0"),
    "iface_name_too_long": ("iface=a23456789012345678", "iface"),
    "iface_of_odd_characters": ("iface=%s%n/../x", "iface"),
    "tun_device": ("iface=tun0", "tun0"),
    "unknown_key": ("iface=d0,colour=red", "colour"),
    "key_in_capitals": ("iface=d0,QPAIRS=1", "QPAIRS"),
    "qpairs_0": ("iface=d0,qpairs=0", "qpairs"),
    "qpairs_negative": ("iface=d0,qpairs=-1", "qpairs"),
    "qpairs_too_large": ("iface=d0,qpairs=257", "qpairs"),
    "qpairs_wraps": ("iface=d0,qpairs=4294967297", "qpairs"),
    "qpairs_word": ("iface=d0,qpairs=two", "qpairs"),
    "qpairs_trailing_garbage": ("iface=d0,qpairs=2x", "qpairs"),
    "qpairs_empty": ("iface=d0,qpairs=", "qpairs"),
    "framesz_0": ("iface=d0,framesz=0", "framesz"),
    "framesz_no_multiple_of_16": ("iface=d0,framesz=2050", "framesz"),
    "framesz_cannot_hold_the_mtu": ("iface=d0,framesz=1024", "framesz"),
    "framesz_huge": ("iface=d0,framesz=99999999999999999999", "framesz"),
    "framecnt_0": ("iface=d0,framecnt=0", "framecnt"),
    "framecnt_negative": ("iface=d0,framecnt=-512", "framecnt"),
    "framecnt_too_large": ("iface=d0,framecnt=4294967295", "framecnt"),
    "blocksz_no_page_multiple": ("iface=d0,blocksz=5000", "blocksz"),
    "blocksz_word": ("iface=d0,blocksz=big", "blocksz"),
    "blocksz_negative": ("iface=d0,blocksz=-4096", "blocksz"),
    "qdisc_bypass_2": ("iface=d0,qdisc_bypass=2", "qdisc_bypass"),
    "qdisc_bypass_word": ("iface=d0,qdisc_bypass=yes", "qdisc_bypass"),
    "outgoing_2": ("iface=d0,outgoing=2", "outgoing"),
    "fanout_mode_unknown": ("iface=d0,fanout_mode=best", "fanout_mode"),
    "fanout_mode_empty": ("iface=d0,fanout_mode=", "fanout_mode"),
    "fanout_flags_unknown": ("iface=d0,fanout_flags=defrag+x", "fanout_flags"),
    "fanout_group_too_large": ("iface=d0,fanout_group=65536", "fanout_group"),
    "fanout_group_word": ("iface=d0,fanout_group=mine", "fanout_group"),
    "sndbuf_0": ("iface=d0,sndbuf=0", "sndbuf"),
    "sndbuf_word": ("iface=d0,sndbuf=lots", "sndbuf"),
    "key_twice": ("iface=d0,qpairs=1,qpairs=2", "qpairs"),
}


def driver_lines(log):
    """What the driver itself said, without EAL's own comment on it."""
    return [line for line in log.splitlines()
            if line.strip() and not re.match(
                r"EAL:|vdev_probe|VDEV_BUS:|testpmd:|Port|Fail|Warning", line)]


def attach(pmd, text):
    mark = len(pmd.log())
    out = pmd.cmd(f"port attach {text}")
    return "is attached" in out, driver_lines(pmd.log()[mark:])


def echo(peer, pmd):
    pmd.start()
    exchange(peer, [eth(n, seed=n) for n in (60, 700, 1514)])


@pytest.fixture
def idle(link, testpmd):
    link.dut_ns.ip("tuntap", "add", "tun0", "mode", "tun")
    link.dut_ns.ip("link", "set", "tun0", "up")
    return testpmd(link.dut_ns, ["net_null0"])


def test_bad_input_gives_one_line_that_names_it(link, idle):
    """All in one process: also shows that a refused port leaves nothing behind."""
    wrong = []
    before = (idle.fds(), idle.maps(), link.dut_ns.packet_sockets())
    for case, (args, word) in BAD.items():
        attached, lines = attach(idle, f"{NAME},{args}")
        if attached:
            wrong.append(f"{case}: accepted {args}")
            idle.cmd("port close 1")
            idle.cmd(f"device detach {NAME}")
        elif len(lines) != 1 or NAME not in lines[0] or word not in lines[0]:
            wrong.append(f"{case}: {lines}")
        now = (idle.fds(), idle.maps(), link.dut_ns.packet_sockets())
        if now != before:
            wrong.append(f"{case}: left behind (fds, maps, sockets) {before} -> {now}")
            before = now
    assert not wrong, "\n".join(wrong)


def test_refused_port_can_be_attached_properly_afterwards(link, idle, peer):
    assert not attach(idle, f"{NAME},iface=nothere0")[0]
    assert attach(idle, f"{NAME},iface={link.dut}")[0]
    idle.cmd("port start 1")
    idle.cmd("set portlist 1")
    echo(peer, idle)


@pytest.mark.parametrize("bad", [f"{DRIVER}7,iface=nothere0", f"{DRIVER}7", f"{DRIVER}7,qpairs=1",
                                 f"{DRIVER}7,iface=d0,framesz=17"])
def test_program_goes_on_with_the_good_vdev_beside_a_bad_one(link, testpmd, peer, bad):
    pmd = testpmd(link.dut_ns, [bad, vdev(0, link.dut)])
    assert sum(NAME in line for line in driver_lines(pmd.log())) == 1, pmd.log()
    echo(peer, pmd)


def test_two_ports_on_one_interface_are_allowed_and_announced(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut), vdev(1, link.dut)])
    assert any("d0" in line and re.search(rf"{DRIVER}[01]", line)
               for line in driver_lines(pmd.log())), pmd.log()
    pmd.start("rxonly")
    for n in range(10):
        peer.send(eth(100))
    for port in (0, 1):
        pmd.wait_stats(lambda s: s["RX-packets"] == 10, port=port)


def test_refused_fanout_is_one_line(link, idle):
    """The group exists with another mode: the kernel says EINVAL."""
    assert attach(idle, vdev(1, link.dut, fanout_mode="hash", fanout_group=9))[0]
    idle.cmd("port start 1")
    before = (idle.fds(), idle.maps(), link.dut_ns.packet_sockets())
    mark = len(idle.log())
    attached, _ = attach(idle, f"{NAME},iface={link.dut},fanout_mode=lb,fanout_group=9")
    if attached:
        idle.cmd("port start 2")
    lines = [line for line in driver_lines(idle.log()[mark:]) if "fanout" in line]
    assert len(lines) == 1 and NAME in lines[0], idle.log()[mark:]
    if attached:
        idle.cmd("port close 2")
        idle.cmd(f"device detach {NAME}")
    assert (idle.fds(), idle.maps(), link.dut_ns.packet_sockets()) == before


def test_without_cap_net_raw_one_line_says_so(link, testpmd):
    pmd = testpmd(link.dut_ns, ["net_null0", f"{NAME},iface={link.dut}"],
                  wrap=["capsh", "--drop=cap_net_raw", "--", "-c", 'exec "$@"', "sh"])
    lines = driver_lines(pmd.log())
    assert len(lines) == 1 and NAME in lines[0], pmd.log()
    assert re.search(r"CAP_NET_RAW|cap_net_raw|not permitted", lines[0])
    pmd.start()


def test_cap_net_raw_is_enough(link, testpmd, peer):
    """No CAP_NET_ADMIN: promiscuity by membership, buffers within the limits."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)],
                  wrap=["capsh", "--drop=cap_net_admin", "--", "-c", 'exec "$@"', "sh"])
    pmd.promisc(False)
    pmd.promisc(True)
    echo(peer, pmd)


KNOWN = [
    "blocksz=4096,framesz=2048,framecnt=512,qpairs=1,qdisc_bypass=0" +
    (",fanout_mode=hash" if OURS else ""),
    "blocksz=593920,framesz=9280,framecnt=256",
    "framesz=9216",
    "blocksz=16384,framesz=2048,framecnt=4096",
    "framesz=4096,blocksz=65536,framecnt=100",
    "framecnt=513",
    "blocksz=33554432",
    "qpairs=1",
    "qdisc_bypass=1",
]


@pytest.mark.parametrize("args", KNOWN)
def test_arguments_net_af_packet_users_have_work(link, testpmd, peer, pktgen, args):
    pmd = testpmd(link.dut_ns, [f"{vdev(0, link.dut)},{args}"])
    echo(peer, pmd)
    r = pktgen.run(link.peer_ns, link.peer, 20000, "60:1514:13", window=32)
    assert (r["lost"], r["dup"], r["corrupted"]) == (0, 0, 0), (r, pmd.xstats())


def test_framesz_that_does_not_divide_the_block_works(lab, testpmd, raw, pktgen):
    link = lab.link(mtu=1400)  # 1536 holds it
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, blocksz=4096, framesz=1536)])
    echo_peer = raw(link.peer_ns, link.peer)
    pmd.start()
    echo_peer.send(eth(1414))
    assert echo_peer.frames(1) == [eth(1414)]
    r = pktgen.run(link.peer_ns, link.peer, 20000, "60:1414:13", window=32)
    assert (r["lost"], r["dup"], r["corrupted"]) == (0, 0, 0), (r, pmd.xstats())


def test_locked_memory_is_not_needed(link, testpmd, peer):
    """Containers have a small RLIMIT_MEMLOCK: the rings must not be locked."""
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=2)], queues=2,
                  wrap=["sh", "-c", 'ulimit -l 64; exec capsh --drop=cap_ipc_lock -- -c \'exec "$@"\''
                        ' sh "$@"', "sh"])
    echo(peer, pmd)


def test_alias_of_the_old_kind_works(link, testpmd, peer):
    if not OURS:
        pytest.skip("the alias is net_afpring's")
    pmd = testpmd(link.dut_ns, [f"eth_afpring0,iface={link.dut}"])
    echo(peer, pmd)


def test_two_hundred_and_fifty_six_queue_pairs(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=256, framecnt=64)], queues=256, mbufs=32768)
    echo(peer, pmd)


UNPRIVILEGED = ["capsh", "--drop=cap_net_admin", "--", "-c", 'exec "$@"', "sh"]


@pytest.mark.skipif(not OURS, reason="the rival's setters always need it")
def test_setting_what_holds_needs_no_privilege(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], wrap=UNPRIVILEGED)
    mark = len(pmd.log())
    pmd.cmd("port config mtu 0 1500")
    pmd.cmd(f"mac_addr set 0 {link.dut_mac}")
    for line in ("set promisc 0 on", "set allmulti 0 off", "vlan set strip on 0",
                 "vlan set strip off 0"):
        pmd.cmd(line)
    assert not driver_lines(pmd.log()[mark:]), pmd.log()[mark:]
    pmd.cmd("port config mtu 0 1400")
    said = driver_lines(pmd.log()[mark:])
    assert len([line for line in said if DRIVER in line]) == 1 and "CAP_NET_ADMIN" in said[0], said
    assert pmd.info()["MTU"] == "1500" and link.dut_ns.link(link.dut)["mtu"] == 1500
    pmd.start("rxonly")
    peer.send(eth(1514))
    pmd.wait_stats(lambda s: s["RX-packets"] == 1)


@pytest.mark.skipif(not OURS, reason="the rival's setters always need it")
def test_net_bonding_starts_with_cap_net_raw_alone(lab, testpmd, raw):
    links = [lab.link(n) for n in (0, 1)]
    ports = [vdev(n, link.dut) for n, link in enumerate(links)]
    port = "member" if dpdk_release() > "23.07" else "slave"
    bond = f"net_bonding0,mode=1,{port}={DRIVER}0,{port}={DRIVER}1,primary={DRIVER}0"
    pmd = testpmd(links[0].dut_ns, [*ports, bond], wrap=UNPRIVILEGED)
    assert "fail" not in pmd.log().lower(), pmd.log()
    pmd.cmd("set portlist 2")
    pmd.start()
    wait_for(lambda: pmd.info(2)["Link status"] == "up")
    peer = raw(links[0].peer_ns, links[0].peer)
    frame = eth(200)
    peer.send(frame)
    assert peer.frames(1) == [frame]
