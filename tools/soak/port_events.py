# SPDX-License-Identifier: BSD-3-Clause
"""What the application does with its port while traffic runs: flow rules, RSS, queues; events
as those of events.py."""
from lab.process import Failed, settled

from .rules import ALL, Rule, of_nobody, of_source

KEY = '6d5a56da255b0ec24167253d43a38fb0d0ca2bcbae7b30b477cb2da38030f20c6a42b73bbeac01fb'
TABLE = 128
WORDS = 8  # of a table in one of testpmd's lines


def counting_rules(scene):
    """Two rules count one half each of the frames, a third counts all; or they are destroyed."""
    if scene.rules:
        hits = [(rule, rule.hits()) for rule in scene.rules]
        scene.linger()
        for rule, before in hits:
            if rule.hits() < before:
                raise Failed(f'a count went back from {before} to {rule.hits()}')
        for rule in scene.rules:
            rule.destroy()
        scene.rules = []
        return 'destroyed'
    bit = 1 << scene.chance.randrange(4)
    for pattern, flows in (of_source(bit, 0), of_source(bit, bit), ('void', ALL)):
        scene.rules.append(Rule(scene.pmd, pattern, 'count / passthru', flows))
        scene.linger(scene.chance.randint(1, 200))
    return f'made, by bit {bit}'


def dropping_rule(scene):
    """Some flows are dropped, by a rule that counts or not, among rules that nobody meets."""
    mask = scene.chance.randint(1, 15)
    pattern, flows = of_source(mask, scene.chance.randrange(16) & mask)
    counts = scene.chance.random() < 0.5
    others = [Rule(scene.pmd, of_nobody(n), 'drop', frozenset(), scene.chance.randrange(3))
              for n in range(scene.chance.choice((0, 1, 20)))]
    before = scene.pmd.xstats()['rx_flow_dropped']
    scene.muted = flows
    rule = Rule(scene.pmd, pattern, 'count / drop' if counts else 'drop', flows, 1)
    scene.linger()
    words = f'{len(flows)} of 16 flows'
    if counts:  # a mark would not come back
        scene.traffic.tell('hold')
        dropped, hits = settled(lambda: (scene.pmd.xstats()['rx_flow_dropped'] - before, rule.hits()))
        if hits != dropped:
            raise Failed(f'a rule has counted {hits} of {dropped} packets dropped')
        scene.traffic.tell('go')
        words += f', {hits} counted'
    for one in scene.chance.sample([rule, *others], 1 + len(others)):
        one.destroy()
    return words


def _begin_rss(scene):
    """While nothing is under way: the first key wants a stopped port."""
    scene.flush()
    with scene.paused():
        for line in ('port stop 0', f'port config 0 rss-hash-key ipv4-tcp {KEY}', 'port start 0'):
            scene.pmd.cmd(line)
    scene.has_rss, scene.rules = True, []  # testpmd flushes them with the stop
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
