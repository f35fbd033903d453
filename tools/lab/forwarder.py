# SPDX-License-Identifier: BSD-3-Clause
"""The stock dpdk-testpmd, driven through its prompt."""
import os
import re
import subprocess
import threading

from .net import Failed, wait_for

MEMORY_MB = 256


def memory(needed_mb=MEMORY_MB):
    """EAL's memory options, and a word for the reader."""
    with open('/proc/meminfo', encoding='ascii') as file:
        info = dict(line.split(':') for line in file)
    size = int(info.get('Hugepagesize', '0 kB').split()[0])
    if int(info.get('HugePages_Free', '0')) * size >= needed_mb * 1024:
        return ['--in-memory'], 'huge pages'
    return ['--no-huge', '--no-shconf'], 'normal pages (--no-huge), no free huge ones'


def lcores():
    """The prompt on the first processor, packets on the last: on two processors one is
    left to the hosts' senders and receivers, as far as the scheduler wants it."""
    cpus = sorted(os.sched_getaffinity(0))
    return f'0@{cpus[0]},1@{cpus[-1]}'


class Testpmd:
    def __init__(self, lab, driver, plugin, options=(), vdev='', eal=(), ports=('d0', 'd1'),
                 mode='io'):
        self.text = ''
        self.lab = lab
        self.argv = ['dpdk-testpmd', '--no-pci', '--no-telemetry', '-m', str(MEMORY_MB),
                     *memory()[0], '--lcores', lcores(), '--file-prefix', lab.name('pmd'), *eal]
        if driver == 'net_afpring':
            self.argv += ['-d', plugin]
        self.argv += [f'--vdev={driver}{n},iface={port}{vdev}' for n, port in enumerate(ports)]
        self.argv += ['--', '-i', f'--forward-mode={mode}', '--total-num-mbufs=16384', *options]
        # A line at a time: C programs keep back what goes into a pipe.
        self.program = lab.start('dut', 'stdbuf', '-oL', '-eL', *self.argv, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        threading.Thread(target=self.read, daemon=True).start()
        self.wait('testpmd> ', 20)
        self.ask('start')

    def read(self):
        for chunk in iter(lambda: self.program.stdout.read1(65536), b''):
            self.text += chunk.decode(errors='replace')

    def wait(self, text, seconds):
        def seen():
            if self.program.poll() is not None:
                raise Failed(f'testpmd ended with {self.program.returncode}:\n{self.text[-3000:]}')
            return text in self.text
        wait_for(f'testpmd: {text!r}', seen, seconds)

    def ask(self, command):
        """Answer to a command: what comes before the echo of a comment."""
        self.text = ''
        self.program.stdin.write(f'{command}\nshow port info nothing\n'.encode())
        self.program.stdin.flush()
        self.wait('Bad arguments', 10)
        return self.text

    def stats(self):
        """Per port: what the driver counted, and what testpmd could not send."""
        found = []
        for part in self.ask('show port stats all').split('NIC statistics for port')[1:]:
            found.append({k: int(v) for k, v in re.findall(r'([RT]X-\w+): +(\d+)', part)})
        text = self.ask('show fwd stats all')
        parts = re.split(r'Forward statistics for port (\d+)', text)
        for port, part in zip(parts[1::2], parts[2::2]):
            dropped = re.search(r'TX-dropped: +(\d+)', part)
            found[int(port)]['dropped'] = int(dropped.group(1)) if dropped else 0
        if len(found) != 2:
            raise Failed(f'testpmd: no statistics of two ports in:\n{text}')
        return found

    def xstats(self):
        parts = self.ask('show port xstats all').split('NIC extended statistics for port')[1:]
        return [{k: int(v) for k, v in re.findall(r'^(\w+): (\d+)', part, re.M)}
                for part in parts]

    def cycles(self):
        """Busy cycles per packet since the start; needs --record-core-cycles."""
        match = re.search(r'CPU cycles/packet=([\d.]+)', self.ask('show fwd stats all'))
        return float(match.group(1)) if match else None

    def close(self):
        self.lab.end(self.program)
