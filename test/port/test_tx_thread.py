# SPDX-License-Identifier: BSD-3-Clause
"""kick=thread: a thread of each transmit queue makes the system calls of the ring."""

import glob
import os
import re
import time

import pytest
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import OURS, vdev
from lab.web import Http

MB = 1 << 20

pytestmark = pytest.mark.skipif(not OURS, reason="no other driver has such threads")


def status(task):
    with open(f"{task}/status", encoding="ascii") as f:
        return dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)


def threads(pmd):
    """Name of each of the driver's threads and its folder in /proc."""
    tasks = glob.glob(f"/proc/{pmd.proc.pid}/task/*")
    names = {status(task)["Name"]: task for task in tasks}
    return {name: task for name, task in names.items() if re.fullmatch(r"afpring\d+\.\d+", name)}


def ran_for(task):
    """Seconds on a processor."""
    with open(f"{task}/schedstat", encoding="ascii") as f:
        return int(f.read().split()[0]) * 1e-9


def test_threads_live_from_start_to_stop(lab, testpmd):
    near, far = lab.two_hosts()
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, kick="thread"), vdev(1, far.dut)])
    for _ in range(3):
        assert sorted(threads(pmd)) == ["afpring0.0"]
        pmd.cmd("port stop 0")
        assert not threads(pmd)
        pmd.cmd("port start 0")


def test_one_thread_a_queue_and_none_on_an_lcore(link, testpmd, pktgen):
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("one processor: the lcore has it")
    lcore = max(os.sched_getaffinity(0))
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, qpairs=4, kick="thread")], queues=4,
                  cores=f"0@{lcore},1@{lcore}")
    assert sorted(threads(pmd)) == [f"afpring0.{n}" for n in range(4)]
    for task in threads(pmd).values():
        allowed = status(task)["Cpus_allowed_list"]
        assert str(lcore) not in re.findall(r"\d+", allowed), allowed
    assert "kick=thread" not in pmd.log()
    pmd.start()
    r = pktgen.run(link.peer_ns, link.peer, 20000, "60:1514:29", flows=64, window=128)
    assert (r["lost"], r["dup"], r["corrupted"], r["reordered"]) == (0, 0, 0, 0), pmd.xstats()
    for name, task in threads(pmd).items():
        assert ran_for(task) > 0.001, f"{name} has not sent"


def test_no_processor_left_is_told(link, testpmd):
    one = min(os.sched_getaffinity(0))
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick="thread")], cores=f"0@{one},1@{one}",
                  wrap=("taskset", "-c", str(one)))
    assert "kick=thread: every processor" in pmd.log()


def test_nothing_to_do_takes_no_time(link, testpmd, peer):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick="thread")])
    pmd.start()
    task, = threads(pmd).values()
    for n in range(20):  # from sleep each time
        wait_for(lambda: status(task)["State"].startswith("S"))
        peer.send(eth(100, seed=n))
        assert peer.frames(1) == [eth(100, seed=n)]
    wait_for(lambda: status(task)["State"].startswith("S"))
    before = ran_for(task)
    time.sleep(0.5)  # how long nothing happens, not a wait for anything
    assert ran_for(task) - before < 0.01


def test_frames_that_cannot_leave_take_little_time(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut, kick="thread")])
    task, = threads(pmd).values()
    link.dut_ns.ip("link", "set", link.dut, "down")
    wait_for(lambda: pmd.info()["Link status"] == "down")
    pmd.start("txonly")
    wait_for(lambda: pmd.stats()["TX-errors"] > 0)
    pmd.stop()
    time.sleep(0.1)  # how long it lasts, not a wait for anything
    before, kicks = ran_for(task), pmd.xstats()["tx_kicks"]
    time.sleep(0.5)
    assert ran_for(task) - before < 0.05
    assert pmd.xstats()["tx_kicks"] == kicks


@pytest.mark.parametrize("args", [(), ("--enable-lro", "--enable-rx-cksum")], ids=["io", "whole"])
def test_files_arrive_whole_both_ways(lab, testpmd, tmp_path, args):
    """Superframes are sent by the lcore, acknowledgments by the thread."""
    near, far = lab.two_hosts()
    pmd = testpmd(near.dut_ns, [vdev(0, near.dut, kick="thread"), vdev(1, far.dut, kick="thread")],
                  *args, rxd=1024)
    pmd.start()
    Http(lab, far.peer_ns, tmp_path, "10.9.0.2").get(near.peer_ns, 128 * MB)
    Http(lab, near.peer_ns, tmp_path, "10.9.0.1").get(far.peer_ns, 128 * MB)
    for port in (0, 1):
        s, x = pmd.stats(port), pmd.xstats(port)
        assert (s["RX-errors"], s["TX-errors"]) == (0, 0), x
        assert x["tx_superframes"] > 1000 and x["tx_kicks"] > 100, x
