# SPDX-License-Identifier: BSD-3-Clause
"""dpdk-testpmd, driven through its prompt, with a deadline on every answer."""

import glob
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time

from .process import DEADLINE, PLUGIN_NAME, ROOT, Failed, Missing, die_with_parent, wait_for

DRIVER = os.environ.get("AFPRING_VDEV", "net_afpring")
PLUGIN = os.environ.get("AFPRING_PLUGIN") or next(
    iter(glob.glob(f"{ROOT}/build/**/{PLUGIN_NAME}", recursive=True)),
    f"{ROOT}/build/{PLUGIN_NAME}")
TESTPMD = os.environ.get("AFPRING_TESTPMD") or shutil.which("dpdk-testpmd")
PRELOAD = os.environ.get("AFPRING_PRELOAD")
ARGS = dict(word.split("=") for word in os.environ.get("AFPRING_ARGS", "").split(",") if word)
OURS = DRIVER == "net_afpring"
PROMPT = "testpmd> "
RIVAL_KEYS = ("qpairs", "blocksz", "framesz", "framecnt", "qdisc_bypass")
_serial = 0


def vdev(n, iface=None, **args):
    """The devargs of port n: vdev(0, "d0", qpairs=2)."""
    args = {**ARGS, **args}
    if not OURS:  # what the rival of DPDK 22.11 would refuse to start with
        args = {k: v for k, v in args.items() if k in RIVAL_KEYS}
    words = [f"{DRIVER}{n}"] + ([f"iface={iface}"] if iface else [])
    return ",".join(words + [f"{k}={v}" for k, v in args.items()])


def dpdk_release():
    """Year and month: "22.11"; names of later ones are greater."""
    done = subprocess.run(["pkg-config", "--modversion", "libdpdk"], capture_output=True, text=True)
    return ".".join(done.stdout.strip().split(".")[:2])


def missing():
    """Why no test can run here, or None."""
    if os.geteuid() != 0:
        return "needs root for network namespaces"
    if not TESTPMD:
        return "dpdk-testpmd is not installed"
    if OURS and not os.path.exists(PLUGIN):
        return f"no plugin at {PLUGIN}; build it or set AFPRING_PLUGIN"
    return None


OF_THE_MACHINE = object()
EVENT = r"\nPort (\d+): ([a-z ]+) event\n"


