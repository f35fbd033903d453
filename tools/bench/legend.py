# SPDX-License-Identifier: BSD-3-Clause
"""What the reader of the tables has to know."""

NOTES = (
    'medians over the rounds (in brackets the least and the most); 64 and 1514: bytes of a frame '
    'without its FCS',
    'ratios: of values taken one right after the other, the median in each round; of that, '
    'median [least..most] over the rounds. 64 queues and 1 queue: some minutes apart',
    'g: nearly all that was sent arrived, the figure is that of the generator or of the sending '
    'host; then cycles and drain time are the verdict',
    'bridge: it works on the processor of whoever sends, and slows that one down',
    'tcp_gbps: both iperf3 on the first processor; apart: the receiver on the last, with the '
    'poller; free: where the scheduler puts them',
    'udp: sender and receiver on the first processor; what is lost, and not on the way, the '
    'receiving host was too slow for; a write of 65507 bytes is 45 fragments',
    'rtt: one frame at a time; half load: beside other frames of half the rate at which this '
    'one forwarded just before, from the same thread, in one direction; asleep: through a program '
    'that sleeps on both its interfaces, by Rx interrupts or in poll(), and is woken twice by each',
    'start_ms, 1 port and ports with their number of mbufs: portbench with that many; null: what '
    'DPDK itself takes',
    'afpring_thread: kick=thread, its threads where the generator and the hosts run; between '
    'hosts in plain io',
    'rule_ns, filter_ns: of the processor that sends, on which the kernel also receives; the ring '
    'is full, so nothing is copied. Drop rules are for other frames than these, the last counting '
    'rule is for all of them; what is added is against a veth or a port without, slice by slice',
    'a flow: addresses and ports; three kinds: in turn a sender, a receiver, a port, so that no '
    'rule is like its neighbours. nft: a rule each; nft_set: one rule and a set; u32 stands in '
    'where the kernel has no flower',
    'feature_drain_ns, feature_tx_ns: a port with the feature beside a port without, 64 bytes; a '
    'tag put back or stripped is beside frames that have none. net_tap tells packet types unasked',
    'tap: its frames are handed over by whoever sends, who also pays for its signals',
    'the limit forwards with one copy, from ring to ring; a DPDK driver needs two, through an '
    'mbuf; between hosts it passes superframes whole, with two copies',
)
CASES = (
    ('half the load', 'a generator floods the forwarder for 300 ms; half of what came through is '
     'then sent beside the round trips. Where the flood is the generator\'s it is half of the '
     'generator\'s rate. The bridge works inside the send, so a load can hardly delay it'),
    ('UDP', 'what was lost on the way is told from the bytes at the two hosts\' interfaces. The '
     'hosts give up a datagram that lacks a fragment after 1 s instead of 30 s: the memory that '
     'it holds would be missing for whoever is measured next'),
    ('Rx interrupts', 'portbench asks each driver for them and then sleeps; a driver\'s '
     'refusal is among the notes. poll: a program with two packet sockets that sleeps in poll(). '
     'Before each of 500 frames 1.5 to 4.5 ms of silence; the time is from the send() of one host '
     'until the other, which polls, has it'),
    ('memory of a queue', 'the rings that a process shares with the kernel. The memory of '
     'net_af_xdp is part of DPDK\'s own and left out'),
)
LEFT_OUT = (
    ('virtio_user', 'with a kernel behind it, it needs /dev/vhost-net; the machines that were at '
     'hand have none'),
    ('net_tap', 'it makes its own tap and cannot take an interface that exists (remote= has tc '
     'mirror each packet from one, another way than the one measured here). So it runs on two '
     'taps of its own in the place of the hosts\' veths: equal from the host\'s side, but without '
     'a ring whose size could be chosen, and its generator pays for a signal with each frame'),
    ('net_af_xdp', 'with several queues, with an MTU of 9000 (a frame must fit a page), and with '
     'rings larger than its fill ring'),
    ('the bare loop', 'with several queues or ports: it is one pair of rings'),
    ('the bridge', 'where there are no rings, queues or pollers to vary'),
)
