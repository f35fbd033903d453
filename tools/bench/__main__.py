# SPDX-License-Identifier: BSD-3-Clause
"""This driver beside its peers and the limit, on the same veths in one run.

The subjects take turns, frames in slices of a round, and in another order each time; the
figures are medians over the rounds with both extremes. Writes bench.json, bench-raw.json,
bench.svg and tables.md; the last two are for doc/measure.
"""
import argparse
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# pylint: disable=wrong-import-position
from bench import cases, cross, features, hosts, machine, plans, plot, process, report, rules
from bench.results import Results
from bench.subjects import BESIDE, DPDK, Maker
from lab.hosts import Hosts, build_dir, guarded, prepare
from lab.process import PLUGIN_NAME

SUBJECTS = ('afpring', 'af_packet', 'af_xdp', 'limit', 'bridge')


class Bench:
    def __init__(self, lab, maker, options):
        self.lab, self.maker, self.options = lab, maker, options
        self.results = Results()

    def rounds(self, what, names, work):
        """work(name) for all of them in each round."""
        for number in range(self.options.rounds):
            self.begin(what, number)
            for name in cases.turn(names, number):
                self.results.attempt(what, name, lambda name=name: work(name))

    def begin(self, what, number):
        self.results.round = number
        print(f'{self.options.clock()} {what}: round {number + 1} of {self.options.rounds}',
              flush=True)

    def more(self):
        return tuple(subject for name, subject in plans.SUBJECTS.items()
                     if name in self.options.names) + (BESIDE,) * bool(self.options.beside)

    def able(self, group):
        for name in SUBJECTS + self.more():
            reason = group.why_not(name)
            if reason is None:
                yield name
            else:
                self.results.left_out[(group.title(), name)] = reason

    def frames(self):
        piece = cases.Slice(self.options.ms, self.options.slices)
        for number in range(self.options.rounds):
            for group, measurements in plans.groups(self.options.names):
                self.begin(group.title(), number)
                able = tuple(self.able(group))
                for lane in range(len(able)):
                    self.lab.lane(lane)
                self.lab.mtu(group.mtu)
                cases.frames(self.lab, self.results, self.maker, group,
                             cases.turn(able, number), measurements, piece)
        self.lab.mtu(1500)

    def hosts(self):
        wanted = [name for name in self.options.names if name in hosts.CASES]
        names = tuple(name for name in hosts.FORWARDERS
                      if name not in (*plans.SUBJECTS.values(), BESIDE)) + self.more()
        if wanted:
            self.rounds('host to host', names, lambda name: hosts.hosts(
                self.lab, self.results, self.maker, name, wanted))

    def others(self):
        wanted = [name for name in self.options.names if name in process.CASES]
        if wanted:
            self.rounds('a process', process.SUBJECTS, lambda name: process.process(
                self.lab, self.results, self.maker, name, wanted))
        for module in (rules, features):
            for name in module.CASES:
                if name in self.options.names:
                    work = getattr(module, name)
                    self.rounds(name, ('afpring',), lambda _, work=work: work(
                        self.lab, self.results, self.maker, self.options))
        if 'cross' in self.options.names:
            self.rounds('cross check', DPDK, lambda name: cross.cross(
                self.lab, self.results, self.maker, name, self.options.ms))


def write(results, facts, directory):
    os.makedirs(directory, exist_ok=True)
    document = results.summary()
    document['machine'] = facts
    document['left_out'] = {f'{w}: {s}': r for (w, s), r in results.left_out.items()}
    document['lacking'] = {': '.join(what): r for what, r in results.lacking.items()}
    document['targets'] = report.targets(results)
    with open(os.path.join(directory, 'bench.json'), 'w', encoding='ascii') as file:
        json.dump(document, file, indent=1)
    with open(os.path.join(directory, 'bench-raw.json'), 'w', encoding='ascii') as file:
        file.write('[\n' + ',\n'.join(map(json.dumps, results.raw())) + '\n]\n')
    with open(os.path.join(directory, 'bench.svg'), 'w', encoding='utf-8') as file:
        file.write(plot.svg(document))
    with open(os.path.join(directory, 'tables.md'), 'w', encoding='utf-8') as file:
        file.write(report.markdown(results, facts))


def arguments():
    names = '\n'.join(f'  {name:8} {"*" if name in plans.DEFAULT else " "} {words}'
                      for name, words in plans.HELP.items())
    parser = argparse.ArgumentParser(
        prog='run bench', description=__doc__, epilog=f'cases (* without any name):\n{names}',
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('cases', nargs='*', metavar='CASE', choices=[[], 'full', *plans.HELP],
                        help='one of those below, or full: all of them, about half an hour')
    parser.add_argument('--rounds', type=int, default=5, help='5 are needed for a spread')
    parser.add_argument('--ms', type=int, default=400, help='of each rate in a round')
    parser.add_argument('--slices', type=int, default=8, help='of a round, for frames')
    parser.add_argument('--beside', metavar='PLUGIN', help='another build of it, as one more '
                        'candidate: is a change worth it?')
    parser.add_argument('--seconds', type=int, default=1, help='of each flow')
    parser.add_argument('--out', help='directory of the results (default: bench/ of the build)')
    options = parser.parse_args()
    options.names = plans.chosen(options.cases)
    start = time.monotonic()
    options.clock = lambda: f'{time.monotonic() - start:5.0f} s '
    return options


def main():
    options = arguments()
    prepare(('ip', 'iperf3', 'ethtool', 'taskset', 'dpdk-testpmd'))
    build = build_dir()
    directory = options.out or os.path.join(build, 'bench')
    lab = Hosts()
    maker = Maker(lab, build, os.path.join(build, PLUGIN_NAME), options.seconds, options.beside)
    bench = Bench(lab, maker, options)

    def work():
        facts = machine.facts(' '.join(sys.argv[1:]), maker.memory[1])
        print('\n'.join(f'{k}: {v}' for k, v in facts.items()))
        lab.build()
        try:
            bench.frames()
            bench.hosts()
            bench.others()
        finally:  # what there is, whatever ended it
            facts['load average at the end'] = machine.load()
            write(bench.results, facts, directory)
        print('\n' + report.text(bench.results))
        print(f'in {directory}: bench.json bench-raw.json bench.svg tables.md')
        return 0
    sys.exit(guarded(lab, work))


main()
