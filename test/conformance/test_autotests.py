# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-test's autotests. Some use the first port that is there: they test this driver.
The others bring their own ports: they show that the plugin does not disturb them.
"""

import os
import re
import shutil
import subprocess

import pytest
from lab.testpmd import OURS, PLUGIN, vdev

DPDK_TEST = shutil.which("dpdk-test")
# The tests that net_af_packet has since DPDK 26.03, built with this driver's name
# (tools/in-tree-build): ./run matrix says where.
UPSTREAM = os.environ.get("AFPRING_DPDK_TEST")
pytestmark = pytest.mark.skipif(not OURS, reason="loads this driver's plugin")
needs_dpdk_test = pytest.mark.skipif(not DPDK_TEST, reason="dpdk-test is not installed (dpdk-dev)")

# autotest -> (arguments of the vdev, MB)
USES_OUR_PORT = {
    "event_eth_rx_adapter_autotest": ({"qpairs": 4}, 6144),
    "event_eth_rx_intr_adapter_autotest": ({"qpairs": 4}, 6144),
    "event_eth_tx_adapter_autotest": ({"qpairs": 4}, 2048),
    "ethdev_api": ({"qpairs": 2}, 256),
}
BRINGS_ITS_OWN_PORTS = ["ethdev_link_status", "vdev_autotest", "ring_pmd_autotest",
                        "pdump_autotest", "bitratestats_autotest", "latencystats_autotest",
                        "eventdev_common_autotest"]


def autotest(link, name, args, mem, program=DPDK_TEST):
    argv = link.dut_ns.argv(program, "--no-huge", "-m", str(mem), "--no-pci", "-l", "0-1",
                            "--no-shconf", "-d", PLUGIN, "--vdev", vdev(0, link.dut, **args),
                            "--", name)
    try:
        # upstream's program is linked with the driver whose tests it has
        path = f"{os.environ.get('LD_LIBRARY_PATH', '')}:{os.path.dirname(PLUGIN)}"
        done = subprocess.run(argv, capture_output=True, text=True, timeout=300,
                              stdin=subprocess.DEVNULL, env=dict(os.environ, LD_LIBRARY_PATH=path))
    except subprocess.TimeoutExpired as e:
        pytest.fail(f"{name}: no end\n{(e.stdout or b'')[-3000:]}")
    text = done.stdout + done.stderr
    if re.search(r"command not found|unknown command|invalid test command", text, re.I):
        pytest.skip(f"this dpdk-test has no {name}")
    if "Test Skipped" in text:
        lines = [line for line in text.splitlines() if "kip" in line]
        pytest.skip(f"{name} skips itself: {lines[0] if lines else ''}")
    assert "Test OK" in text and done.returncode == 0, f"{name}\n{text[-3000:]}"
    assert link.dut_ns.packet_sockets() == 0
    return text


def mem_available_mb():
    with open("/proc/meminfo") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("MemAvailable")) // 1024


@pytest.mark.slow
@needs_dpdk_test
@pytest.mark.parametrize("name", USES_OUR_PORT)
def test_of_our_port(link, name):
    args, mem = USES_OUR_PORT[name]
    if mem_available_mb() < mem * 3 // 2:
        pytest.skip(f"{name} wants {mem} MB")
    text = autotest(link, name, args, mem)
    assert "Tests Failed :       0" in text, text[-3000:]


@needs_dpdk_test
@pytest.mark.parametrize("name", BRINGS_ITS_OWN_PORTS)
def test_beside_our_port(link, name):
    autotest(link, name, {}, 256)


@pytest.mark.skipif(not UPSTREAM, reason="no dpdk-test with net_af_packet's tests in this driver's "
                    "name (AFPRING_DPDK_TEST): DPDK has them since 26.03, ./run matrix builds them")
def test_what_upstream_asks_of_net_af_packet(link):
    text = autotest(link, "af_packet_pmd_autotest", {}, 256, UPSTREAM)
    assert "Tests Failed :       0" in text and "Tests Skipped :      0" in text, text[-3000:]
    assert "SKIPPED:" not in text, text[-3000:]
    assert "TestCase [16] : test_af_packet_multi_queue succeeded" in text, text[-3000:]
