# SPDX-License-Identifier: BSD-3-Clause
"""TCP and UDP between two hosts over untouched veths: superframes on every hop.

"io" is testpmd without any offload, which gets and sends plain frames; "whole"
passes superframes on as they are.
"""

import socket

import pytest
from lab.frames import eth
from lab.process import DEADLINE, settled
from lab.superframe import are_datagrams_known, superframe
from lab.testpmd import OURS, vdev
from lab.web import GB, SERVERS, Http, Large, finish, ipv6_hosts

MB = 1 << 20
MODES = {"io": (), "whole": ("--enable-lro", "--enable-rx-cksum")}
SOL_UDP, UDP_SEGMENT = 17, 103

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver takes superframes")


@pytest.fixture
def hosts(lab):
    return lab.two_hosts()


def forwarder(testpmd, hosts, *args, **kw):
    near, far = hosts
    kw.setdefault("rxd", 1024)
    return testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], *args, **kw)


def forwarding(*args, **kw):
    pmd = forwarder(*args, **kw)
    pmd.start()
    return pmd


def check_nothing_wrong(pmd):
    for port in (0, 1):
        s = pmd.stats(port)
        assert (s["RX-errors"], s["TX-errors"]) == (0, 0), pmd.xstats(port)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("v6", [False, True], ids=["v4", "v6"])
def test_files_arrive_whole_both_ways(lab, testpmd, hosts, tmp_path, mode, v6):
    near, far = hosts
    if v6:
        ipv6_hosts(near, far)
    pmd = forwarding(testpmd, hosts, *MODES[mode])
    there = Http(lab, far.peer_ns, tmp_path, "fd09::2" if v6 else "10.9.0.2")
    here = Http(lab, near.peer_ns, tmp_path, "fd09::1" if v6 else "10.9.0.1")
    there.get(near.peer_ns, 128 * MB)
    here.get(far.peer_ns, 128 * MB)
    there.get(near.peer_ns, 16 * MB, flows=8)
    here.get(far.peer_ns, 16 * MB, flows=8)
    check_nothing_wrong(pmd)
    for port in (0, 1):
        x = pmd.xstats(port)
        assert x["tx_superframes"] > 1000, x
        assert (x["tx_joined"] > 10000) == (mode == "io"), x
        assert (x["rx_cksum_finished"] > 0) == (mode == "io"), x


def test_two_lcores_keep_out_of_each_others_way(lab, testpmd, hosts, tmp_path):
    """Each sends where the other one polls. A burst that finds the other at its queue is not
    taken, and testpmd drops it."""
    near, far = hosts
    pmd = forwarding(testpmd, hosts, "--nb-cores=2", cores="0@0,1@0,2@1")
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 128 * MB)
    Http(lab, near.peer_ns, tmp_path, "10.9.0.1").get(far.peer_ns, 128 * MB)
    pmd.stop()
    sent, dropped = (sum(pmd.fwd_stats(port)[key] for port in (0, 1))
                     for key in ("TX-packets", "TX-dropped"))
    assert dropped <= sent // 100, (sent, dropped)
    check_nothing_wrong(pmd)


@pytest.fixture(scope="module")
def large():
    large = Large()
    yield large.folder
    large.close()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("server", SERVERS)
