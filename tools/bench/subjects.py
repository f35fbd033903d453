# SPDX-License-Identifier: BSD-3-Clause
"""What is compared, and the program that moves its packets."""
import json
import os
import re
import select
import subprocess

from lab.net import PORT, Failed
from lab.testpmd import memory

SLOTS = 1024  # of a ring, for everybody
CPUS = sorted(os.sched_getaffinity(0))
GENERATOR_CPU, SUBJECT_CPU = CPUS[0], CPUS[-1]
DPDK = ('afpring', 'af_packet', 'af_xdp')


class Group:
    """A setting in which all subjects take turns: MTU and queues of each port."""

    def __init__(self, mtu=1500, queues=1):
        self.mtu, self.queues = mtu, queues

    def label(self, size, burst=32):
        words = [str(size)]
        words += [f'burst {burst}'] if burst != 32 else []
        words += [f'{self.queues} queues'] if self.queues != 1 else []
        return ' '.join(words)

    def why_not(self, subject):
        """Why a subject cannot take part, or None."""
        if subject == 'limit' and self.queues != 1:
            return 'the limit is one pair of rings'
        if subject == 'bridge' and self.queues != 1:
            return 'it has no queues'
        if subject == 'af_xdp' and self.queues != 1:
            return 'one AF_XDP socket per queue of the device, and these veths have one'
        if subject == 'af_xdp' and self.mtu > 3000:
            return 'AF_XDP in DPDK 22.11 has no frame larger than a page'
        return None


def vdev(subject, group):
    """Device arguments besides iface=, so that rings are of one size."""
    if subject == 'af_xdp':
        return ''
    args = f',qpairs={group.queues}'
    if subject == 'af_packet':
        frame = 2048 if group.mtu <= 1500 else 10240  # no more than portbench's mbufs hold
        args += f',framecnt={SLOTS},framesz={frame},blocksz={4 * frame}'
    return args


class Program:
    """limit or portbench: a line in, a line of JSON out."""

    def __init__(self, lab, who, argv, cpu):
        self.lab, self.name = lab, os.path.basename(argv[0])
        self.program = lab.start(who, 'taskset', '-c', str(cpu), *argv, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.said = []
        while self.line(20) != 'ready':
            pass

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
        self.program.stdin.write((' '.join(map(str, words)) + '\n').encode())
        self.program.stdin.flush()

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
        except (BrokenPipeError, subprocess.TimeoutExpired):
            pass
        self.lab.end(self.program)


class Maker:
    """Starts the programs of one build."""

    def __init__(self, lab, build, plugin):
        self.lab, self.plugin = lab, plugin
        self.tools = os.path.join(build, 'test', 'perf')

    def tool(self, name):
        return os.path.join(self.tools, name)

    def generator(self, group):
        return Program(self.lab, 'a', [self.tool('limit'), '-l', str(group.mtu + 18), 'a0'],
                       GENERATOR_CPU)

    def subject(self, subject, group):
        ports = list(PORT.values())
        if subject == 'limit':
            argv = [self.tool('limit'), '-r', str(SLOTS), '-l', str(group.mtu + 18), *ports]
            return Program(self.lab, 'dut', argv, SUBJECT_CPU)
        argv = [self.tool('portbench'), '--no-pci', '--no-telemetry', '-m', '512', *memory()[0],
                '--lcores', f'0@{SUBJECT_CPU}', '--file-prefix', self.lab.name('pmd')]
        if subject == 'afpring':
            argv += ['-d', self.plugin]
        argv += [f'--vdev=net_{subject}{n},iface={port}{vdev(subject, group)}'
                 for n, port in enumerate(ports)]
        argv += ['--', '-r', str(SLOTS), '-q', str(group.queues)]
        if group.mtu != 1500:
            argv += ['-m', str(group.mtu)]
        return Program(self.lab, 'dut', argv, SUBJECT_CPU)
