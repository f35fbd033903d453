# SPDX-License-Identifier: BSD-3-Clause
"""When rte_eal_alarm_set() failed once the watchdog was no more, and nobody was told."""

import os
import shutil
import subprocess

import pytest
from lab.frames import eth, udp4, vnet_hdr
from lab.process import ROOT, wait_for
from lab.testpmd import vdev
from lab.tap import Tap


def test_watchdog_goes_on_after_an_alarm_that_failed(lab, testpmd, tmp_path):
    if not os.path.exists("/dev/net/tun"):
        pytest.skip("no /dev/net/tun")
    cc = shutil.which("cc")
    if not cc:
        pytest.skip("no C compiler for test/tools/no_alarm.c")
    library = str(tmp_path / "no_alarm.so")
    subprocess.run([cc, "-shared", "-fPIC", "-o", library, f"{ROOT}/test/tools/no_alarm.c",
                    "-ldl"], check=True)
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name)], wrap=("env", f"LD_PRELOAD={library}"))
    pmd.start("rxonly")
    try:
        tap.send(udp4(4000), vnet_hdr(1, 3, 42, 1480, csum_start=34, csum_offset=6))
    except OSError as e:
        pytest.skip(f"this kernel takes no UFO from a tap: {e}")

    def receives_again():
        before = pmd.stats()["RX-packets"]
        for n in range(8):
            tap.send(eth(100, seed=n))
        return pmd.stats()["RX-packets"] > before
    wait_for(receives_again, 5)
    assert "rte_eal_alarm_set" not in pmd.log()