def test_a_file_of_1_gb(lab, testpmd, hosts, large, server, mode):
    """Superframes of pages of the file: sendfile(2), without a copy at the sender."""
    near, far = hosts
    pmd = forwarding(testpmd, hosts, *MODES[mode])
    there = Http(lab, far.peer_ns, large, "10.9.0.2", server=server, keep_files=True)
    there.get(near.peer_ns, GB, timeout=150)
    check_nothing_wrong(pmd)
    assert pmd.stats(1)["RX-bytes"] > GB and pmd.xstats(0)["tx_superframes"] > 10000


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6], ids=["v4", "v6"])
def test_datagrams_of_a_segmenting_sender(testpmd, raw, hosts, mode, family):
    """Each arrives with its content, or is in a counter."""
    near, far = hosts
    known = are_datagrams_known(raw(near.peer_ns, near.peer, vnet=True, receive=False))
    if family == socket.AF_INET6:
        ipv6_hosts(near, far)
    address = "fd09::2" if family == socket.AF_INET6 else "10.9.0.2"
    pmd = forwarding(testpmd, hosts, *MODES[mode])
    sink = far.peer_ns.socket(family, socket.SOCK_DGRAM, 0)
    source = near.peer_ns.socket(family, socket.SOCK_DGRAM, 0)
    sink.setsockopt(socket.SOL_SOCKET, 33, 64 * MB)  # SO_RCVBUFFORCE
    sink.bind((address, 9000))
    sink.settimeout(10)
    try:
        source.setsockopt(SOL_UDP, UDP_SEGMENT, 1000)
    except OSError as e:
        pytest.skip(f"this kernel has no UDP_SEGMENT: {e}")
    source.connect((address, 9000))
    source.send(b"x")  # address resolution has no place for many
    assert sink.recv(2000) == b"x"
    sent = 0
    for turn in range(150):
        last = 1 + turn * 6
        source.send(b"".join(datagram(sent + i, 1000) for i in range(39)) + datagram(sent + 39, last))
        sent += 40
    got = set()
    try:
        while len(got) < sent:
            data = sink.recv(2000)
            number = int.from_bytes(data[:4], "big") if len(data) > 3 else None
            if number is None:  # of 1 byte, the very first turn's last
                number = 39
            assert data == datagram(number, len(data)) and number not in got
            assert len(data) == (1000 if number % 40 != 39 else 1 + number // 40 * 6)
            got.add(number)
    except socket.timeout:
        pass
    s0, s1 = pmd.stats(0), pmd.stats(1)
    lost = s0["RX-missed"] + s0["RX-errors"] + s1["TX-errors"]
    if known:
        assert len(got) + lost == sent, (len(got), sent, s0, s1)
        assert len(got) > sent / 2
    else:  # nor does the receive half have the headers: a superframe is one lost packet
        assert (len(got), lost) == (0, sent / 40), (s0, s1)
    source.close()
    sink.close()


def datagram(number, size):
    return (number.to_bytes(4, "big") + bytes((number + i) & 0xff for i in range(996)))[:size]


@pytest.mark.parametrize("mode", MODES)
def test_ip_fragments(testpmd, hosts, mode):
    near, far = hosts
    pmd = forwarding(testpmd, hosts, *MODES[mode])
    sink = far.peer_ns.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    source = near.peer_ns.socket(socket.AF_INET, socket.SOCK_DGRAM, 0)
    sink.bind(("10.9.0.2", 9000))
    sink.settimeout(DEADLINE)
    source.sendto(b"x", ("10.9.0.2", 9000))
    assert sink.recv(10) == b"x"
    for size in (1472, 1473, 3000, 9000, 40001, 65507):
        data = bytes((size + i * 7 + (i >> 8)) & 0xff for i in range(size))
        source.sendto(data, ("10.9.0.2", 9000))
        assert sink.recv(70000) == data
    check_nothing_wrong(pmd)
    source.close()
    sink.close()


# an mbuf of 65535 has its headroom in it, so the largest MTU needs chains
JUMBO = {
    "9000_scatter": (9000, dict(scatter=True)),
    "9000_large_mbufs": (9000, dict(args=("--mbuf-size=9400",), mbufs=4096)),
    "65535_scatter": (65535, dict(scatter=True)),
    "65000_large_mbufs": (65000, dict(args=("--mbuf-size=65535",), mbufs=1100)),
    "9000_scatter_whole": (9000, dict(scatter=True, args=MODES["whole"])),
}


@pytest.mark.parametrize("case", JUMBO)
def test_jumbo_frames(lab, testpmd, tmp_path, case):
    mtu, kw = JUMBO[case]
    hosts = lab.two_hosts(mtu=mtu)
    near, far = hosts
    kw = dict(kw)
    pmd = forwarding(testpmd, hosts, *kw.pop("args", ()), mem=384, **kw)
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 32 * MB)
    check_nothing_wrong(pmd)


