# SPDX-License-Identifier: BSD-3-Clause
"""What is compared, and the program that moves its packets."""
import json
import os
import re
import select
import subprocess
import time

from lab.process import Failed
from lab.forwarder import memory

SLOTS = 1024  # of a ring, for everybody
PORTS_MBUFS = 65535  # net_af_xdp keeps thousands for each port
CPUS = sorted(os.sched_getaffinity(0))
GENERATOR_CPU, SUBJECT_CPU = CPUS[0], CPUS[-1]
DPDK = ('afpring', 'af_packet', 'af_xdp')
THREAD = 'afpring_thread'  # makes its system calls where the generator runs
BESIDE = 'afpring_beside'  # another build of the plugin
AFPRING = ('afpring', THREAD, BESIDE)
PROCESS_MB, MOST_PROCESSES = 512, 6
TAPS = ('t0', 't1')  # made by net_tap, in the namespace where it runs


class Group:
    """A setting in which all subjects take turns. ports: their number, each sends what the
    one before received; None: two ports, from the first to the second."""

    def __init__(self, mtu=1500, queues=1, slots=SLOTS, ports=None):
        self.mtu, self.queues, self.slots, self.ports = mtu, queues, slots, ports

    def label(self, size, burst=32):
        words = [str(size)]
        words += [f'burst {burst}'] if burst != 32 else []
        return ' '.join(words + self.words())

    def words(self):
        words = [counted(self.queues, 'queue')] if self.queues != 1 else []
        words += [counted(self.slots, 'slot')] if self.slots != SLOTS else []
        return words + ([counted(self.ports, 'port')] if self.ports else [])

    def setting(self):
        words = [counted(self.ports or 2, 'port')] + ([f'MTU {self.mtu}'] * (self.mtu != 1500))
        words += [f'{PORTS_MBUFS} mbufs'] if self.ports else self.words()
        return ' '.join(words)

    def title(self):
        return ', '.join(['frames'] + ([f'MTU {self.mtu}'] if self.mtu != 1500 else []) +
                         self.words())

    def train(self):
        """Frames that fit the ring while nobody polls; full bursts on each queue, too."""
        return self.slots * 7 // 8 * min(self.queues, 16)

    def why_not(self, subject):
        """Why a subject cannot take part, or None."""
        if subject == 'limit' and (self.queues != 1 or self.ports):
            return 'the limit is one pair of rings'
        if subject == 'bridge' and (self.queues != 1 or self.slots != SLOTS or self.ports):
            return 'it has neither queues nor rings nor a poller'
        if subject == 'af_xdp' and self.queues != 1:
            return 'one AF_XDP socket per queue of the device, and these veths have one'
        if subject == 'af_xdp' and self.mtu > 3000:
            return 'AF_XDP in DPDK 22.11 has no frame larger than a page'
        if subject == THREAD and self.title() != Group().title():
            return 'at one setting only'
        if subject == 'tap' and self.title() != Group().title():
            return 'it has no rings, no other interface than its own, and an MTU of 1500'
        return None


def counted(number, word):
    return f'{number} {word}{"s" * (number != 1)}'


def vdev_arguments(subject, group):
    """Besides iface=, so that rings are of one size."""
    if subject in ('af_xdp', 'tap', 'null'):
        return ''
    arguments = f',qpairs={group.queues}'
    arguments += ',kick=thread' if subject == THREAD else ''
    if subject == 'af_packet':
        frame = 2048 if group.mtu <= 1500 else 10240  # no more than portbench's mbufs hold
        arguments += f',framecnt={group.slots},framesz={frame},blocksz={4 * frame}'
    return arguments


def vdev(subject, group, number, port):
    iface = '' if subject == 'null' else f',iface={port}'
    driver = 'afpring' if subject in AFPRING else subject
    return f'--vdev=net_{driver}{number}{iface}{vdev_arguments(subject, group)}'


class Ends:
    """The hosts' interfaces where frames go in and where they come out: (namespace, name).
    number: subjects that are there at the same time have lanes of their own."""

    def __init__(self, lab, subject, group, number=0):
        lane = lab.lane(number)
        self.lab, self.ports = lab, list(lane.ports)
        self.into, self.out = [('a', lane.a)], [('b', lane.b)]
        if subject == 'tap':
            self.ports = list(TAPS)
            self.into, self.out = [('dut', TAPS[0])], [('dut', TAPS[1])]
        elif group.ports:
            self.ports = lab.more_veths(group.ports, group.ports * number)
            self.into = self.out = [('a', lab.far_end(port)) for port in self.ports]

    def arrived(self, ends):
        return sum(self.lab.counters(*end)['rx_packets'] for end in ends)


