# SPDX-License-Identifier: BSD-3-Clause
"""Debian's kernels, and qemu where this machine has none: downloaded and unpacked in the
cache, never installed. The lists and the package cache are of their own; the system's
stay as they are."""
import json
import lzma
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

MIRROR = os.environ.get('AFPRING_MIRROR', 'http://deb.debian.org/debian')
SUITES = (('debian', 'bookworm'), ('debian-security', 'bookworm-security'),
          ('debian', 'bookworm-backports'), ('debian', 'sid'))
IMAGE = re.compile(r'linux-image-(\d+\.\d+)\.(\d+.*)-cloud-amd64$')
FULL_IMAGE = re.compile(r'linux-image-(\d+\.\d+)\.(\d[^-]*)-amd64$')  # with drivers of real cards
PARTS = ('image', 'binary', 'modules', 'base')  # of one kernel; older ones are in one part
# Which of the kernels there are: name, its suites, its series, the oldest or the newest.
WANTED = (
    ('6.1-oldest', ('bookworm', 'bookworm-security'), '6.1', min),
    ('6.1', ('bookworm', 'bookworm-security'), '6.1', max),
    ('6.12-backports', ('bookworm-backports',), '6.12', max),
    ('6.12', ('bookworm-security',), '6.12', max),
    ('sid', ('sid',), None, max),
    ('cards', ('sid',), None, max),
)
CARDS = 'cards'  # the one that has network cards, on a qemu that knows them
# Of a kernel with all drivers: what no test needs, and takes minutes to unpack.
UNUSED = [f'drivers/{name}' for name in (
    'accel', 'ata', 'bluetooth', 'gpu', 'hid', 'hwmon', 'iio', 'infiniband', 'input', 'isdn', 'leds',
    'md', 'media', 'mtd', 'net/usb', 'net/wireless', 'platform', 'power', 'scsi', 'staging', 'target',
    'usb')] + ['sound']


class Unavailable(Exception):
    """Nothing wrong here: it cannot be had, and why."""


def ordered(version):
    """Digits as numbers, the rest as text."""
    return [(int(word), '') if word.isdigit() else (-1, word)
            for word in re.findall(r'\d+|\D+', version)]


