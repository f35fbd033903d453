# SPDX-License-Identifier: BSD-3-Clause
"""The measurements. Each adds values to a Results; nothing here judges them."""
import collections
import json
import os
import re
import statistics
import time

from lab.iperf import places, tcp
from lab.net import Failed
from lab.testpmd import Testpmd

from .subjects import DPDK, GENERATOR_CPU

TRAIN = 900  # frames, fewer than the smallest ring has slots: none is lost
UNITS = {
    'tx_pps': 'packets/s', 'rx_pps': 'packets/s', 'rx_offered_pps': 'packets/s',
    'rx_drain_ns': 'ns/packet', 'fwd_pps': 'packets/s', 'fwd_cycles': 'cycles/packet',
    'fwd_burst': 'packets', 'tcp_gbps': 'Gbit/s', 'rtt_us': 'us', 'idle_cpu': '% of a processor',
    'queue_mem_mib': 'MiB',
}


class Results:
    def __init__(self):
        self.values = collections.defaultdict(
            lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
        self.left_out = {}  # (what, subject): reason
        self.raw = []

    def add(self, case, size, subject, value):
        self.values[case][size][subject].append(value)
        self.raw.append({'case': case, 'size': size, 'subject': subject, 'value': value})

    def leave_out(self, what, subject, reason):
        if self.left_out.setdefault((what, subject), reason) == reason:
            return
        self.left_out[(what, f'{subject}, again')] = reason

    def median(self, case, size, subject):
        values = self.values.get(case, {}).get(size, {}).get(subject)
        return statistics.median(values) if values else None

    def summary(self):
        return {case: {size: {subject: {
            'median': statistics.median(v), 'min': min(v), 'max': max(v), 'runs': len(v),
            'unit': UNITS[case]} for subject, v in subjects.items()}
            for size, subjects in sizes.items()} for case, sizes in self.values.items()}


class Frames:
    """Frames of one size, one after the other case, for the subject that runs now."""

    def __init__(self, lab, results, group, generator, ms):
        self.lab, self.results, self.group = lab, results, group
        self.generator, self.ms = generator, ms

    def add(self, case, subject, size, value, burst=32):
        self.results.add(case, self.group.label(size, burst), subject, value)

    def arrived(self, host):
        return self.lab.interface(host, f'{host}0')['rx_packets']

    def tx(self, subject, program, size, burst=32):
        """What the other end's kernel has counted, whatever the driver believes."""
        before = self.arrived('a')
        done = program.ask('tx', size, burst, self.ms, 0)
        self.add('tx_pps', subject, size, (self.arrived('a') - before) / done['seconds'], burst)

    def flooded(self, program, command, size):
        """The generator sends all the while, and a little before and after."""
        self.generator.tell('tx', size, 32, self.ms + 100, 0)
        time.sleep(0.05)
        before = self.arrived('b')
        done = program.ask(command, 32, self.ms)
        arrived = self.arrived('b') - before
        sent = self.generator.answer()
        program.ask('rx', 32, 0)  # nothing left for the next case
        return done, arrived, sent['packets'] / sent['seconds']

    def rx(self, subject, program, size):
        done, _, offered = self.flooded(program, 'rx', size)
        self.add('rx_pps', subject, size, done['packets'] / done['seconds'])
        self.add('rx_offered_pps', subject, size, offered)

    def fwd(self, subject, program, size):
        done, arrived, _ = self.flooded(program, 'fwd', size)
        self.add('fwd_pps', subject, size, arrived / done['seconds'])

    def trains(self, program, command, size, burst, times):
        """The ring fills while nobody polls, so that every burst is full."""
        done = []
        train = TRAIN * min(self.group.queues, 16)  # full bursts on each queue, too
        for _ in range(times):
            before = self.arrived('b')
            self.generator.ask('tx', size, 32, 0, train)
            done.append(program.ask(command, burst, 0))
            went = self.arrived('b') - before if command == 'fwd' else done[-1]['packets']
            if went != train:
                raise Failed(f'{command}: {went} of {train} frames came through')
        return done

    def drain(self, subject, program, size, burst=32):
        done = self.trains(program, 'rx', size, burst, 10)
        self.add('rx_drain_ns', subject, size, statistics.median(d['ns'] for d in done), burst)

    def fwd_cycles(self, subject, program, size, burst=32):
        done = self.trains(program, 'fwd', size, burst, 10)
        self.add('fwd_cycles', subject, size, statistics.median(d['cycles'] for d in done), burst)
        self.add('fwd_burst', subject, size, statistics.median(d['burst'] for d in done), burst)


def bridged(lab, results, maker, group, plan):
    """The kernel's bridge, where a plan has frames to forward. It knows no such address, so
    it floods: to the one other port. Its work is done on the generator's processor."""
    generator = maker.generator(group)
    lab.bridge()
    try:
        cases = Frames(lab, results, group, generator, plan.ms)
        for size in (size for case, size, _ in plan.cases if case == 'fwd'):
            before = cases.arrived('b')
            done = generator.ask('tx', size, 32, plan.ms, 0)
            cases.add('fwd_pps', 'bridge', size, (cases.arrived('b') - before) / done['seconds'])
    finally:
        lab.unbridge()
        generator.close()


def frames(lab, results, maker, group, subject, plan):
    """All cases of a plan for one subject, once."""
    if subject == 'bridge':
        bridged(lab, results, maker, group, plan)
        return
    generator = maker.generator(group)
    program = None
    try:
        program = maker.subject(subject, group)
        cases = Frames(lab, results, group, generator, plan.ms)
        program.ask('rx', 32, 0)
        for case, size, burst in plan.cases:
            method = getattr(cases, case)
            method(subject, program, size, *([burst] if burst != 32 else []))
        if group.mtu == 1500 and subject in ('afpring', 'af_packet'):
            label = '1500 B' if group.queues == 1 else f'1500 B {group.queues} queues'
            results.add('queue_mem_mib', label, subject,
                        program.ring_mib() / 2 / group.queues)  # two ports
    finally:
        if program is not None:
            program.close()
        generator.close()


# ---- between two hosts ----

FORWARDERS = {
    # name: (driver, testpmd options, are the hosts' offloads switched off?)
    'afpring': ('net_afpring', ('--enable-lro', '--enable-rx-cksum'), False),
    'afpring_io': ('net_afpring', (), False),
    'af_packet': ('net_af_packet', (), False),
    'af_packet_off': ('net_af_packet', (), True),
    'af_xdp': ('net_af_xdp', (), False),
    'bridge': (None, (), False),
}
OFFLOADS = {'tx': 'tx-checksumming', 'tso': 'tcp-segmentation-offload',
            'gso': 'generic-segmentation-offload', 'gro': 'generic-receive-offload'}
FLOWS = {
    '1 flow': ('together', ()),
    '1 flow apart': ('apart', ()),
    '1 flow free': ('free', ()),
    '8 flows': ('together', ('-P', '8')),
}


def offloads_off(lab):
    """What brings the hosts' offloads back as they were: GRO is off from the beginning."""
    undo = []
    for host in 'ab':
        text = lab.inside(host, 'ethtool', '-k', f'{host}0')
        were = [(word, re.search(rf'^{name}: (on|off)', text, re.M).group(1))
                for word, name in OFFLOADS.items()]
        lab.inside(host, 'ethtool', '-K', f'{host}0', *(w for o in OFFLOADS for w in (o, 'off')))
        undo.append((host, [w for pair in were for w in pair]))
    return undo


def offloads_back(lab, undo):
    for host, words in undo:
        lab.inside(host, 'ethtool', '-K', f'{host}0', *words)


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def idle(results, name, testpmd):
    before, start = cpu_seconds(testpmd.program.pid), time.monotonic()
    time.sleep(1)
    used = (cpu_seconds(testpmd.program.pid) - before) / (time.monotonic() - start)
    results.add('idle_cpu', 'polling', name, 100 * used)


def round_trip(lab, results, name, maker):
    text = lab.inside('dut', 'taskset', '-c', str(GENERATOR_CPU), maker.tool('rtt'),
                      lab.names['a'], 'a0', lab.names['b'], 'b0', '3000', '64')
    done = json.loads(text)
    for key in ('p50', 'p99', 'p99.9'):
        results.add('rtt_us', key, name, done[key])


def flows(lab, results, name, seconds):
    for size, (place, options) in FLOWS.items():
        server = lab.iperf_server()  # afresh: one that waits for a lost client takes no other
        try:
            rate, _ = tcp(lab, seconds, *places()[place], *options)
        except Failed as why:
            results.leave_out('tcp_gbps', name, f'0: {str(why).splitlines()[0]}')
            rate = 0.0
        finally:
            lab.end(server)
        results.add('tcp_gbps', size, name, rate)
        if rate == 0.0:
            return  # nor will the others come about


def hosts(lab, results, maker, name, seconds):
    """TCP, round trip and idle cost of one way from host to host, once."""
    driver, options, off = FORWARDERS[name]
    testpmd = None
    undo = offloads_off(lab) if off else []
    if driver is None:
        lab.bridge()
    try:
        if driver is not None:
            testpmd = Testpmd(lab, driver, maker.plugin, options)
        flows(lab, results, name, seconds)
        if name in DPDK or driver is None:
            round_trip(lab, results, name, maker)
        if name in DPDK:
            idle(results, name, testpmd)
    finally:
        if testpmd is not None:
            testpmd.close()
        if driver is None:
            lab.unbridge()
        offloads_back(lab, undo)
