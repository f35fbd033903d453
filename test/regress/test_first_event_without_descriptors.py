# SPDX-License-Identifier: BSD-3-Clause
"""A program that can open no descriptor (or had no memory for one) ended at the port's first event:
"PANIC in eal_intr_thread_main(): Cannot create epoll instance". EAL opens its epoll instance anew when
a program sets its first alarm.
"""

import os
import resource

from lab.process import settled, wait_for
from lab.testpmd import vdev


def open_no_more(pid):
    """Not even one with the number of an epoll instance that is closed before."""
    where = f"/proc/{pid}/fd"
    least = min(int(fd) for fd in os.listdir(where) if "eventpoll" in os.readlink(f"{where}/{fd}"))
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (least, least))


def test_the_program_goes_on(link, testpmd):
    pmd = testpmd(link.dut_ns, [vdev(0, link.dut)])
    before = settled(lambda: pmd.told("link state change"))
    open_no_more(pmd.proc.pid)
    link.peer_ns.ip("link", "set", link.peer, "down")
    wait_for(lambda: not pmd.alive() or pmd.told("link state change") > before)
    assert pmd.alive(), pmd.log()
