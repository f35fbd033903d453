# SPDX-License-Identifier: BSD-3-Clause
"""Programs in the folder of a Debian suite that tools/programs fills, and what they forward."""

import glob
import os
import shutil
import subprocess
import tempfile
import time

import pytest
from lab.process import ROOT, cpu_seconds, end, wait_for
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
    """Commands in a folder, in a namespace's network, with a directory of their own."""

    def __init__(self, ns, folder=FOLDER, plugin=PLUGIN):
        self.ns, self.folder, self.plugin, self.running = ns, folder, plugin, []
        self.dir = tempfile.mkdtemp(prefix="afp-program-")
        os.chmod(self.dir, 0o755)

    def argv(self, *argv, env=()):
        plugin = os.path.dirname(os.path.realpath(self.plugin))
        return self.ns.argv(SUITE, "run", "-b", plugin, "-b", self.dir, self.folder, "env",
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

    def pid(self, name):
        """Of the program that runs inside, as the machine knows it; None if it does not."""
        for exe in glob.glob("/proc/[0-9]*/exe"):
            pid = exe.split("/")[2]
            try:
                with open(f"/proc/{pid}/cmdline", encoding="utf-8") as words:
                    if self.dir in words.read() and os.path.basename(os.readlink(exe)) == name:
                        return int(pid)
            except OSError:
                continue  # it has ended
        return None

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


def seconds_without_processor(pid):
    with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="ascii") as stat:
        return int(stat.read().split()[1]) / 1e9


def load(pid, seconds=3):
    """The part of a processor that the process takes."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds


class Example:
    """A program of DPDK's examples, which tools/programs builds, in the network of a namespace."""

    def __init__(self, ns, name, vdevs, *args, lcores="1", wrap=()):
        folder = os.environ.get("AFPRING_EXAMPLES")
        if not folder:
            pytest.skip("AFPRING_EXAMPLES names no folder; ./run programs examples builds them")
        self.dir = tempfile.TemporaryDirectory(prefix="afp-program-")
        argv = [*wrap, f"{folder}/{name}", "-l", lcores, *EAL, "--file-prefix",
                os.path.basename(self.dir.name), *(word for v in vdevs for word in ("--vdev", v)),
                "--", *args]
        with open(f"{self.dir.name}/out", "w", encoding="utf-8") as out:
            self.process = ns.popen("stdbuf", "-oL", *argv, stdin=subprocess.DEVNULL, stdout=out,
                                    stderr=out)

    def text(self):
        with open(f"{self.dir.name}/out", encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait(self, words, count=1):
        """Until it has said so; it must not end before."""
        wait_for(lambda: self.text().count(words) >= count or self.process.poll() is not None, 60,
                 what=self.text)
        assert self.process.poll() is None, self.text()[-3000:]

    def load(self):
        return load(self.process.pid)

    def waited(self):
        """Seconds that its main lcore, or this thread, could run and had no processor."""
        return sum(seconds_without_processor(pid) for pid in (self.process.pid, os.getpid()))

    def close(self):
        end(self.process)
        self.dir.cleanup()


def copy(client, server, address, megabytes=32):
    """TCP from one host to the other; Gbit/s."""
    data = os.urandom(1 << 20) * megabytes
    start = time.monotonic()
    assert tcp_copy(client, server, address, data) == data
    return f"{8 * len(data) / 1e9 / (time.monotonic() - start):.2f} Gbit/s"
