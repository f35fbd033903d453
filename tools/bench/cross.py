# SPDX-License-Identifier: BSD-3-Clause
"""The same figure by dpdk-testpmd and by portbench: does the benchmark tell the truth?"""
import statistics
import time

from lab.process import Failed, wait_for
from lab.forwarder import forwarder

from .cases import Slice, Stand
from .results import Results
from .subjects import SLOTS, Ends, Group, vdev_arguments

SIZE, BURST, TRAINS = 64, 32, 10
OPTIONS = (f'--burst={BURST}', f'--rxd={SLOTS}', f'--txd={SLOTS}')


class Checked:
    """One subject, the two programs one after the other."""

    def __init__(self, lab, results, maker, name, ms):
        self.lab, self.results, self.maker, self.name, self.ms = lab, results, maker, name, ms
        self.group = Group()
        self.ends = Ends(lab, name, self.group)

    def testpmd(self, mode, *options):
        arguments = vdev_arguments(self.name, self.group)
        return forwarder(self.lab, f'net_{self.name}', self.maker.plugin, (*OPTIONS, *options),
                         arguments, mode=mode)

    def txonly(self):
        testpmd = self.testpmd('txonly', f'--txpkts={SIZE}', '--portmask=1')
        try:
            time.sleep(0.1)
            before, start = self.ends.arrived(self.ends.into), time.monotonic()
            time.sleep(self.ms / 1000)
            arrived = self.ends.arrived(self.ends.into) - before
            self.results.add('cross_tx_pps', 'testpmd', self.name,
                             arrived / (time.monotonic() - start))
        finally:
            testpmd.end()

    def core_cycles(self, generator):
        """Trains as for portbench: they wait in the ring until testpmd starts to forward."""
        testpmd = self.testpmd('io', '--record-core-cycles', '--no-flush-rx')
        try:
            found = [self.train(testpmd, generator) for _ in range(TRAINS)]
        finally:
            testpmd.end()
        self.results.add('cross_fwd_cycles', 'testpmd', self.name, statistics.median(found))

    def train(self, testpmd, generator):
        testpmd.stop()
        end = self.ends.arrived(self.ends.out) + self.group.train()
        generator.ask('tx', SIZE, BURST, 0, self.group.train())
        testpmd.cmd('start')
        wait_for(lambda: self.ends.arrived(self.ends.out) >= end, 5, what='the train')
        cycles = testpmd.cycles()
        if cycles is None:
            raise Failed('testpmd tells no cycles')
        return cycles

    def portbench(self):
        """As in the tables of tx_pps and fwd_cycles, in the same minute as testpmd."""
        found = Results()
        stand = Stand(self.lab, found, self.maker, self.group, self.name, 0, Slice(self.ms, 1))
        try:
            stand.tx(SIZE, BURST)
            stand.fwd_cycles(SIZE, BURST)
        finally:
            stand.close()
        for case in ('tx_pps', 'fwd_cycles'):
            self.results.add(f'cross_{case}', 'portbench', self.name,
                             found.median(case, self.group.label(SIZE), self.name))


def cross(lab, results, maker, name, ms):
    checked = Checked(lab, results, maker, name, ms)
    checked.portbench()
    checked.txonly()
    generator = maker.generator(checked.group)
    try:
        checked.core_cycles(generator)
    finally:
        generator.close()
