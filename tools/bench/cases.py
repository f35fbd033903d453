# SPDX-License-Identifier: BSD-3-Clause
"""Frames through one subject. Each case adds values to a Results; nothing here judges them."""
import statistics
import time
from functools import partial

from lab.net import Failed

from .subjects import Ends

TRAIN_FRAMES = 27000  # in so many trains as that takes
RINGS = ('afpring', 'af_packet', 'limit')  # the memory of af_xdp is that of DPDK


class Frames:
    """Frames of one size, one after the other case, for the subject that runs now."""

    def __init__(self, results, group, ends, generators, ms):
        self.results, self.group, self.ends = results, group, ends
        self.generators, self.ms = generators, ms

    def add(self, case, subject, size, value, burst=32):
        self.results.add(case, self.group.label(size, burst), subject, value)

    def tx(self, subject, program, size, burst=32):
        """What the other end's kernel has counted, whatever the driver believes."""
        before = self.ends.arrived(self.ends.into)
        done = program.ask('tx', size, burst, self.ms, 0)
        arrived = self.ends.arrived(self.ends.into) - before
        self.add('tx_pps', subject, size, arrived / done['seconds'], burst)
        self.add('tx_cycles', subject, size, done['cycles'], burst)

    def clear(self, program):
        """Nothing is left for the next case, not in the generator's own ring either: a frame
        of it takes along those that a full device refused."""
        program.ask('rx', 32, 0)
        for _ in range(10):
            self.generators[0].ask('tx', 64, 1, 0, 1)
            if program.ask('rx', 32, 0)['packets'] <= 1:
                break

    def flooded(self, program, command, size, burst):
        """The generator sends all the while, and a little before and after."""
        generator = self.generators[0]
        generator.tell('tx', size, 32, self.ms + 100, 0)
        time.sleep(0.05)
        before = self.ends.arrived(self.ends.out)
        done = program.ask(command, burst, self.ms)
        arrived = self.ends.arrived(self.ends.out) - before
        sent = generator.answer()
        self.clear(program)
        return done, arrived, sent['packets'] / sent['seconds']

    def rx(self, subject, program, size, burst=32):
        done, _, offered = self.flooded(program, 'rx', size, burst)
        self.add('rx_pps', subject, size, done['packets'] / done['seconds'], burst)
        self.add('rx_offered_pps', subject, size, offered, burst)

    def fwd(self, subject, program, size, burst=32):
        done, arrived, offered = self.flooded(program, 'fwd', size, burst)
        self.add('fwd_pps', subject, size, arrived / done['seconds'], burst)
        self.add('fwd_offered_pps', subject, size, offered, burst)

    def went(self, before, total):
        """Frames that have arrived since, soon: a thread may still be sending."""
        deadline = time.monotonic() + 0.1
        while (went := self.ends.arrived(self.ends.out) - before) < total:
            if time.monotonic() > deadline:
                break
        return went

    def trains(self, program, command, size, burst):
        """The ring fills while nobody polls, so that every burst is full."""
        done, train = [], self.group.train()
        total = train * len(self.generators)
        for _ in range(max(3, min(100, TRAIN_FRAMES // total))):
            before = self.ends.arrived(self.ends.out)
            for generator in self.generators:
                generator.ask('tx', size, 32, 0, train)
            done.append(program.ask(command, burst, 0))
            went = self.went(before, total) if command == 'fwd' else done[-1]['packets']
            if went != total:
                self.clear(program)
                raise Failed(f'{command}: {went} of {total} frames came through')
        return done

    def drain(self, subject, program, size, burst=32):
        done = self.trains(program, 'rx', size, burst)
        self.add('rx_drain_ns', subject, size, statistics.median(d['ns'] for d in done), burst)

    def fwd_cycles(self, subject, program, size, burst=32):
        done = self.trains(program, 'fwd', size, burst)
        self.add('fwd_cycles', subject, size, statistics.median(d['cycles'] for d in done), burst)
        self.add('fwd_burst', subject, size, statistics.median(d['burst'] for d in done), burst)


def bridged(lab, cases, measurements):
    """The kernel's bridge, where there are frames to forward. It knows no such address, so
    it floods: to the one other port. Its work is done on the generator's processor."""
    lab.bridge()
    try:
        for size in (size for case, size, burst in measurements if (case, burst) == ('fwd', 32)):
            before = cases.ends.arrived(cases.ends.out)
            done = cases.generators[0].ask('tx', size, 32, cases.ms, 0)
            arrived = cases.ends.arrived(cases.ends.out) - before
            cases.add('fwd_pps', 'bridge', size, arrived / done['seconds'])
            cases.add('fwd_offered_pps', 'bridge', size, done['packets'] / done['seconds'])
    finally:
        lab.unbridge()


def ring_memory(results, group, subject, program):
    pairs = 1 if subject == 'limit' else 2 * group.queues  # of two ports
    label = ' '.join([f'{group.mtu} B', *group.words()])
    results.add('queue_mem_mib', label, subject, program.ring_mib() / pairs)


def frames(lab, results, maker, group, subject, measurements, ms):
    """All measurements of one setting for one subject, once."""
    ends = Ends(lab, subject, group)
    generators, program = [], None
    try:
        if subject != 'bridge':
            program = maker.subject(subject, group, ends.ports)
        generators = [maker.generator(group, end) for end in ends.into]
        cases = Frames(results, group, ends, generators, ms)
        if program is None:
            bridged(lab, cases, measurements)
            return
        if program.started is not None:
            results.add('start_ms', group.setting(), subject, 1000 * program.started)
        program.ask('rx', 32, 0)
        for case, size, burst in measurements:
            results.attempt(f'{case} {group.label(size, burst)}', subject, partial(
                getattr(cases, case), subject, program, size, burst))
        if subject in RINGS and not group.ports:
            ring_memory(results, group, subject, program)
    finally:
        for started in [program, *generators]:
            if started is not None:
                started.close()
