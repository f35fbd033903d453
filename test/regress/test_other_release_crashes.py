# SPDX-License-Identifier: BSD-3-Clause
"""A plugin of 25.11 in the testpmd of 26.07, which has the libraries' version in common,
crashed before the driver's check: the bus reads its drivers when it is asked for a device.

Here the release only says that it is another one; ./run matrix has real pairs.
"""

import os
import subprocess

import pytest
from lab.compile import compiled
from lab.testpmd import OURS, PLUGIN, TESTPMD, vdev

pytestmark = pytest.mark.skipif(not OURS, reason="loads this driver's plugin")


def test_the_bus_never_sees_a_driver_of_another_release(lab, tmp_path):
    link = lab.link()
    preload = compiled(str(tmp_path), "tools/other_release.c", flags=("-shared", "-fPIC"))
    done = subprocess.run(
        link.dut_ns.argv(TESTPMD, "--no-huge", "-m", "64", "--no-pci", "--no-shconf", "-l", "0",
                         "-d", PLUGIN, "--vdev", vdev(0, link.dut)),
        env=dict(os.environ, LD_PRELOAD=preload), capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert said.count("build it against that one") == 1, said
    assert 'failed to parse device "net_afpring0' in said, said  # nobody has that name
