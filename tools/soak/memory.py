# SPDX-License-Identifier: BSD-3-Clause
"""A process for which the kernel has no more memory: a memory cgroup of its own (version 1)."""
import errno
import os

from lab.netns import PREFIX
from lab.process import Missing, wait_for

ROOT = '/sys/fs/cgroup/memory'


class Shortage:
    """Until close(). What the process has already is not counted."""

    def __init__(self, pid, most):
        if not os.path.exists(f'{ROOT}/memory.oom_control'):
            raise Missing('no memory cgroups of version 1')
        self.pid, self.path = pid, f'{ROOT}/{PREFIX}{os.getpid()}-soak'
        with open(f'/proc/{pid}/cgroup', encoding='ascii') as file:
            home = next(line.strip().split(':')[2] for line in file if ':memory:' in line)
        self.home = ROOT + home if os.path.isdir(ROOT + home) else ROOT
        os.mkdir(self.path)
        try:
            self._write('memory.oom_control', 1)  # who needs a page waits, nobody is killed
            self._write('memory.limit_in_bytes', most)
            self._write('cgroup.procs', pid)
        except OSError:
            self.close()
            raise

    def _write(self, name, value):
        with open(f'{self.path}/{name}', 'w', encoding='ascii') as file:
            file.write(str(value))

    def refusals(self):
        with open(f'{self.path}/memory.failcnt', encoding='ascii') as file:
            return int(file.read())

    def close(self):
        self._write('memory.limit_in_bytes', -1)
        with open(f'{self.home}/cgroup.procs', 'w', encoding='ascii') as file:
            file.write(str(self.pid))
        wait_for(self._removed)

    def _removed(self):
        try:
            os.rmdir(self.path)
        except OSError as why:  # EBUSY: a thread that has just ended is still in the group
            if why.errno != errno.EBUSY:
                raise
            return False
        return True
