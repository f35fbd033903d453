# SPDX-License-Identifier: BSD-3-Clause
"""Real programs between two hosts: see tools/programs, which installs them.

    host "peer"  p0 ==== d0  [the program]  d1 ==== p1  host "far"
    10.9.0.1                                         10.9.0.2

Each test writes its row of the table at the end.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from fixtures import *  # noqa: E402,F401,F403
import netlab  # noqa: E402
import testpmd as testpmd_lib  # noqa: E402

LOGS = os.environ.get("AFPRING_PROGRAM_LOGS", tempfile.gettempdir())
SUITE = os.path.join(testpmd_lib.ROOT, "tools", "suite")
FOLDER = "bookworm/programs"
EAL = ["--no-pci", "--no-huge", "-m", "1024", "-d", testpmd_lib.PLUGIN]


def need(program):
    """Skip, with tools/programs' reason, what could not be installed."""
    try:
        with open(f"{LOGS}/{program}.missing", encoding="utf-8") as why:
            pytest.skip(why.read().strip())
    except FileNotFoundError:
        pass


@pytest.fixture
def row(request):
    """row(result): this test's row of the table."""
    def add(result):
        with open(f"{LOGS}/table", "a", encoding="utf-8") as table:
            name = request.node.name.removeprefix("test_").replace("_", " ")
            table.write(f"{request.path.stem.removeprefix('test_'):9} {name:58} {result}\n")
    return add


class Inside:
    """Commands in the folder, in a namespace's network, with a directory of their own."""

    def __init__(self, ns):
        self.ns, self.running = ns, []
        self.dir = tempfile.mkdtemp(prefix="afp-program-")
        os.chmod(self.dir, 0o755)

    def argv(self, *argv, env=()):
        plugin = os.path.dirname(os.path.realpath(testpmd_lib.PLUGIN))
        return self.ns.argv(SUITE, "run", "-b", plugin, "-b", self.dir, FOLDER, "env",
                            *env, *argv)

    def run(self, *argv, env=(), timeout=60):
        done = subprocess.run(self.argv(*argv, env=env), stdin=subprocess.DEVNULL, timeout=timeout,
                              capture_output=True, text=True)
        assert done.returncode == 0, f"{argv}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout

    def start(self, name, *argv, env=()):
        with open(f"{self.dir}/{name}.out", "w", encoding="utf-8") as out:
            self.running.append(subprocess.Popen(self.argv(*argv, env=env), stdout=out, stderr=out,
                                                 stdin=subprocess.DEVNULL))
        return self.running[-1]

    def text(self, name):
        try:
            with open(f"{self.dir}/{name}", encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def close(self):
        for process in reversed(self.running):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)


@pytest.fixture
def inside(lab):
    return lambda ns: lab.keep(Inside(ns))


@pytest.fixture
def hosts(lab):
    return lab.two_hosts()


def copy(client, server, address, megabytes=32):
    """TCP from one host to the other; Gbit/s."""
    data = os.urandom(1 << 20) * megabytes
    start = time.monotonic()
    assert netlab.tcp_copy(client, server, address, data) == data
    return f"{8 * len(data) / 1e9 / (time.monotonic() - start):.2f} Gbit/s"
