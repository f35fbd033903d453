# SPDX-License-Identifier: BSD-3-Clause
"""Between two hosts: TCP, UDP and round trips."""
import json
import re

from lab.iperf import places, tcp, udp
from lab.hosts import ADDRESS, PORT
from lab.process import Failed
from lab.forwarder import forwarder

from .subjects import BESIDE, DPDK, GENERATOR_CPU, TAPS, THREAD, Group

FORWARDERS = {
    # name: (driver, testpmd options, are the hosts' offloads switched off?)
    'afpring': ('net_afpring', ('--enable-lro', '--enable-rx-cksum'), False),
    'afpring_io': ('net_afpring', (), False),
    THREAD: ('net_afpring', (), False),
    BESIDE: ('net_afpring', (), False),
    'af_packet': ('net_af_packet', (), False),
    'af_packet_off': ('net_af_packet', (), True),
    'af_xdp': ('net_af_xdp', (), False),
    'tap': ('net_tap', (), False),
    'limit': ('limit', (), False),
    'bridge': (None, (), False),
}
OFFLOADS = {'tx': 'tx-checksumming', 'tso': 'tcp-segmentation-offload',
            'gso': 'generic-segmentation-offload', 'gro': 'generic-receive-offload'}
ROUND_TRIPS = 10000
HOUR_MS = 3600000
SEGMENT = 1472  # of data: what fits 1500 bytes
UDP_HEADERS = 42
WRITES = {  # each is 45 fragments: one that is lost costs the datagram
    '65507 B writes': ('-l', '65507', '-b', '0'),
    '65507 B writes, 1 Gbit/s': ('-l', '65507', '-b', '1G'),
}
FLOWS = {
    '1 flow': ('together', ()),
    '1 flow apart': ('apart', ()),
    '1 flow free': ('free', ()),
    '8 flows': ('together', ('-P', '8')),
}


class Limit:
    """The bare loop between the hosts, until it is ended."""

    def __init__(self, lab, maker):
        self.lab, self.program = lab, maker.subject('limit', Group(), list(PORT.values()))
        self.program.tell('hosts', 32, HOUR_MS)

    def end(self):
        self.lab.end(self.program.program)


def host_ends(name):
    """Each host's namespace and interface."""
    return tuple(zip('ab', TAPS if name == 'tap' else ('a0', 'b0')))


def offloads_off(lab):
    """What brings the hosts' offloads back as they were: GRO is off from the beginning."""
    undo = []
    for host in 'ab':
        text = lab.ns(host).run('ethtool', '-k', f'{host}0')
        were = [(word, re.search(rf'^{name}: (on|off)', text, re.M).group(1))
                for word, name in OFFLOADS.items()]
        lab.ns(host).run('ethtool', '-K', f'{host}0', *(w for o in OFFLOADS for w in (o, 'off')))
        undo.append((host, [w for pair in were for w in pair]))
    return undo


def offloads_back(lab, undo):
    for host, words in undo:
        lab.ns(host).run('ethtool', '-K', f'{host}0', *words)


def trips(lab, results, name, maker, words, load):
    ends = [word for who, iface in host_ends(name) for word in (lab.ns(who).name, iface)]
    text = lab.ns('dut').run('taskset', '-c', str(GENERATOR_CPU), maker.tool('rtt'), *ends,
                      str(ROUND_TRIPS), '64', str(round(load)))
    done = json.loads(text)
    for key in ('p50', 'p99', 'p99.9'):
        results.add('rtt_us', f'{words} {key}'.strip(), name, done[key])
    results.add('rtt_lost', words or 'alone', name, 100 * (1 - done['came_back'] / done['sent']))
    return done['load']


def forwarding(lab, maker, name):
    """Packets/s that a generator on the hosts' processor offers, and those that arrive."""
    source, sink = host_ends(name)
    generator = maker.generator(Group(), source)
    try:
        before = lab.counters(*sink)['rx_packets']
        done = generator.ask('tx', 64, 32, 300, 0)
        arrived = lab.counters(*sink)['rx_packets'] - before
        return done['packets'] / done['seconds'], arrived / done['seconds']
    finally:
        generator.close()


def rtt(lab, results, maker, name):
    """Alone, and beside others: of half the rate at which this one forwards here."""
    if name not in (*DPDK, THREAD, BESIDE, 'tap', 'limit', 'bridge'):
        return
    trips(lab, results, name, maker, '', 0)
    offered, arrived = forwarding(lab, maker, name)
    results.add('rtt_load_pps', 'offered', name, offered)
    results.add('rtt_load_pps', 'forwarded', name, arrived)
    results.add('rtt_load_pps', 'half load', name,
                trips(lab, results, name, maker, 'half load', arrived / 2))


