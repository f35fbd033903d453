# SPDX-License-Identifier: BSD-3-Clause
"""What happens to the interface while traffic runs, one function for each kind.

An event returns words for the reader, or yields them for each of its steps, after which the books
must balance. What it may cost, and where that is counted, stands in
the table at the end.
"""
import collections
import json
import signal

from lab.netns import Netns
from lab.process import Failed, Missing, run, wait_for
from lab.tap import Tap

from . import bpf, ledger, port_events
from .memory import Shortage
from .scene import GONE, LINK, QUEUES

Event = collections.namedtuple('Event', 'name weight work losses bounds lines', defaults=((), {}, 2))


def _told(scene, count):
    """The application has been told of so many changes of the link by now."""
    wait_for(lambda: scene.pmd.told(LINK) >= count,
             what=lambda: f'{scene.pmd.told(LINK)} link events, not {count}')


def _bounce(scene, set_end):
    before = scene.pmd.told(LINK)
    set_end('down')
    _told(scene, before + 1)
    scene.linger()
    set_end('up')
    scene.wire.wait_carrier()
    _told(scene, before + 2)


def _ethtool(scene, words, option, *values):
    """words; some combinations the kernel refuses."""
    try:
        scene.dut.run('ethtool', option, scene.wire.dut, *values)
    except Failed:
        return f'{words}: refused'
    return words


def interface_down_up(scene):
    """The port's interface, by the host's operator."""
    scene.leave_bridge()  # which takes what no socket saw, and counts it nowhere
    _bounce(scene, scene.set_dut)
    return ''


def carrier(scene):
    """The other end of the cable."""
    _bounce(scene, scene.set_host)
    return ''


def _set_mtu(scene, both):
    for set_end in (scene.set_dut, scene.set_host):
        set_end('mtu', str(both))
    wait_for(lambda: scene.info('MTU') == str(both))


def mtu(scene):
    """Frames may be too long for it."""
    both = scene.chance.choice((1000, 1280, 1500, 1500, 1500, 3000))
    _set_mtu(scene, both)
    return str(both)


def address(scene):
    """Any other."""
    new = '02:00:00:%02x:%02x:%02x' % tuple(scene.chance.randrange(256) for _ in range(3))
    scene.set_dut('address', new)
    wait_for(lambda: scene.info('MAC address').lower() == new)
    return new


def gso_max_size(scene):
    """Of what the interface takes in one packet."""
    size = scene.chance.choice((16384, 32768, 65536))
    scene.set_dut('gso_max_size', str(size))
    return str(size)


def features(scene):
    """Those of transmit; gro is an event of its own."""
    name, state = scene.chance.choice(('tso', 'gso', 'tx', 'sg')), scene.chance.choice(('on', 'off'))
    return _ethtool(scene, f'{name} {state}', '-K', name, state)


def queues(scene):
    """veth takes the carrier off both ends meanwhile (veth_set_channels())."""
    count = str(scene.chance.randint(1, QUEUES))
    return _ethtool(scene, count, '-L', 'tx', count)


def gro(scene):
    """veth takes its frames by NAPI then, from a ring of its own."""
    state = scene.chance.choice(('on', 'off'))
    ns, iface = scene.chance.choice(((scene.dut, scene.wire.dut), (scene.host, scene.wire.peer)))
    ns.run('ethtool', '-K', iface, 'gro', state)
    return f'{state} at {iface}'


def threaded_napi(scene):
    """veth polls from a kernel thread, or not."""
    state = scene.chance.randint(0, 1)
    return f'{state}' if scene.sysfs('threaded', state) else f'{state}: refused'


def rps(scene):
    """Packets are received on another processor."""
    mask = scene.chance.choice('0123')
    return mask if scene.sysfs('queues/rx-0/rps_cpus', mask) else f'{mask}: refused'


def xdp(scene):
    """Taken off if there is one, else put on; the kernel refuses some combinations."""
    if scene.xdp:
        scene.detach_xdp()
        return 'off'
    mode = scene.chance.choice(('generic', 'native'))
    try:
        scene.xdp = bpf.let_pass(scene.dut, scene.wire.dut, mode)
    except OSError as why:
        return f'{mode}: refused: {why}'
    return mode


def bridge(scene):
    """Enslaved if it is not, else released."""
    if scene.leave_bridge():
        return 'left'
    scene.dut.ip('link', 'add', 'br0', 'type', 'bridge', 'mcast_snooping', '0')
    scene.dut.ip('link', 'set', 'br0', 'up')
    scene.set_dut('master', 'br0')
    return 'joined'


def rename(scene):
    """The interface has another name from now on."""
    name = f'd{scene.chance.randrange(100)}'
    scene.rename(name)
    return name


