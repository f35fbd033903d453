# SPDX-License-Identifier: BSD-3-Clause
"""What testpmd shows of queues: their configuration, their bursts, how full they are."""

import re

import pytest
from lab.process import wait_for
from lab.peer import eth
from lab.testpmd import vdev

RX_CKSUM = "0xe"  # RTE_ETH_RX_OFFLOAD_{IPV4,UDP,TCP}_CKSUM
STAMP = "0x4000"  # RTE_ETH_RX_OFFLOAD_TIMESTAMP


def info(pmd, kind, queue=0):
    text = pmd.cmd(f"show {kind} info 0 {queue}")
    return {k.strip(): v.strip() for k, v in re.findall(r"^([A-Za-z ]+): (.*)$", text, re.M)}


@pytest.mark.parametrize("args, offloads, burst", [
    ({}, "0x0", "ring"),
    ({}, RX_CKSUM, "ring, checksums"),
    ({}, STAMP, "ring, timestamps"),
    ({"vnet_hdr": 0}, RX_CKSUM, "ring without vnet headers, checksums")])
def test_receive_queue_tells_how_it_works(link, testpmd, args, offloads, burst):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **args)], f"--rx-offloads={offloads}", rxd=256)
    rxq = info(pmd, "rxq")
    assert rxq["Burst mode"] == burst
    assert 256 <= int(rxq["Number of RXDs"]) < 2 * 256  # whole blocks
    assert rxq["RX drop packets"] == "on"
    assert rxq["Rx queue state"] == "started"
    assert rxq["Mempool"].startswith("mb_pool")


@pytest.mark.parametrize("args, burst", [
    ({}, "ring and messages, joins segments"),
    ({"tx_join": 0}, "ring and messages"),
    ({"kick": "thread"}, "ring and messages, joins segments, kicked by a thread")])
def test_transmit_queue_tells_how_it_works(link, testpmd, args, burst):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, **args)], rxd=512)
    txq = info(pmd, "txq")
    assert txq["Burst mode"] == burst
    assert 512 <= int(txq["Number of TXDs"]) < 2 * 512
    assert txq["Tx queue state"] == "started"


def test_ring_of_another_size_than_asked_for_is_told(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, framecnt=32, framesz=2048, blocksz=65536)], rxd=256)
    assert info(pmd, "rxq")["Number of RXDs"] == info(pmd, "txq")["Number of TXDs"] == "32"


def test_packets_that_wait_are_counted(link, testpmd, raw):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)], rxd=64)
    host = raw(link.peer_ns, link.peer)
    pmd.promisc(True)

    def waiting():
        return int(re.search(r"sed desc count = (\d+)",
                             pmd.cmd("show port 0 rxq 0 desc used count")).group(1))

    def status(at, kind="rx"):
        return pmd.cmd(f"show port 0 {kind}q 0 desc {at} status")

    assert waiting() == 0
    for n in range(5):
        host.send(eth(60, seed=n))
    wait_for(lambda: waiting() == 5)
    assert "DONE" in status(4)
    assert "AVAILABLE" in status(5)
    assert "DONE" in status(0, "tx")  # nobody has sent
    pmd.start("rxonly")
    wait_for(lambda: waiting() == 0)


def test_stopped_port_has_no_ring(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    pmd.cmd("port stop 0")
    for question in ("show port 0 rxq 0 desc used count", "show port 0 rxq 0 desc 0 status",
                     "show port 0 txq 0 desc 0 status", "show rxq info 0 0"):
        pmd.cmd(question)
    assert pmd.alive()
