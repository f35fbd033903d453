# SPDX-License-Identifier: BSD-3-Clause
"""A ./run matrix that was interrupted left half a folder, which the next run took for a whole
one (dpkg then wants `dpkg --configure -a`), and namespaces, since it did not wait for the tests
that remove them.
"""

import os
import re
import signal
import subprocess
import sys

import pytest
from lab.process import ROOT, run, wait_for

# $3 is the folder: what a shell and the apt-get below need. The last file is written late.
DEBOOTSTRAP = """#!/bin/sh -e
mkdir -p "$3"/proc "$3"/sys "$3"/dev "$3"/bin "$3"/usr/sbin "$3"/etc/apt/apt.conf.d \
    "$3"/etc/dpkg/dpkg.cfg.d
for file in /bin/sh /bin/sleep $(ldd /bin/sh /bin/sleep | grep -o '/[^ :]* '); do
    mkdir -p "$3${file%/*}"
    cp "$file" "$3$file"
done
[ ! -e "$TRY/stop" ] || sleep 600
cp "$TRY/apt-get" "$3/bin"
"""
APT_GET = """#!/bin/sh
[ "$2" != update ] || exit 0
echo begun >>/packages
[ ! -e /stop ] || sleep 600
echo ended >>/packages
"""


def heed_interrupts():
    """Before exec: below tools/suite, and in any background, SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Suites:
    """tools/suite with a debootstrap and an apt-get of the test."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in (("debootstrap", DEBOOTSTRAP), ("apt-get", APT_GET)):
            (folder / name).write_text(text)
            (folder / name).chmod(0o755)

    def start(self, *argv):
        return subprocess.Popen(
            [f"{ROOT}/tools/suite", *argv], stdout=subprocess.PIPE, text=True,
            start_new_session=True, preexec_fn=heed_interrupts,
            env=dict(os.environ, AFPRING_CACHE=str(self.folder), TRY=str(self.folder),
                     PATH=f"{self.folder}:{os.environ['PATH']}"))

    def says(self, *argv):
        return self.start(*argv).communicate(timeout=20)[0]

    def interrupt(self, begun, name, *argv):
        """What argv makes, interrupted as soon as the path is there."""
        made = self.start(*argv)
        try:
            wait_for(begun.exists)
        finally:
            os.killpg(made.pid, getattr(signal, f"SIG{name}"))
        assert made.wait(30) != 0


@pytest.fixture
def suites(tmp_path):
    return Suites(tmp_path)


@pytest.mark.parametrize("name", ["INT", "TERM", "KILL"])
def test_half_a_suite_is_none(suites, tmp_path, name):
    (tmp_path / "stop").touch()
    suites.interrupt(tmp_path / "suites/trixie.part/bin/sleep", name, "make", "trixie")
    assert suites.says("list") == ""
    (tmp_path / "stop").unlink()
    assert suites.says("make", "trixie") == f"{tmp_path}/suites/trixie\n"
    assert (tmp_path / "suites/trixie/bin/apt-get").exists()
    assert suites.says("list") == "trixie\n"


@pytest.mark.parametrize("name", ["INT", "TERM", "KILL"])
def test_half_installed_packages_are_installed_anew(suites, tmp_path, name):
    suites.says("make", "trixie")
    stop, packages = tmp_path / "suites/trixie/stop", tmp_path / "suites/trixie+try/packages"
    stop.touch()
    suites.interrupt(packages, name, "make", "trixie/try", "some-package")
    stop.unlink()
    suites.says("make", "trixie/try", "some-package")
    assert packages.read_text() == "begun\nended\n"


RUNNER = f"""
import sys
from pathlib import Path
sys.path.insert(0, "{ROOT}/tools/matrix")
from places import run
run(sys.argv[2:], Path(sys.argv[1]))
"""


def namespaces(word):
    """Of the pytest that has the word among its arguments."""
    found = []
    for name in run("ip", "netns", "list").split():
        pid = re.match(r"afp(\d+)-", name)
        try:
            if pid and word in open(f"/proc/{pid[1]}/cmdline").read():
                found.append(name)
        except OSError:
            pass  # ended meanwhile
    return found


def test_a_test_has_removed_its_namespaces_when_the_matrix_ends(tmp_path):
    log = tmp_path / "port.log"
    matrix = subprocess.Popen(
        [sys.executable, "-c", RUNNER, log, "timeout", "-k", "30", "600", sys.executable, "-m",
         "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={tmp_path}/base",
         f"{ROOT}/test/port/test_lifecycle.py::test_stop_and_start_many_times"],
        stderr=subprocess.DEVNULL, preexec_fn=heed_interrupts)
    try:
        seen = wait_for(lambda: namespaces(str(tmp_path)))
    finally:
        matrix.send_signal(signal.SIGINT)
        matrix.wait(60)
    left = run("ip", "netns", "list").split()
    assert not [name for name in left if name.startswith(seen[0].split("-")[0] + "-")]
    assert "KeyboardInterrupt" in log.read_text()
