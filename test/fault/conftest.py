# SPDX-License-Identifier: BSD-3-Clause
"""Fault tests: the program lifecycle.c with calls of the driver that fail."""

import json
import subprocess

import pytest
from lab.compile import compiled, dpdk_flags
from lab.testpmd import PLUGIN


@pytest.fixture(scope="session")
def lifecycle_program(tmp_path_factory):
    return compiled(str(tmp_path_factory.mktemp("fault")), "fault/lifecycle.c", "fault/inject.c",
                    flags=("-g", "-rdynamic", *dpdk_flags("--cflags")),
                    libs=(*dpdk_flags("--libs"), "-ldl"))


@pytest.fixture
def lifecycle(lifecycle_program, link):
    """lifecycle("sweep", "socket", 24): what each life left, one dict a life."""
    def run(*argv, devargs="qpairs=2", wrap=(), timeout=600):
        done = subprocess.run(
            link.dut_ns.argv(*wrap, lifecycle_program, PLUGIN, f"iface={link.dut},{devargs}",
                             *map(str, argv)),
            capture_output=True, text=True, timeout=timeout)
        assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr[-2000:]}"
        lives = [json.loads(line) for line in done.stdout.splitlines()]
        assert link.dut_ns.packet_sockets() == 0
        return lives
    return run
