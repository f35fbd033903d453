# SPDX-License-Identifier: BSD-3-Clause
"""What events act on: a veth between the host and the port, the port's testpmd, the traffic.

    host  p0 ====veth==== d0  [testpmd, io: sends back what it receives]
"""
import contextlib
import os
import tempfile

from lab.compile import compiled
from lab.links import Lab, Link
from lab.netns import sweep
from lab.process import Failed, settled, wait_for
from lab.testpmd import Testpmd, vdev

from .traffic import Traffic

QUEUES = 4  # of the veth; the port takes fewer
# How a port may be made; each start of testpmd takes one of them.
CONFIGS = (
    {},
    {'qdisc_bypass': 0},
    {'kick': 'thread'},
    {'qpairs': 2},
    {'qpairs': 2, 'qdisc_bypass': 0},
    {'sndbuf': 4096},
    {'vnet_hdr': 0},
)
LINK, GONE = 'link state change', 'device removal'
FLOWS_AGAIN = 200  # frames back until the traffic counts as flowing
RSS_SLACK_KB = 16384


class Scene(Lab):
    def __init__(self, rate, chance):
        super().__init__()
        self.chance = chance  # random.Random: all that is drawn is drawn from it
        self.rate = rate
        self.pmd = self.traffic = self.wire = self.xdp = None
        self.config, self.usage, self.kills = {}, {}, 0
        self.read = 0  # of the log of testpmd
        self.while_dying = 0  # frames that the host sent until a killed process was gone
        self.renewals = 0  # of the interface
        self.rules, self.muted = [], frozenset()  # that count; flows that a rule drops
        self.has_rss = False  # the port, a key of its own
        self.not_taken_before, self.errors_before = 0, 0  # the last pause of testpmd
        self.strangers = 0  # packets that came to the port from somebody else

    def build(self):
        sweep()
        self.dut, self.host = self.ns('dut'), self.ns('host')
        self.wire = Link(self.dut, self.host, queues=QUEUES)
        self.launch()
        with tempfile.TemporaryDirectory() as directory:
            program = compiled(directory, *(f'../tools/soak/{name}.c' for name in
                                            ('traffic', 'frames', 'books')))
            self.traffic = self.keep(Traffic(self.host, program, self.wire.peer, self.rate))
            self.traffic.tell('go')
        self.await_flow()

    # the port

    def launch(self, **more):
        self.config = {**self.chance.choice(CONFIGS), **more}
        self.pmd = self.keep(Testpmd(
            self.dut, [vdev(0, self.wire.dut, **self.config)], mbufs=8192, removal=True,
            queues=self.config.get('qpairs', 1), eal=('--no-telemetry',)))
        self.pmd.start('io')
        self.rules, self.has_rss, self.not_taken_before, self.errors_before = [], False, 0, 0
        self.usage, self.read = {}, len(self.pmd.log())

    def not_taken(self):
        """By tx_burst(); testpmd counts from its last start, and adds the port's errors."""
        return (self.not_taken_before + self.pmd.fwd_stats()['TX-dropped'] -
                (self.pmd.stats()['TX-errors'] - self.errors_before))

    @contextlib.contextmanager
    def paused(self):
        """testpmd does not forward, while frames go on coming."""
        self.pmd.stop()
        self.not_taken_before = self.not_taken()
        yield
        self.errors_before = self.pmd.stats()['TX-errors']
        self.pmd.start('io')

    def config_words(self):
        return ','.join(f'{k}={v}' for k, v in self.config.items()) or 'defaults'

    def kill(self):
        before = self.tried()
        self.pmd.kill()  # and its sockets take packets, and lose them, until it is gone
        self.while_dying += self.tried() - before
        self.pmd.close()
        self.kills += 1

    def new_lines(self):
        """Of the log since the last time, or the start of the process."""
        lines = self.pmd.log()[self.read:]
        self.read += len(lines)
        return lines

    def read_usage(self):
        """What a leak would let grow."""
        process = f'/proc/{self.pmd.proc.pid}'
        with open(f'{process}/statm', encoding='ascii') as file:
            pages = int(file.read().split()[1])
        return {'descriptors': self.pmd.fds(), 'rings mapped': self.pmd.maps(),
                'threads': len(os.listdir(f'{process}/task')),
                'resident KB': pages * os.sysconf('SC_PAGE_SIZE') // 1024}

    def check_told(self):
        """Who takes an interface up again by itself tells of no removal."""
        if self.pmd.told(GONE):
            raise Failed(f'{self.pmd.told(GONE)} removals were told')

    def check_usage(self):
        """Failed if there is more of anything than at the first call after the start."""
        if not self.usage:
            self.usage = settled(self.read_usage)
            return
        slack = {'resident KB': RSS_SLACK_KB}

        def more():
            now = self.read_usage()
            return {key: (self.usage[key], now[key]) for key in now
                    if now[key] > self.usage[key] + slack.get(key, 0)}
        wait_for(lambda: not more(), 5, what=lambda: f'a leak (before, now): {more()}')

    # the host's side

    def set_dut(self, *words):
        self.dut.ip('link', 'set', self.wire.dut, *words)

    def set_host(self, *words):
        self.host.ip('link', 'set', self.wire.peer, *words)

    def cut_at_host(self, wish):
        """Whether the host's interface cuts superframes by itself; before an XDP program it has to."""
        iface = self.wire.peer
        self.host.run('ethtool', '-K', iface, 'tso', 'off' if wish else 'on', check=False)
        return 'tcp-segmentation-offload: off' in self.host.run('ethtool', '-k', iface)

    def leave_bridge(self):
        """True if the port's interface was in one."""
        master = self.dut.link(self.wire.dut).get('master')
        if master:
            self.set_dut('nomaster')
            self.dut.ip('link', 'del', master)
        return bool(master)

    def renew(self, mtu):
        """Both ends are gone; the port's comes back under its name."""
        many = ('numtxqueues', str(QUEUES), 'numrxqueues', str(QUEUES))
        self.xdp = None
        self.dut.ip('link', 'add', self.wire.dut, *many, 'type', 'veth', 'peer',
                    'name', self.wire.peer, 'netns', self.host.name, *many)
        for set_end in (self.set_dut, self.set_host):
            set_end('mtu', str(mtu), 'up')
        self.wire.wait_carrier()
        self.traffic.tell('reopen')
        self.renewals += 1

    def rename(self, name):
        self.set_dut('name', name)
        self.wire.dut = name

    def detach_xdp(self):
        self.xdp.close()
        self.xdp = None

    def sysfs(self, name, value):
        """A file of the port's interface; False if this kernel refuses."""
        path = f'/sys/class/net/{self.wire.dut}/{name}'
        try:
            self.dut.run('sh', '-c', f'echo {value} >{path}')
        except Failed:
            return False
        return True

    # traffic

    def await_flow(self, seconds=20):
        start = self.traffic.received()
        wait_for(lambda: self.traffic.received() >= start + FLOWS_AGAIN, seconds,
                 what='no traffic')

    def flush(self):
        """No frame is on its way any more, however little testpmd is run; the sender pauses."""
        self.traffic.tell('hold')

        def flushed():
            self.traffic.tell('mark')
            try:
                return wait_for(lambda: self.traffic.tell('report')['flushed'], 1)
            except Failed:
                return False  # a mark was lost
        wait_for(flushed, what='marks do not come back')

    def tried(self):
        """Frames that the host has sent or would have."""
        now = self.traffic.tell('report')
        return sum(now[key] for key in ('sent', 'no_room', 'away', 'too_long'))

    def linger(self, frames=None):
        """Some traffic while things are as they are."""
        end = self.tried() + (frames or self.chance.randint(100, 1500))
        wait_for(lambda: self.tried() >= end, what='nothing is sent')

    def info(self, key):
        return self.pmd.info()[key]
