# SPDX-License-Identifier: BSD-3-Clause
"""Where each frame went: the books of the sender, the veth, the port, testpmd.

On its way a frame meets, in this order:

    send() - p0's transmit - [veth] - d0's receive - the port's sockets - testpmd - the port's
    transmit - d0's qdisc - [veth] - p0's receive - the host's socket

Each step has counters on both sides, so what is lost between two of them is known to the
frame; and for each such loss there is a counter that says why, or an event that may cause it
where nobody counts. Everything is read while no frame moves, and counts from the last time
that the books were closed.
"""
from . import rules
from .traffic import WRONG

NO_CARRIER, VETH_IN, NO_SOCKET = 'p0 no carrier', 'veth to port', 'd0 no socket'
MISSED, NOT_TAKEN = 'port imissed', 'application'
QDISC, VETH_OUT, HOST_NO_SOCKET, HOST_FULL = 'd0 qdisc', 'veth to host', 'p0 no socket', 'socket full'
KILLED, RENEWED = 'killed process', 'interface gone'
IN_SUPER = 'in superframes'  # beyond the first segment of those that are lost where packets count
JOINING = 'a queue that joins'  # drops what the group gives it until its gate is open
SEGMENTS_MAX = 20  # of a superframe, frames.h
STRANGERS = 'not of the host'
FLOW_DROPPED, GATE = 'rx_flow_dropped', 'dropped by a rule'  # behind the ring, before it
RX_ERRORS = ('rx_truncated', 'rx_oversize', 'rx_bad_cksum_request', 'rx_unsplittable', 'rx_starved')
TX_ERRORS = ('tx_oversize', 'tx_malformed', 'tx_refused', 'tx_cancelled')
# Frames that a veth may have in its own ring (VETH_RING_SIZE), for each queue, when NAPI ends.
VETH_RING = 256
BACKLOG = 1000  # packets on their way to a processor, net.core.netdev_max_backlog
# What a machine with other things to do may cost at any time.
OVERLOAD = (MISSED, NOT_TAKEN)


class Unaccounted(Exception):
    """A frame is missing, or one too many has come."""


def read(scene):
    """Every counter on the way."""
    now = {f'host {k}': v for k, v in scene.traffic.tell('report').items() if k != 'runs'}
    for ns, iface, name in ((scene.host, scene.wire.peer, 'p0'), (scene.dut, scene.wire.dut, 'd0')):
        now.update({f'{name} {k}': v for k, v in ns.counters(iface).items()})
    now.update({f'port {k}': v for k, v in scene.pmd.stats().items()})
    now.update({f'port {k}': v for k, v in scene.pmd.xstats().items()})
    now['strangers'] = scene.strangers
    now['while dying'] = scene.while_dying
    now.update({rule.key: rule.hits() for rule in scene.rules})
    now['port not taken'] = scene.not_taken()
    return now


