# SPDX-License-Identifier: BSD-3-Clause
"""Fault tests: the program lifecycle.c with calls of the driver that fail."""

import json
import os
import shutil
import subprocess

import pytest
from lab.process import compiler
from lab.testpmd import PLUGIN

HERE = os.path.dirname(os.path.abspath(__file__))


@pytest.fixture(scope="session")
def lifecycle_program(tmp_path_factory):
    if not shutil.which("pkg-config"):
        pytest.skip("no pkg-config for test/fault/lifecycle.c")
    out = str(tmp_path_factory.mktemp("fault") / "lifecycle")
    flags = {which: subprocess.run(["pkg-config", which, "libdpdk"], capture_output=True, text=True,
                                   check=True).stdout.split() for which in ("--cflags", "--libs")}
    sources = [os.path.join(HERE, name) for name in ("lifecycle.c", "inject.c")]
    subprocess.run([compiler(), "-O1", "-g", "-Wall", "-Wextra", "-D_GNU_SOURCE", "-rdynamic", "-o", out,
                    *sources, *flags["--cflags"], *flags["--libs"], "-ldl"], check=True)
    return out


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
