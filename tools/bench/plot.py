# SPDX-License-Identifier: BSD-3-Clause
"""One SVG with a panel of bars for each case, the spread as a line on each bar."""
from html import escape

COLOURS = {'afpring': '#1b6ca8', 'afpring_io': '#6aa9d8', 'afpring_thread': '#123f66',
           'afpring_beside': '#8ab8a0', 'af_packet': '#d1495b', 'af_packet_off': '#e8a0a8',
           'af_xdp': '#edae49', 'limit': '#555555',
           'bridge': '#3f8f5b', 'tap': '#7b5ea7', 'poll': '#a0522d', 'null': '#bbbbbb'}
PANELS = {
    'tx_pps': 'transmit only, packets/s (more is better)',
    'rx_drain_ns': 'drain a full ring, ns per packet (less is better)',
    'fwd_cycles': 'forward at full bursts, cycles per packet (less is better)',
    'fwd_pps': 'forward under one generator, packets/s (more is better)',
    'tcp_gbps': 'TCP between two hosts, Gbit/s (more is better)',
    'udp_gbps': 'UDP between two hosts, Gbit/s that arrived (more is better)',
    'rtt_us': 'round trip of one frame, microseconds (less is better)',
    'first_us': 'first frame after silence, microseconds (less is better)',
    'start_ms': 'from the start of a process to its started ports, ms (less is better)',
}
GROUPS = 8  # of bars in one panel; more are continued in the next
WIDTH, HEIGHT, MARGIN, BAR, PLOT = 900, 220, 60, 34, 140


def number(value):
    for limit, unit in ((1e6, 'M'), (1e4, 'k')):
        if value >= limit:
            return f'{value / (1e6 if unit == "M" else 1e3):.3g}{unit}'
    return f'{value:.4g}'


def bar(x, base, top, figures, subject):
    def at(value):
        return base - PLOT * value / top
    middle = x + BAR / 2
    yield (f'<rect x="{x}" y="{at(figures["median"]):.1f}" width="{BAR - 3}" '
           f'height="{base - at(figures["median"]):.1f}" fill="{COLOURS.get(subject, "#999")}"/>')
    yield (f'<line x1="{middle - 1.5}" x2="{middle - 1.5}" y1="{at(figures["min"]):.1f}" '
           f'y2="{at(figures["max"]):.1f}" stroke="black"/>')
    yield (f'<text x="{middle - 1.5}" y="{at(figures["max"]) - 4:.1f}" class="n">'
           f'{number(figures["median"])}</text>')


def panel(title, sizes, y):
    top = max(f['max'] for by in sizes.values() for f in by.values()) or 1
    base, x = y + 30 + PLOT + 15, MARGIN
    yield f'<text x="{MARGIN}" y="{y + 20}" class="t">{escape(title)}</text>'
    for size, by in sizes.items():
        start = x
        for subject in (s for s in COLOURS if s in by):
            yield from bar(x, base, top, by[subject], subject)
            x += BAR
        yield f'<text x="{(start + x) / 2}" y="{base + 15}" class="n">{escape(size)}</text>'
        x += BAR
    yield f'<line x1="{MARGIN}" x2="{x}" y1="{base}" y2="{base}" stroke="black"/>'


def panels(document):
    """(case, some of its sizes), in the order of PANELS."""
    for case in PANELS:
        sizes = list(document.get(case, {}).items())
        for at in range(0, len(sizes), GROUPS):
            yield case, dict(sizes[at:at + GROUPS])


def width(shown):
    bars = max((sum(len(by) + 1 for by in sizes.values()) for _, sizes in shown), default=1)
    return max(WIDTH, 2 * MARGIN + BAR * bars)


def svg(document):
    shown = list(panels(document))
    wide, high = width(shown), HEIGHT * len(shown) + 40
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
             'font-family="sans-serif">',
             '<style>.t{font-size:14px;font-weight:bold}.n{font-size:9px;text-anchor:middle}'
             '.k{font-size:12px}</style>',
             f'<rect width="{wide}" height="{high}" fill="white"/>']
    x = MARGIN
    for subject, colour in COLOURS.items():
        lines.append(f'<rect x="{x}" y="12" width="12" height="12" fill="{colour}"/>'
                     f'<text x="{x + 16}" y="23" class="k">{subject}</text>')
        x += 30 + 8 * len(subject)
    for i, (case, sizes) in enumerate(shown):
        lines += panel(f'{case}: {PANELS[case]}', sizes, 40 + i * HEIGHT)
    return '\n'.join(lines + ['</svg>']) + '\n'
