# SPDX-License-Identifier: BSD-3-Clause
"""A virtual machine with another kernel and this machine's files.

Its root is this machine's, read-only through virtiofs, with a tmpfs over it, so that
nothing is built or installed twice. The first serial line is its console, what it
writes to the second is kept. With KVM where the kernel boots with it, else without.
"""
import contextlib
import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

BOOT_SECONDS = 20  # with KVM, until it speaks
NO_KVM = 'KVM internal error'  # qemu's words; it would stay as it is, stopped
MEMORY = '2G'
ROOT_MODULES = ('virtio_pci', 'virtiofs', 'overlay')  # what its root is made of
UP = 'guest: up'


def modules_in_order(folder, names):
    """Files of the named modules and all they need, what is needed first."""
    needs = {}
    for line in (folder / 'modules.dep').read_text().splitlines():
        path, others = line.split(':')
        needs[path] = others.split()
    by_name = {Path(path).name[:-3].replace('-', '_'): path for path in needs}
    out = []

    def add(path):
        for other in needs[path]:
            add(other)
        if path not in out:
            out.append(path)
    for name in names:
        if name in by_name:  # else it is part of the kernel itself
            add(by_name[name])
    return [folder / path for path in out]


@contextlib.contextmanager
def program(argv, **streams):
    """It runs meanwhile, and never longer than this process, even if that is killed."""
    child = subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', *argv], start_new_session=True,
                             **streams)
    try:
        yield child
    finally:
        child.kill()
        child.wait()