def stall(scene):
    """The application is not run for a while, and the receive ring overflows."""
    scene.pmd.proc.send_signal(signal.SIGSTOP)
    try:
        scene.linger(2000)
    finally:
        scene.pmd.proc.send_signal(signal.SIGCONT)
    return ''


def kill(scene):
    """testpmd by SIGKILL, and another one is started, of another configuration."""
    scene.leave_bridge()  # as for down and up
    before = {key: scene.dut.link(scene.wire.dut)[key] for key in ('mtu', 'address', 'flags')}
    scene.kill()
    after = scene.dut.link(scene.wire.dut)
    if any(after[key] != value for key, value in before.items()) or after['promiscuity']:
        raise Failed(f'the killed process has left {before} as {after}')
    if scene.dut.packet_sockets():
        raise Failed('the killed process has left sockets')
    scene.launch()
    return f'and started with {scene.config_words()}'


def full_qdisc(scene):
    """A shaper that takes much less than comes; ports past the qdisc do not meet it."""
    tc = ('tc', 'qdisc', 'replace', 'dev', scene.wire.dut, 'root', 'tbf', 'burst', '5k', 'limit',
          '30k', 'rate')
    scene.dut.run(*tc, '1mbit')
    scene.linger()
    scene.dut.run(*tc, '1gbit')
    scene.flush()  # what is in a qdisc that is removed, nobody counts
    scene.dut.run('tc', 'qdisc', 'del', 'dev', scene.wire.dut, 'root')
    scene.traffic.tell('go')
    return ''


def enobufs(scene):
    """The device refuses one frame in two, then all."""
    rules = ('add table netdev soak', 'add chain netdev soak out { type filter hook egress device '
             f'{scene.wire.dut} priority 0; }}')
    for rule in rules:
        scene.dut.run('nft', rule)
    for rule in ('numgen random mod 2 == 0 drop', 'drop'):
        scene.dut.run('nft', f'add rule netdev soak out {rule}')
        scene.linger(500)
    scene.dut.run('nft', 'delete table netdev soak')
    return ''


def _toggle(scene):
    """An offload that a superframe meets on its way, while it is on its way."""
    name, state = scene.chance.choice(('tso', 'gso', 'tx', 'sg', 'gro')), scene.chance.choice(('on', 'off'))
    return _ethtool(scene, f'{name} {state}', '-K', name, state)


def superframes(scene):
    """TCP segments by the dozen, cut by the host's interface or not; offloads change meanwhile."""
    segments = scene.chance.randint(2, ledger.SEGMENTS_MAX)
    is_cut = int(scene.cut_at_host(scene.chance.random() < 0.3))
    if int(scene.info('MTU')) > 1500:  # no mbuf holds such segments
        _set_mtu(scene, 1500)
    mss = int(scene.info('MTU')) - 40
    scene.traffic.tell(f'super {segments} {mss} {is_cut}')
    scene.linger()
    words = [f'of {segments} segments' + ', cut' * is_cut]
    for _ in range(scene.chance.randint(0, 3)):
        words.append(_toggle(scene))
        scene.linger()
    scene.traffic.tell(f'super 0 {mss} {is_cut}')
    return ', '.join(words)


def wedge(scene):
    """Packets of a GSO type that no virtio_net_hdr describes, from a tap's user."""
    tap = Tap(scene.dut, 'ufo0')
    try:
        way = bpf.redirect(scene.dut, 'ufo0', scene.wire.dut)
        count = scene.chance.randint(1, 4)
        for flow in range(count):
            tap.send_ufo(flow)
            scene.strangers += 1
        scene.linger()
        way.close()
    finally:
        tap.close()
    return f'by {count}'


def _gone(ns, iface):
    wait_for(lambda: iface not in [link['ifname'] for link in json.loads(ns.ip('-j', 'link'))])


def _renew(scene):
    size = scene.chance.choice((1280, 1500, 3000))
    scene.linger()
    scene.renew(size)
    return f'MTU {size}'


def moved(scene):
    """To another namespace and back."""
    scene.leave_bridge()
    away = scene.ns('away')
    scene.set_dut('netns', away.name)
    scene.linger()
    away.ip('link', 'set', scene.wire.dut, 'netns', scene.dut.name)
    scene.set_dut('up')
    scene.wire.wait_carrier()
    return ''


def created_again(scene):
    """Deleted, and another one is made under its name."""
    scene.leave_bridge()
    scene.dut.ip('link', 'del', scene.wire.dut)
    return _renew(scene)


def no_memory(scene):
    """The kernel has no more for testpmd for a while, in which its interface is made anew."""
    scene.leave_bridge()
    try:
        shortage = Shortage(scene.pmd.proc.pid, scene.chance.choice((4096, 65536, 262144)))
    except Missing as why:
        return f'refused: {why}'
    try:
        scene.linger()
        scene.dut.ip('link', 'del', scene.wire.dut)
        words = f'{_renew(scene)}, refused {shortage.refusals()} times'
    finally:
        shortage.close()
    return words