def test_superframes_up_to_a_limit(testpmd, raw, link):
    """Larger ones are split, smaller ones are not."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)], *MODES["whole"],
                  "--max-lro-pkt-size=20000")
    pmd.start()
    for size, count in ((1301, 1), (19900, 1), (20001, 16), (60000, 47), (2600, 1)):
        payload = bytes(i * 7 & 0xff for i in range(size))
        peer.send(*superframe(payload, 1300, ident=size))
        got = peer.frames(count)
        assert b"".join(f[54:] for f in got) == payload and len(got) == count, (size, len(got))


@pytest.mark.parametrize("mode", MODES)
def test_bursts_smaller_than_a_superframe(lab, testpmd, hosts, tmp_path, mode):
    near, far = hosts
    pmd = forwarding(testpmd, hosts, *MODES[mode], "--burst=4")
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 32 * MB)
    check_nothing_wrong(pmd)


@pytest.mark.parametrize("mode", MODES)
def test_few_mbufs(lab, testpmd, raw, hosts, tmp_path, mode):
    """A superframe waits for its mbufs; what is lost meanwhile is counted, TCP repeats it."""
    near, far = hosts
    pmd = forwarder(testpmd, hosts, *MODES[mode], "--mbcache=0", "--mbuf-size=208", "--burst=512",
                    mbufs=1025, scatter=True)
    source = raw(near.peer_ns, near.peer, vnet=True, receive=False)
    for _ in range(4):  # nobody polls yet: one of each is a burst, and wants more mbufs than are
        source.send(*superframe(bytes(30000), 1448))
        source.send(*superframe(bytes(60000), 1448))
    pmd.start()
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 16 * MB, flows=4)
    assert sum(pmd.stats(port)["RX-nombuf"] for port in (0, 1)) > 0
    check_nothing_wrong(pmd)


def test_superframe_of_more_mbufs_than_are_free(testpmd, raw, link):
    """The noisy engine keeps 600 frames and what it gets of the superframe, then lets go."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, tx_join=0)], "--mbcache=0",
                  "--noisy-tx-sw-buffer-size=4096", "--noisy-tx-sw-buffer-flushtime=1500",
                  mbufs=1025, rxd=1024)
    plain = [eth(100, seed=n) for n in range(600)]
    for frame in plain:  # the ring holds them; nobody polls yet
        peer.send(frame)
    payload = bytes(i * 7 & 0xff for i in range(50000))
    peer.send(*superframe(payload, 60))  # 834 segments
    pmd.start("noisy")
    pmd.wait_stats(lambda s: s["RX-nombuf"] > 0 and s["RX-packets"] > 600)
    x = pmd.xstats()
    assert x["rx_superframe_segments"] > 0 and x["rx_superframes_split"] == 0, x
    back = peer.frames(600 + 834)
    assert back[:600] == plain
    assert b"".join(f[54:] for f in back[600:]) == payload
    x = pmd.xstats()
    assert (x["rx_superframe_segments"], x["rx_superframes_split"], x["rx_starved"]) == (834, 1, 0)


@pytest.mark.parametrize("mode", MODES)
def test_device_ceases_to_segment_while_running(lab, testpmd, hosts, tmp_path, mode):
    near, far = hosts
    pmd = forwarding(testpmd, hosts, *MODES[mode])
    http = Http(lab, far.peer_ns, tmp_path, "10.9.0.2")
    http.get(near.peer_ns, 4 * MB)
    running = http.start(near.peer_ns, 256 * MB)
    near.dut_ns.run("ethtool", "-K", near.dut, "tso", "off")
    far.dut_ns.run("ethtool", "-K", far.dut, "tso", "off", "tx", "off", "gso", "off")
    finish(*running)
    http.get(near.peer_ns, 8 * MB)
    near.dut_ns.run("ethtool", "-K", near.dut, "tso", "on")
    http.get(near.peer_ns, 8 * MB)
    settled(lambda: pmd.stats(0)["RX-packets"])
    for port in (0, 1):
        assert pmd.stats(port)["RX-errors"] == 0


@pytest.mark.parametrize("rx", MODES)
def test_segmentation_asked_for_by_the_application(lab, testpmd, hosts, tmp_path, rx):
    """testpmd's csum engine: checksums by hardware, segments of 1000 bytes."""
    near, far = hosts
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut), vdev(1, far.dut)], "--enable-rx-cksum",
                  *MODES[rx], scatter=False, rxd=1024)
    pmd.cmd("port stop all")
    for port in (0, 1):
        for what in ("ip", "tcp", "udp"):
            pmd.cmd(f"csum set {what} hw {port}")
        out = pmd.cmd(f"tso set 1000 {port}")
        assert "not support" not in out, out
        assert "SCTP checksum offload is sw" in pmd.cmd(f"csum set sctp hw {port}")
    pmd.cmd(f"set eth-peer 0 {near.peer_ns.mac(near.peer)}")
    pmd.cmd(f"set eth-peer 1 {far.peer_ns.mac(far.peer)}")
    pmd.cmd("port start all")
    pmd.start("csum")
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 32 * MB)
    check_nothing_wrong(pmd)
    assert pmd.xstats(0)["tx_superframes"] > 100, pmd.xstats(0)
