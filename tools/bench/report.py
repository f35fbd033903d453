# SPDX-License-Identifier: BSD-3-Clause
"""Tables for the terminal, with the spread; for doc/measure/tables.md one table of medians; and
the targets beside the results."""
import statistics

from . import legend
from .results import INFINITE, UNITS

SCALE = {'packets/s': (1e-6, 'Mpps', 3), 'ns/packet': (1, 'ns', 1),
         'cycles/packet': (1, 'cycles', 0), 'Gbit/s': (1, 'Gbit/s', 2), 'us': (1, 'us', 1),
         '% of a processor': (1, '%', 2), 'MiB': (1, 'MiB', 2), 'packets': (1, 'packets', 1),
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
    'rtt_us': 'round trip of one frame, polling; asleep: by Rx interrupts',
    'rtt_load_pps': 'what the half load is half of, and what it was',
    'rtt_lost': 'frames of the round trips that did not come back',
    'idle_cpu': 'processor time without traffic',
    'first_us': 'first frame after silence, through a process that sleeps', 'queue_mem_mib': 'ring memory of a queue pair',
    'start_ms': 'from the start of a process to its started port',
    'cross_tx_pps': 'transmit 64 bytes, by two programs',
    'cross_fwd_cycles': 'forward 64 bytes at full bursts, by two programs',
    'rule_ns': 'to send a frame into a veth whose other end has rules',
    'rule_added_ns': 'of that, what the rules add',
    'rule_drain_ns': 'to drain a full ring of a port with rules',
    'rule_drain_added_ns': 'of that, what the rules add',
    'rule_change_us': 'to add a rule or to take one away',
    'filter_ns': 'to send a frame into a veth whose port filters',
    'filter_added_ns': 'of that, what the filter adds',
    'filter_drain_ns': 'to drain a full ring of such a port',
    'filter_drain_added_ns': 'of that, what the filter adds',
    'feature_drain_ns': 'to drain a full ring with the feature',
    'feature_drain_added_ns': 'of that, what the feature adds',
    'feature_tx_ns': 'to transmit with the feature, the kernel\'s part too',
    'feature_tx_added_ns': 'of that, what the feature adds',
}
ORDER = ('afpring', 'afpring_io', 'afpring_thread', 'afpring_beside', 'af_packet', 'af_packet_off',
         'af_xdp', 'tap', 'poll', 'limit', 'bridge', 'null', 'nft', 'nft_set', 'flower', 'u32')
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


def cell(results, case, size, subject, with_spread=True):
    values = results.rounds(case, size, subject)
    if not values:
        return '-'
    factor, _, digits = SCALE[UNITS[case]]
    low, middle, high = (f'{v * factor:.{digits}f}' for v in (
        min(values), statistics.median(values), max(values)))
    mark = ' g' if generator_bound(results, case, size, subject) else ''
    return f'{middle} [{low}..{high}]{mark}' if with_spread else middle + mark


def lines_of(results):
    """{case: its sizes} and the subjects, of all that was measured or refused."""
    cells = [(case, size, s) for case, sizes in results.values.items()
             for size, by in sizes.items() for s in by] + list(results.lacking)
    sizes = {case: list(dict.fromkeys(size for c, size, _ in cells if c == case))
             for case in UNITS}
    return {case: of for case, of in sizes.items() if of}, {
        case: sorted({s for c, _, s in cells if c == case}, key=ORDER.index) for case in sizes}


def title(case):
    return f'{case}: {TITLES[case]}, {SCALE[UNITS[case]][1]}'


def tables(results):
    """(title, heads, rows) of each case."""
    sizes, subjects = lines_of(results)
    for case in sizes:
        yield title(case), [''] + subjects[case], [
            [size] + [cell(results, case, size, s) for s in subjects[case]]
            for size in sizes[case]]


# What only explains other figures: on the terminal and in bench.json.
HELPERS = (*OFFERED.values(), 'fwd_burst', 'rtt_load_pps')


def medians(results):
    """(heads, rows) of one table, with a line for each case in front of its own."""
    sizes, subjects = lines_of(results)
    heads = sorted({s for of in subjects.values() for s in of}, key=ORDER.index)
    rows = []
    for case in (c for c in sizes if c not in HELPERS):
        rows.append([f'**{title(case)}**'] + [''] * len(heads))
        rows += [[size] + [cell(results, case, size, s, with_spread=False) for s in heads]
                 for size in sizes[case]]
    return [''] + heads, rows


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
    for (case, size, subject), reason in results.lacking.items():
        reasons.setdefault((subject, reason), []).append(f'{case} {size}')
    for (subject, reason), what in reasons.items():
        yield f'no figure of {subject}{f", {what[0]}" if len(what) == 1 else ""}: {reason}'


def text(results):
    lines = []
    for name, heads, rows in tables(results):
        widths = [max(len(str(r[i])) for r in [heads] + rows) for i in range(len(heads))]
        lines.append(name)
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
             '# The latest run of the benchmark',
             'How to read and repeat it, and the verdict: [measure.md](../measure.md).',
             table(['', ''], [[k, v] for k, v in facts.items()]), '## Targets, as ratios',
             table(['what', 'ratio', 'target', ''], target_rows(results)), '## Medians',
             table(*medians(results)), '## Notes',
             '\n'.join(f'- {note}' for note in notes(results)), listed(legend.CASES),
             '## Left out', listed(legend.LEFT_OUT)]
    return '\n\n'.join(parts) + '\n'
