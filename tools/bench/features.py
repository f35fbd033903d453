# SPDX-License-Identifier: BSD-3-Clause
"""What a feature adds to a packet in the burst, beside a port of the same driver without it."""
from lab.process import Failed

from .cases import turn
from .rules import SIZE, BURST, Pass, Stand

CASES = ('features',)
DRIVERS = ('afpring', 'tap')
OFFLOAD = {'VLAN_STRIP': 1 << 0, 'CHECKSUM': 0xe, 'TIMESTAMP': 1 << 14, 'RSS_HASH': 1 << 19}
RECEIVE = {  # portbench's options, and whether the frames are tagged
    'RX checksums': (('-o', str(OFFLOAD['CHECKSUM'])), False),
    'RSS hash': (('-o', str(OFFLOAD['RSS_HASH'])), False),
    'packet types': (('-p',), False),
    'timestamps': (('-o', str(OFFLOAD['TIMESTAMP'])), False),
    'tag put back': ((), True),  # beside frames without one
    'tag stripped': (('-o', str(OFFLOAD['VLAN_STRIP'])), True),
}
TRANSMIT = {'TX checksums': ('-c',)}


def stand(made, driver, options=(), tagged=False):
    """The next of the pass, and its name."""
    name = f'{driver} {len(made.stands)}'
    return name, Stand(made.lab, made.maker, len(made.stands), driver, tagged, options)


class Features(Pass):
    def __init__(self, lab, results, maker, options):
        super().__init__(results, 'feature', '', options)
        self.lab, self.maker = lab, maker

    def add_pair(self, driver, label, options, tagged):
        """A port without and one with it; a driver's refusal is a reason."""
        def pair():
            base, port = stand(self, driver)
            self.stands[base] = port
            try:
                name, port = stand(self, driver, options, tagged)
            except Failed:
                self.stands.pop(base).close()
                raise
            self.add(name, port, (base, driver, label))
        self.results.attempt(f'feature {label}', driver, pair)

    def receive(self):
        names = list(self.stands)
        for name in names:
            self.stands[name].drain_ns()
        self.slices('_drain', names, lambda port: port.drain_ns())

    def transmit(self):
        ms = max(1, self.options.ms // self.options.slices // 2)
        self.slices('_tx', list(self.stands), lambda port: port.program.ask(
            'tx', SIZE, BURST, ms, 0)['ns'])


def features(lab, results, maker, options):
    """All features once."""
    wanted = [(label, words, tagged, Features.receive)
              for label, (words, tagged) in RECEIVE.items()]
    wanted += [(label, words, False, Features.transmit) for label, words in TRANSMIT.items()]
    for label, words, tagged, measure in turn(wanted, results.round):
        made = Features(lab, results, maker, options)
        try:
            for driver in DRIVERS:
                made.add_pair(driver, label, words, tagged)
            measure(made)
        finally:
            made.close()
