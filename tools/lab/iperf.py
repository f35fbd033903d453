# SPDX-License-Identifier: BSD-3-Clause
"""iperf3 between host a and host b.

Where sender and receiver run decides a rate more than who forwards does, so that is
named, and the same for every subject:

  together  both on the first processor, a poller has the last one for itself. The bridge does
            its work on the processor of whoever sends. On two processors each subject had
            its largest rates, or nearly, here.
  apart     sender on the first, receiver on the last; on two processors a poller shares
            with the receiver. Segments overtake each other in the hosts, with the bridge
            too: acknowledgements let the second processor send as well.
  free      left to the scheduler: only many runs tell anything.
"""
import json
import os
import subprocess
import time

from .hosts import ADDRESS
from .process import Failed

CONGESTION = 'cubic'  # named, for its default differs between machines


def places():
    """iperf3's option for each placement."""
    cpus = sorted(os.sched_getaffinity(0))
    return {'together': ('-A', f'{cpus[0]},{cpus[0]}'), 'free': (),
            'apart': ('-A', f'{cpus[0]},{cpus[-1]}')}


def report_of(argv, seconds):
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=seconds + 8)
    except subprocess.TimeoutExpired:
        raise Failed(f'iperf3: no end after {seconds + 8} s') from None
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise Failed(f'iperf3: {done.stdout}{done.stderr}') from None


def iperf(lab, seconds, *options):
    """The "end" of its report. A connection that does not come about in time is Failed."""
    argv = lab.ns('a').argv('iperf3', '-J', '-c', ADDRESS['b'], '-t', str(seconds),
                            '--connect-timeout', '3000', *options)
    report = report_of(argv, seconds)
    for _ in range(10):
        if 'busy' not in report.get('error', ''):
            break
        time.sleep(0.3)  # the server has not yet put away the test before
        report = report_of(argv, seconds)
    if 'error' in report:
        raise Failed(f'iperf3: {report["error"]}')
    return report['end']


def tcp(lab, seconds, *options):
    """(Gbit/s that arrived, segments sent again)"""
    end = iperf(lab, seconds, '-C', CONGESTION, *options)
    return (end['sum_received']['bits_per_second'] / 1e9,
            end['sum_sent'].get('retransmits', 0))


def udp(lab, seconds, *options):
    """(Gbit/s that arrived, share of the data that did not). The report's own share
    knows nothing of datagrams after the last one that came."""
    end = iperf(lab, seconds, '-u', *options)
    sent, received = (end[key]['bytes'] for key in ('sum_sent', 'sum_received'))
    return (end['sum_received']['bits_per_second'] / 1e9,
            max(0, 1 - received / sent) if sent else 0)
