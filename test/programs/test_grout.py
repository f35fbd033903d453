# SPDX-License-Identifier: BSD-3-Clause
"""grout 0.19, a router whose workers sleep until an interrupt comes (--adaptive-irq), however long."""

import os
import random
import socket
import time

import pytest
from folder import copy, load, need
from lab.process import wait_for
from lab.testpmd import PLUGIN, vdev

FOLDER = "forky/programs"
# The tables of routes that it makes else take more memory than a test needs.
TABLES = ("GROUT_FIB4_ALGORITHM=DUMMY", "GROUT_FIB6_ALGORITHM=DUMMY")
GIVEN_UP = "disabling adaptive-irq"  # says a worker that will not sleep


class Grout:
    """Both ports are its, 10.9.0.254 and 10.9.1.254; host "far" moves to 10.9.1.2."""

    def __init__(self, inside, near, far, *args):
        self.hosts = near.peer_ns, far.peer_ns
        # it has IPv6 routes of its own, which the kernel refuses where IPv6 is off
        near.dut_ns.run("sh", "-c", "for f in default all; do "
                        "echo 0 >/proc/sys/net/ipv6/conf/$f/disable_ipv6; done")
        plugin = os.environ.get("AFPRING_GROUT_PLUGIN", PLUGIN)
        self.inside = inside(near.dut_ns, FOLDER, plugin)
        self.socket = f"{self.inside.dir}/socket"
        self.program = self.inside.start(
            "grout", "grout", "--test-mode", "--verbose", "--metrics", ":0", "--socket", self.socket,
            *args, "--", "-d", plugin, "--no-pci", "-m", "1024", env=TABLES)
        wait_for(lambda: self.program.poll() is not None or os.path.exists(self.socket), 60)
        assert self.program.poll() is None, self.text()
        far.peer_ns.ip("addr", "flush", "dev", far.peer)
        far.peer_ns.ip("addr", "add", "10.9.1.2/24", "dev", far.peer)
        for n, end in enumerate((near, far)):
            self.cli("interface", "add", "port", f"p{n}", "devargs", vdev(n, end.dut), "up")
            self.cli("address", "add", f"10.9.{n}.254/24", "iface", f"p{n}")
            end.peer_ns.ip("route", "add", "default", "via", f"10.9.{n}.254")

    def cli(self, *words):
        return self.inside.run("grcli", "--socket", self.socket, *words)

    def flags(self, port):
        """What it shows of the port: "up", and "running" while it has a link."""
        shown = self.cli("interface", "show", "name", port)
        return next(line for line in shown.splitlines() if line.startswith("flags:")).split()[1:]

    def text(self):
        return self.inside.text("grout.out")[-5000:]

    def load(self):
        return load(self.inside.pid("grout"))


@pytest.fixture
def grout(hosts, inside):
    need("grout")
    return lambda *args: Grout(inside, *hosts, *args)


def datagrams(router, pauses):
    """One after each pause, to host "far" and back; how long each took, in seconds."""
    near, far = (ns.socket(socket.AF_INET, socket.SOCK_DGRAM, 0) for ns in router.hosts)
    took = []
    with near, far:
        far.bind(("10.9.1.2", 9000))
        for sock in (near, far):
            sock.settimeout(10)
        for n, pause in enumerate(pauses):
            time.sleep(pause)
            start = time.monotonic()
            near.sendto(b"%d" % n, ("10.9.1.2", 9000))
            data, sender = far.recvfrom(100)
            far.sendto(data, sender)
            assert near.recv(100) == b"%d" % n
            took.append(time.monotonic() - start)
    return took


def test_workers_sleep_and_wake(grout, row):
    router = grout("--adaptive-irq")
    datagrams(router, [0])  # and both hosts' addresses are known
    time.sleep(1)
    idle = router.load()
    assert GIVEN_UP not in router.text(), router.text()
    assert idle <= 0.01, router.text()
    chance = random.Random(1)
    took = datagrams(router, [chance.choice((0, 0.0001, 0.001, 0.01, 0.11)) for _ in range(300)])
    # half a second: it has stopped looking by itself
    took += datagrams(router, [0.5] * 10)
    row(f"asleep at {100 * idle:.1f} %, {len(took)} datagrams there and back without loss, "
        f"{1e6 * sorted(took)[len(took) // 2]:.0f} us each (median), {1e3 * max(took):.1f} ms at most")


def test_workers_wake_after_a_restart_of_the_port(grout, row):
    """A new MTU stops and starts the port; the worker has the queue's descriptor in its set still."""
    router = grout("--adaptive-irq")
    datagrams(router, [0])
    for mtu in ("1400", "1500"):
        time.sleep(0.5)
        router.cli("interface", "set", "port", "p0", "mtu", mtu)
        assert GIVEN_UP not in router.text(), router.text()
        datagrams(router, [0.5] * 3)
    assert router.load() <= 0.01, router.text()
    row("a new MTU twice, awake each time")


def test_link_events_are_shown(grout, hosts, row):
    router = grout("--adaptive-irq")
    near = hosts[0]
    for _ in range(3):
        near.peer_ns.ip("link", "set", near.peer, "down")
        wait_for(lambda: "running" not in router.flags("p0"), what=router.text)
        assert "running" in router.flags("p1")
        near.peer_ns.ip("link", "set", near.peer, "up")
        wait_for(lambda: "running" in router.flags("p0"), what=router.text)
    near.peer_ns.ip("route", "replace", "default", "via", "10.9.0.254")  # the kernel's went with the link
    datagrams(router, [0.5, 0])
    told = [router.inside.text("grout.out").count(f"p0: link status {way}") for way in ("down", "up")]
    assert min(told) >= 3, router.text()
    row(f"down {told[0]} times, up {told[1]} times, of 3 each")


@pytest.mark.parametrize("mode", [(), ("--adaptive-irq",)], ids=["polling", "adaptive"])
def test_tcp(grout, row, mode):
    router = grout(*mode)
    near, far = router.hosts
    there = copy(near, far, "10.9.1.2")
    row(f"{there}, back {copy(far, near, '10.9.0.1')}")
