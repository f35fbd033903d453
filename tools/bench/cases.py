# SPDX-License-Identifier: BSD-3-Clause
"""Frames through the subjects, which take turns. Each case adds values to a Results; nothing
here judges them."""
import statistics
import time
from functools import partial

from lab.process import Failed

from .subjects import Ends

TRAIN_FRAMES = 27000  # of a round, in as many trains as that takes
LEAD_MS = 20  # a generator starts before and stops after what it is for
RINGS = ('afpring', 'af_packet', 'limit')  # the memory of af_xdp is that of DPDK


def turn(names, number):
    """Another order each time: no subject always follows the same one."""
    shift = number % max(1, len(names))
    order = names[shift:] + names[:shift]
    return order if number % 2 == 0 else order[::-1]


class Short(Failed):
    """Frames were missing; the programs go on."""


class Slice:
    """So much of a round: milliseconds of a rate, frames in trains."""

    def __init__(self, ms, slices):
        self.count = slices
        self.ms = max(1, ms // slices)
        self.train_frames = TRAIN_FRAMES // slices


class Stand:
    """One subject on its lane, ready for frames of any size."""

    def __init__(self, lab, results, maker, group, subject, number, piece):
        self.results, self.group, self.subject, self.piece = results, group, subject, piece
        self.ends = Ends(lab, subject, group, number)
        self.generators, self.program = [], None
        try:
            self.open(lab, maker, number)
        except BaseException:
            self.close()
            raise

    def open(self, _lab, maker, _number):
        self.program = maker.subject(self.subject, self.group, self.ends.ports)
        self.start_generators(maker)
        if self.program.started is not None:
            self.results.add('start_ms', self.group.setting(), self.subject,
                             1000 * self.program.started)
        self.warm_up()

    def start_generators(self, maker):
        for end in self.ends.into:
            self.generators.append(maker.generator(self.group, end))

    def warm_up(self):
        """Once around every ring: the first visit of a slot costs several times the others."""
        self.program.ask('rx', 32, 0)
        for _ in range(1 + self.group.slots * self.group.queues // self.group.train()):
            for generator in self.generators:
                generator.ask('tx', 64, 32, 0, self.group.train())
            self.program.ask('fwd', 32, 0)

    def close(self):
        for started in [self.program, *self.generators]:
            if started is not None:
                started.close()
        self.program, self.generators = None, []

    def add(self, case, size, burst, value):
        self.results.add(case, self.group.label(size, burst), self.subject, value)

    def tx(self, size, burst):
        """What the other end's kernel has counted, whatever the driver believes."""
        before = self.ends.arrived(self.ends.into)
        done = self.program.ask('tx', size, burst, self.piece.ms, 0)
        arrived = self.ends.arrived(self.ends.into) - before
        self.add('tx_pps', size, burst, arrived / done['seconds'])
        self.add('tx_cycles', size, burst, done['cycles'])

    def clear(self):
        """Nothing is left for the next case, not in the generator's own ring either: a frame
        of it takes along those that a full device refused."""
        self.program.ask('rx', 32, 0)
        for _ in range(10):
            self.generators[0].ask('tx', 64, 1, 0, 1)
            if self.program.ask('rx', 32, 0)['packets'] <= 1:
                break

    def flooded(self, command, size, burst):
        """The generator sends all the while, and a little before and after."""
        generator = self.generators[0]
        generator.tell('tx', size, 32, self.piece.ms + 2 * LEAD_MS, 0)
        time.sleep(LEAD_MS / 1000)
        before = self.ends.arrived(self.ends.out)
        done = self.program.ask(command, burst, self.piece.ms)
        arrived = self.ends.arrived(self.ends.out) - before
        sent = generator.answer()
        self.clear()
        return done, arrived, sent['packets'] / sent['seconds']

    def rx(self, size, burst):
        done, _, offered = self.flooded('rx', size, burst)
        self.add('rx_pps', size, burst, done['packets'] / done['seconds'])
        self.add('rx_offered_pps', size, burst, offered)

    def fwd(self, size, burst):
        done, arrived, offered = self.flooded('fwd', size, burst)
        self.add('fwd_pps', size, burst, arrived / done['seconds'])
        self.add('fwd_offered_pps', size, burst, offered)

    def went(self, before, total):
        """Frames that have arrived since, soon: a thread may still be sending."""
        deadline = time.monotonic() + 0.1
        while (went := self.ends.arrived(self.ends.out) - before) < total:
            if time.monotonic() > deadline:
                break
        return went

    def trains(self, command, size, burst):
        """The ring fills while nobody polls, so that every burst is full."""
        done, train = [], self.group.train()
        total = train * len(self.generators)
        for _ in range(max(1, min(100, self.piece.train_frames // total))):
            before = self.ends.arrived(self.ends.out)
            for generator in self.generators:
                generator.ask('tx', size, 32, 0, train)
            done.append(self.program.ask(command, burst, 0))
            went = self.went(before, total) if command == 'fwd' else done[-1]['packets']
            if went != total:
                self.clear()
                raise Short(f'{command}: {went} of {total} frames came through')
        return done

    def drain(self, size, burst):
        done = self.trains('rx', size, burst)
        self.add('rx_drain_ns', size, burst, statistics.median(d['ns'] for d in done))

    def fwd_cycles(self, size, burst):
        done = self.trains('fwd', size, burst)
        self.add('fwd_cycles', size, burst, statistics.median(d['cycles'] for d in done))
        self.add('fwd_burst', size, burst, statistics.median(d['burst'] for d in done))

    def memory(self):
        """Of a queue pair, where the rings are those of a socket."""
        if self.subject in RINGS and not self.group.ports:
            pairs = 1 if self.subject == 'limit' else 2 * self.group.queues  # of two ports
            label = ' '.join([f'{self.group.mtu} B', *self.group.words()])
            self.results.add('queue_mem_mib', label, self.subject,
                             self.program.ring_mib() / pairs)


class Bridge(Stand):
    """The kernel's bridge, where there are frames to forward. It knows no such address, so
    it floods: to the one other port. Its work is done on the generator's processor."""

    def open(self, lab, maker, number):
        self.lab = lab
        lab.bridge(number)
        self.start_generators(maker)

    def close(self):
        super().close()
        self.lab.unbridge()

    def fwd(self, size, burst):
        if burst != 32:
            return
        before = self.ends.arrived(self.ends.out)
        done = self.generators[0].ask('tx', size, burst, self.piece.ms, 0)
        arrived = self.ends.arrived(self.ends.out) - before
        self.add('fwd_pps', size, burst, arrived / done['seconds'])
        self.add('fwd_offered_pps', size, burst, done['packets'] / done['seconds'])

    def nothing(self, _size=0, _burst=0):
        """It has no bursts."""

    tx = rx = drain = fwd_cycles = memory = nothing


def frames(lab, results, maker, group, subjects, measurements, piece):
    """All measurements of one setting, once, by all subjects in turns."""
    stands = {}

    def stand(subject, number):
        kind = Bridge if subject == 'bridge' else Stand
        stands[subject] = kind(lab, results, maker, group, subject, number, piece)

    def measure(subject, case, size, burst):
        try:
            getattr(stands[subject], case)(size, burst)
        except Short:
            raise
        except Failed:
            stands.pop(subject).close()  # its next answer may be to an earlier question
            raise
    try:
        for number, subject in enumerate(subjects):
            results.attempt(group.title(), subject, partial(stand, subject, number))
        for case, size, burst in measurements:
            for number in range(piece.count):
                for subject in turn(list(stands), number):
                    results.attempt(f'{case} {group.label(size, burst)}', subject,
                                    partial(measure, subject, case, size, burst))
        for subject in list(stands):
            results.attempt(f'memory, {group.title()}', subject, stands[subject].memory)
    finally:
        for subject in stands:
            stands[subject].close()
