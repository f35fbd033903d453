# SPDX-License-Identifier: BSD-3-Clause
"""The rules of flowrules.c in the kernel's own words: nft and tc, at the ingress of an interface."""
import ipaddress
import re
import subprocess
import time

from lab.process import Failed

SENDER = '198.18.0.1'  # of perf_frame()
CHANGES = 500


def address(first, nth):
    return str(ipaddress.IPv4Address(first) + nth)


def fields(kind, action, nth, is_last):
    """What the rule of this number asks for."""
    if action == 'count' and is_last:
        return {'saddr': SENDER}
    found = {'saddr': address('10.0.0.0', nth), 'daddr': address('10.64.0.0', nth),
             'dport': 10000 + nth}
    if kind == 'flow':
        return found | {'sport': 20000 + nth}
    name = ('saddr', 'daddr', 'dport')[nth % 3 if kind == 'mixed' else 0]
    return {name: found[name]}


class Rules:
    """So many rules in front of the interface; close() takes them away."""

    def __init__(self, ns, iface, kind, action, nb):
        self.ns, self.iface, self.kind, self.action = ns, iface, kind, action
        self.nb = nb
        try:
            self.begin()
            self.feed([self.line(self.rule(n)) for n in range(nb)], self.AT_ONCE)
        except BaseException:
            self.close()
            raise

    def rule(self, nth):
        return fields(self.kind, self.action, nth, nth + 1 == self.nb)

    def feed(self, lines, program=None):
        """The seconds that it took."""
        start = time.monotonic()
        done = subprocess.run(self.ns.argv(*(program or self.PROGRAM)), input='\n'.join(lines) + '\n',
                              capture_output=True, text=True, timeout=60, check=False)
        said = (done.stderr or '').strip()
        if done.returncode or said:
            raise Failed(f'{self.PROGRAM[0]}: {(said or "failed").splitlines()[0]}')
        return time.monotonic() - start

    def change_us(self):
        """To add a rule or to take one away; the program is started for many of them."""
        few, many = (self.feed(self.changes(number)) for number in (1, 1 + CHANGES))
        return (many - few) * 1e6 / (2 * CHANGES)


class Nft(Rules):
    PROGRAM = ('nft', '-i')  # each line is a transaction
    AT_ONCE = ('nft', '-f', '-')
    handle = None  # of the rule that came last

    @property
    def table(self):
        return f'netdev t-{self.iface}'

    def begin(self):
        self.feed([f'add table {self.table}', f'add chain {self.table} c {{ type filter hook '
                   f'ingress device {self.iface} priority 0; }}'])

    def line(self, asks):
        words = [f'ip {name} {value}' if name.endswith('addr') else f'udp {name} {value}'
                 for name, value in asks.items()]
        words += [] if 'dport' in asks else ['meta l4proto udp']
        return f'add rule {self.table} c {" ".join(words)} ' + (
            'counter' if self.action == 'count' else 'drop')

    def changes(self, number):
        """Handles are given in a row, and none twice."""
        if self.handle is None:
            listed = self.ns.run('nft', '-a', 'list', 'table', *self.table.split())
            self.handle = max(map(int, re.findall(r'[^{] # handle (\d+)', listed)))
        for _ in range(number):
            self.handle += 1
            yield self.line(self.rule(self.nb - 1))
            yield f'delete rule {self.table} c handle {self.handle}'

    def close(self):
        self.ns.run('nft', 'delete', 'table', *self.table.split(), check=False)


class NftSet(Nft):
    """One rule and a set of the addresses."""
    def begin(self):
        super().begin()
        self.feed([f'add set {self.table} s {{ type ipv4_addr; }}',
                   f'add rule {self.table} c meta l4proto udp ip saddr @s ' +
                   ('counter' if self.action == 'count' else 'drop')])

    def line(self, asks):
        return f'add element {self.table} s {{ {asks["saddr"]} }}'

    def changes(self, number):
        element = f'element {self.table} s {{ {self.rule(0)["saddr"]} }}'
        for _ in range(number):
            yield f'delete {element}'
            yield f'add {element}'


class Tc(Rules):
    PROGRAM = AT_ONCE = ('tc', '-batch', '-')

    def begin(self):
        self.feed([f'qdisc add dev {self.iface} clsact'])

    def line(self, asks, priority=1):
        return (f'filter add dev {self.iface} ingress protocol ip prio {priority} '
                f'{self.words(asks)}')

    def changes(self, number):
        for _ in range(number):
            yield self.line(self.rule(self.nb - 1), 2)
            yield f'filter del dev {self.iface} ingress prio 2'

    def close(self):
        self.ns.run('tc', 'qdisc', 'del', 'dev', self.iface, 'clsact', check=False)


class Flower(Tc):
    NAMES = {'saddr': 'src_ip', 'daddr': 'dst_ip', 'sport': 'src_port', 'dport': 'dst_port'}

    def words(self, asks):
        return ' '.join(['flower ip_proto udp'] +
                        [f'{self.NAMES[name]} {value}' for name, value in asks.items()] +
                        ['action', 'ok' if self.action == 'count' else 'drop'])


class U32(Tc):
    """Without an action, which is a module of its own, as flower is: only looking costs."""
    NAMES = {'saddr': 'src', 'daddr': 'dst', 'sport': 'sport', 'dport': 'dport'}

    def words(self, asks):
        return ' '.join(['u32 match ip protocol 17 0xff'] + [
            f'match ip {self.NAMES[name]} {value}' + (' 0xffff' if 'port' in name else '')
            for name, value in asks.items()] + ['flowid 1:1'])


KINDS = {'nft': Nft, 'nft_set': NftSet, 'flower': Flower, 'u32': U32}
