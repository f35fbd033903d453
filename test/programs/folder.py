# SPDX-License-Identifier: BSD-3-Clause
"""Programs in the folder of a Debian suite that tools/programs fills, and what they forward."""

import os
import shutil
import subprocess
import tempfile
import time

import pytest
from lab.process import ROOT, end
from lab.tcp import tcp_copy
from lab.testpmd import PLUGIN

LOGS = os.environ.get("AFPRING_PROGRAM_LOGS", tempfile.gettempdir())
SUITE = os.path.join(ROOT, "tools", "suite")
FOLDER = "bookworm/programs"
EAL = ["--no-pci", "--no-huge", "-m", "1024", "-d", PLUGIN]


def need(program):
    """Skip, with tools/programs' reason, what could not be installed."""
    try:
        with open(f"{LOGS}/{program}.missing", encoding="utf-8") as why:
            pytest.skip(why.read().strip())
    except FileNotFoundError:
        pass


class Inside:
    """Commands in the folder, in a namespace's network, with a directory of their own."""

    def __init__(self, ns):
        self.ns, self.running = ns, []
        self.dir = tempfile.mkdtemp(prefix="afp-program-")
        os.chmod(self.dir, 0o755)

    def argv(self, *argv, env=()):
        plugin = os.path.dirname(os.path.realpath(PLUGIN))
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
            end(process)
        shutil.rmtree(self.dir, ignore_errors=True)


def copy(client, server, address, megabytes=32):
    """TCP from one host to the other; Gbit/s."""
    data = os.urandom(1 << 20) * megabytes
    start = time.monotonic()
    assert tcp_copy(client, server, address, data) == data
    return f"{8 * len(data) / 1e9 / (time.monotonic() - start):.2f} Gbit/s"
