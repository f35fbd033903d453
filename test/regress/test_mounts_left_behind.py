# SPDX-License-Identifier: BSD-3-Clause
"""Mounts of a Debian folder stay when the command in it is killed.

A script that mounts proc, sys and dev and unmounts them at its end leaves them behind
when nobody lets it end; whoever then removes the folder removes what is in /dev.
"""

import os
import signal
import subprocess

import pytest
from lab.process import ROOT, wait_for

INSIDE = ("head -c 1 /proc/self/stat /dev/zero /sys/kernel/uevent_seqnum >/dev/null &&"
          " echo mounted; exec sleep 600")


@pytest.fixture
def folder(tmp_path):
    """This machine's programs, in a folder that looks like a system."""
    folder = tmp_path / "suites" / "self"
    for name in ("proc", "sys", "dev", "usr"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        if not os.path.islink(f"/{name}"):
            pytest.skip(f"/{name} is no link into /usr here")
        (folder / name).symlink_to(f"usr/{name}")
    return folder


def mounts(folder):
    with open("/proc/self/mounts") as f:
        return [line for line in f if str(folder) in line]


def processes(folder):
    """Those with the folder as their root."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{pid}/root").startswith(str(folder)):
                found.append(pid)
        except OSError:
            pass  # ended meanwhile
    return found


@pytest.mark.parametrize("name", ["INT", "TERM", "KILL"])
def test_a_killed_command_leaves_nothing_mounted(folder, tmp_path, name):
    run = subprocess.Popen([f"{ROOT}/tools/suite", "run", "-b", "/usr", "self", "sh", "-c", INSIDE],
                           env=dict(os.environ, AFPRING_CACHE=str(tmp_path)),
                           stdout=subprocess.PIPE, text=True, start_new_session=True,
                           # a run in the background has it ignored, and no shell traps it then
                           preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    try:
        assert run.stdout.readline() == "mounted\n"
        assert processes(folder) and not mounts(folder)
    finally:
        os.killpg(run.pid, getattr(signal, f"SIG{name}"))
        run.wait(30)
    wait_for(lambda: not processes(folder), what="the command goes on")
    assert not mounts(folder)
    assert [os.listdir(folder / name) for name in ("proc", "sys", "dev", "usr")] == [[]] * 4
