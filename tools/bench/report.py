# SPDX-License-Identifier: BSD-3-Clause
"""Tables for the terminal and for doc/measure/tables.md, and the targets beside the results."""
import statistics

from . import legend, plans
from .results import INFINITE, UNITS

SCALE = {'packets/s': (1e-6, 'Mpps', 3), 'ns/packet': (1, 'ns', 1),
         'cycles/packet': (1, 'cycles', 0), 'Gbit/s': (1, 'Gbit/s', 2), 'us': (1, 'us', 1),
         '% of a processor': (1, '%', 0), 'MiB': (1, 'MiB', 2), 'packets': (1, 'packets', 1),
         'ms': (1, 'ms', 0), '%': (1, '%', 2)}
TITLES = {
    'tx_pps': 'transmit only', 'tx_cycles': 'of that, busy cycles',
    'rx_pps': 'receive only, generator on the other processor',
    'rx_offered_pps': 'what that generator sent', 'rx_drain_ns': 'time to drain a full ring',
    'fwd_pps': 'forward, generator on the other processor',
    'fwd_offered_pps': 'what that generator sent',
    'fwd_cycles': 'forward at full bursts, busy cycles', 'fwd_burst': 'of those bursts, the size',
    'tcp_gbps': 'TCP between two hosts', 'udp_gbps': 'UDP between two hosts, what arrived',
    'udp_lost': 'share of the datagrams that were lost',
    'rtt_us': 'round trip of one frame, polling',
    'rtt_load_pps': 'what the half load is half of, and what it was',
    'rtt_lost': 'frames of the round trips that did not come back',
    'idle_cpu': 'processor time without traffic', 'queue_mem_mib': 'ring memory of a queue pair',
    'start_ms': 'from the start of a process to its started port',
    'cross_tx_pps': 'transmit 64 bytes, by two programs',
    'cross_fwd_cycles': 'forward 64 bytes at full bursts, by two programs',
}
ORDER = ('afpring', 'afpring_io', 'afpring_thread', 'afpring_beside', 'af_packet', 'af_packet_off',
         'af_xdp', 'tap', 'limit', 'bridge', 'null')
# case, size, subject, compared with, relation, bound
TARGETS = (
    ('tx_pps', '64', 'afpring', 'af_packet', '>=', 1.30),
    ('tx_pps', '64', 'afpring', 'limit', '>=', 0.97),
    ('tx_pps', '64', 'afpring', 'af_xdp', '>=', 0.90),
    ('tx_pps', '1514', 'afpring', 'af_packet', '>=', 1.40),
    ('tx_pps', '1514', 'afpring', 'limit', '>=', 0.97),
    ('tx_pps', '1514', 'afpring', 'af_xdp', '>=', 0.90),
    ('rx_pps', '64', 'afpring', 'af_xdp', '>=', 1.05),
    ('rx_drain_ns', '64', 'afpring', 'af_packet', '<=', 0.50),
    ('rx_drain_ns', '64', 'afpring', 'limit', '<=', 1.15),
    ('rx_drain_ns', '1514', 'afpring', 'af_packet', '<=', 0.70),
    ('rx_drain_ns', '1514', 'afpring', 'limit', '<=', 1.10),
    ('fwd_cycles', '64', 'afpring', 'af_packet', '<=', 0.72),
    ('fwd_cycles', '64', 'afpring', 'limit', '<=', 1.08),
    ('fwd_cycles', '64', 'afpring', 'af_xdp', '<=', 1.00),
    ('fwd_cycles', '1514', 'afpring', 'af_packet', '<=', 0.72),
    ('fwd_cycles', '1514', 'afpring', 'limit', '<=', 1.05),
    ('fwd_cycles', '1514', 'afpring', 'af_xdp', '<=', 1.00),
    ('tcp_gbps', '1 flow', 'afpring', 'bridge', '>=', 0.85),
    ('tcp_gbps', '1 flow apart', 'afpring', 'bridge', '>=', 0.85),
    ('tcp_gbps', '1 flow free', 'afpring', 'bridge', '>=', 0.85),
    ('tcp_gbps', '8 flows', 'afpring', 'bridge', '>=', 0.85),
    ('tcp_gbps', '1 flow', 'afpring_io', 'bridge', '>=', 0.75),
    ('tcp_gbps', '1 flow apart', 'afpring_io', 'bridge', '>=', 0.75),
    ('tcp_gbps', '1 flow free', 'afpring_io', 'bridge', '>=', 0.75),
    ('tcp_gbps', '8 flows', 'afpring_io', 'bridge', '>=', 0.75),
    ('tcp_gbps', '1 flow', 'afpring_io', 'af_packet_off', '>=', 5.00),
    ('tcp_gbps', '1 flow', 'afpring_io', 'af_xdp', '>=', 5.00),
    ('rtt_us', 'p50', 'afpring', 'af_packet', '<=', 0.95),
    ('rtt_us', 'p99', 'afpring', 'af_packet', '<=', 1.00),
    ('queue_mem_mib', '1500 B', 'afpring', 'af_packet', '<=', 1.00),
)
MANY = '64 64 queues'  # fwd_cycles against one queue


