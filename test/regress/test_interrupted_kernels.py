# SPDX-License-Identifier: BSD-3-Clause
"""A ./run kernels that was ended by a signal left its qemu running, with the memory and the
processor time of a guest, and the server of its files.
"""

import json
import os
import signal
import subprocess
import sys

import pytest
from kernels.packages import WANTED
from lab.process import ROOT, wait_for

# Only what the command itself does is wanted of each: it says which process it is, and stays.
STAY = '#!/bin/sh\necho $$ >"$TRY/{name}"\n{more}\nexec sleep 600\n'
FILES = 'for word; do case $word in --socket-path=*) touch "${word#*=}" ;; esac; done'


@pytest.fixture
def cache(tmp_path):
    """A cache whose kernels are all one, with a qemu and a virtiofsd of the test."""
    (tmp_path / "kernels.json").write_text(json.dumps(
        [{"title": title, "version": "0.1-1", "name": "image", "packages": []}
         for title, *_ in WANTED]))
    for file, text in {
            "image/boot/vmlinuz-0.1": "",
            "image/lib/modules/0.1/modules.dep": "",
            "qemu/bin/busybox": "#!/bin/sh\nexit 0\n",
            "qemu/usr/lib/qemu/virtiofsd": STAY.format(name="files", more=FILES),
            "qemu/usr/bin/qemu-system-x86_64": STAY.format(name="machine", more="echo guest: up"),
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return tmp_path


def runs(file):
    """Whether the process that wrote the file is still there, and no zombie."""
    try:
        state = open(f"/proc/{file.read_text().strip()}/stat", encoding="ascii").read()
    except (FileNotFoundError, ProcessLookupError):  # the latter: it went between open and read
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("begun", ["files", "machine"])
@pytest.mark.parametrize("name", ["INT", "TERM", "HUP", "KILL"])
def test_nothing_of_a_guest_is_left(cache, name, begun):
    command = subprocess.Popen(
        [sys.executable, f"{ROOT}/tools/kernels"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        env=dict(os.environ, TRY=str(cache), AFPRING_KERNELS=str(cache),
                 AFPRING_BUILD=str(cache / "build"), AFPRING_PLUGIN="none"))
    made = [cache / file for file in ("files", "machine")]
    try:
        wait_for(lambda: (cache / begun).exists() and (cache / begun).read_text())
        os.kill(command.pid, getattr(signal, f"SIG{name}"))
        assert command.wait(30) != 0
        wait_for(lambda: not any(runs(file) for file in made), timeout=5)
    finally:
        command.kill()
        command.wait()
        for file in filter(runs, made):
            os.kill(int(file.read_text()), signal.SIGKILL)
    if name != "KILL":
        assert not list(cache.glob("run.*")), "its folder is left"