def namespace_deleted(scene):
    """With the interface in it."""
    scene.leave_bridge()
    away = Netns('doomed')
    scene.set_dut('netns', away.name)
    away.close()
    _gone(scene.host, scene.wire.peer)
    return _renew(scene)


def namespace_name_deleted(scene):
    """The namespace itself lives on in testpmd."""
    run('ip', 'netns', 'del', scene.dut.name)
    scene.linger()
    run('ip', 'netns', 'attach', scene.dut.name, str(scene.pmd.proc.pid))
    return ''


def removal(scene):
    """With recover=0 the application is told of a removal, once, and of no other change."""
    scene.leave_bridge()
    scene.kill()
    scene.launch(recover=0)
    yield f'prepared with {scene.config_words()}'
    _bounce(scene, scene.set_dut)
    scene.rename('d100')
    yield 'not told'
    scene.linger()
    scene.dut.ip('link', 'del', scene.wire.dut)
    wait_for(lambda: scene.pmd.told(GONE), what='the removal is not told')
    words = _renew(scene)
    if scene.pmd.told(GONE) != 1:
        raise Failed(f'the removal was told {scene.pmd.told(GONE)} times')
    scene.kill()
    scene.launch()
    yield f'{words}, then {scene.config_words()}'


_ON_THE_WAY = (ledger.NO_CARRIER, ledger.VETH_IN, ledger.NO_SOCKET, ledger.VETH_OUT,
               ledger.HOST_NO_SOCKET, 'tx_refused', 'tx_cancelled')
_RINGS = {ledger.VETH_IN: QUEUES * ledger.VETH_RING, ledger.VETH_OUT: QUEUES * ledger.VETH_RING}
_NAPI = (ledger.VETH_IN, ledger.VETH_OUT)
_REFUSED = ('tx_refused', ledger.VETH_OUT)
# On their way when it went, there and back.
_RENEWED = {ledger.RENEWED: 2 * (QUEUES * ledger.VETH_RING + ledger.BACKLOG)}
_JOINING = {ledger.JOINING: 128}  # for as long as a thread may be kept from its processor
# Both rings of two queues, and what testpmd had in hand.
_KILLED = {ledger.KILLED: 4 * 1024 + 64}
_CUT = {ledger.VETH_IN: QUEUES * ledger.VETH_RING,
        ledger.VETH_OUT: QUEUES * ledger.VETH_RING * ledger.SEGMENTS_MAX}

EVENTS = (
    Event('down and up', 3, interface_down_up, _ON_THE_WAY, _RINGS),
    Event('carrier', 3, carrier, _ON_THE_WAY, _RINGS),
    Event('mtu', 2, mtu, ('tx_oversize', 'tx_refused')),
    Event('address', 2, address),
    Event('gso_max_size', 1, gso_max_size),
    Event('features', 2, features),
    Event('queues', 1, queues, _ON_THE_WAY, _RINGS),
    Event('gro', 2, gro, _NAPI, _RINGS),
    Event('threaded napi', 1, threaded_napi),
    Event('rps', 1, rps),
    Event('xdp', 3, xdp, _NAPI, _RINGS),
    Event('bridge', 2, bridge),
    Event('rename', 2, rename),
    Event('stall', 2, stall),
    Event('kill', 2, kill, _ON_THE_WAY + (ledger.KILLED,), {**_RINGS, **_KILLED}),
    Event('full qdisc', 2, full_qdisc, _REFUSED),
    Event('ENOBUFS', 2, enobufs, ('tx_refused',)),
    Event('wedged ring', 2, wedge, ('rx_unsplittable', ledger.STRANGERS), {}, 3),
    Event('moved', 2, moved, _ON_THE_WAY, {**_RINGS, **_JOINING}, 10),
    Event('created again', 2, created_again, _ON_THE_WAY + (ledger.RENEWED,), _RENEWED, 10),
    Event('no memory', 1, no_memory, _ON_THE_WAY + (ledger.RENEWED,), _RENEWED, 20),
    Event('namespace', 1, namespace_deleted, _ON_THE_WAY + (ledger.RENEWED,), _RENEWED, 10),
    Event('removal', 1, removal, _ON_THE_WAY + (ledger.KILLED,), {**_RINGS, **_KILLED}, 10),
    Event('superframes', 4, superframes, (ledger.IN_SUPER, ledger.NO_CARRIER) + _NAPI, _CUT),
    Event('namespace name', 1, namespace_name_deleted),
    Event('counting rules', 4, port_events.counting_rules),
    Event('dropping rule', 3, port_events.dropping_rule, (ledger.FLOW_DROPPED, ledger.GATE)),
    Event('rss table', 2, port_events.rss_table),
    Event('queue', 2, port_events.queue, ('tx_cancelled',)),
)