def verdict(title, ratios, relation, bound):
    """ratios: one a round."""
    ratio = statistics.median(ratios) if ratios else None
    met = None if ratio is None else ratio >= bound if relation == '>=' else ratio <= bound
    shown = [round(r, 3) for r in (ratio, min(ratios), max(ratios))] if ratios else [None] * 3
    return {'what': title, **dict(zip(('ratio', 'least', 'most'), map(finite, shown))),
            'target': f'{relation} {bound:.2f}', 'met': met}


def finite(ratio):
    return None if ratio == INFINITE else ratio


def targets(results):
    found = [verdict(f'{case} {size}: {subject} / {other}',
                     results.ratios(case, size, subject, other), relation, bound)
             for case, size, subject, other, relation, bound in TARGETS]
    found.append(verdict('fwd_cycles 64: afpring, 64 queues / 1 queue',
                         results.ratios('fwd_cycles', MANY, 'afpring', 'afpring', '64'),
                         '<=', 1.10))
    return found


OFFERED = {'rx_pps': 'rx_offered_pps', 'fwd_pps': 'fwd_offered_pps'}
NEARLY_ALL = 0.97


def generator_bound(results, case, size, subject):
    """Nearly all of what was sent came through: the figure is the generator's."""
    if case == 'udp_gbps':
        lost = results.median('udp_lost', f'{size}, on the way', subject)
        return lost is not None and lost < 100 * (1 - NEARLY_ALL)
    if (case, size) == ('rtt_load_pps', 'forwarded'):
        got, offered = (results.median(case, s, subject) for s in ('forwarded', 'offered'))
    elif case in OFFERED:
        got, offered = (results.median(c, size, subject) for c in (case, OFFERED[case]))
    else:
        return False
    return None not in (got, offered) and got > NEARLY_ALL * offered


def cell(results, case, size, subject):
    if (case, size, subject) in results.lacking:
        return f'- ({results.lacking[(case, size, subject)]})'
    values = results.rounds(case, size, subject)
    if not values:
        return '-'
    factor, _, digits = SCALE[UNITS[case]]
    low, middle, high = (f'{v * factor:.{digits}f}' for v in (
        min(values), statistics.median(values), max(values)))
    note = ' (generator)' if generator_bound(results, case, size, subject) else ''
    return f'{middle} [{low}..{high}]{note}'


def tables(results):
    """(title, heads, rows) of each case."""
    for case in UNITS:
        cells = [(size, s) for size, by in results.values.get(case, {}).items() for s in by]
        cells += [(size, s) for c, size, s in results.lacking if c == case]
        if not cells:
            continue
        subjects = sorted({s for _, s in cells}, key=ORDER.index)
        rows = [[size] + [cell(results, case, size, s) for s in subjects]
                for size in dict.fromkeys(size for size, _ in cells)]
        yield f'{case}: {TITLES[case]}, {SCALE[UNITS[case]][1]}', [''] + subjects, rows


def target_rows(results):
    words = {True: 'met', False: 'MISSED', None: 'not measured'}
    return [[t['what'], spread(t), t['target'], words[t['met']]] for t in targets(results)
            if t['what'].split()[0] in results.values]


def spread(target):
    if target['ratio'] is None:
        return '-'
    return '{} [{}..{}]'.format(*('inf' if target[key] is None else f'{target[key]:.2f}'
                                  for key in ('ratio', 'least', 'most')))


def notes(results):
    yield from legend.NOTES
    reasons = {}
    for (what, subject), reason in results.left_out.items():
        reasons.setdefault((subject, reason), []).append(what)
    for (subject, reason), what in reasons.items():
        yield f'{subject}, {"; ".join(what)}: {reason}'


def text(results):
    lines = []
    for title, heads, rows in tables(results):
        widths = [max(len(str(r[i])) for r in [heads] + rows) for i in range(len(heads))]
        lines.append(title)
        for row in [heads] + rows:
            lines.append('  ' + '  '.join(f'{c:<{w}}' for c, w in zip(row, widths)).rstrip())
        lines.append('')
    lines.append('targets, as ratios')
    for what, ratio, target, met in target_rows(results):
        lines.append(f'  {what:52} {ratio:18}  {target:8} {met}')
    return '\n'.join(lines + [''] + list(notes(results)))


def table(heads, rows):
    lines = ['| ' + ' | '.join(heads) + ' |', '|' + '---|' * len(heads)]
    return '\n'.join(lines + ['| ' + ' | '.join(row) + ' |' for row in rows])


def listed(pairs):
    return '\n'.join(f'- **{what}**: {words}.' for what, words in pairs)


def markdown(results, facts):
    parts = ['<!-- written by run bench; SPDX-License-Identifier: BSD-3-Clause -->',
             '# Tables of the latest run of the benchmark',
             'How to read and repeat them, and the verdict: [measure.md](../measure.md).',
             table(['', ''], [[k, v] for k, v in facts.items()]), '## Targets, as ratios',
             table(['what', 'ratio', 'target', ''], target_rows(results)), '## Notes',
             '\n'.join(f'- {note}' for note in notes(results))]
    for title, heads, rows in tables(results):
        parts += [f'## {title}', table(heads, rows)]
    parts += ['## Cases', table(['case', 'what'], plans.HELP.items()), listed(legend.CASES),
              '## Left out', listed(legend.LEFT_OUT)]
    return '\n\n'.join(parts) + '\n'
