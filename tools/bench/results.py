# SPDX-License-Identifier: BSD-3-Clause
"""What was measured, of which unit, and what could not be."""
import collections
import statistics

from lab.net import Failed

UNITS = {
    'tx_pps': 'packets/s', 'tx_cycles': 'cycles/packet', 'rx_pps': 'packets/s',
    'rx_offered_pps': 'packets/s', 'rx_drain_ns': 'ns/packet', 'fwd_pps': 'packets/s',
    'fwd_offered_pps': 'packets/s', 'fwd_cycles': 'cycles/packet', 'fwd_burst': 'packets',
    'tcp_gbps': 'Gbit/s', 'udp_gbps': 'Gbit/s', 'udp_lost': '%', 'rtt_us': 'us',
    'rtt_load_pps': 'packets/s', 'rtt_lost': '%', 'idle_cpu': '% of a processor',
    'queue_mem_mib': 'MiB', 'start_ms': 'ms', 'cross_tx_pps': 'packets/s',
    'cross_fwd_cycles': 'cycles/packet',
}


class Results:
    def __init__(self):
        self.values = collections.defaultdict(
            lambda: collections.defaultdict(lambda: collections.defaultdict(list)))
        self.left_out = {}  # (what, subject): reason
        self.lacking = {}  # (case, size, subject): reason, instead of a figure
        self.raw = []

    def add(self, case, size, subject, value):
        self.values[case][size][subject].append(value)
        self.raw.append({'case': case, 'size': size, 'subject': subject, 'value': value})

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

    def median(self, case, size, subject):
        values = self.values.get(case, {}).get(size, {}).get(subject)
        return statistics.median(values) if values else None

    def summary(self):
        return {case: {size: {subject: {
            'median': statistics.median(v), 'min': min(v), 'max': max(v), 'runs': len(v),
            'unit': UNITS[case]} for subject, v in subjects.items()}
            for size, subjects in sizes.items()} for case, sizes in self.values.items()}