class Testpmd:
    __test__ = False

    def __init__(self, ns, vdevs=(), *args, queues=1, mbufs=16384, mem=192, cores="0,1",
                 wrap=(), eal=(), rxd=None, scatter=False, removal=False,
                 plugin=OF_THE_MACHINE, pages=("--no-huge",)):
        global _serial
        _serial += 1
        self.prefix = f"afp{os.getpid()}-{_serial}"
        self.dir = tempfile.mkdtemp(prefix=self.prefix)
        if wrap and not shutil.which(wrap[0]):
            raise Missing(f"{wrap[0]} is not installed")
        argv = list(wrap) + [TESTPMD, *pages, "-m", str(mem), "--no-pci",
                             "--lcores" if "@" in cores else "-l", cores, "--file-prefix", self.prefix]
        if plugin is OF_THE_MACHINE:  # looked up now: a test may have put another in its place
            plugin = PLUGIN if OURS else None
        if plugin:
            argv += ["-d", plugin]
        for one in vdevs:
            argv += ["--vdev", one]
        # without --no-flush-rx `start` would swallow the stale frames tests look for
        argv += list(eal) + ["--", "-i", "--no-flush-rx", f"--total-num-mbufs={mbufs}",
                             *([] if removal else ["--no-rmv-interrupt"]),
                             f"--rxq={queues}", f"--txq={queues}"]
        if rxd:
            argv += [f"--rxd={rxd}", f"--txd={rxd}"]
        if scatter:
            argv += ["--enable-scatter", "--tx-offloads=0x8000"]
        argv += list(args)
        env = dict(os.environ, LC_ALL="C", TERM="dumb")
        if PRELOAD:
            env["LD_PRELOAD"] = PRELOAD
            env["ASAN_OPTIONS"] = f"detect_leaks=0:log_path={self.dir}/asan"
        self.argv, self.ports = ns.argv(*argv), len(vdevs)
        self.text, self.running, self.closed = "", False, False
        self.events = []  # (port, what), in their order
        self.err = open(f"{self.dir}/stderr", "w+", encoding="utf-8", errors="replace")
        self.fd, slave = pty.openpty()
        self.proc = subprocess.Popen(self.argv, stdin=slave, stdout=slave, stderr=self.err, env=env,
                                     start_new_session=True, preexec_fn=die_with_parent)
        os.close(slave)
        try:
            self._until_prompt(0, 2 * DEADLINE)
        except BaseException:
            self.close()
            raise

    # the prompt

    def _fail(self, why):
        raise Failed(f"{why}\n{' '.join(self.argv)}\n--- prompt (tail)\n{self.text[-2500:]}\n"
                     f"--- stderr (tail)\n{self.log()[-2500:]}\n{self._sanitizer()}")

    def _sanitizer(self):
        text = "".join(open(f, errors="replace").read()[:4000]
                       for f in glob.glob(f"{self.dir}/asan*"))
        return text + "\n".join(re.findall(r".*: runtime error: .*", self.log()))

    def _pump(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if not ready:
            return True
        try:
            chunk = os.read(self.fd, 65536)
        except OSError:
            chunk = b""
        self.text += chunk.decode("utf-8", "replace").replace("\r", "")
        # another thread prints them, in the middle of an answer or behind the prompt
        self.events += re.findall(EVENT, self.text)
        self.text = re.sub(EVENT, "", self.text)
        return bool(chunk)

    def _until_prompt(self, start, timeout):
        deadline = time.monotonic() + timeout
        while not self.text[start:].rstrip("\x1b[K").endswith(PROMPT):
            left = deadline - time.monotonic()
            if left <= 0:
                self._fail(f"no prompt within {timeout} s")
            if not self._pump(min(left, 0.5)):
                self.proc.wait(5)
                self._fail(f"testpmd ended with {self.proc.returncode}")
        return self.text[start:]

    def cmd(self, line, timeout=DEADLINE):
        """Type one line, return what it printed (without echo and prompt)."""
        while self._pump_now():
            pass
        start = len(self.text)
        os.write(self.fd, (line + "\n").encode())
        deadline = time.monotonic() + timeout
        while "\n" not in self.text[start:]:
            if time.monotonic() > deadline or not self._pump(0.5):
                self._fail(f"no echo of '{line}'")
        body = self._until_prompt(self.text.index("\n", start) + 1, timeout)
        if "Bad arguments" in body or "Command not found" in body:
            self._fail(f"testpmd does not know '{line}'")
        return body[:body.rindex(PROMPT)]

    def _pump_now(self):
        ready, _, _ = select.select([self.fd], [], [], 0)
        return ready and self._pump(0)

    def collect(self, pattern, count, timeout=DEADLINE):
        """Read output of the forwarding lcore until pattern came count times."""
        start = len(self.text)
        wait_for(lambda: self._pump(0.05) and len(re.findall(pattern, self.text[start:])) >= count,
                 timeout, 0, what=lambda: f"{count} x {pattern} in:\n{self.text[start:][-1500:]}")
        return self.text[start:]

    def told(self, event, port=0):
        """How often the application was told of this event."""
        while self._pump_now():
            pass
        return self.events.count((str(port), event))

    def log(self):
        """All that went to stderr: EAL's and the driver's log."""
        with open(f"{self.dir}/stderr", encoding="utf-8", errors="replace") as f:
            return f.read()

    # the ports

    def set_up_queue(self, queue, slots):
        """Set up "rxq 1" or "txq 1" of a running port anew. Stops forwarding: testpmd polls no pair
        of which a queue is stopped."""
        self.stop()
        for line in (f"port 0 {queue} stop", f"port config 0 {queue} ring_size {slots}",
                     f"port 0 {queue} setup", f"port 0 {queue} start"):
            out = self.cmd(line)
            if "not support" in out or "fail" in out.lower():
                raise Failed(f"{line}: {out}")

    def start(self, mode="io", first=None):
        self.cmd(f"set fwd {mode}")
        out = self.cmd("start" + (f" tx_first {first}" if first else ""))
        self.running = True
        return out

    def stop(self):
        self.running = False
        return self.cmd("stop")

    def drain(self):
        """Forward until the rings are empty, and stop: after it nothing moves any more.

        However short a run, it polls every queue once; one that moves nothing has found
        nothing.
        """
        if self.running:
            self.stop()
        deadline, before = time.monotonic() + DEADLINE, None
        while (now := [self.stats(port) for port in range(self.ports)]) != before:
            if time.monotonic() > deadline:
                self._fail(f"frames without end: {now}")
            before = now
            self.cmd("start")
            self.cmd("stop")

    def stats(self, port=0):
        return _numbers(self.cmd(f"show port stats {port}"), r"([RT]X-[a-z]+): +(\d+)")

    def xstats(self, port=0):
        return _numbers(self.cmd(f"show port xstats {port}"), r"^(\w+): (\d+)")

    def info(self, port=0):
        pairs = re.findall(r"^ *([A-Z][^:\n]*): *(.+?) *$", self.cmd(f"show port info {port}"), re.M)
        return dict(pairs)

    def fwd_stats(self, port=0):
        """Of this run: RX-packets, TX-packets (both the port's own), TX-dropped.

        TX-dropped is what tx_burst did not take and the port's TX-errors.
        """
        text = self.cmd("show fwd stats all")
        part = re.search(rf"statistics for port {port} .*?\n(.*?)-----", text, re.S)
        return _numbers(part.group(1), r"([RT]X-[a-z]+): +(\d+)") if part else {}

    def cycles(self):
        """Busy cycles per packet since the start, or None; needs --record-core-cycles."""
        match = re.search(r"CPU cycles/packet=([\d.]+)", self.cmd("show fwd stats all"))
        return float(match.group(1)) if match else None

    def wait_stats(self, want, timeout=DEADLINE, port=0):
        last = {}

        def look():
            last.clear()
            last.update(self.stats(port))
            return want(last)
        wait_for(look, timeout, what=lambda: f"{last}\n{self.xstats(port)}")
        return last

    def promisc(self, on, port=0):
        self.cmd(f"set promisc {port} {'on' if on else 'off'}")

    def fds(self):
        return len(os.listdir(f"/proc/{self.proc.pid}/fd"))

    def maps(self):
        """Number of mapped packet rings."""
        with open(f"/proc/{self.proc.pid}/maps") as f:
            return sum("socket:" in line for line in f)

    def alive(self):
        return self.proc.poll() is None

    def kill(self):
        self.proc.kill()
        self.proc.wait(2 * DEADLINE)  # the kernel takes its time to close many rings

    def quit(self):
        """Leave in good order; the exit status."""
        if self.running:
            self.stop()
        os.write(self.fd, b"quit\n")
        deadline = time.monotonic() + DEADLINE
        while self.proc.poll() is None:
            if time.monotonic() > deadline:
                self._fail("testpmd does not quit")
            self._pump(0.05)
        if self.proc.returncode != 0 or self._sanitizer():
            self._fail(f"testpmd ended with {self.proc.returncode}")
        return self.proc.returncode

    def end(self):
        """Leave in good order if it can (a driver may fail there), and put all away."""
        try:
            if self.alive():
                self.quit()
        except Failed:
            pass
        self.close()

    def close(self):
        if self.closed:
            return
        self.closed = True
        if self.proc.poll() is None:
            self.kill()
        for f in glob.glob(f"{self.dir}/asan*"):
            print(open(f, errors="replace").read()[:6000])
        self.err.close()
        os.close(self.fd)
        shutil.rmtree(self.dir, ignore_errors=True)
        shutil.rmtree(f"/var/run/dpdk/{self.prefix}", ignore_errors=True)


def _numbers(text, pattern):
    return {k: int(v) for k, v in re.findall(pattern, text, re.M)}
