# SPDX-License-Identifier: BSD-3-Clause
"""What was measured, of which unit, and what could not be."""
import collections
import statistics

from lab.process import Failed

UNITS = {
    'tx_pps': 'packets/s', 'tx_cycles': 'cycles/packet', 'rx_pps': 'packets/s',
    'rx_offered_pps': 'packets/s', 'rx_drain_ns': 'ns/packet', 'fwd_pps': 'packets/s',
    'fwd_offered_pps': 'packets/s', 'fwd_cycles': 'cycles/packet', 'fwd_burst': 'packets',
    'tcp_gbps': 'Gbit/s', 'udp_gbps': 'Gbit/s', 'udp_lost': '%', 'rtt_us': 'us',
    'rtt_load_pps': 'packets/s', 'rtt_lost': '%', 'idle_cpu': '% of a processor', 'first_us': 'us',
    'queue_mem_mib': 'MiB', 'start_ms': 'ms', 'cross_tx_pps': 'packets/s',
    'cross_fwd_cycles': 'cycles/packet', 'rule_ns': 'ns/packet', 'rule_added_ns': 'ns/packet',
    'rule_drain_ns': 'ns/packet', 'rule_drain_added_ns': 'ns/packet', 'rule_change_us': 'us',
    'filter_ns': 'ns/packet', 'filter_added_ns': 'ns/packet', 'filter_drain_ns': 'ns/packet',
    'filter_drain_added_ns': 'ns/packet', 'feature_drain_ns': 'ns/packet',
    'feature_drain_added_ns': 'ns/packet', 'feature_tx_ns': 'ns/packet',
    'feature_tx_added_ns': 'ns/packet',
}
INFINITE = float('inf')  # the other one stands at 0


class Results:
    """Values by round. In a round the subjects take turns, slice by slice, and values at the
    same place were taken one right after the other."""

    def __init__(self):
        self.values = collections.defaultdict(lambda: collections.defaultdict(
            lambda: collections.defaultdict(lambda: collections.defaultdict(list))))
        self.round = 0
        self.left_out = {}  # (what, subject): reason
        self.lacking = {}  # (case, size, subject): reason, instead of a figure

    def add(self, case, size, subject, value):
        self.values[case][size][subject][self.round].append(value)

    def leave_out(self, what, subject, reason):
        self.left_out.setdefault((what, subject), reason)

    def attempt(self, what, subject, work):
        """A subject that cannot is left out with the reason it gave, the others go on."""
        if (what, subject) in self.left_out:
            return
        try:
            work()
        except Failed as why:
            reason = str(why).splitlines()[0]
            self.leave_out(what, subject, reason)
            print(f'    {subject}, {what}: {reason}')

    def lack(self, case, size, subject, reason):
        self.lacking[(case, size, subject)] = reason

    def slices(self, case, size, subject):
        """{round: its values}"""
        return self.values.get(case, {}).get(size, {}).get(subject, {})

    def rounds(self, case, size, subject):
        """The median of each round."""
        return [statistics.median(v) for v in self.slices(case, size, subject).values()]

    def median(self, case, size, subject):
        rounds = self.rounds(case, size, subject)
        return statistics.median(rounds) if rounds else None

    def ratios(self, case, size, subject, other, other_size=None):
        """One a round: the median over pairs of neighbours, for what disturbs the machine longer
        than a slice disturbs both."""
        mine = self.slices(case, size, subject)
        theirs = self.slices(case, other_size or size, other)
        return [statistics.median(divided(a, b) for a, b in zip(mine[r], theirs[r]))
                for r in mine if r in theirs]

    def summary(self):
        return {case: {size: {subject: self.figures(case, size, subject) for subject in subjects}
                       for size, subjects in sizes.items()}
                for case, sizes in self.values.items()}

    def raw(self):
        """Every value: a line for each case, size and subject, a list for each round."""
        for case, sizes in self.values.items():
            for size, subjects in sizes.items():
                for subject, rounds in subjects.items():
                    yield [case, size, subject,
                           [[float(f'{value:.5g}') for value in v] for v in rounds.values()]]

    def figures(self, case, size, subject):
        rounds = self.rounds(case, size, subject)
        return {'median': statistics.median(rounds), 'min': min(rounds), 'max': max(rounds),
                'runs': len(rounds), 'unit': UNITS[case]}


def divided(a, b):
    if b:
        return a / b
    return INFINITE if a else 0.0