class Program:
    """limit or portbench: a line in, a line of JSON out."""

    def __init__(self, lab, who, argv, cpu):
        self.lab, self.name = lab, os.path.basename(argv[0])
        start = time.monotonic()
        self.program = lab.start(who, 'taskset', '-c', cpu, *argv, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said, self.started = [], None
        try:
            while self.line(20) != 'ready':
                if self.said[-1] == 'started':
                    self.started = time.monotonic() - start
        except BaseException:
            lab.end(self.program)
            raise

    def line(self, seconds):
        if not select.select([self.program.stdout], [], [], seconds)[0]:
            raise Failed(f'{self.name}: no answer within {seconds} s; last: {self.said[-3:]}')
        line = self.program.stdout.readline().decode(errors='replace')
        if not line:
            raise Failed(self.reason())
        self.said.append(line.strip())
        return self.said[-1]

    def reason(self):
        """The line of its output that says why it ended."""
        telling = [s for s in self.said if re.search(r'fail|error|cannot|invalid|mtu', s, re.I)
                   and 'exiting with code' not in s]
        return f'{self.name}: {(telling or self.said or ["ended without a word"])[-1]}'

    def tell(self, *words):
        try:
            self.program.stdin.write((' '.join(map(str, words)) + '\n').encode())
            self.program.stdin.flush()
        except BrokenPipeError:
            raise Failed(self.reason()) from None

    def answer(self, seconds=20):
        while True:
            line = self.line(seconds)
            if line.startswith('{'):
                return json.loads(line)

    def ask(self, *words):
        self.tell(*words)
        return self.answer()

    def ring_mib(self):
        """Memory shared with the kernel as packet rings."""
        if self.program.poll() is not None:
            raise Failed(self.reason())
        total = 0
        with open(f'/proc/{self.program.pid}/maps', encoding='ascii', errors='replace') as file:
            for line in file:
                if 'socket:' in line:
                    start, end = line.split()[0].split('-')
                    total += int(end, 16) - int(start, 16)
        return total / 2**20

    def close(self):
        try:
            self.tell('quit')
            self.program.wait(10)
        except (Failed, subprocess.TimeoutExpired):
            pass
        self.lab.end(self.program)


class Maker:
    """Starts the programs of one build."""

    def __init__(self, lab, build, plugin, seconds, beside=None):
        self.lab, self.plugin, self.seconds = lab, plugin, seconds  # seconds: of each flow
        self.plugins = dict.fromkeys(AFPRING, plugin) | {BESIDE: beside}
        self.tools = os.path.join(build, 'tools', 'bench')
        self.memory = memory(PROCESS_MB * MOST_PROCESSES)  # the same for all

    def tool(self, name):
        return os.path.join(self.tools, name)

    def generator(self, group, end=('a', 'a0'), options=()):
        """end: the namespace and the interface on which it sends; options: limit's."""
        who, iface = end
        return Program(self.lab, who, [self.tool('limit'), '-l', str(group.mtu + 18), *options,
                                       iface], str(GENERATOR_CPU))

    def subject(self, subject, group, ports, options=()):
        """options: portbench's."""
        if subject == 'limit':
            argv = [self.tool('limit'), '-r', str(group.slots), '-l', str(group.mtu + 18), *ports]
            return Program(self.lab, 'dut', argv, str(SUBJECT_CPU))
        if subject == 'poll':
            return Program(self.lab, 'dut', [self.tool('sleeper'), *ports], str(SUBJECT_CPU))
        argv = [self.tool('portbench'), '--no-pci', '--no-telemetry', '-m', str(PROCESS_MB),
                *self.memory[0], '--lcores', f'0@{SUBJECT_CPU}',
                '--file-prefix', self.lab.file_prefix(subject)]
        if subject in AFPRING:
            argv += ['-d', self.plugins[subject]]
        argv += [vdev(subject, group, n, port) for n, port in enumerate(ports)]
        argv += ['--', '-r', str(group.slots), '-q', str(group.queues), *options]
        if group.ports:
            argv += ['-a', '-n', str(PORTS_MBUFS)]
        if group.mtu != 1500:
            argv += ['-m', str(group.mtu)]
        cpu = f'{GENERATOR_CPU},{SUBJECT_CPU}' if subject == THREAD else str(SUBJECT_CPU)
        return Program(self.lab, 'dut', argv, cpu)
