# SPDX-License-Identifier: BSD-3-Clause
"""Two hosts and what is looked at between them, for the demo and the benchmark.

    host a  a0 ====veth==== d0  [what is looked at]  d1 ====veth==== b0  host b
            192.0.2.1                                           192.0.2.2

No address, interface or setting outside of the three namespaces.
"""
import collections
import glob
import os
import shutil
import signal
import subprocess
import sys

from . import interrupt
from .links import Lab, Link
from .netns import PREFIX, sweep
from .process import ROOT, Failed, Missing, die_with_parent, end, run, wait_for

ADDRESS = {'a': '192.0.2.1', 'b': '192.0.2.2'}  # documentation addresses, RFC 5737
PORT = {'a': 'd0', 'b': 'd1'}  # the other end of each host's veth
Lane = collections.namedtuple('Lane', 'a ports b')  # interfaces: host a's, the middle's two, b's


def build_dir():
    return run('bash', '-c', f'. "{ROOT}/tools/common.sh"; build_dir').strip()


def prepare(needed):
    """The process's own surroundings; says what is missing."""
    os.environ['PATH'] = '/usr/sbin:/usr/bin:/sbin:/bin:' + os.environ.get('PATH', '')
    os.environ['LC_ALL'] = 'C'
    sys.stdout.reconfigure(line_buffering=True)
    if os.geteuid():
        sys.exit('error: needs root for network namespaces')
    for program in needed:
        if not shutil.which(program):
            sys.exit(f'error: {program} is not installed (see tools/install)')


def guarded(lab, work):
    """Exit status of work(); the lab is closed whatever comes, signals included."""
    interrupt.heed()
    try:
        return work()
    except (Failed, Missing) as why:
        print(f'error: {why}', file=sys.stderr)
        return 1
    except KeyboardInterrupt as why:
        print(f'\ninterrupted ({why}), cleaning up', file=sys.stderr)
        return 130
    finally:
        for number in interrupt.SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        lab.close()


class Hosts(Lab):
    def __init__(self):
        super().__init__()
        self.programs = []
        self.lanes = []
        self.veths = 0  # of more_veths()

    def build(self):
        """The veths are left as the kernel makes them: all their offloads are on."""
        sweep()
        for who in ('a', 'dut', 'b'):
            # Datagrams that lack a fragment hold the memory for all, by default for 30 s: long
            # enough to be a loss of whoever is measured next.
            self.ns(who).run('sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ipfrag_time')
        lane = self.lane(0)
        for host, iface in (('a', lane.a), ('b', lane.b)):
            self.ns(host).ip('addr', 'add', ADDRESS[host] + '/24', 'dev', iface)

    def lane(self, number):
        """A way from host a through the middle to host b, made at first use. The hosts'
        addresses are on the first, the others are for frames."""
        while number >= len(self.lanes):
            n = len(self.lanes)
            lane = Lane(f'a{n}', (f'd{2 * n}', f'd{2 * n + 1}'), f'b{n}')
            Link(self.ns('dut'), self.ns('a'), lane.ports[0], lane.a)
            Link(self.ns('dut'), self.ns('b'), lane.ports[1], lane.b)
            self.lanes.append(lane)
        return self.lanes[number]

    def more_veths(self, count, first=0):
        """Names of `count` interfaces in the middle, beside the lanes'; each is the end of a
        veth of host a."""
        names = [f'p{number}' for number in range(first, first + count)]
        for number in range(self.veths, first + count):
            Link(self.ns('dut'), self.ns('a'), f'p{number}', self.far_end(f'p{number}'))
            self.veths = number + 1
        return names

    @staticmethod
    def far_end(port):
        return 'far-' + port

    def mtu(self, mtu):
        for lane in self.lanes:
            for who, iface in (('a', lane.a), ('b', lane.b), *(('dut', p) for p in lane.ports)):
                self.ns(who).ip('link', 'set', iface, 'mtu', str(mtu))

    def bridge(self, lane=0):
        """The kernel itself forwards on a lane, until unbridge()."""
        middle = self.ns('dut')
        middle.ip('link', 'add', 'br0', 'type', 'bridge')
        for port in self.lanes[lane].ports:
            middle.ip('link', 'set', port, 'master', 'br0')
        middle.ip('link', 'set', 'br0', 'up')

    def unbridge(self):
        self.ns('dut').ip('link', 'del', 'br0')

    def start(self, who, *argv, **kw):
        # Its own session: the terminal's ^C comes to us alone, we end it in order.
        program = self.ns(who).popen(*argv, text=False, start_new_session=True,
                                     preexec_fn=die_with_parent, **kw)
        self.programs.append(program)
        return program

    def end(self, program):
        end(program)
        self.programs.remove(program)

    def iperf_server(self):
        server = self.start('b', 'iperf3', '-s', stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
        wait_for(lambda: ':5201' in self.ns('b').run('ss', '-Hltn'), 5, what='iperf3 -s')
        return server

    def counters(self, who, iface):
        return self.ns(who).counters(iface)

    @staticmethod
    def file_prefix(who):
        """EAL's --file-prefix for a program of this run."""
        return f'{PREFIX}{os.getpid()}-{who}'

    def close(self):
        for program in reversed(self.programs):
            program.terminate()
        for program in list(self.programs):
            self.end(program)
        super().close()
        for directory in glob.glob(f'/run/dpdk/{PREFIX}{os.getpid()}-*'):
            shutil.rmtree(directory, ignore_errors=True)
