# SPDX-License-Identifier: BSD-3-Clause
"""What an application reads in ol_flags of received checksums, for each kind of packet.

unfinished: left to a device that is not there; verified: GRO has looked at it;
the others came complete, right or wrong, and nobody has looked.
"""

import re

import pytest
from lab.frames import inet_sum, l4_is_right, l4_start, partial
from lab.process import DEADLINE
from lab.testpmd import OURS, vdev

GOOD, BAD, NONE, UNKNOWN = "GOOD", "BAD", "NONE", "UNKNOWN"
LRO = ("--enable-lro", "--enable-rx-cksum")

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver looks")


def complete(size, proto, v6=False, tag=None, pad=0):
    """The frame that partial() leaves unfinished, finished, and padding behind it."""
    frame = bytearray(partial(size, proto, v6, tag)[0])
    l4 = l4_start(frame)[1]
    field = l4 + (16 if proto == 6 else 6)
    frame[field:field + 2] = inet_sum(bytes(frame[l4:])).to_bytes(2, "big")
    assert l4_is_right(frame)
    return bytes(frame) + b"\x5a" * pad


def changed(frame, at):
    frame = bytearray(frame)
    frame[at] ^= 0x21
    return bytes(frame)


def fragment(frame, bits):
    frame = bytearray(frame)
    frame[20:22] = bits.to_bytes(2, "big")
    frame[24:26] = b"\0\0"
    frame[24:26] = inet_sum(bytes(frame[14:34])).to_bytes(2, "big")
    return bytes(frame)


def udp_without(frame):
    field = l4_start(frame)[1] + 6
    return frame[:field] + b"\0\0" + frame[field + 2:]


# what: frame, virtio_net_hdr, (IP, L4) with the offloads on, L4 with them off
def kinds():
    for proto, name in ((6, "tcp"), (17, "udp")):
        for v6 in (False, True):
            ip = UNKNOWN if v6 else GOOD
            for tag, tagged in ((None, ""), ("81000064", " tagged"), ("88a80064810000c8", " twice")):
                what = f"{name}{6 if v6 else 4}{tagged}"
                frame = complete(300, proto, v6, tag)
                yield f"{what} unfinished", *partial(301, proto, v6, tag), (ip, GOOD), GOOD
                yield f"{what} right", frame, None, (ip, GOOD), UNKNOWN
                yield f"{what} wrong", changed(frame, 200), None, (ip, BAD), UNKNOWN
            yield f"{what} padded", complete(80, proto, v6, pad=9), None, (ip, GOOD), UNKNOWN
    udp = complete(200, 17)
    yield "ipv4 header wrong", changed(udp, 22), None, (BAD, GOOD), UNKNOWN
    yield "first fragment", fragment(udp, 0x2000), None, (GOOD, UNKNOWN), UNKNOWN
    yield "last fragment", fragment(udp, 0x0010), None, (GOOD, UNKNOWN), UNKNOWN
    yield "udp4 without", udp_without(udp), None, (GOOD, GOOD), UNKNOWN
    yield "udp6 without", udp_without(complete(200, 17, True)), None, (UNKNOWN, UNKNOWN), UNKNOWN
    yield "longer than it is", udp[:100], None, (GOOD, BAD), UNKNOWN


KINDS = list(kinds())


def flags(pmd, send, count=1):
    """(IP, L4) of the frames that send() makes the port receive."""
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    for one in send:
        one()
    text = pmd.collect(r"ol_flags:[^\n]*\n", count)
    pmd.stop()
    lines = re.findall(r"ol_flags:([^\n]*)\n", text)
    return [tuple(re.search(rf"{which}_CKSUM_(\w+)", line).group(1) for which in ("RX_IP", "RX_L4"))
            for line in lines]


def check(raw, link, pmd, want):
    peer = raw(link.peer_ns, link.peer, vnet=True)
    got = flags(pmd, [lambda f=frame, h=hdr: peer.send(f, h) for _, frame, hdr, *_ in KINDS],
                len(KINDS))
    assert {k[0]: g for k, g in zip(KINDS, got)} == {k[0]: want(k) for k in KINDS}


@pytest.mark.parametrize("args", [{}, {"vnet_hdr": 0}], ids=["vnet", "no_vnet"])
def test_flags_are_true_with_the_offloads_on(link, testpmd, raw, args):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **args)], "--enable-rx-cksum")
    check(raw, link, pmd, lambda kind: kind[3])


def test_flags_are_true_over_chains(link, testpmd, raw):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--enable-rx-cksum",
                  f"--mbuf-size={128 + 97}", scatter=True)
    check(raw, link, pmd, lambda kind: kind[3])


def test_nothing_is_looked_at_with_the_offloads_off(link, testpmd, raw):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    check(raw, link, pmd, lambda kind: (UNKNOWN, kind[4]))


@pytest.mark.parametrize("proto", [6, 17], ids=["tcp", "udp"])
@pytest.mark.parametrize("rx, args, l4", [
    ((), {}, GOOD), (("--enable-rx-cksum",), {}, GOOD), (("--enable-lro",), {}, GOOD),
    (LRO, {}, NONE), (LRO, {"rx_partial": 0}, GOOD), ((), {"rx_partial": 1}, NONE),
    (("--enable-rx-cksum",), {"rx_partial": 1}, NONE)])
def test_only_who_can_take_them_gets_unfinished_ones(link, testpmd, raw, rx, args, l4, proto):
    """... and whatever is said, the frame passed on arrives right."""
    peer = raw(link.peer_ns, link.peer, vnet=True)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **args)], *rx, scatter="--enable-lro" in rx)
    frame, hdr = partial(300, proto)
    (_, got), = flags(pmd, [lambda: peer.send(frame, hdr)])
    assert got == l4
    assert (pmd.xstats()["rx_cksum_finished"] == 1) == (l4 == GOOD)
    pmd.cmd("set verbose 0")
    pmd.start("io")
    peer.send(frame, hdr)
    back, _ = peer.recv(DEADLINE)
    unfinished = peer.header[0] & 1
    assert unfinished == (l4 == NONE), peer.header.hex()
    assert l4_is_right(back) or unfinished


def test_what_gro_has_verified_is_good_unasked(link, testpmd, raw):
    """A TCP segment alone in GRO: looked at by the kernel, CHECKSUM_UNNECESSARY."""
    link.dut_ns.run("ethtool", "-K", link.dut, "gro", "on")
    link.peer_ns.run("ethtool", "-K", link.peer, "tso", "off")  # else veth goes past GRO
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    frame = complete(300, 6)
    assert flags(pmd, [lambda: peer.send(frame)]) == [(UNKNOWN, GOOD)]
    assert pmd.xstats()["rx_cksum_finished"] == 0


def test_wrong_ones_are_passed_on_as_they_are(link, testpmd, raw):
    """BAD is no reason to alter a frame, on the way out neither."""
    peer = raw(link.peer_ns, link.peer)
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], *LRO, scatter=True)
    pmd.start("io")
    for frame in (changed(complete(300, 6), 200), changed(complete(300, 17, True), 200)):
        peer.send(frame)
        assert peer.frames(1) == [frame]
