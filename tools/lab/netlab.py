# SPDX-License-Identifier: BSD-3-Clause
"""Network namespaces and veth pairs that vanish with the test run.

Every name carries the pid of the run, so that runs do not meet and a run that
was killed is swept away by the next one.
"""

import ctypes
import json
import os
import re
import shutil
import socket
import subprocess
import threading
import time

import pytest

PREFIX = "afp"
CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_serial = 0


DEADLINE = 30.0  # s; for what takes none, on a machine with other things to do


def wait_for(condition, timeout=DEADLINE, interval=0.02, what=None):
    """The first true value of condition(); AssertionError at the deadline."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            why = what() if callable(what) else what
            raise AssertionError(f"not within {timeout} s: {why or condition}")
        time.sleep(interval)


def settled(read, quiet=0.3, timeout=DEADLINE):
    """The value of read() once it has not changed for `quiet` seconds.

    Quiet may be a testpmd that did not get the processor: Testpmd.drain() tells for sure.
    """
    deadline = time.monotonic() + timeout
    value, since = read(), time.monotonic()
    while time.monotonic() - since < quiet:
        assert time.monotonic() < deadline, f"still changing: {value}"
        time.sleep(0.02)
        now = read()
        if now != value:
            value, since = now, time.monotonic()
    return value


def run(*argv, check=True, **kw):
    if not shutil.which(argv[0]):
        pytest.skip(f"{argv[0]} is not installed")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, **kw)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(argv)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def pid_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def sweep():
    """Delete the namespaces of runs whose process is gone, or had the number of this one."""
    for line in run("ip", "netns", "list").splitlines():
        m = re.match(rf"{PREFIX}(\d+)-\S+", line)
        if m and (int(m.group(1)) == os.getpid() or not pid_alive(int(m.group(1)))):
            run("ip", "netns", "del", m.group(0), check=False)


class Netns:
    def __init__(self, tag):
        global _serial
        _serial += 1
        self.name = f"{PREFIX}{os.getpid()}-{_serial}{tag}"
        run("ip", "netns", "add", self.name)
        self.run("sh", "-c", "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6;"
                 "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up", check=False)

    def close(self):
        run("ip", "netns", "del", self.name, check=False)

    def argv(self, *argv):
        return ["ip", "netns", "exec", self.name, *argv]

    def run(self, *argv, **kw):
        if not shutil.which(argv[0]):
            pytest.skip(f"{argv[0]} is not installed")
        return run(*self.argv(*argv), **kw)

    def ip(self, *argv, **kw):
        return run("ip", "-n", self.name, *argv, **kw)

    def popen(self, *argv, **kw):
        kw.setdefault("stdout", subprocess.PIPE)
        kw.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen(self.argv(*argv), text=True, **kw)

    def link(self, iface):
        """What `ip -d -s -j link show` knows of the interface."""
        return json.loads(self.ip("-d", "-s", "-j", "link", "show", "dev", iface))[0]

    def counters(self, iface):
        s = self.link(iface)["stats64"]
        return {f"{way}_{key}": s[way][key] for way in ("rx", "tx")
                for key in ("packets", "bytes", "dropped", "errors")}

    def mac(self, iface):
        return self.link(iface)["address"]

    def packet_sockets(self):
        """Number of AF_PACKET sockets that live in the namespace."""
        return len(self.run("cat", "/proc/net/packet").splitlines()) - 1

    def socket(self, *args):
        """A socket of this namespace, made in it and usable from anywhere."""
        home = os.open("/proc/self/ns/net", os.O_RDONLY)
        away = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            if _libc.setns(away, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                return socket.socket(*args)
            finally:
                _libc.setns(home, CLONE_NEWNET)
        finally:
            os.close(home)
            os.close(away)


class Link:
    """A veth: `dut` is the end the driver gets, `peer` the other host's."""

    def __init__(self, dut_ns, peer_ns, dut="d0", peer="p0", mtu=1500, offload=True, queues=1,
                 up=True):
        self.dut_ns, self.peer_ns, self.dut, self.peer = dut_ns, peer_ns, dut, peer
        many = ("numtxqueues", str(queues), "numrxqueues", str(queues))
        run("ip", "link", "add", dut, "netns", dut_ns.name, *many, "type", "veth",
            "peer", "name", peer, "netns", peer_ns.name, *many)
        for ns, iface in ((dut_ns, dut), (peer_ns, peer)):
            ns.ip("link", "set", iface, "addrgenmode", "none", check=False)  # a kernel without IPv6
            ns.ip("link", "set", iface, "mtu", str(mtu))
            if not offload:
                ns.run("ethtool", "-K", iface, "tx", "off", "tso", "off", "gso", "off",
                       "gro", "off")
            if up:
                ns.ip("link", "set", iface, "up")
        if up:
            self.wait_carrier()

    def wait_carrier(self, state="UP"):
        wait_for(lambda: self.dut_ns.link(self.dut)["operstate"] == state,
                 what=f"{self.dut} operstate {state}")

    @property
    def dut_mac(self):
        return self.dut_ns.mac(self.dut)

    def peer_counters(self):
        return self.peer_ns.counters(self.peer)


def tcp_copy(client_ns, server_ns, address, data, port=9000, timeout=60):
    """Send data over one TCP connection between two namespaces; what arrived."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = server_ns.socket(family, socket.SOCK_STREAM, 0)
    client = client_ns.socket(family, socket.SOCK_STREAM, 0)
    try:
        server.bind((address, port))
        server.listen(1)
        server.settimeout(timeout)
        client.settimeout(timeout)

        def send():
            try:
                client.connect((address, port))
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
            except OSError:
                client.close()  # the reader sees it
        threading.Thread(target=send, daemon=True).start()
        conn, _ = server.accept()
        got = bytearray()
        with conn:
            conn.settimeout(timeout)
            while chunk := conn.recv(1 << 16):
                got += chunk
        return bytes(got)
    finally:
        client.close()
        server.close()


class Lab:
    """Everything one test made, unmade in reverse order."""

    def __init__(self):
        self._made = []
        self._ns = {}

    def keep(self, thing):
        self._made.append(thing)
        return thing

    def ns(self, tag):
        if tag not in self._ns:
            self._ns[tag] = self.keep(Netns(tag))
        return self._ns[tag]

    def two_hosts(self, **kw):
        """Host "peer" (10.9.0.1) on p0 and host "far" (10.9.0.2) on p1; d0, d1 for the driver."""
        near, far = self.link(0, **kw), self.link(1, **kw)
        far.peer_ns.ip("link", "set", far.peer, "netns", self.ns("far").name)
        far.peer_ns = self.ns("far")
        for end, addr in ((near, "10.9.0.1/24"), (far, "10.9.0.2/24")):
            end.peer_ns.ip("addr", "add", addr, "dev", end.peer)
            end.peer_ns.ip("link", "set", end.peer, "up")
            end.wait_carrier()
        return near, far

    def link(self, n=0, **kw):
        return Link(self.ns("dut"), self.ns("peer"), f"d{n}", f"p{n}", **kw)

    def close(self):
        for thing in reversed(self._made):
            try:
                thing.close()
            except Exception as e:  # the rest must go too
                print(f"teardown of {thing}: {e}")