class Guest:
    """One kernel's machine; run() boots it once."""
    kvm = None  # whether the first kernel that was tried booted with it

    def __init__(self, tree, work, init, cards=False):
        self.tree, self.work, self.cards = Path(tree), Path(work), cards
        self.modules = next((self.tree / 'lib/modules').iterdir())
        self.init = init
        self.qemu_tree = self.tree.parent / 'qemu'
        self.trees = [*([self.tree.parent / 'qemu-cards'] if cards else []), self.qemu_tree]

    def command(self, *places):
        """The program of the first place that has it, and its environment."""
        for tree in self.trees:
            libraries = [str(tree / d / 'x86_64-linux-gnu') for d in ('usr/lib', 'lib')]
            for place in places:
                if (tree / place).exists():
                    return ['env', 'LD_LIBRARY_PATH=' + ':'.join(libraries), tree / place]
        for place in places:
            found = shutil.which(Path(place).name, path=f'/{Path(place).parent}')
            if found:
                return [found]
        raise RuntimeError(f'no {places[0]}')

    def kernel(self):
        return next(p for p in [*(self.tree / 'boot').glob('vmlinuz-*'), self.modules / 'vmlinuz']
                    if p.exists())

    def initramfs(self):
        root = self.work / 'initramfs'
        shutil.rmtree(root, ignore_errors=True)
        for name in ('bin', 'ko', 'proc', 'sys', 'dev', 'lower', 'upper', 'root'):
            (root / name).mkdir(parents=True)
        shutil.copy(self.qemu_tree / 'bin/busybox', root / 'bin/busybox')
        shutil.copy(self.init, root / 'init')
        (root / 'init').chmod(0o755)
        for number, path in enumerate(modules_in_order(self.modules, ROOT_MODULES)):
            shutil.copy(path, root / f'ko/{number:02}-{path.name}')
        subprocess.run('find . | bin/busybox cpio -o -H newc -R 0:0 2>/dev/null | gzip -1 >../initrd',
                       shell=True, check=True, cwd=root)
        return self.work / 'initrd'

    def qemu(self, job, kvm, counting):
        # Without cx16: qemu 7.2's own cmpxchg16b now and then leaves garbage in the flags,
        # and the kernel dies of a double fault in kmem_cache_alloc().
        accel = (['-accel', 'kvm', '-cpu', 'host'] if kvm else
                 ['-accel', 'tcg,thread=single' if counting else 'tcg,thread=multi',
                  '-cpu', 'max,-cx16'])
        if counting:  # the guest's clock counts its instructions, one a nanosecond
            accel += ['-icount', 'shift=0,sleep=off']
        share = self.trees[0] / 'usr/share'
        firmware = ['-L', share / 'qemu', '-L', share / 'seabios'] if share.exists() else []
        return [*self.command('usr/bin/qemu-system-x86_64'), *firmware, *accel,
                '-machine', 'q35,memory-backend=memory',
                '-object', f'memory-backend-memfd,id=memory,size={MEMORY},share=on',
                '-smp', '1' if counting else '2', '-m', MEMORY, '-nodefaults', '-display', 'none',
                '-no-reboot', '-serial', 'stdio', '-serial', f'file:{self.work}/results',
                '-chardev', f'socket,id=files,path={self.work}/files',
                '-device', 'vhost-user-fs-pci,chardev=files,tag=host',
                '-kernel', self.kernel(), '-initrd', self.initramfs(),
                *(self.two_cards() if self.cards else []),
                '-append', 'console=ttyS0 quiet panic=-1 mitigations=off nokaslr '
                f'afpring_job={job} afpring_modules={self.modules}']

    def two_cards(self):
        """On one wire; each behind a port of its own, for it takes a slot for each of its functions."""
        return [word for n in range(2) for word in (
            '-device', f'pcie-root-port,id=p{n},chassis={n + 1}', '-netdev', f'hubport,id=h{n},hubid=0',
            '-device', f'igb,netdev=h{n},bus=p{n},romfile=,mac=02:00:00:0{n}:00:01')]

    def file_server(self):
        return [*self.command('usr/lib/qemu/virtiofsd'), f'--socket-path={self.work}/files',
                '-o', 'source=/', '-o', 'sandbox=chroot', '-o', 'cache=always',
                '-o', 'log_level=err', '-f']

    def boot(self, job, seconds, kvm, counting):
        """False: it does not come up, with KVM."""
        with program(self.file_server(), stderr=subprocess.DEVNULL):
            deadline = time.monotonic() + 10
            while not (self.work / 'files').exists() and time.monotonic() < deadline:
                time.sleep(0.05)
            try:
                with program(self.qemu(job, kvm, counting), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             errors='replace') as machine:
                    return self.follow(machine, seconds, kvm)
            finally:
                (self.work / 'files').unlink(missing_ok=True)

    def follow(self, machine, seconds, kvm):
        """Its console, to its end or that of its time. Whether it came up."""
        up = threading.Event()
        timers = [threading.Timer(seconds, machine.kill)]
        if kvm:
            timers.append(threading.Timer(BOOT_SECONDS, lambda: up.is_set() or machine.kill()))
        for timer in timers:
            timer.daemon = True
            timer.start()
        try:
            with open(self.work / 'console.log', 'w', encoding='utf-8') as log:
                for line in machine.stdout:
                    log.write(line)
                    line = line.rstrip()
                    if line.startswith(UP):
                        up.set()
                    if kvm and line.startswith(NO_KVM):
                        machine.kill()
                    if up.is_set():
                        print(f'    {line}', flush=True)
        finally:
            for timer in timers:
                timer.cancel()
        return up.is_set()

    def run(self, job, seconds, counting=False):
        """Boot, do the job, power off. Whether it came up."""
        if counting:
            return self.boot(job, seconds, False, True)
        if Guest.kvm is None:
            Guest.kvm = os.access('/dev/kvm', os.R_OK | os.W_OK)
        if Guest.kvm and self.boot(job, seconds, True, False):
            return True
        if Guest.kvm:
            print('==> KVM does not boot it here: without', flush=True)
            Guest.kvm = False
        # qemu 10.0 with several threads now and then fails an assertion of its own while it boots
        return self.boot(job, seconds, False, False) or self.boot(job, seconds, False, False)
