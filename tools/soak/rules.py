# SPDX-License-Identifier: BSD-3-Clause
"""Flow rules of the port, made and asked through testpmd, by the source addresses of frames.c.

A rule that counts is asked at each balance: while the sender pauses its hits are known to the
frame, for every frame that the port has received is in RX-packets.
"""
import itertools
import re

from lab.process import Failed

FLOWS = 16  # of frames.h, each has the source address 02:00:00:00:02:<flow>
ALL = frozenset(range(FLOWS))
_serial = itertools.count()


class Rule:
    def __init__(self, pmd, pattern, actions, flows, priority=0):
        self.pmd, self.flows, self.key = pmd, flows, f'rule {next(_serial)}'
        self.is_new = True  # made since the books were opened, while frames came
        said = pmd.cmd(f'flow create 0 priority {priority} ingress pattern {pattern} / end '
                       f'actions {actions} / end')
        made = re.search(r'Flow rule #(\d+) created', said)
        if not made:
            raise Failed(f'no rule for {pattern}: {said}{pmd.log()[-500:]}')
        self.number = made.group(1)

    def hits(self):
        said = self.pmd.cmd(f'flow query 0 {self.number} count')
        found = re.search(r' hits: (\d+)', said)
        if not found:
            raise Failed(f'rule {self.number} does not count: {said}')
        return int(found.group(1))

    def destroy(self):
        said = self.pmd.cmd(f'flow destroy 0 rule {self.number}')
        if 'destroyed' not in said:
            raise Failed(f'rule {self.number} stays: {said}')


def of_source(mask, value):
    """A pattern for the flows whose number, masked, is the value; and these flows."""
    flows = frozenset(flow for flow in ALL if flow & mask == value)
    return (f'eth src spec 02:00:00:00:02:{value:02x} src mask ff:ff:ff:ff:ff:{0xf0 | mask:02x}',
            flows)


def of_nobody(number):
    """For an address that no frame has, beside those that they have."""
    return f'eth src is 02:00:00:00:03:{number:02x}'


def wrong(rules, page):
    """What these rules have counted on a page that they cannot have."""
    words = []
    for rule in rules:
        hits = page[rule.key]
        sent, back = (sum(page[f'host {way} of {flow}'] for flow in rule.flows)
                      for way in ('sent', 'received'))
        if not (0 if rule.is_new else back) <= hits <= sent:
            words.append(f'a rule has counted {hits} of {sent} frames sent, {back} of which came back')
    old = [rule for rule in rules if not rule.is_new]
    counted = sum(page[rule.key] for rule in old)
    times = sum(len(rule.flows) for rule in old) / FLOWS  # of each flow
    if counted != times * page['port RX-packets']:
        words.append(f'rules for each flow, {times:g} times, have counted {counted} of '
                     f'{page["port RX-packets"]} packets received')
    return words
