# SPDX-License-Identifier: BSD-3-Clause
"""What can be asked for by name, and the settings and sizes that takes."""
from .subjects import Group

SMALL, LARGE = 64, 1514
MOST_SIZES = (64, 128, 256, 512, 1024, 1514)
JUMBO_SIZES = (4096, 9014)
BURSTS = (1, 4, 32, 64)
QUEUES = (1, 2, 4, 8, 16, 32, 64)
RINGS = (64, 256, 1024, 4096, 16384)
PORTS = (1, 2, 4, 8, 16)
FRAME_CASES = ('tx', 'rx', 'drain', 'fwd_cycles', 'fwd')

HELP = {
    'frames': 'transmit, receive, drain, forward at 64 and 1514 bytes; 64 queues',
    'tcp': 'iperf3 between two hosts, one flow and eight',
    'udp': 'datagrams between two hosts: large writes in fragments, GSO',
    'rtt': 'round trip, alone, beside traffic of half the forwarding rate, and asleep',
    'idle': 'processor time without traffic, polling and with interrupts; the first frame then',
    'start': 'from the start of a process to its started port',
    'sizes': 'frames from 64 to 1514 bytes and of 4096 and 9014',
    'bursts': 'bursts of 1, 4, 32 and 64',
    'queues': '1 to 64 queues: cycles; 1 and 2: rates as well',
    'ports': '1 to 16 ports of one lcore: cycles',
    'rings': 'rings of 64 to 16384 slots: transmit, drain, cycles, memory',
    'rules': 'flow rules, 1 to 1000: per packet and to change one, beside nft and tc',
    'filters': 'lists of addresses and VLANs, per packet',
    'features': 'offloads, each beside a port without it, and those of net_tap',
    'taps': 'net_tap, on taps of its own, as one more candidate',
    'kick': 'kick=thread as one more candidate',
    'cross': 'testpmd\'s txonly and its record-core-cycles beside portbench',
}
SUBJECTS = {'taps': 'tap', 'kick': 'afpring_thread'}  # that these names add
DEFAULT = ('frames', 'tcp', 'rtt', 'idle', 'start')
FULL = tuple(HELP)


def chosen(words):
    """The names that the words of a command line stand for, in order of HELP."""
    wanted = set(words or DEFAULT)
    if 'full' in wanted:
        wanted.update(FULL)
    return [name for name in HELP if name in wanted]


def combined(names, sizes, bursts=(32,)):
    return [(case, size, burst) for case in names for size in sizes for burst in bursts]


def parts(name):
    """(setting, measurements) of one name; a measurement is (case, size, burst)."""
    if name == 'frames':
        yield Group(), combined(FRAME_CASES, (SMALL, LARGE))
        yield Group(queues=64), combined(('fwd_cycles',), (SMALL,))
    elif name == 'sizes':
        yield Group(), combined(FRAME_CASES, MOST_SIZES)
        yield Group(mtu=9000), combined(FRAME_CASES, JUMBO_SIZES)
    elif name == 'bursts':
        yield Group(), combined(('tx', 'fwd_cycles', 'fwd'), (SMALL, LARGE), BURSTS)
    elif name == 'queues':
        for queues in QUEUES:
            yield Group(queues=queues), combined(('fwd_cycles',), (SMALL,))
        for queues in (1, 2):
            yield Group(queues=queues), combined(FRAME_CASES, (SMALL, LARGE))
    elif name == 'rings':
        for slots in RINGS:
            yield Group(slots=slots), combined(('tx', 'drain', 'fwd_cycles'), (SMALL,))
    elif name == 'ports':
        for ports in PORTS:
            yield Group(ports=ports), combined(('fwd_cycles',), (SMALL,))
    elif name in SUBJECTS:
        yield Group(), combined(FRAME_CASES, (SMALL, LARGE))


def groups(names):
    """Every setting once, with all that the names want of it, nothing twice."""
    found = {}
    for name in names:
        for group, wanted in parts(name):
            _, measurements = found.setdefault(group.title(), (group, {}))
            measurements.update(dict.fromkeys(wanted))
    return [(group, list(measurements)) for group, measurements in found.values()]
