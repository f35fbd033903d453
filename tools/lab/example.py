# SPDX-License-Identifier: BSD-3-Clause
"""app/afpring-fwd as a child process."""

import os
import re
import signal
import subprocess

from .process import wait_for
from .testpmd import PLUGIN

FORWARDER = os.path.join(os.path.dirname(PLUGIN), "app", "afpring-fwd")
TICKS = os.sysconf("SC_CLK_TCK")


class Forwarder:
    def __init__(self, ns, vdevs, options, directory, lcores="0", mem=256):
        self.file = open(f"{directory}/forwarder", "w+", encoding="utf-8")
        argv = [FORWARDER, "--no-huge", "-m", str(mem), "--no-pci", "--no-shconf", "-l", lcores,
                "-d", PLUGIN, *(word for v in vdevs for word in ("--vdev", v)), "--", *options]
        self.proc = subprocess.Popen(ns.argv(*argv), stdin=subprocess.DEVNULL, stdout=self.file,
                                     stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: "forwarding with" in self.text() or self.proc.poll() is not None,
                     what=self.text)
        except BaseException:
            self.close()
            raise

    def text(self):
        return open(self.file.name, encoding="utf-8").read()

    def end(self):
        """What it printed of each port when it was told to end."""
        self.proc.send_signal(signal.SIGTERM)
        assert self.proc.wait(20) == 0, self.text()
        return {(int(port), name): int(value) for port, name, value in
                re.findall(r"^port (\d) (\S+) (\d+)$", self.text(), re.M)}

    def cpu_seconds(self):
        """Of all its threads, since it began."""
        stat = open(f"/proc/{self.proc.pid}/stat", encoding="ascii").read().rsplit(")", 1)[1]
        user, system = stat.split()[11:13]
        return (int(user) + int(system)) / TICKS

    def close(self):
        if self.proc.poll() is None:
            self.proc.kill()
            self.proc.wait()
        self.file.close()
