# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd between the two hosts: on which processors, in which memory."""
import os

from .testpmd import Testpmd

MEMORY_MB = 256


def memory(needed_mb=MEMORY_MB):
    """EAL's memory options, and a word for the reader."""
    with open('/proc/meminfo', encoding='ascii') as file:
        info = dict(line.split(':') for line in file)
    size = int(info.get('Hugepagesize', '0 kB').split()[0])
    if int(info.get('HugePages_Free', '0')) * size >= needed_mb * 1024:
        return ('--in-memory',), 'huge pages'
    return ('--no-huge', '--no-shconf'), 'normal pages (--no-huge), no free huge ones'


def lcores():
    """The prompt on the first processor, packets on the last: on two processors one is
    left to the hosts' senders and receivers, as far as the scheduler wants it."""
    cpus = sorted(os.sched_getaffinity(0))
    return f'0@{cpus[0]},1@{cpus[-1]}'


def forwarder(hosts, driver, plugin, options=(), arguments='', ports=('d0', 'd1'), mode='io'):
    """A testpmd that forwards; end() ends it. arguments: of each vdev, behind iface=."""
    vdevs = [f'{driver}{n},iface={port}{arguments}' for n, port in enumerate(ports)]
    pmd = hosts.keep(Testpmd(hosts.ns('dut'), vdevs, *options, mem=MEMORY_MB, cores=lcores(),
                             pages=memory()[0], eal=('--no-telemetry',),
                             plugin=plugin if driver == 'net_afpring' else None))
    pmd.start(mode)
    return pmd