class Ledger:
    def __init__(self, scene):
        self.scene, self.kills, self.renewals = scene, 0, 0
        self.base = {}

    def open(self):
        """The next page begins with what is now; nothing moves."""
        self.base = {**read(self.scene), 'host missing': 0}
        self.kills, self.renewals = self.scene.kills, self.scene.renewals
        self.scene.traffic.tell('forget')
        self.scene.muted = frozenset()
        for rule in self.scene.rules:
            rule.is_new = False

    def page(self):
        """What was counted since."""
        now = read(self.scene)
        new = ('port ',) * self.is_new_process() + ('p0 ', 'd0 ') * self.is_new_interface()
        return {key: value - (0 if key.startswith(new) else self.base.get(key, 0))
                for key, value in now.items()}

    def is_new_process(self):
        return self.kills != self.scene.kills

    def is_new_interface(self):
        return self.renewals != self.scene.renewals

    def losses(self, page):
        """Frames lost at each place; the sum is what the host sent less what came back."""
        lost = {}
        silent = page['p0 tx_dropped'] - page['host no_room']
        lost[NO_CARRIER] = silent
        lost[VETH_IN] = page['host packets'] - silent - page['p0 tx_packets']
        kernel_saw = page['port RX-packets'] + page['port RX-missed'] + page['port RX-errors']
        if not page['host supers']:  # they are strangers'
            kernel_saw += page['port rx_superframes_split'] - page['port rx_superframe_segments']
        lost[MISSED] = page['port RX-missed']
        lost.update({name: page[f'port {name}'] for name in RX_ERRORS + TX_ERRORS})
        lost[NOT_TAKEN] = page['port not taken']
        lost[FLOW_DROPPED] = page[f'port {FLOW_DROPPED}']
        lost[STRANGERS] = -page['strangers']
        lost[HOST_FULL] = page['host socket_drops']
        if self.is_new_interface():  # the old one took its counters along
            lost[NO_CARRIER] = lost[VETH_IN] = 0
        if not self.is_new_process() and not self.is_new_interface():
            unseen = page['host sent'] - silent - lost[VETH_IN] + page['strangers'] - kernel_saw
            if self.scene.muted:  # a packet that the gate drops has met a socket
                lost[GATE] = unseen - min(unseen, page['d0 rx_dropped'] - page['host no_room'])
            lost[IN_SUPER if page['host supers'] else NO_SOCKET] = unseen - lost.get(GATE, 0)
            lost['in testpmd'] = (page['port RX-packets'] - page[f'port {FLOW_DROPPED}'] -
                                  page['port TX-packets'] - page['port TX-errors'] -
                                  page['port not taken'])
            arrived = page['host received'] + page['host socket_drops']
            # superframes may be joined and cut on their way
            seen = arrived if page['host supers'] else page['p0 rx_packets']
            lost[VETH_OUT] = page['port TX-packets'] - seen
            lost[HOST_NO_SOCKET] = seen - arrived
        else:  # so did a process that was killed
            lost[NO_SOCKET] = page['d0 rx_dropped']
            lost[HOST_NO_SOCKET] = page['p0 rx_dropped']
            place = KILLED if self.is_new_process() else RENEWED
            lost[place] = page['host missing'] - sum(lost.values())
        return {place: count for place, count in lost.items() if count != 0}

    def check(self, event, page):
        """Losses; Unaccounted if there is one that no counter and no event explains."""
        lost = self.losses(page)
        wrong = [f'{page["host " + key]} frames {words}' for key, words in WRONG.items()
                 if page[f'host {key}']]
        wrong += rules.wrong(self.scene.rules, page)
        wrong += [f'{count} frames: {place}' for place, count in lost.items()
                  if not self.is_right(place, count, event, page)]
        if sum(lost.values()) != page['host missing']:
            wrong.append(f'{page["host missing"]} frames are missing, {sum(lost.values())} counted')
        if wrong:
            raise Unaccounted('not accounted for: ' + '; '.join(wrong))
        return lost

    def is_right(self, place, count, event, page):
        """Whether the event may cost so many frames there, and the kernel's counter agrees.

        rx_dropped also has what found a backlog full or an interface that was about to go
        down; that the sender was told (ENOBUFS), so it bounds how many these can be.
        """
        if place == STRANGERS:
            return place in event.losses
        if count < 0 or place not in event.losses + OVERLOAD:
            return False
        if place == GATE:
            return count <= sum(page[f'host sent of {flow}'] - page[f'host received of {flow}']
                                for flow in self.scene.muted)
        if place == IN_SUPER:
            packets = (page['port RX-missed'] + page['port RX-errors'] + page['p0 tx_dropped'] +
                       event.bounds.get(VETH_IN, 0))
            return count <= packets * (SEGMENTS_MAX - 1)
        if place == NO_SOCKET:
            joining = event.bounds.get(JOINING, 0) if self.scene.config.get('qpairs', 1) > 1 else 0
            return (page['d0 rx_dropped'] - page['host no_room'] <= count <=
                    page['d0 rx_dropped'] + joining)
        if place == HOST_NO_SOCKET:
            return count <= page['p0 rx_dropped']
        more = page['while dying'] if place == KILLED else 0
        return count <= event.bounds.get(place, count) + more
