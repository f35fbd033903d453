# SPDX-License-Identifier: BSD-3-Clause
"""VLAN tags: the kernel takes the outer one off, the driver puts it back as it was."""

import re

import pytest
from lab.frames import DST, SRC, eth, udp4
from lab.testpmd import vdev

VLAN, AD, OLD = 0x8100, 0x88A8, 0x9100

STACKS = {
    "8021q": [(VLAN, 100)],
    "8021q_with_priority": [(VLAN, 7 << 13 | 100)],
    "8021q_with_dei": [(VLAN, 1 << 12 | 4094)],
    "priority_tag_with_id_0": [(VLAN, 5 << 13)],
    "tci_0": [(VLAN, 0)],
    "8021ad": [(AD, 100)],
    "qinq": [(AD, 100), (VLAN, 200)],
    "8021q_twice": [(VLAN, 100), (VLAN, 200)],
    "8021ad_twice": [(AD, 100), (AD, 200)],
    "outer_9100": [(OLD, 100), (VLAN, 200)],
    "three_tags": [(AD, 100), (VLAN, 200), (VLAN, 300)],
}


@pytest.mark.parametrize("tags", STACKS.values(), ids=STACKS.keys())
def test_tags_come_back_with_the_same_tpid(link, testpmd, peer, tags):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    frames = [eth(n, tags=tags, seed=n) for n in (64, 300, 1514 + 4)]
    if tags[0][0] != VLAN:  # packet sockets allow the extra 4 bytes to 802.1Q only
        frames[-1] = frames[-1][:1514]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(len(frames)) + peer.frames(quiet=0.1) == frames
    assert pmd.stats()["RX-bytes"] == sum(map(len, frames))


def test_tagged_and_plain_frames_mix_in_one_burst(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.start()
    stacks = [[], [(VLAN, 1)], [(AD, 2)], [], [(VLAN, 3), (VLAN, 4)]]
    frames = [eth(80 + n, tags=stacks[n % len(stacks)], seed=n) for n in range(200)]
    for frame in frames:
        peer.send(frame)
    assert peer.frames(len(frames)) + peer.frames(quiet=0.1) == frames


def strip(pmd, on):
    pmd.cmd("port stop 0")
    pmd.cmd(f"vlan set strip {'on' if on else 'off'} 0")
    pmd.cmd("port start 0")


def test_strip_takes_the_tag_out_of_the_frame(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    strip(pmd, True)
    pmd.start()
    for tags in ([(VLAN, 100)], [(VLAN, 100), (VLAN, 200)], []):
        peer.send(eth(100, tags=tags))
    # io sends the frame as it lies in the mbuf: without the outer tag
    want = [eth(100, tags=tags)[:12] + eth(100, tags=tags)[16:] for tags in
            ([(VLAN, 100)], [(VLAN, 100), (VLAN, 200)])] + [eth(100)]
    assert peer.frames(3) + peer.frames(quiet=0.1) == want


def test_strip_reports_the_tci_in_the_mbuf(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    strip(pmd, True)
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    peer.send(eth(100, tags=[(VLAN, 3 << 13 | 77)]))
    text = pmd.collect(r"ol_flags:.*\n", 1)
    assert re.search(rf"VLAN tci=0x{3 << 13 | 77:x}\b", text), text
    assert "RTE_MBUF_F_RX_VLAN_STRIPPED" in text and "RTE_MBUF_F_RX_VLAN " in text, text
    assert "length=96" in text, text


def test_strip_can_be_switched_off_again(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    strip(pmd, True)
    strip(pmd, False)
    pmd.start()
    frame = eth(100, tags=[(VLAN, 100)])
    peer.send(frame)
    assert peer.frames(1) == [frame]


def tx_vlan(pmd, *sizes):
    pmd.cmd("port stop 0")
    pmd.cmd("tx_vlan set 0 100")
    pmd.cmd("port start 0")
    pmd.cmd("set txpkts " + ",".join(map(str, sizes)))
    pmd.cmd("set burst 4")


@pytest.mark.parametrize("sizes", [(60,), (1514,)])
def test_transmit_inserts_the_tag(link, testpmd, peer, sizes):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    tx_vlan(pmd, *sizes)
    pmd.start("rxonly", first=1)
    frames = peer.frames(4) + peer.frames(quiet=0.1)
    assert len(frames) == 4, pmd.xstats()
    for f in frames:
        assert f[12:18] == bytes.fromhex("810000640800"), f[:20].hex()
        assert len(f) == sum(sizes) + 4
    pmd.wait_stats(lambda s: s["TX-packets"] == 4)


def test_transmit_inserts_the_tag_into_a_chain(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--tx-offloads=0x8000")
    tx_vlan(pmd, 64, 64, 128)
    pmd.start("rxonly", first=1)
    frames = peer.frames(4) + peer.frames(quiet=0.1)
    assert [len(f) for f in frames] == [260] * 4
    assert all(f[12:18] == bytes.fromhex("810000640800") for f in frames)


def test_transmit_inserts_the_tag_into_forwarded_frames(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--tx-offloads=0x1")
    pmd.cmd("port stop 0")
    pmd.cmd("tx_vlan set 0 4094")
    pmd.cmd("port start 0")
    pmd.start("mac")
    frame = udp4(1514)
    peer.send(frame)
    got = peer.frames(1)
    assert len(got) == 1 and got[0][12:] == bytes.fromhex("81000ffe") + frame[12:]


def test_qinq_strip_takes_both_tags_out(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("set verbose 1")
    pmd.start("rxonly")
    for on in (True, False):
        pmd.cmd(f"vlan set qinq_strip {'on' if on else 'off'} 0")  # the port runs
        for tags in STACKS["qinq"], STACKS["8021q_twice"], STACKS["8021ad"]:
            peer.send(eth(100, tags=tags))
        text = pmd.collect(r"ol_flags:.*\n", 3)
        lengths = re.findall(r"length=(\d+)", text)
        assert lengths == (["92", "100", "100"] if on else ["100"] * 3), text
        assert ("QinQ VLAN tci=0xc8, VLAN tci outer=0x64" in text) == on
        assert ("RTE_MBUF_F_RX_QINQ_STRIPPED" in text) == on
        assert re.findall(r"src=(\S+) - dst=(\S+) ", text.lower()) == [(SRC, DST)] * 3


@pytest.mark.parametrize("size", [60, 1506])
def test_qinq_of_forwarded_frames_is_put_back(link, testpmd, peer, size):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], "--tx-offloads=0x101")
    pmd.cmd("vlan set qinq_strip on 0")
    pmd.cmd("port stop 0")
    pmd.cmd("tx_vlan set 0 300 400")
    pmd.cmd("port start 0")
    pmd.start("mac")
    frame = udp4(size)
    peer.send(frame[:12] + bytes.fromhex("88a80064810000c8") + frame[12:])
    got = peer.frames(1)
    assert len(got) == 1 and got[0][12:] == bytes.fromhex("88a801908100012c") + frame[12:]
