# SPDX-License-Identifier: BSD-3-Clause
"""On what and of what the figures are."""
import os
import re
import time

from lab.process import ROOT, run


def load():
    return ' '.join(f'{n:.2f}' for n in os.getloadavg())


def cpu():
    with open('/proc/cpuinfo', encoding='utf-8') as file:
        text = file.read()
    model = re.search(r'^model name\s*: (.*)', text, re.M)
    guest = ' (virtual machine)' if re.search(r'^flags.*\bhypervisor\b', text, re.M) else ''
    return f'{len(os.sched_getaffinity(0))} of {model.group(1) if model else "?"}{guest}'


def memory():
    with open('/proc/meminfo', encoding='ascii') as file:
        return f'{int(file.readline().split()[1]) / 2**20:.0f} GiB'


def commit():
    name = run('git', '-c', f'safe.directory={ROOT}', '-C', ROOT, 'describe', '--always', '--dirty',
               check=False)
    return name.strip() or 'unknown'


def facts(options, dpdk_memory):
    return {
        'date': time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime()),
        'processors': cpu(),
        'memory': memory(),
        'of that for DPDK': dpdk_memory,
        'kernel': os.uname().release,
        'DPDK': run('pkg-config', '--modversion', 'libdpdk').strip(),
        'compiler': run('gcc', '--version').splitlines()[0],
        'iperf3': run('iperf3', '--version').split('\n')[0],
        'commit': commit(),
        'command': f'run bench {options}'.strip(),
        'load average at the start': load(),
    }
