# SPDX-License-Identifier: BSD-3-Clause
"""The tests of the plugin on other kernels: Debian 12's 6.1, its 6.12s, the newest of sid, and that
with network cards that stamp packets.

Each boots under qemu with this machine's files (tools/kernels/guest.py) and runs the
tests that test/kernel/selected names (selected_cards with cards), with --full all of test/port
and test/regress. Then a table, and the last line: N passed, N failed, N skipped.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
# pylint: disable=wrong-import-position
from kernels.guest import Guest
from kernels.packages import CARDS, WANTED, Packages, Unavailable
from lab import interrupt

ROOT = Path(__file__).resolve().parents[2]
CORE_SECONDS, FULL_SECONDS = 1500, 4 * 3600


def selected(kernel):
    name = 'selected_cards' if kernel['title'] == CARDS else 'selected'
    lines = (ROOT / 'test/kernel' / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith('#')]


def write_job(path, tests, cost):
    words = {'root': ROOT, 'plugin': os.environ['AFPRING_PLUGIN'], 'tests': ' '.join(tests),
             'cost': cost}
    path.write_text(''.join(f"{key}='{value}'\n" for key, value in words.items()) +
                    f". '{ROOT}/test/kernel/guest_job'\n")
    return path


def outcomes_on_console(folder):
    """Of a guest that ended before its tests: what it had come to."""
    counts, told = [0, 0, 0], []
    done = re.findall(r'^(test/\S+::.*?) (PASSED|FAILED|ERROR|SKIPPED)',
                      (folder / 'console.log').read_text(), re.M)
    for name, word in done:
        counts[{'PASSED': 0, 'SKIPPED': 2}.get(word, 1)] += 1
        if word != 'PASSED':
            told.append(f'{word:8} {name}')
    counts[1] += 1
    return counts, told + ['FAILED   the guest ended before its tests did']


def outcomes(folder):
    """passed, failed, skipped, and a line for each that is not the first."""
    counts, told = [0, 0, 0], []
    file = folder / 'kernel.xml'
    if not file.exists():
        return outcomes_on_console(folder)
    for case in ET.parse(file).getroot().iter('testcase'):
        name = f'{case.get("classname")}::{case.get("name")}'
        for tags, slot, word in ((('failure', 'error'), 1, 'FAILED '), (('skipped',), 2, 'skipped')):
            hits = [case.find(tag) for tag in tags if case.find(tag) is not None]
            if hits:
                why = ((hits[0].get('message') or hits[0].text or '?').strip().splitlines() or ['?'])[0]
                told.append(f'{word}  {name}: {why[:200]}')
                counts[slot] += 1
                break
        else:
            counts[0] += 1
    complaints = folder / 'dmesg'
    if complaints.exists() and complaints.read_text().strip():
        counts[1] += 1
        told.append(f'FAILED   the kernel complains: {complaints.read_text().splitlines()[0]}')
    return counts, told


class Run:
    def __init__(self, work, options):
        self.work, self.options = Path(work), options
        self.logs = Path(os.environ['AFPRING_BUILD']) / 'kernel-logs'

    def guest(self, kernel, packages):
        return Guest(packages.folder / kernel['name'], self.work, ROOT / 'test/kernel/guest_init',
                     kernel['title'] == CARDS)

    def results(self, kernel):
        """What the guest wrote, unpacked beside its console's log."""
        folder = self.logs / kernel['title']
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(self.work / 'console.log', folder)
        try:
            with tarfile.open(self.work / 'results') as archive:
                for member in archive.getmembers():
                    if member.isfile():
                        (folder / Path(member.name).name).write_bytes(
                            archive.extractfile(member).read())
        except (tarfile.TarError, OSError):
            pass  # outcomes() says so
        return folder

    def tests(self, kernel, packages):
        tests = ['test/port', 'test/regress'] if self.options.full else selected(kernel)
        job = write_job(self.work / 'job', self.options.tests or tests, '')
        self.guest(kernel, packages).run(job, self.options.seconds)
        return outcomes(self.results(kernel))

    def cost(self, kernel, packages):
        program = self.work / 'tx_cost'
        subprocess.run([os.environ.get('CC', 'gcc'), '-O2', '-Wall', '-D_GNU_SOURCE', '-o', program,
                        ROOT / 'test/kernel/tx_cost.c'], check=True)
        job = write_job(self.work / 'job', (), program)
        self.guest(kernel, packages).run(job, self.options.seconds, counting=True)
        cost = self.results(kernel) / 'cost'
        lines = cost.read_text().splitlines() if cost.exists() else []
        passed = len([line for line in lines if re.match(r'(ring|messages) \d+: \d', line)])
        return [passed, int(passed != 4), 0], [f'         {line}' for line in lines]


def table(rows):
    print(f'\n{"kernel":16} {"version":24} {"passed":>7} {"failed":>7} {"skipped":>8}')
    for kernel, counts, told in rows:
        print(f'{kernel["title"]:16} {kernel["version"]:24} {counts[0]:7} {counts[1]:7} '
              f'{counts[2]:8}')
        for line in told:
            print(f'  {line}')
    total = [sum(counts[i] for _, counts, _ in rows) for i in range(3)]
    print(f'{total[0]} passed, {total[1]} failed, {total[2]} skipped')
    return total


def arguments():
    parser = argparse.ArgumentParser(prog='run kernels', description=__doc__.splitlines()[0])
    parser.add_argument('kernel', nargs='*', help='only those: a name or the beginning of a version; '
                        f'names: {" ".join(title for title, *_ in WANTED)}')
    parser.add_argument('--full', action='store_true', help='all of test/port and test/regress')
    parser.add_argument('--update', action='store_true', help='look for newer kernels')
    parser.add_argument('--cost', action='store_true',
                        help='instead: instructions a transmitted frame takes, ring and messages')
    parser.add_argument('--tests', nargs='+', metavar='TEST', help='instead of the core: pytest\'s words')
    parser.add_argument('--seconds', type=int, help=f'most for one kernel ({CORE_SECONDS}, '
                        f'with --full {FULL_SECONDS})')
    options = parser.parse_args()
    options.seconds = options.seconds or (FULL_SECONDS if options.full else CORE_SECONDS)
    return options


def main():
    options = arguments()
    packages = Packages(Path(os.environ['AFPRING_KERNELS']))
    try:
        kernels = packages.kernels(options.update)
    except Unavailable as why:
        print(f'skipped  all kernels: {why}; the packages come from AFPRING_MIRROR or Debian')
        print('0 passed, 0 failed, 1 skipped')
        return 77
    if options.kernel:
        kernels = [k for k in kernels if any(
            k['title'] == word or (k['version'] + '.').startswith(word + '.') or
            k['version'].startswith(word + '-') for word in options.kernel)]
    if not kernels:
        sys.exit(f'error: no kernel {" ".join(options.kernel)}')
    rows = []
    with tempfile.TemporaryDirectory(prefix='run.', dir=packages.folder) as work:
        run = Run(work, options)
        for kernel in kernels:
            print(f'==> {kernel["title"]}: Linux {kernel["version"]}', flush=True)
            counts, told = (run.cost if options.cost else run.tests)(kernel, packages)
            rows.append((kernel, counts, told))
    print(f'logs: {run.logs}')
    return bool(table(rows)[1])


if __name__ == '__main__':
    interrupt.run(main)
