# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces that vanish with the run.

Every name carries the process id of the run, so that runs do not meet and a run that
was killed is swept away by the next one.
"""
import contextlib
import ctypes
import json
import os
import re
import shutil
import socket
import subprocess

from .process import Failed, Missing, pid_alive, run

PREFIX = 'afp'
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_serial = 0


def sweep():
    """Delete the namespaces of runs whose process is gone, or had the number of this one."""
    for line in run('ip', 'netns', 'list').splitlines():
        m = re.match(rf'{PREFIX}(\d+)-\S+', line)
        if m and (int(m.group(1)) == os.getpid() or not pid_alive(int(m.group(1)))):
            run('ip', 'netns', 'del', m.group(0), check=False)


class Netns:
    def __init__(self, tag):
        global _serial
        _serial += 1
        self.name = f'{PREFIX}{os.getpid()}-{_serial}{tag}'
        self._counters = None
        run('ip', 'netns', 'add', self.name)
        # No neighbour discovery: every packet that counts is one that somebody here sent.
        self.run('sh', '-c', 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6;'
                 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up', check=False)

    def close(self):
        if self._counters:
            self._counters.close()  # the open file would keep the namespace
        run('ip', 'netns', 'del', self.name, check=False)

    def argv(self, *argv):
        return ['ip', 'netns', 'exec', self.name, *argv]

    def run(self, *argv, **kw):
        if not shutil.which(argv[0]):
            raise Missing(f'{argv[0]} is not installed')
        return run(*self.argv(*argv), **kw)

    def ip(self, *argv, **kw):
        return run('ip', '-n', self.name, *argv, **kw)

    def popen(self, *argv, **kw):
        kw.setdefault('stdout', subprocess.PIPE)
        kw.setdefault('stderr', subprocess.PIPE)
        kw.setdefault('text', True)
        return subprocess.Popen(self.argv(*argv), **kw)

    def link(self, iface):
        """What `ip -d -s -j link show` knows of the interface."""
        return json.loads(self.ip('-d', '-s', '-j', 'link', 'show', 'dev', iface))[0]

    def counters(self, iface):
        """What the kernel counted: rx_bytes, rx_packets, rx_errors, rx_dropped, tx_bytes, ..."""
        if self._counters is None:
            with self.entered():
                self._counters = open('/proc/thread-self/net/dev', 'rb', 0)
        text = b''
        while part := os.pread(self._counters.fileno(), 65536, len(text)):  # any thread may
            text += part
        for line in text.decode().splitlines():
            name, _, fields = line.partition(':')
            if name.strip() == iface:
                values = [int(field) for field in fields.split()]
                return {f'{way}_{key}': values[at + n] for way, at in (('rx', 0), ('tx', 8))
                        for n, key in enumerate(('bytes', 'packets', 'errors', 'dropped'))}
        raise Failed(f'no interface {iface} in namespace {self.name}')

    def mac(self, iface):
        return self.link(iface)['address']

    def packet_sockets(self):
        """Number of AF_PACKET sockets that live in the namespace."""
        return len(self.run('cat', '/proc/net/packet').splitlines()) - 1

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace: what it makes here, stays here."""
        home = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        try:
            away = os.open(f'/run/netns/{self.name}', os.O_RDONLY)
            try:
                if _libc.setns(away, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), 'setns')
            finally:
                os.close(away)
            try:
                yield
            finally:
                _libc.setns(home, CLONE_NEWNET)
        finally:
            os.close(home)

    def socket(self, *args):
        """A socket of this namespace, usable from anywhere."""
        with self.entered():
            return socket.socket(*args)
