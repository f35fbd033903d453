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
from bench import cases, machine, plot, report
from bench.subjects import Group, Maker
from lab.net import PLUGIN, Failed, Lab, build_dir, guarded, prepare

SUBJECTS = ('afpring', 'af_packet', 'af_xdp', 'limit', 'bridge')
SMALL, LARGE = 64, 1514
MOST_SIZES = (64, 128, 256, 512, 1024, 1514)
JUMBO_SIZES = (4096, 9014)
FRAME_CASES = ('tx', 'rx', 'drain', 'fwd_cycles', 'fwd')


class Plan:
    """What is measured in one group."""

    def __init__(self, names, sizes, ms, bursts=(32,)):
        self.ms = ms
        self.cases = [(case, size, 32) for case in names for size in sizes]
        self.cases += [(case, size, burst) for case in names for size in sizes
                       for burst in bursts if burst != 32 and case in ('tx', 'fwd_cycles')]


def plans(options):
    yield Group(), Plan(FRAME_CASES, MOST_SIZES if options.full else (SMALL, LARGE), options.ms,
                        (1, 4, 32, 64) if options.full else (32,))
    if options.full:
        yield Group(queues=2), Plan(('tx', 'drain', 'fwd_cycles'), (SMALL, LARGE), options.ms)
        yield Group(mtu=9000), Plan(FRAME_CASES, JUMBO_SIZES, options.ms)
    yield Group(queues=64), Plan(('fwd_cycles',), (SMALL,), options.ms)


def turn(names, number):
    """Another order each round: no subject always follows the same one."""
    shift = number % len(names)
    order = names[shift:] + names[:shift]
    return order if number % 2 == 0 else order[::-1]


def try_once(results, what, name, work):
    """A subject that cannot is left out with the reason it gave, the others go on."""
    if (what, name) in results.left_out and not results.left_out[(what, name)].startswith('0:'):
        return
    try:
        work()
    except Failed as why:
        results.leave_out(what, name, str(why).splitlines()[0])
        print(f'    {name}: {str(why).splitlines()[0]}')


def frame_rounds(lab, results, maker, options):
    for group, plan in plans(options):
        what = f'frames, MTU {group.mtu}, {group.queues} queue{"s" * (group.queues != 1)}'
        lab.mtu(group.mtu)
        for number in range(options.rounds):
            print(f'{options.clock()} {what}: round {number + 1} of {options.rounds}', flush=True)
            for name in turn(SUBJECTS, number):
                reason = group.why_not(name)
                if reason:
                    results.left_out[(what, name)] = reason
                    continue
                try_once(results, what, name, lambda name=name: cases.frames(
                    lab, results, maker, group, name, plan))
    lab.mtu(1500)


def host_rounds(lab, results, maker, options):
    names = tuple(cases.FORWARDERS)
    for number in range(options.rounds):
        print(f'{options.clock()} host to host: round {number + 1} of {options.rounds}', flush=True)
        for name in turn(names, number):
            if results.median('tcp_gbps', '1 flow', name) == 0.0:
                continue  # no connection came about; waiting again would show no more
            try_once(results, 'host to host', name, lambda name=name: cases.hosts(
                lab, results, maker, name, options.seconds))


def write(results, facts, directory):
    os.makedirs(directory, exist_ok=True)
    document = results.summary()
    document['machine'] = facts
    document['left_out'] = {f'{w}: {s}': r for (w, s), r in results.left_out.items()}
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
    parser = argparse.ArgumentParser(prog='run bench', description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--full', action='store_true',
                        help='all frame sizes, bursts, queues, jumbo frames: twice as long or more')
    parser.add_argument('--rounds', type=int, default=5, help='5 are needed for a spread')
    parser.add_argument('--ms', type=int, default=400, help='of each rate')
    parser.add_argument('--seconds', type=int, default=1, help='of each TCP flow')
    parser.add_argument('--only', choices=('frames', 'hosts'), help='half of it')
    parser.add_argument('--out', help='directory of the results (default: bench/ of the build)')
    options = parser.parse_args()
    start = time.monotonic()
    options.clock = lambda: f'{time.monotonic() - start:5.0f} s '
    return options


def main():
    options = arguments()
    prepare(('ip', 'iperf3', 'ethtool', 'taskset', 'dpdk-testpmd'))
    build = build_dir()
    directory = options.out or os.path.join(build, 'bench')
    lab, results = Lab('afpbench'), cases.Results()
    maker = Maker(lab, build, os.path.join(build, PLUGIN))

    def work():
        facts = machine.facts(' '.join(sys.argv[1:]))
        print('\n'.join(f'{k}: {v}' for k, v in facts.items()))
        lab.build()
        if options.only != 'hosts':
            frame_rounds(lab, results, maker, options)
        if options.only != 'frames':
            host_rounds(lab, results, maker, options)
        facts['load average at the end'] = machine.load()
        write(results, facts, directory)
        print('\n' + report.text(results))
        print(f'in {directory}: bench.json bench-raw.json bench.svg measure.md')
        return 0
    sys.exit(guarded(lab, work))


main()
