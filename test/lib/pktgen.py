# SPDX-License-Identifier: BSD-3-Clause
"""test/tools/pktgen.c from Python: numbered frames at a high rate."""

import json
import os
import shutil
import subprocess

import pytest

SOURCE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                      "tools/pktgen.c")


def build(directory):
    cc = shutil.which("cc") or shutil.which("gcc")
    if not cc:
        pytest.skip("no C compiler for test/tools/pktgen.c")
    out = os.path.join(directory, "pktgen")
    subprocess.run([cc, "-O2", "-Wall", "-Wextra", "-o", out, SOURCE], check=True)
    return out


class Pktgen:
    def __init__(self, program):
        self.program = program

    def begin(self, ns, iface, count, size="60", *more, flows=1, window=None, rate=None,
              idle=1000, only=None):
        argv = [self.program, "-i", iface, "-n", str(count), "-s", str(size), "-f", str(flows),
                "-t", str(idle)]
        argv += ["-w", str(window)] if window else []
        argv += ["-p", str(rate)] if rate else []
        argv += {"send": ["-x"], "receive": ["-r"], None: []}[only]
        return ns.popen(*argv, *more)

    @staticmethod
    def end(proc, timeout=60):
        try:
            out, err = proc.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            proc.kill()
            raise
        assert proc.returncode == 0, f"pktgen: {err}"
        return json.loads(out)

    def run(self, *args, **kw):
        return self.end(self.begin(*args, **kw))
