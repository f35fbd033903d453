# SPDX-License-Identifier: BSD-3-Clause
"""Each call that the driver makes fails once, in probe, configure, queue setup, start,
burst and stop: the program goes on, one line says what and why, nothing is left.
"""

import errno
import os
import re

import pytest

# call -> errno, and the least number of times a life of two queues makes it
CALLS = {
    "socket": (errno.EMFILE, 8),
    "bind": (errno.ENODEV, 4),
    "setsockopt": (errno.ENOMEM, 20),
    "getsockopt": (errno.ENOBUFS, 2),
    "ioctl": (errno.EOPNOTSUPP, 1),
    "send": (errno.ENOBUFS, 3),
    "recv": (errno.ENOMEM, 3),
    "sendto": (errno.ENOBUFS, 4),
    "if_nametoindex": (errno.ENODEV, 1),
    "mmap": (errno.ENOMEM, 0),
    "mmap64": (errno.ENOMEM, 4),
    "madvise": (errno.EINVAL, 4),
    "calloc": (errno.ENOMEM, 1),
    "rte_thread_create": (errno.EAGAIN, 6),
    "rte_zmalloc": (errno.ENOMEM, 1),
    "rte_zmalloc_socket": (errno.ENOMEM, 5),
    "rte_eth_dev_allocate": (errno.ENOMEM, 1),
}


def driver_lines(log):
    return [line for line in log.splitlines() if "net_afpring0" in line
            and not line.startswith(("EAL:", "ETHDEV:", "vdev_probe"))]


def check(life):
    where = f"{life['call']} number {life['nth']} ({life['failed'] or 'life went on'})"
    left = dict(life["left"])
    c_heap = left.pop("c_heap")
    assert not any(left.values()), f"{where}: left behind {left}\n{life['log']}"
    # libc keeps some 1.5 KB with the stack of an ended thread, of as many as there were at a time
    assert c_heap < 8192, f"{where}: {c_heap} bytes of malloc left"
    if life["failed"]:
        lines = driver_lines(life["log"])
        assert len(lines) == 1, f"{where}: not one line but {len(lines)}:\n{life['log']}"


@pytest.mark.parametrize("call", CALLS)
def test_call_fails(lifecycle, call):
    err, least = CALLS[call]
    lives = lifecycle("sweep", call, err)
    assert len(lives) >= least, f"only {len(lives)} calls were reached"
    for life in lives:
        check(life)


@pytest.mark.parametrize("call,err", [
    ("socket", errno.EPERM), ("setsockopt", errno.EINVAL), ("setsockopt", errno.ENOPROTOOPT),
    ("setsockopt", errno.EPERM), ("bind", errno.ENETDOWN), ("sendto", errno.EAGAIN),
    ("sendto", errno.ENETDOWN), ("sendto", errno.ENOMEM), ("recv", errno.EINTR),
])
def test_call_fails_in_another_way(lifecycle, call, err):
    for life in lifecycle("sweep", call, err):
        check(life)


@pytest.mark.parametrize("call,err", [
    ("socket", errno.EMFILE), ("bind", errno.ENODEV), ("mmap64", errno.EAGAIN),
    ("send", errno.ENOBUFS),
])
def test_line_names_the_errno(lifecycle, call, err):
    """What is said is what happened, and not that a capability is missing."""
    for life in lifecycle("sweep", call, err):
        if life["failed"]:
            line = driver_lines(life["log"])[0]
            assert os.strerror(err) in line, line
            assert "CAP_NET_RAW" not in line, line


def test_no_threads_are_no_failure(lifecycle):
    assert not any(life["failed"] for life in lifecycle("sweep-on", "rte_thread_create", 0))


def test_no_thread_of_its_own(lifecycle):
    """Each queue's and the port's, unlike those that only open the queues side by side, are needed."""
    lives = [life for call in ("rte_ctrl_thread_create", "rte_thread_create_control")  # 23.11
             for life in lifecycle("sweep", call, 0, devargs="qpairs=2,kick=thread")]
    said = ["kick=burst", "kick=burst", "no control thread"]
    assert len(lives) == len(said)
    for life, line in zip(lives, said):
        check(life)
        assert life["failed"] == "start" and line in life["log"], life["log"]


@pytest.mark.parametrize("call,err", [("sendto", errno.ENOBUFS), ("sendto", errno.EAGAIN),
                                      ("sendto", errno.ENOMEM),
                                      ("sendto", errno.ENETDOWN), ("setsockopt", errno.ENOMEM)])
def test_call_fails_with_threads(lifecycle, call, err):
    for life in lifecycle("sweep", call, err, devargs="qpairs=2,kick=thread"):
        check(life)


def test_no_memory_for_blocks_halves_them(lifecycle):
    """One ENOMEM for a ring is answered with smaller blocks, not with failure."""
    lives = lifecycle("sweep", "setsockopt", errno.ENOMEM)
    assert any(not life["failed"] for life in lives)
    for life in lives:
        assert not re.search("PACKET_[RT]X_RING", life["log"]), life["log"]


def test_no_memory_for_any_block(lifecycle):
    # one half after the other: with several at once it is not sure whose failure is told
    lives = lifecycle("sweep-on", "setsockopt", errno.ENOMEM,
                      wrap=("env", "INJECT_NO_THREADS=1"))
    rings = [life for life in lives if re.search("PACKET_[RT]X_RING", life["log"])]
    assert len(rings) >= 4
    for life in rings:
        check(life)
        assert life["failed"] == "start" and "framecnt" in life["log"], life["log"]


@pytest.mark.parametrize("call", ["socket", "setsockopt", "getsockopt", "bind", "mmap64",
                                  "rte_zmalloc_socket"])
def test_call_fails_for_good(lifecycle, call):
    for life in lifecycle("sweep-on", call, CALLS[call][0]):
        left = {k: v for k, v in life["left"].items() if k != "c_heap"}
        assert not any(left.values()), f"{call} from {life['nth']} on: {left}\n{life['log']}"
        assert not life["failed"] or driver_lines(life["log"]), life