class Packages:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.index = self.folder / 'kernels.json'

    # ---- apt ----

    def apt(self, command, *arguments):
        sources = self.folder / 'sources.list'
        done = subprocess.run(
            [command, '-q', '-o', f'Dir::Etc::SourceList={sources}', '-o', 'Dir::Etc::SourceParts=-',
             '-o', f'Dir::State::Lists={self.folder}/lists', '-o', f'Dir::Cache={self.folder}/apt',
             '-o', 'APT::Sandbox::User=', '-o', 'APT::Default-Release=bookworm',
             # a mirror that stands still says so in a date
             '-o', 'Acquire::Check-Valid-Until=false', *arguments],
            capture_output=True, text=True, check=False, cwd=self.folder)
        if done.returncode:
            last = (done.stderr.strip() or done.stdout.strip() or '?').splitlines()[-1]
            raise Unavailable(f'{command} {arguments[0]}: {last}')
        return done.stdout

    def update(self):
        for name in ('lists/partial', 'apt/archives/partial'):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        top = MIRROR.removesuffix('/').removesuffix('/debian')
        (self.folder / 'sources.list').write_text(''.join(
            f'deb {top}/{archive} {suite} main\n' for archive, suite in SUITES))
        self.apt('apt-get', 'update')

    def unpack(self, folder, names, with_kernel=False):
        """All of them or nothing."""
        print(f'==> downloading to {folder}: {" ".join(names)}', flush=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            here = Path(work)
            (here / 'debs').mkdir()
            archives = ['-o', f'Dir::Cache::Archives={here}/debs']
            os.makedirs(here / 'debs/partial')
            self.apt('apt-get', 'download', *archives, *names)
            for deb in self.folder.glob('*.deb'):
                deb.rename(here / 'debs' / deb.name)
            for deb in (here / 'debs').glob('*.deb'):
                subprocess.run(['dpkg', '-x', deb, here / 'tree'], check=True)
            if with_kernel:
                prepare_modules(here / 'tree', self.busybox())
            shutil.rmtree(folder, ignore_errors=True)
            (here / 'tree').rename(folder)

    # ---- what there is ----

    def choose(self):
        """WANTED as packages: name, packages, version. One kernel is named once."""
        names = self.apt('apt-cache', 'pkgnames', 'linux-').split()
        images = [n for n in names if IMAGE.match(n) or FULL_IMAGE.match(n)]
        found = {}
        for line in self.apt('apt-cache', 'madison', *images).splitlines():
            name, version, where = (word.strip() for word in line.split('|'))
            suite = where.split()[1].split('/')[0]
            found.setdefault(suite, set()).add((name, version))
        chosen = []
        for title, suites, series, which in WANTED:
            image = FULL_IMAGE if title == CARDS else IMAGE
            all_of_them = [(ordered(version), name, version) for suite in suites
                           for name, version in found.get(suite, ())
                           if image.match(name) and series in (None, image.match(name).group(1))]
            if not all_of_them:
                raise Unavailable(f'no kernel {series or ""} in {" ".join(suites)}')
            _, name, version = which(all_of_them)
            parts = [name.replace('image', part, 1) for part in PARTS]
            chosen.append({'title': title, 'version': version, 'name': name,
                           'packages': [f'{p}={version}' for p in parts if p in names]})
        return chosen

    def busybox(self):
        return self.folder / 'qemu/bin/busybox'

    def machine(self, folder='qemu', names=('qemu-system-x86', 'qemu-system-common')):
        """Also what qemu needs and this system lacks."""
        told = self.apt('apt-get', 'install', '-s', '--no-install-recommends', *names)
        found = re.findall(r'^Inst (\S+) (?:\[\S+\] )?\((\S+)', told, re.M)
        self.unpack(self.folder / folder, ['busybox-static', *('='.join(one) for one in found)])

    def machine_with_cards(self):
        """The card igb is in qemu since 8.0."""
        self.machine('qemu-cards', [f'{name}/bookworm-backports' for name in (
            'qemu-system-x86', 'qemu-system-common', 'qemu-system-data', 'seabios')])

    def has_all(self):
        """Also what has come to be wanted since."""
        return [kernel['title'] for kernel in json.loads(self.index.read_text())] == \
            [title for title, *_ in WANTED]

    def kernels(self, newest):
        """What WANTED names, unpacked; of the last time, unless the newest are asked for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if newest or not self.index.exists() or not self.has_all():
            self.update()
            if not self.busybox().exists():
                self.machine()
            if not (self.folder / 'qemu-cards').exists():
                self.machine_with_cards()
            chosen = self.choose()
            for kernel in chosen:
                folder = self.folder / kernel['name']
                if not folder.exists():
                    self.unpack(folder, kernel['packages'], with_kernel=True)
            self.index.write_text(json.dumps(chosen, indent=1))
        return json.loads(self.index.read_text())


def prepare_modules(tree, busybox):
    """Modules at one place, as plain files, with the lists that modprobe wants."""
    modules = next(p for p in (tree / 'lib/modules', tree / 'usr/lib/modules') if p.exists())
    if modules != tree / 'lib/modules':
        (tree / 'lib').mkdir(exist_ok=True)
        modules.rename(tree / 'lib/modules')
    for unused in UNUSED:
        shutil.rmtree(next((tree / 'lib/modules').iterdir()) / 'kernel' / unused, ignore_errors=True)
    for packed in (tree / 'lib/modules').rglob('*.ko.xz'):
        packed.with_suffix('').write_bytes(lzma.decompress(packed.read_bytes()))
        packed.unlink()
    release = next((tree / 'lib/modules').iterdir()).name
    subprocess.run([busybox, 'depmod', '-b', tree, release], check=True)