def served(lab, results, case, size, name, work):
    """work() beside an iperf3 server, which also UDP asks for by TCP. A connection that does
    not come about stands at 0; if none ever did, waiting again would show no more."""
    if ('iperf3', name) in results.left_out:
        if results.median(case, size, name) is None:
            results.add(case, size, name, 0.0)
        return None
    server = lab.iperf_server()  # afresh: one that waits for a lost client takes no other
    try:
        return work()
    except Failed as why:
        once = any(name in by for by in results.values[case].values())
        results.leave_out(f'{case} {size}' if once else 'iperf3', name,
                          f'0: {str(why).splitlines()[0]}')
        results.add(case, size, name, 0.0)
        return None
    finally:
        lab.end(server)


def flows(lab, results, maker, name):
    for size, (place, options) in FLOWS.items():
        done = served(lab, results, 'tcp_gbps', size, name, lambda place=place, options=options:
                      tcp(lab, maker.seconds, *places()[place], *options))
        if done is None:
            return  # nor will the others come about
        results.add('tcp_gbps', size, name, done[0])


def payload(lab, name):
    """Bytes of UDP data that left host a and that reached host b: however many frames carried
    them, for a superframe has the headers of one."""
    (source, sink) = (lab.counters(*end) for end in host_ends(name))
    return [counts[f'{way}_bytes'] - UDP_HEADERS * counts[f'{way}_packets']
            for counts, way in ((source, 'tx'), (sink, 'rx'))]


def watched(lab, results, name, size, work):
    """work() sends datagrams; what of them was lost, and what of that on the way."""
    before = payload(lab, name)
    done = work()
    if done is None:
        return
    sent, arrived = (now - old for now, old in zip(payload(lab, name), before))
    results.add('udp_gbps', size, name, done[0])
    results.add('udp_lost', size, name, 100 * done[1])
    results.add('udp_lost', f'{size}, on the way', name, 100 * max(0, 1 - arrived / sent))


def datagrams(lab, results, maker, name):
    for size, options in WRITES.items():
        watched(lab, results, name, size, lambda size=size, options=options: served(
            lab, results, 'udp_gbps', size, name, lambda: udp(
                lab, maker.seconds, *places()['together'], *options)))
    results.attempt('udp_gbps GSO', name, lambda: watched(
        lab, results, name, 'GSO', lambda: segmented(lab, maker)))


def segmented(lab, maker):
    text = lab.ns('dut').run('taskset', '-c', str(GENERATOR_CPU), maker.tool('udp'),
                      lab.ns('a').name, lab.ns('b').name, ADDRESS['b'], str(maker.seconds * 1000),
                      str(SEGMENT))
    done = json.loads(text)
    return done['gbps'], done['lost']


def moved(lab, taps):
    """The hosts' addresses on net_tap's taps, or back on the veths."""
    for host, tap in zip('ab', TAPS):
        if taps:
            lab.ns(host).ip('addr', 'flush', 'dev', f'{host}0')
            lab.ns('dut').ip('link', 'set', tap, 'netns', lab.ns(host).name)
            lab.ns(host).ip('link', 'set', tap, 'up')
        lab.ns(host).ip('addr', 'add', ADDRESS[host] + '/24', 'dev', tap if taps else f'{host}0')


CASES = {'tcp': flows, 'udp': datagrams, 'rtt': rtt}


def hosts(lab, results, maker, name, wanted):
    """What is wanted of one way from host to host, once."""
    driver, options, off = FORWARDERS[name]
    program = None
    undo = offloads_off(lab) if off else []
    if driver is None:
        lab.bridge()
    try:
        if driver == 'limit':
            program = Limit(lab, maker)
        elif driver is not None:
            ports = TAPS if name == 'tap' else tuple(PORT.values())
            arguments = ',kick=thread' if name == THREAD else ''
            program = forwarder(lab, driver, maker.plugins.get(name, maker.plugin), options,
                                arguments, ports)
        if name == 'tap':
            moved(lab, True)
        for case in wanted:
            results.attempt(case, name, lambda case=case: CASES[case](lab, results, maker, name))
    finally:
        if program is not None:
            program.end()
        if name == 'tap':
            moved(lab, False)
        if driver is None:
            lab.unbridge()
        offloads_back(lab, undo)
