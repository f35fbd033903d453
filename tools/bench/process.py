# SPDX-License-Identifier: BSD-3-Clause
"""A process with one port: how long until it is started, and what it costs to wait there."""
import os
import time

from lab.process import Failed

from .subjects import DPDK, Ends, Group

SUBJECTS = (*DPDK, 'tap', 'null')  # net_null: what DPDK itself takes
IDLE_MS = 500
CASES = ('idle', 'start')


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii', errors='replace') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def waiting(program):
    """% of a processor while it receives nothing."""
    pid = program.program.pid
    program.tell('rx', 32, IDLE_MS + 100)
    before, start = cpu_seconds(pid), time.monotonic()
    time.sleep(IDLE_MS / 1000)
    used = (cpu_seconds(pid) - before) / (time.monotonic() - start)
    program.answer()
    return 100 * used


def launched(lab, maker, name, options=()):
    return maker.subject(name, Group(), Ends(lab, name, Group()).ports[:1], options)


def polling(lab, results, maker, name, wanted):
    program = launched(lab, maker, name)
    if 'start' in wanted:
        results.add('start_ms', '1 port', name, 1000 * program.started)
    if 'idle' in wanted and name != 'null':
        results.add('idle_cpu', 'polling', name, waiting(program))
    program.close()


def interrupts(lab, results, maker, name):
    """The same port in a program that sleeps until a packet interrupts."""
    if name == 'null' or ('idle_cpu', 'interrupts', name) in results.lacking:
        return
    try:
        program = launched(lab, maker, name, ['-i'])
    except Failed as why:
        results.lack('idle_cpu', 'interrupts', name, str(why).rsplit('Cause: ', 1)[-1])
        return
    results.add('idle_cpu', 'interrupts', name, waiting(program))
    program.close()


def process(lab, results, maker, name, wanted):
    polling(lab, results, maker, name, wanted)
    if 'idle' in wanted:
        interrupts(lab, results, maker, name)
