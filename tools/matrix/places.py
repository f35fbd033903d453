# SPDX-License-Identifier: BSD-3-Clause
"""Where commands run: this machine, or the folder of a Debian suite."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
STOP_SECONDS = 60


def cache():
    return Path(os.environ.get("AFPRING_CACHE", "/var/cache/net_afpring"))


class Failed(Exception):
    """A command that failed; says which and where its output is."""


class Skipped(Exception):
    """Something cannot be tried here; says why and what to do."""


def run(argv, log, env=None, ok=(0,)):
    """Its exit code; all it prints goes to the log. An interrupt takes it along."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "w", encoding="utf-8") as out:
        child = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=subprocess.STDOUT, cwd=ROOT, start_new_session=True,
                                 env={**os.environ, "PATH": PATH, **(env or {})})
        try:
            code = child.wait()
        except BaseException:
            stop(child)
            raise
    if code not in ok:
        raise Failed(f"{Path(argv[0]).name} ended with {code}: {last_line(log)}")
    return code


def stop(child):
    """Ends it with its processes, and gives tests the time to remove what they have made."""
    try:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(STOP_SECONDS)
    finally:  # whatever is left by then, or at a second interrupt
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def last_line(log):
    lines = [line.strip() for line in open(log, errors="replace") if line.strip()]
    telling = [line for line in lines if "error" in line.lower()]
    return (telling or lines or ["no word"])[-1]


class Host:
    """This machine, with its own DPDK or that of a prefix."""

    def __init__(self, work, prefix=None):
        self.work = work
        self.env = {}
        if prefix:
            self.env = {"PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig",
                        "LD_LIBRARY_PATH": f"{prefix}/lib",
                        "AFPRING_TESTPMD": f"{prefix}/bin/dpdk-testpmd"}

    def run(self, argv, log, env=None, ok=(0,)):
        return run(argv, log, {**self.env, **(env or {})}, ok)


class Suite:
    """The folder of a Debian suite: its compiler, its DPDK, this machine's kernel."""

    def __init__(self, work, suite, packages):
        self.work = work
        self.folder = f"{suite}/matrix"
        make = [ROOT / "tools/suite", "make", self.folder]
        log = work / "logs/suite.log"
        run([*make, *packages], log)

    def run(self, argv, log, env=None, ok=(0,)):
        binds = ["-b", ROOT, "-b", cache()]
        env = {"AFPRING_CACHE": str(self.work / "cache"), **(env or {})}
        for name in ("AFPRING_DPDK_GIT", "AFPRING_DRIVER_SDK"):
            if env.get(name) or os.environ.get(name):
                binds += ["-b", env.get(name) or os.environ[name]]
        words = [f"{name}={value}" for name, value in env.items()]
        return run([ROOT / "tools/suite", "run", *binds, self.folder, "env", "-C", ROOT, *words,
                    *argv], log, None, ok)


def has_of(release):
    """The DPDK that is installed on this machine is of this release."""
    if not shutil.which("pkg-config"):
        return False
    done = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True)
    return done.stdout.startswith(release + ".")
