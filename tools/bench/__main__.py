# SPDX-License-Identifier: BSD-3-Clause
"""This driver beside its peers and the limit, on the same veths in one run.

The subjects take turns, in another order each round; the figures are medians over the
rounds with both extremes. Writes bench.json, bench.svg and measure.md (for doc/measure.md).
"""
import argparse
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# pylint: disable=wrong-import-position
from bench import cases, cross, hosts, machine, plans, plot, process, report
from bench.results import Results
from bench.subjects import DPDK, Maker
from lab.net import PLUGIN, Lab, build_dir, guarded, prepare

SUBJECTS = ('afpring', 'af_packet', 'af_xdp', 'limit', 'bridge')


def turn(names, number):
    """Another order each round: no subject always follows the same one."""
    shift = number % len(names)
    order = names[shift:] + names[:shift]
    return order if number % 2 == 0 else order[::-1]


class Bench:
    def __init__(self, lab, maker, options):
        self.lab, self.maker, self.options = lab, maker, options
        self.results = Results()

    def rounds(self, what, names, work):
        """work(name) for all of them in each round."""
        for number in range(self.options.rounds):
            print(f'{self.options.clock()} {what}: round {number + 1} of {self.options.rounds}',
                  flush=True)
            for name in turn(names, number):
                self.results.attempt(what, name, lambda name=name: work(name))

    def more(self):
        return tuple(subject for name, subject in plans.SUBJECTS.items()
                     if name in self.options.names)

    def frames(self):
        for group, measurements in plans.groups(self.options.names):
            able = []
            for name in SUBJECTS + self.more():
                reason = group.why_not(name)
                if reason:
                    self.results.left_out[(group.title(), name)] = reason
                else:
                    able.append(name)
            self.lab.mtu(group.mtu)
            self.rounds(group.title(), tuple(able), lambda name: cases.frames(
                self.lab, self.results, self.maker, group, name, measurements, self.options.ms))
        self.lab.mtu(1500)

    def hosts(self):
        wanted = [name for name in self.options.names if name in hosts.CASES]
        names = tuple(name for name in hosts.FORWARDERS
                      if name not in plans.SUBJECTS.values()) + self.more()
        if wanted:
            self.rounds('host to host', names, lambda name: hosts.hosts(
                self.lab, self.results, self.maker, name, wanted))

    def others(self):
        wanted = [name for name in self.options.names if name in process.CASES]
        if wanted:
            self.rounds('a process', process.SUBJECTS, lambda name: process.process(
                self.lab, self.results, self.maker, name, wanted))
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
        json.dump(results.raw, file, indent=0)
    with open(os.path.join(directory, 'bench.svg'), 'w', encoding='utf-8') as file:
        file.write(plot.svg(document))
    with open(os.path.join(directory, 'measure.md'), 'w', encoding='utf-8') as file:
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
    parser.add_argument('--ms', type=int, default=400, help='of each rate')
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
    lab = Lab('afpbench')
    bench = Bench(lab, Maker(lab, build, os.path.join(build, PLUGIN), options.seconds),
                  options)

    def work():
        facts = machine.facts(' '.join(sys.argv[1:]))
        print('\n'.join(f'{k}: {v}' for k, v in facts.items()))
        lab.build()
        bench.frames()
        bench.hosts()
        bench.others()
        facts['load average at the end'] = machine.load()
        write(bench.results, facts, directory)
        print('\n' + report.text(bench.results))
        print(f'in {directory}: bench.json bench-raw.json bench.svg measure.md')
        return 0
    sys.exit(guarded(lab, work))


main()
