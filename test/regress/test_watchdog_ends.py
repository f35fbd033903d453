# SPDX-License-Identifier: BSD-3-Clause
"""When rte_eal_alarm_set() failed once the watchdog was no more, and nobody was told."""


from lab.compile import compiled
from lab.frames import eth
from lab.process import wait_for
from lab.testpmd import vdev
from lab.tap import Tap


def test_watchdog_goes_on_after_an_alarm_that_failed(lab, testpmd, tmp_path):
    library = compiled(str(tmp_path), "tools/no_alarm.c", flags=("-shared", "-fPIC"), libs=("-ldl",))
    tap = lab.keep(Tap(lab.ns("dut")))
    pmd = testpmd(tap.ns, [vdev(0, tap.name)], wrap=("env", f"LD_PRELOAD={library}"))
    pmd.start("rxonly")
    tap.send_ufo()

    def receives_again():
        before = pmd.stats()["RX-packets"]
        for n in range(8):
            tap.send(eth(100, seed=n))
        return pmd.stats()["RX-packets"] > before
    wait_for(receives_again, 5)
    assert "rte_eal_alarm_set" not in pmd.log()
