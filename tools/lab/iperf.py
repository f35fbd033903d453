# SPDX-License-Identifier: BSD-3-Clause
"""iperf3 between host a and host b.

Where sender and receiver run decides a rate more than who forwards does, so both are pinned,
in the same way for every subject, to the processors' two opposite answers:

  together  both on the first processor, a poller has the last one for itself. The bridge does
            its work on the processor of whoever sends, so everything of its stays in one
            cache. On two processors the largest rates of all subjects were seen here.
  apart     sender on the first, receiver on the last: data crosses caches with every subject.
            On two processors a poller shares with the receiver.

Left to the scheduler, runs with the bridge fell into one or the other by chance, with rates
a factor of three apart.
"""
import json
import os
import subprocess

from .net import ADDRESS, Failed

CONGESTION = 'cubic'  # named, for its default differs between machines


def places():
    """iperf3's option for each placement."""
    cpus = sorted(os.sched_getaffinity(0))
    return {'together': ('-A', f'{cpus[0]},{cpus[0]}'), 'apart': ('-A', f'{cpus[0]},{cpus[-1]}')}


def iperf(lab, seconds, *options):
    """The "end" of its report. A connection that does not come about in time is Failed."""
    argv = lab.argv('a', 'iperf3', '-J', '-c', ADDRESS['b'], '-t', str(seconds),
                    '--connect-timeout', '3000', *options)
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds + 8)
    except subprocess.TimeoutExpired:
        raise Failed(f'iperf3: no end after {seconds + 8} s') from None
    try:
        report = json.loads(done.stdout)
    except ValueError:
        raise Failed(f'iperf3: {done.stdout}{done.stderr}') from None
    if 'error' in report:
        raise Failed(f'iperf3: {report["error"]}')
    return report['end']


def tcp(lab, seconds, *options):
    """(Gbit/s that arrived, segments sent again)"""
    end = iperf(lab, seconds, '-C', CONGESTION, *options)
    return (end['sum_received']['bits_per_second'] / 1e9,
            end['sum_sent'].get('retransmits', 0))
