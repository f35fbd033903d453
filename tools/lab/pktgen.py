# SPDX-License-Identifier: BSD-3-Clause
"""test/tools/pktgen.c from Python: numbered frames at a high rate."""

import json
import os
import subprocess

from .compile import compiled


def build(directory):
    return compiled(directory, "tools/pktgen.c", flags=("-O2",))


class Pktgen:
    def __init__(self, program):
        self.program = program

    def begin(self, ns, iface, count, size="60", *more, flows=1, window=None, rate=None,
              idle=10000, only=None, cpu=None):
        """idle: ms without a frame until it gives those on their way up; a slow port is not idle.

        cpu: the one it runs on, which is then the one whose softirq delivers its frames.
        """
        argv = [self.program, "-i", iface, "-n", str(count), "-s", str(size), "-f", str(flows),
                "-t", str(idle)]
        argv += ["-w", str(window)] if window else []
        argv += ["-p", str(rate)] if rate else []
        argv += {"send": ["-x"], "receive": ["-r"], None: []}[only]
        pin = (lambda: os.sched_setaffinity(0, {cpu})) if cpu is not None else None
        return ns.popen(*argv, *more, preexec_fn=pin)

    @staticmethod
    def end(proc, timeout=300):
        try:
            out, err = proc.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            proc.kill()
            raise
        assert proc.returncode == 0, f"pktgen: {err}"
        return json.loads(out)

    def run(self, *args, **kw):
        return self.end(self.begin(*args, **kw))
