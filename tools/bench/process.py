# SPDX-License-Identifier: BSD-3-Clause
"""A process with one port: how long until it is started, what it costs to wait there, and how
late the first packet is for a process that sleeps."""
import json
import time

from lab.process import Failed, cpu_seconds

from .subjects import DPDK, GENERATOR_CPU, Ends, Group

SUBJECTS = (*DPDK, 'tap', 'poll', 'null')  # net_null: what DPDK itself takes
IDLE_MS = 500
HOUR_MS = 3600000
SILENCE_US = 3000
FIRST_FRAMES = 500
ROUND_TRIPS = 5000
CASES = ('idle', 'start', 'rtt')


def waiting(program):
    """% of a processor while it receives nothing."""
    pid = program.program.pid
    program.tell('rx', 32, IDLE_MS + 100)
    before, start = cpu_seconds(pid), time.monotonic()
    time.sleep(IDLE_MS / 1000)
    used = (cpu_seconds(pid) - before) / (time.monotonic() - start)
    program.answer()
    return 100 * used


def trips(lab, maker, name, *words):
    """Of frames between the hosts, through the program's two interfaces."""
    ends = Ends(lab, name, Group())
    places = [word for who, iface in (*ends.into, *ends.out) for word in (lab.ns(who).name, iface)]
    return json.loads(lab.ns('dut').run('taskset', '-c', str(GENERATOR_CPU), maker.tool('rtt'),
                                        *places, *map(str, words)))


def first_frames(lab, results, maker, name, program):
    """Those after a silence, from the first interface of the sleeping process to its second."""
    program.tell('fwd', 32, HOUR_MS)
    done = trips(lab, maker, name, FIRST_FRAMES, 64, 0, SILENCE_US)
    for key in ('p50', 'p99'):
        results.add('first_us', key, name, done[key])
    results.add('rtt_lost', 'first frames', name, 100 * (1 - done['came_back'] / done['sent']))


def asleep(lab, results, maker, name, program):
    """Round trips, in each of which the process is woken twice."""
    program.tell('hosts', 32, HOUR_MS)
    done = trips(lab, maker, name, ROUND_TRIPS, 64)
    for key in ('p50', 'p99'):
        results.add('rtt_us', f'asleep {key}', name, done[key])
    results.add('rtt_lost', 'asleep', name, 100 * (1 - done['came_back'] / done['sent']))


def launched(lab, maker, name, count=1, options=()):
    return maker.subject(name, Group(), Ends(lab, name, Group()).ports[:count], options)


def polling(lab, results, maker, name, wanted):
    if name == 'poll' or wanted == ['rtt']:
        return
    program = launched(lab, maker, name)
    if 'start' in wanted:
        results.add('start_ms', '1 port', name, 1000 * program.started)
    if 'idle' in wanted and name != 'null':
        results.add('idle_cpu', 'polling', name, waiting(program))
    program.close()


def in_sleeper(lab, results, maker, name, work):
    """work(program): the same port in a program that sleeps until a packet interrupts."""
    if name == 'null' or ('idle_cpu', 'interrupts', name) in results.lacking:
        return
    try:
        program = launched(lab, maker, name, 2, ['-i'])
    except Failed as why:
        results.lack('idle_cpu', 'interrupts', name, str(why).rsplit('Cause: ', 1)[-1])
        return
    try:
        work(program)
    finally:
        lab.end(program.program)


def interrupts(lab, results, maker, name, wanted):
    def idle(program):
        results.add('idle_cpu', 'interrupts', name, waiting(program))
        first_frames(lab, results, maker, name, program)
    if 'idle' in wanted:
        in_sleeper(lab, results, maker, name, idle)
    if 'rtt' in wanted:
        in_sleeper(lab, results, maker, name,
                   lambda program: asleep(lab, results, maker, name, program))


def process(lab, results, maker, name, wanted):
    polling(lab, results, maker, name, wanted)
    interrupts(lab, results, maker, name, wanted)
