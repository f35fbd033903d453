# SPDX-License-Identifier: BSD-3-Clause
"""Commands of this machine, waiting with a deadline, and what ends a test or a benchmark."""
import ctypes
import glob
import os
import shutil
import signal
import subprocess
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
PLUGIN_NAME = 'librte_net_af_packet_ring.so'
DEADLINE = 30.0  # s; for what takes none, on a machine with other things to do
_libc = ctypes.CDLL(None)


class Failed(Exception):
    """What was asked for did not come about; the message says what came instead."""


class Missing(unittest.SkipTest):
    """This machine lacks something; pytest makes a skip with this reason of it."""


def cpu_seconds(pid):
    """Of all threads, to the nanosecond: who wakes with the tick seems to run all of it."""
    seconds = 0
    for path in glob.glob(f'/proc/{pid}/task/*/schedstat'):
        with open(path, encoding='ascii') as file:
            seconds += int(file.read().split()[0]) / 1e9
    return seconds


def run(*argv, check=True, **kw):
    if not shutil.which(argv[0]):
        raise Missing(f'{argv[0]} is not installed')
    kw.setdefault('stdin', subprocess.DEVNULL)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, **kw)
    if check and done.returncode != 0:
        raise Failed(f'{" ".join(argv)}: {done.stderr.strip() or done.stdout.strip()}')
    return done.stdout


def wait_for(condition, timeout=DEADLINE, interval=0.02, what=None):
    """The first true value of condition(); Failed at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            why = what() if callable(what) else what
            raise Failed(f'not within {timeout} s: {why or condition}')
        time.sleep(interval)


def settled(read, quiet=0.3, timeout=DEADLINE):
    """The value of read() once it has not changed for `quiet` seconds.

    Quiet may be a testpmd that did not get the processor: Testpmd.drain() tells for sure.
    """
    deadline = time.monotonic() + timeout
    value, since = read(), time.monotonic()
    while time.monotonic() - since < quiet:
        if time.monotonic() > deadline:
            raise Failed(f'still changing: {value}')
        time.sleep(0.02)
        now = read()
        if now != value:
            value, since = now, time.monotonic()
    return value


def pid_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def die_with_parent():
    """For preexec_fn: a run that is killed outright takes its programs along."""
    _libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def end(program):
    program.terminate()
    try:
        program.wait(5)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()
