# SPDX-License-Identifier: BSD-3-Clause
"""Three network namespaces; no address, interface or setting outside of them.

    host a  a0 ====veth==== d0  [what is looked at]  d1 ====veth==== b0  host b
            192.0.2.1                                           192.0.2.2
"""
import collections
import ctypes
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
PLUGIN = 'librte_net_af_packet_ring.so'
ADDRESS = {'a': '192.0.2.1', 'b': '192.0.2.2'}  # documentation addresses, RFC 5737
PORT = {'a': 'd0', 'b': 'd1'}  # the other end of each host's veth
Lane = collections.namedtuple('Lane', 'a ports b')  # interfaces: host a's, the middle's two, b's


class Failed(Exception):
    pass


def run(*argv, check=True):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode:
        raise Failed(f'{" ".join(argv)}: {done.stderr.strip() or done.stdout.strip()}')
    return done.stdout


def wait_for(what, condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise Failed(f'{what}: not within {seconds} s')
        time.sleep(0.05)


def build_dir():
    return run('bash', '-c', f'. "{ROOT}/tools/common.sh"; build_dir').strip()


def dies_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


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
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def stop(signum, _frame):
        raise KeyboardInterrupt(signal.Signals(signum).name)
    for number in signals:
        signal.signal(number, stop)
    try:
        return work()
    except Failed as why:
        print(f'error: {why}', file=sys.stderr)
        return 1
    except KeyboardInterrupt as why:
        print(f'\ninterrupted ({why}), cleaning up', file=sys.stderr)
        return 130
    finally:
        for number in signals:
            signal.signal(number, signal.SIG_IGN)
        lab.close()


def inside_netns(name, work):
    """The result of work() by a thread in that namespace."""
    done = []

    def enter():
        with open('/run/netns/' + name, 'rb') as netns:
            if ctypes.CDLL(None, use_errno=True).setns(netns.fileno(), 0x40000000) < 0:
                return  # CLONE_NEWNET
        done.append(work())
    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    if not done:
        raise Failed(f'cannot enter network namespace {name}')
    return done[0]


class Lab:
    """Namespaces, veths and programs; close() leaves nothing behind."""

    def __init__(self, prefix):
        self.prefix = prefix
        self.programs = []
        self.names = {}
        self.counters = {}  # open files, of each namespace
        self.lanes = []
        self.veths = 0  # of more_veths()

    def name(self, who):
        return f'{self.prefix}-{os.getpid()}-{who}'

    def build(self):
        """The veths are left as the kernel makes them: all their offloads are on."""
        self.sweep()
        for who in ('a', 'dut', 'b'):
            self.names[who] = self.name(who)
            run('ip', 'netns', 'add', self.names[who])
            # No neighbour discovery: every packet that counts is one we sent.
            self.inside(who, 'sh', '-c', 'for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do '
                        'echo 1 >$f; done', check=False)
            # Datagrams that lack a fragment hold the memory for all, by default for 30 s: long
            # enough to be a loss of whoever is measured next.
            self.inside(who, 'sh', '-c', 'echo 1 >/proc/sys/net/ipv4/ipfrag_time')
        lane = self.lane(0)
        for host, iface in (('a', lane.a), ('b', lane.b)):
            self.ip(host, 'addr', 'add', ADDRESS[host] + '/24', 'dev', iface)

    def lane(self, number):
        """A way from host a through the middle to host b, made at first use. The hosts'
        addresses are on the first, the others are for frames."""
        while number >= len(self.lanes):
            n = len(self.lanes)
            lane = Lane(f'a{n}', (f'd{2 * n}', f'd{2 * n + 1}'), f'b{n}')
            self.veth('a', lane.a, lane.ports[0])
            self.veth('b', lane.b, lane.ports[1])
            self.lanes.append(lane)
        return self.lanes[number]

    def veth(self, host, iface, port):
        """From a host to the middle."""
        run('ip', 'link', 'add', 'name', iface, 'netns', self.names[host],
            'type', 'veth', 'peer', 'name', port, 'netns', self.names['dut'])
        self.ip(host, 'link', 'set', iface, 'up')
        self.ip('dut', 'link', 'set', port, 'up')

    def more_veths(self, count, first=0):
        """So many between host a and the middle, besides the lanes: the names of their ends
        there."""
        names = [f'p{number}' for number in range(first, first + count)]
        for number in range(self.veths, first + count):
            self.veth('a', self.far_end(f'p{number}'), f'p{number}')
            self.veths = number + 1
        return names

    @staticmethod
    def far_end(port):
        return 'far-' + port

    def ip(self, who, *argv):
        return run('ip', '-n', self.names[who], *argv)

    def mtu(self, mtu):
        for lane in self.lanes:
            for who, iface in (('a', lane.a), ('b', lane.b), *(('dut', p) for p in lane.ports)):
                self.ip(who, 'link', 'set', iface, 'mtu', str(mtu))

    def bridge(self, lane=0):
        """The kernel itself forwards on a lane, until unbridge()."""
        self.ip('dut', 'link', 'add', 'br0', 'type', 'bridge')
        for port in self.lanes[lane].ports:
            self.ip('dut', 'link', 'set', port, 'master', 'br0')
        self.ip('dut', 'link', 'set', 'br0', 'up')

    def unbridge(self):
        self.ip('dut', 'link', 'del', 'br0')

    def argv(self, who, *argv):
        return ['ip', 'netns', 'exec', self.names[who], *argv]

    def inside(self, who, *argv, check=True):
        return run(*self.argv(who, *argv), check=check)

    def start(self, who, *argv, **kw):
        # Its own session: the terminal's ^C comes to us alone, we end it in order.
        program = subprocess.Popen(self.argv(who, *argv), start_new_session=True,
                                   preexec_fn=dies_with_parent, **kw)
        self.programs.append(program)
        return program

    def end(self, program):
        program.terminate()
        try:
            program.wait(5)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()
        self.programs.remove(program)

    def iperf_server(self):
        server = self.start('b', 'iperf3', '-s', stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL)
        wait_for('iperf3 -s', lambda: ':5201' in self.inside('b', 'ss', '-Hltn'), 5)
        return server

    def interface(self, who, name):
        """What the kernel counted: rx_packets, tx_packets, rx_bytes, ..., tx_dropped."""
        if who not in self.counters:
            self.counters[who] = inside_netns(self.names[who],
                                              lambda: open('/proc/thread-self/net/dev', 'rb', 0))
        file = self.counters[who]
        file.seek(0)
        for line in file.read().decode().splitlines():
            iface, _, fields = line.partition(':')
            if iface.strip() == name:
                values = [int(field) for field in fields.split()]
                return {f'{way}_{key}': values[at + column] for way, at in (('rx', 0), ('tx', 8))
                        for key, column in (('bytes', 0), ('packets', 1), ('dropped', 3))}
        raise Failed(f'no interface {name} in namespace {self.names[who]}')

    def close(self):
        for program in reversed(self.programs):
            program.terminate()
        for program in list(self.programs):
            self.end(program)
        for file in self.counters.values():
            file.close()  # it keeps the namespace
        for name in self.names.values():
            run('ip', 'netns', 'del', name, check=False)
        for directory in glob.glob('/run/dpdk/' + self.name('pmd') + '*'):
            shutil.rmtree(directory, ignore_errors=True)

    def sweep(self):
        """Namespaces of a run that was killed outright; their process is gone."""
        for line in run('ip', 'netns', 'list').splitlines():
            match = re.match(self.prefix + r'-(\d+)-', line)
            if match and not os.path.exists(f'/proc/{match.group(1)}'):
                run('ip', 'netns', 'del', line.split()[0], check=False)
