# SPDX-License-Identifier: BSD-3-Clause
"""Numbered traffic through a port, while what may happen to an interface happens to it.

The host's frames come back through testpmd. After each event traffic must flow by itself;
then the sender pauses, and every frame that has not come back must be in a counter, at a place
where this event may lose frames. Ends with 1 at the first that is not.
"""
import argparse
import os
import random
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# pylint: disable=wrong-import-position
from lab.hosts import guarded, prepare
from lab.process import Failed, settled
from soak import ledger
from soak.events import EVENTS
from soak.scene import Scene

PATIENCE_S = 5  # for the last frames to be counted, once the sender pauses


class Soak:
    def __init__(self, scene, events):
        self.scene, self.events = scene, events
        self.ledger = ledger.Ledger(scene)
        self.start = time.monotonic()
        self.totals = {}  # of each kind of event: how often, and its losses

    def say(self, words):
        print(f'{time.monotonic() - self.start:6.1f} s  {words}')

    def balance(self, event):
        """The losses since the last time, once nothing moves any more."""
        self.scene.flush()
        deadline = time.monotonic() + PATIENCE_S
        while True:
            page = settled(self.ledger.page, quiet=0.1)
            try:
                lost = self.ledger.check(event, page)
                break
            except ledger.Unaccounted:
                if time.monotonic() > deadline:
                    self.show(page)
                    raise
        self.ledger.open()
        self.scene.traffic.tell('go')
        return page, lost

    def show(self, page):
        """All there is to know of a page that does not balance."""
        print('what was counted since the last balance:')
        for key, value in page.items():
            if value:
                print(f'  {key:32} {value:10}')
        for number, count, at in self.scene.traffic.tell('report')['runs']:
            print(f'  missing: {count} frames from number {number}, sent {at} ms after the first')
        print(self.scene.pmd.log()[-2000:])

    def one(self):
        event = self.scene.chance.choices(self.events, [e.weight for e in self.events])[0]
        words = ''
        try:
            done = event.work(self.scene)
            for words in [done] if isinstance(done, str) else done:
                self.step(event, words)
        except (Failed, ledger.Unaccounted) as why:
            raise Failed(f'{event.name} {words}: {why}') from None

    def step(self, event, words):
        self.scene.await_flow()
        page, lost = self.balance(event)
        self.scene.check_usage()
        self.scene.check_told()
        if (lines := self.scene.new_lines()).count('\n') > event.lines:
            raise Failed(f'a flood of lines:\n{lines}')
        self.record(event.name, page, lost)
        told = ', '.join(f'{place} {count}' for place, count in lost.items()) or 'nothing'
        self.say(f'{event.name} {words}: {page["host sent"]} sent, lost: {told}')

    def record(self, name, page, lost):
        total = self.totals.setdefault(name, {'times': 0, 'sent': 0, 'back': 0})
        for key, value in {'times': 1, 'sent': page['host sent'],
                           'back': page['host received'], **lost}.items():
            total[key] = total.get(key, 0) + value

    def table(self):
        print(f'\n{"event":16} {"times":>6} {"sent":>9} {"back":>9}  lost where')
        for name, total in sorted(self.totals.items()):
            places = ', '.join(f'{key} {value}' for key, value in total.items()
                               if key not in ('times', 'sent', 'back'))
            print(f'{name:16} {total["times"]:6} {total["sent"]:9} {total["back"]:9}  {places}')

    def run(self, minutes):
        self.scene.build()
        self.scene.check_usage()
        self.scene.flush()
        settled(lambda: ledger.read(self.scene))
        self.ledger.open()
        self.scene.traffic.tell('go')
        self.say(f'testpmd with {self.scene.config_words()}')
        while time.monotonic() - self.start < 60 * minutes:
            self.one()


def arguments():
    names = '\n'.join(f'  {event.name:16} {(event.work.__doc__ or "").strip()}' for event in EVENTS)
    parser = argparse.ArgumentParser(prog='run soak', description=__doc__, epilog=f'events:\n{names}',
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('minutes', type=float)
    parser.add_argument('--seed', type=int, help='the same events again (default: another one)')
    parser.add_argument('--rate', type=int, default=4000, help='frames a second')
    parser.add_argument('--events', help='only those, names separated by commas')
    options = parser.parse_args()
    unknown = set((options.events or EVENTS[0].name).split(',')) - {event.name for event in EVENTS}
    if unknown:
        parser.error(f'no event {", ".join(sorted(unknown))}; they are listed by --help')
    if options.seed is None:
        options.seed = random.randrange(1 << 31)
    options.chosen = [event for event in EVENTS
                      if options.events is None or event.name in options.events.split(',')]
    return options


def main():
    options = arguments()
    prepare(('ip', 'tc', 'ethtool', 'nft', 'dpdk-testpmd'))
    scene = Scene(options.rate, random.Random(options.seed))
    soak = Soak(scene, options.chosen)
    print(f'seed {options.seed}')

    def work():
        try:
            soak.run(options.minutes)
        finally:
            soak.table()
        return 0
    return guarded(scene, work)


if __name__ == '__main__':
    sys.exit(main())
