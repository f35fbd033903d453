# SPDX-License-Identifier: BSD-3-Clause
"""The stock dpdk-testpmd with a plugin built with AddressSanitizer and UBSan."""

import os
import shutil
import subprocess

import pytest
import lab.testpmd as harness
from lab.frames import eth, udp4
from lab.peer import exchange
from lab.process import ROOT
from lab.testpmd import OURS, PLUGIN, vdev

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not OURS, reason="builds this driver's plugin"),
]


@pytest.fixture(scope="module")
def plugin():
    """Built beside the plain one: DPDK refuses plugins below a world-writable folder."""
    if not shutil.which("meson") or not shutil.which("ninja"):
        pytest.skip("meson or ninja is not installed")
    build = os.path.join(os.path.dirname(PLUGIN), "sanitized")
    sdk = os.path.join(os.path.dirname(PLUGIN), "driver-sdk")
    env = dict(os.environ, PATH="/usr/sbin:/usr/bin:/sbin:/bin")
    setup = ["meson", "setup", build, ROOT, "-Dtests=false", "-Db_sanitize=address,undefined",
             "-Db_lundef=false", "-Doptimization=0"]
    if os.path.isdir(sdk):
        setup.append(f"-Ddriver_sdk={sdk}")
    name = os.path.basename(PLUGIN)
    for step in ([] if os.path.exists(f"{build}/build.ninja") else [setup],
                 [["ninja", "-C", build, name]]):
        for argv in step:
            done = subprocess.run(argv, capture_output=True, text=True, env=env, timeout=900)
            assert done.returncode == 0, f"{' '.join(argv)}\n{done.stdout[-3000:]}{done.stderr}"
    return os.path.join(build, name)


@pytest.fixture
def sanitized(plugin, testpmd, monkeypatch):
    libasan = subprocess.run(["gcc", "-print-file-name=libasan.so"], capture_output=True,
                             text=True).stdout.strip()
    if not os.path.isabs(libasan):
        pytest.skip("no libasan.so")
    monkeypatch.setattr(harness, "PLUGIN", plugin)
    monkeypatch.setattr(harness, "PRELOAD", libasan)
    return testpmd


@pytest.mark.parametrize("args", [{}, {"scatter": True, "extra": ["--mbuf-size=512"]}])
def test_a_port_of_two_queues(sanitized, link, peer, args):
    pmd = sanitized(link.dut_ns, [vdev(0, link.dut, qpairs=2)], *args.get("extra", []), queues=2,
                    scatter=args.get("scatter", False))
    assert "sanitized/" in " ".join(pmd.argv)
    for _ in range(3):
        pmd.start("io")
        for n in range(60, 1515, 97):
            exchange(peer, [eth(n, seed=n), eth(min(n + 4, 1514), tags=[(0x8100, n)], seed=n)])
        exchange(peer, [udp4(200, csum=0)])
        pmd.stop()
        pmd.cmd("port stop 0")
        pmd.cmd("port start 0")
    pmd.cmd("show port xstats 0")
    pmd.cmd("port stop 0")
    pmd.cmd("port detach 0", 15)
    pmd.cmd(f"port attach {vdev(1, link.dut)}", 15)
    pmd.quit()  # fails if a sanitizer has said something


@pytest.mark.parametrize("mode", ["mac", "txonly", "csum"])
def test_modes(sanitized, link, peer, mode):
    pmd = sanitized(link.dut_ns, [vdev(0, link.dut)])
    pmd.start(mode)
    if mode == "txonly":
        pmd.wait_stats(lambda s: s["TX-packets"] > 5000)
    else:
        for n in range(50):
            peer.send(udp4(60 + 25 * n))
        pmd.wait_stats(lambda s: s["TX-packets"] == 50)
    pmd.quit()
