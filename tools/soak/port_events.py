# SPDX-License-Identifier: BSD-3-Clause
"""What the application does with its port while traffic runs: RSS, queues; events as those
of events.py."""
from lab.process import Failed

KEY = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fb'
TABLE = 128
WORDS = 8  # of a table in one of testpmd's lines


def _begin_rss(scene):
    """While nothing is under way: the first key wants a stopped port."""
    scene.flush()
    with scene.paused():
        for line in ('port stop 0', f'port config 0 rss-hash-key ipv4-tcp {KEY}', 'port start 0'):
            scene.pmd.cmd(line)
    scene.has_rss = True
    scene.traffic.tell('go')


def _received(scene, queues):
    now = scene.pmd.xstats()
    return [now[f'rx_q{number}_packets'] for number in range(queues)]


def rss_table(scene):
    """Another table, twice: its first entry has all packets without a hash, which the frames are."""
    queues = scene.config.get('qpairs', 1)
    if queues == 1:
        return 'refused: one queue'
    if not scene.has_rss:
        _begin_rss(scene)
    for _ in range(2):
        table = [scene.chance.randrange(queues) for _ in range(TABLE)]
        entries = [f'({n},{to})' for n, to in enumerate(table)]
        for at in range(0, TABLE, WORDS):
            scene.pmd.cmd('port config 0 rss reta ' + ','.join(entries[at:at + WORDS]))
        scene.linger()
        scene.flush()
        before = _received(scene, queues)
        scene.traffic.tell('go')
        scene.linger()
        scene.flush()
        grown = [to for to, now in enumerate(_received(scene, queues)) if now != before[to]]
        if grown != [table[0]]:
            raise Failed(f'queues {grown} have received, not {table[0]}')
        scene.traffic.tell('go')
    return f'of {queues} queues'


def _told(scene, line):
    said = scene.pmd.cmd(line)
    if 'fail' in said.lower() or 'not support' in said:
        raise Failed(f'{line}: {said}')


def queue(scene):
    """One is stopped, perhaps set up anew with another ring, and started."""
    half = scene.chance.choice(('rxq', 'txq'))
    number = scene.chance.randrange(scene.config.get('qpairs', 1))
    size = scene.chance.choice((0, 256, 512, 1024, 2048))
    name = f'{half} {number}'
    with scene.paused():
        _told(scene, f'port 0 {name} stop')
    scene.linger()
    with scene.paused():
        if size:
            _told(scene, f'port config 0 {name} ring_size {size}')
            _told(scene, f'port 0 {name} setup')
        _told(scene, f'port 0 {name} start')
    return f'{name}, {size} descriptors' if size else name
