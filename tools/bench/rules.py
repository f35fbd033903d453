# SPDX-License-Identifier: BSD-3-Clause
"""What flow rules and filters cost: whoever sends pays for the kernel's look at a frame, the burst
for its own. Beside nft and tc on veths that are made alike.

A ring that nobody empties is full, so that the sender pays for the program and not for a copy.
"""
import statistics

from lab.process import Failed

from .cases import turn
from .kernelrules import KINDS as KERNEL
from .subjects import Ends, Group

KINDS = ('address', 'flow', 'mixed')
NAMES = {'address': ('address', 'addresses'), 'flow': ('flow', 'flows'),
         'mixed': ('rule of a kind', 'rules of three kinds')}
ACTIONS = ('drop', 'count')
NUMBERS = (1, 100, 1000)
FILTERS = {  # number in flowrules.h, entries
    '1 unicast address': (0, 1), '128 unicast addresses': (0, 127),  # and the port's own
    '1024 multicast addresses': (1, 1024),
}
VLANS = {'all 4096 VLANs': (2, 4096), '2048 VLANs, every second': (3, 2048)}
VLAN = 5  # FLOWRULES_VLAN
SIZE, BURST = 64, 32
TRAIN = 896
OPTMEM = 1 << 24  # bytes, in the namespace of the port: the program is the limit
CASES = ('rules', 'filters')


class Stand:
    """A veth whose other end sends; on it a port of a driver, with portbench's options, or only
    the kernel. A tap is a port's own, and the namespace of the port sends."""

    def __init__(self, lab, maker, number, driver, tagged=False, options=()):
        end = Ends(lab, 'afpring', Group(), number)
        self.iface, self.into = end.ports[0], end.into[0]
        if driver == 'tap':
            self.iface = f't{number}'
            self.into = ('dut', self.iface)
        self.program = self.generator = None
        try:
            if driver:
                self.program = maker.subject(driver, Group(), [self.iface], options)
            tag = ('-t', str(VLAN)) if tagged else ()
            self.generator = maker.generator(Group(), self.into, ('-u', *tag))
        except BaseException:
            self.close()
            raise

    def fill(self):
        self.generator.ask('tx', SIZE, BURST, 0, 2 * TRAIN)

    def sender_ns(self, ms):
        return self.generator.ask('tx', SIZE, BURST, ms, 0)['ns']

    def drain_ns(self):
        self.generator.ask('tx', SIZE, BURST, 0, TRAIN)
        return self.program.ask('rx', BURST, 0)['ns']

    def close(self):
        for program in (self.program, self.generator):
            if program is not None:
                program.close()


class Pass:
    """Candidates in turns: name -> (stand, the name of the one without)."""

    def __init__(self, results, case, label, options):
        self.results, self.case, self.label, self.options = results, case, label, options
        self.stands, self.bases = {}, {}
        self.rules = []

    def add(self, name, stand, base=None):
        self.stands[name] = stand
        if base is not None:
            self.bases[name] = base

    def put(self, kind, label, name, value):
        self.results.add(f'{self.case}{kind}', label, name, value)

    def slices(self, kind, names, measure):
        """Values, and what they are more than those without, taken in the same slice."""
        for number in range(self.options.slices):
            values = {name: measure(self.stands[name]) for name in turn(names, number)}
            for name, (base, subject, label) in self.bases.items():
                if name in values:
                    self.put(f'{kind}_ns', label, subject, values[name])
                    self.put(f'{kind}_added_ns', label, subject, values[name] - values[base])
                    self.put(f'{kind}_ns', 'none', subject, values[base])

    def measure(self):
        ports = [name for name, stand in self.stands.items() if stand.program is not None]
        ms = max(1, self.options.ms // self.options.slices // 2)
        for name in ports:
            self.stands[name].drain_ns()  # once around the ring
        self.slices('_drain', ports, lambda stand: statistics.median(
            stand.drain_ns() for _ in range(3)))
        for stand in self.stands.values():
            stand.fill()
        self.slices('', list(self.stands), lambda stand: stand.sender_ns(ms))

    def close(self):
        for rules in self.rules:
            rules.close()
        for stand in self.stands.values():
            stand.close()


def kernel_names(kind, action):
    """A set is of one kind, and u32 (in flower's place) does not count."""
    names = ('nft', 'nft_set') if kind == 'address' else ('nft',)
    return (*names, 'flower', 'u32') if action == 'drop' else (*names, 'flower')


class Rules(Pass):
    def __init__(self, lab, results, maker, options, kind, action, nb):
        super().__init__(results, 'rule', f'{action}, {nb} {NAMES[kind][nb != 1]}', options)
        self.lab, self.maker, self.kind, self.action, self.nb = lab, maker, kind, action, nb

    def stand(self, driver=None):
        return Stand(self.lab, self.maker, len(self.stands), driver)

    def build(self):
        self.add('port', self.stand('afpring'))
        self.add('rules', self.stand('afpring'), ('port', 'afpring', self.label))
        self.add('bare', self.stand())
        self.port_rules()
        for name in kernel_names(self.kind, self.action):
            if name == 'u32' and 'flower' in self.stands:
                continue
            self.results.attempt(self.label, name, lambda name=name: self.kernel_rules(name))

    def port_rules(self):
        program = self.stands['rules'].program
        made = program.ask('rules', KINDS.index(self.kind), ACTIONS.index(self.action), self.nb)
        if made['rules'] != self.nb:
            self.results.lack('rule_added_ns', self.label, 'afpring',
                              f'{made["rules"]} rules fit; then: {made["why"]}')
            del self.bases['rules']
            return
        self.put('_change_us', self.label, 'afpring', program.ask('change', 50)['us'])

    def kernel_rules(self, name):
        stand = self.stand()
        self.stands[name] = stand
        try:
            rules = KERNEL[name](self.lab.ns('dut'), stand.iface, self.kind, self.action, self.nb)
        except Failed:
            self.stands.pop(name).close()
            raise
        self.rules.append(rules)
        self.put('_change_us', self.label, name, rules.change_us())
        self.bases[name] = ('bare', name, self.label)


def rules(lab, results, maker, options):
    """All rules once."""
    lab.ns('dut').run('sh', '-c', f'echo {OPTMEM} >/proc/sys/net/core/optmem_max', check=False)
    for kind in KINDS:
        for action in ACTIONS:
            for nb in NUMBERS:
                made = Rules(lab, results, maker, options, kind, action, nb)
                try:
                    made.build()
                    made.measure()
                finally:
                    made.close()


def filters(lab, results, maker, options):
    """All filters once, each beside a port in promiscuous mode."""
    lab.ns('dut').run('sh', '-c', f'echo {OPTMEM} >/proc/sys/net/core/optmem_max', check=False)
    for wanted, tagged in ((FILTERS, False), (VLANS, True)):
        made = Pass(results, 'filter', '', options)
        try:
            made.add('port', Stand(lab, maker, 0, 'afpring', tagged))
            for label, (what, nb) in wanted.items():
                stand = Stand(lab, maker, len(made.stands), 'afpring', tagged)
                made.add(label, stand, ('port', 'afpring', label))
                why = stand.program.ask('filter', what, nb)['why']
                if why:
                    raise Failed(f'{label}: {why}')
            made.measure()
        finally:
            made.close()
