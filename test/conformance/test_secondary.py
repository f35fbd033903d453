# SPDX-License-Identifier: BSD-3-Clause
"""A second process looks at the port: it sees the primary's counters, resets them, and
goes again, while the primary forwards and loses nothing."""

import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile

import pytest
from lab.compile import dpdk_program
from lab.frames import eth, some_frames
from lab.peer import exchange
from lab.process import ROOT, wait_for
from lab.testpmd import OURS, PLUGIN, Testpmd, dpdk_release, vdev

PAGES = "/proc/sys/vm/nr_hugepages"
NEED_MB = 128
pytestmark = pytest.mark.skipif(not OURS, reason="loads this driver's plugin")


def read_int(file):
    with open(file) as f:
        return int(f.read())


@pytest.fixture(scope="module")
def hugepages(tmp_path_factory):
    """A folder of hugepages, which secondaries share. What the machine had comes back."""
    before = read_int(PAGES)
    folder = str(tmp_path_factory.mktemp("huge"))
    try:
        with open(PAGES, "w") as f:
            f.write(str(before + NEED_MB // 2))
        got = read_int(PAGES)
        if got < before + NEED_MB // 2:
            pytest.skip(f"the kernel gives {got - before} hugepages, not {NEED_MB // 2}")
        mounted = subprocess.run(["mount", "-t", "hugetlbfs", "-o", "pagesize=2M", "none", folder],
                                 capture_output=True, text=True)
        if mounted.returncode != 0:
            pytest.skip(f"cannot mount hugetlbfs: {mounted.stderr.strip()}")
        yield folder
        subprocess.run(["umount", folder])
    except OSError as e:
        pytest.skip(f"cannot reserve hugepages: {e}")
    finally:
        with open(PAGES, "w") as f:
            f.write(str(before))


@pytest.fixture
def primary(hugepages, lab, link, monkeypatch):
    popen = subprocess.Popen

    def with_hugepages(argv, **kw):
        return popen([a for a in argv if a != "--no-huge"], **kw)
    monkeypatch.setattr(subprocess, "Popen", with_hugepages)
    pmd = lab.keep(Testpmd(link.dut_ns, [vdev(0, link.dut)], mem=64, mbufs=4096,
                           eal=["--huge-dir", hugepages]))
    monkeypatch.undo()
    pmd.start("io")
    yield pmd
    pmd.kill()
    for file in glob.glob(f"{hugepages}/{pmd.prefix}map_*"):
        os.unlink(file)


def begin_secondary(pmd, link, program, *args, eal=(), plugin=PLUGIN):
    path = shutil.which(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    argv = link.dut_ns.argv(path, "--file-prefix", pmd.prefix, "-d", plugin, "--no-pci",
                            *eal, "--", *args)
    return subprocess.run(argv, capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)


def secondary(pmd, link, program, *args, **kw):
    done = begin_secondary(pmd, link, program, *args, **kw)
    assert done.returncode == 0, f"{program}: {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def test_proc_info_sees_the_counters(primary, link, peer):
    exchange(peer, some_frames(25))
    primary.wait_stats(lambda s: s["RX-packets"] == s["TX-packets"] == 25)
    stats = secondary(primary, link, "dpdk-proc-info", "--stats")
    assert re.search(r"RX-packets: +25 ", stats) and re.search(r"TX-packets: +25 ", stats), stats
    xstats = secondary(primary, link, "dpdk-proc-info", "--xstats")
    assert "rx_good_packets: 25" in xstats and "rx_truncated: 0" in xstats, xstats
    numbers = {name: n for n, name in enumerate(re.findall(r"^(\w+): \d+$", xstats, re.M))}
    ids = ",".join(str(numbers[name]) for name in ("tx_kicks", "rx_truncated"))
    some = secondary(primary, link, "dpdk-proc-info", f"--xstats-ids={ids}")
    assert re.findall(r"^\w+: \d+$", some, re.M) == re.findall(
        r"^tx_kicks: \d+$", xstats, re.M) + ["rx_truncated: 0"], some
    show = secondary(primary, link, "dpdk-proc-info", "--show-port")
    assert "net_afpring" in show, show
    # the primary has not noticed
    assert primary.stats()["RX-packets"] == 25
    exchange(peer, some_frames(25))


def test_proc_info_sees_what_the_primary_has_read_of_the_host(primary, link):
    primary.stop()
    link.peer_ns.ip("link", "set", link.peer, "down")
    # LOWERLAYERDOWN, but DOWN where both ends have one index (default_operstate())
    wait_for(lambda: link.dut_ns.link(link.dut)["operstate"].endswith("DOWN"))
    primary.start("rxonly", first=4)
    # refused frames are offered for a while before they are given up
    errors = primary.wait_stats(lambda s: s["TX-errors"] > 0)["TX-errors"]
    primary.drain()
    dropped = primary.xstats()["tx_host_dropped"]
    assert dropped >= errors
    xstats = secondary(primary, link, "dpdk-proc-info", "--xstats")
    assert f"tx_host_dropped: {dropped}\n" in xstats, xstats


def test_reset_from_a_secondary(primary, link, peer):
    exchange(peer, some_frames(25))
    primary.wait_stats(lambda s: s["TX-packets"] == 25)
    secondary(primary, link, "dpdk-proc-info", "--stats-reset")
    assert primary.stats()["RX-packets"] == primary.stats()["TX-packets"] == 0
    exchange(peer, some_frames(7))
    assert primary.wait_stats(lambda s: s["TX-packets"] >= 7)["RX-packets"] == 7
    secondary(primary, link, "dpdk-proc-info", "--xstats-reset")
    assert primary.stats()["RX-packets"] == 0
    exchange(peer, some_frames(3))


def test_secondaries_come_and_go_under_traffic(primary, link, peer, pktgen):
    run = pktgen.begin(link.peer_ns, link.peer, 200000, "60", window=256)
    for _ in range(5):
        secondary(primary, link, "dpdk-proc-info", "--stats")
    done = pktgen.end(run)
    assert primary.alive()
    stats = primary.wait_stats(lambda s: s["RX-packets"] + s["RX-missed"] >= 200000)
    assert stats["RX-packets"] + stats["RX-missed"] == 200000, f"{stats} {done}"


@pytest.fixture(scope="module")
def onlooker(tmp_path_factory):
    return dpdk_program(tmp_path_factory.mktemp("tools"), "tools/onlooker.c")


def test_queues_are_set_up_anew_while_a_secondary_reads(primary, link, pktgen, onlooker):
    """All that it may ask for, without a pause, of the queues that get other rings."""
    run = subprocess.Popen(
        link.dut_ns.argv(onlooker, "--proc-type=secondary", "--file-prefix", primary.prefix,
                         "-d", PLUGIN, "--no-pci", "--log-level=lib.ethdev:critical", "--", "1"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []
    while "asks\n" not in said:
        said.append(run.stdout.readline())
        assert said[-1], said
    gen = pktgen.begin(link.peer_ns, link.peer, 10**7, "60:1514:13", flows=16, rate=2000)
    for slots in (2048, 64, 512, 4096, 128) * 2:
        for queue in ("rxq 0", "txq 0"):
            primary.set_up_queue(queue, slots)
        before = primary.stats()["TX-packets"]
        primary.start()
        primary.wait_stats(lambda s, before=before: s["TX-packets"] > before)
    gen.terminate()
    r = pktgen.end(gen)
    assert (r["dup"], r["corrupted"], r["foreign"]) == (0, 0, 0), r
    out, _ = run.communicate("", timeout=30)
    assert run.returncode == 0, out
    rounds, absent, wrong = map(int, re.search(r"(\d+) rounds, (\d+) absent, (\d+) wrong",
                                               out).groups())
    assert rounds > 1000 and wrong == 0, out


@pytest.fixture(scope="module")
def second_build():
    """A copy of the source in another folder, and what builds its plugin.

    Not below /tmp, where EAL would refuse it.
    """
    sdk = os.path.join(os.path.dirname(PLUGIN), "driver-sdk")
    if not shutil.which("meson") or not os.path.isdir(sdk):
        pytest.skip("no meson, or no driver-only headers beside the plugin")
    with tempfile.TemporaryDirectory(dir="/var/lib", prefix="net_afpring-") as folder:
        os.chmod(folder, 0o755)
        tree = os.path.join(folder, "tree")
        shutil.copytree(ROOT, tree, ignore=shutil.ignore_patterns(".git", "build*", "__pycache__"))
        path = dict(os.environ, PATH=f"/usr/sbin:/usr/bin:/sbin:/bin:{os.environ['PATH']}")

        def build():
            out = os.path.join(folder, "build")
            plugin = os.path.join(out, os.path.basename(PLUGIN))
            for argv in [["meson", "setup", out, tree, "-Dtests=false", "-Doptimization=0",
                          f"-Ddriver_sdk={sdk}"],
                         ["ninja", "-C", out, os.path.basename(PLUGIN)]]:
                if argv[0] != "meson" or not os.path.exists(out):
                    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL, env=path)
            return plugin
        yield tree, build


def test_only_a_build_with_the_same_structures_attaches(primary, link, peer, second_build):
    tree, build = second_build
    exchange(peer, some_frames(25))
    primary.wait_stats(lambda s: s["TX-packets"] == 25)
    # the same source, built elsewhere
    stats = secondary(primary, link, "dpdk-proc-info", "--stats", plugin=build())
    assert re.search(r"RX-packets: +25 ", stats), stats
    # counters that stand elsewhere, in structures of the same size
    header = f"{tree}/drivers/net/af_packet_ring/afpring_counter.h"
    with open(header) as f:
        text = f.read()
    swapped = re.sub(r"(\tAFPRING_RX_PACKETS,\n)(\tAFPRING_RX_BYTES,\n)", r"\2\1", text)
    assert swapped != text
    with open(header, "w") as f:
        f.write(swapped)
    done = begin_secondary(primary, link, "dpdk-proc-info", "--stats", plugin=build())
    lines = [line for line in done.stderr.splitlines() + done.stdout.splitlines()
             if "another build" in line]
    assert len(lines) == 1, done.stderr + done.stdout
    ids = re.findall(r"\b[0-9a-f]{16}\b", lines[0])
    assert len(ids) == 2 and ids[0] != ids[1], lines
    assert "RX-packets" not in done.stdout, done.stdout
    # the primary has not noticed
    exchange(peer, some_frames(25))
    assert primary.wait_stats(lambda s: s["TX-packets"] == 50)["RX-packets"] == 50


def capture(link, script, says, exchange_frames):
    """What a capturing program, told to end after the exchange, has printed."""
    run = subprocess.Popen(link.dut_ns.argv("unshare", "-m", "sh", "-c", script),
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0)
    text = bytearray()
    os.set_blocking(run.stdout.fileno(), False)

    def ready():
        text.extend(run.stdout.read() or b"")
        return says in text or run.poll() is not None
    try:
        wait_for(ready, what=lambda: f"no '{says}' in {text}")
        if run.poll() is None:
            exchange_frames()
            run.send_signal(signal.SIGINT)
        wait_for(lambda: ready() and run.poll() is not None, what="no end of the capture")
    finally:
        run.kill()
        run.wait()
    return text.decode(errors="replace")


def with_our_plugin(tmp_path, command):
    """The plugin lies in a copy of the driver directory, seen by this one command."""
    plugins = glob.glob("/usr/lib/*/dpdk/pmds-*")
    program = command.split()[0]
    if not plugins or not shutil.which(program):
        pytest.skip(f"{program} or DPDK's driver directory is not there")
    copy = tmp_path / "pmds"
    shutil.copytree(plugins[0], copy, symlinks=True)
    shutil.copy(PLUGIN, copy)
    return f"mount --bind {copy} {plugins[0]} && exec stdbuf -oL {command}"


def packets(file):
    from scapy.utils import rdpcap
    return [bytes(packet) for packet in rdpcap(str(file))]


FRAMES = [eth(60 + 97 * n, seed=n) for n in range(15)]
FILLER = eth(1514, seed=99)


def talk(peer, files):
    """The frames there and back, and something behind them until all of them are in the files."""
    exchange(peer, FRAMES)
    for _ in range(64):
        if all(os.path.exists(f) and os.path.getsize(f) > 4 * sum(map(len, FRAMES)) for f in files):
            break
        exchange(peer, [FILLER])


def captured(file):
    return [packet for packet in packets(file) if packet != FILLER] if os.path.exists(file) else []


def test_dumpcap_captures_each_packet(primary, link, peer, tmp_path):
    """Received and sent once each, in their order, byte by byte."""
    file = tmp_path / "out.pcapng"
    out = capture(link, with_our_plugin(
        tmp_path, f"dpdk-dumpcap --file-prefix {primary.prefix} -i 0 -w {file}"),
        b"Packets captured", lambda: talk(peer, [file]))
    assert primary.stats()["RX-errors"] == 0
    got = captured(file)
    if not got and dpdk_release() == "22.11":
        pytest.skip("Debian's dpdk-dumpcap of 22.11 captures nothing with any driver")
    assert list(dict.fromkeys(got)) == FRAMES, out
    assert sorted(got) == sorted(2 * FRAMES), out


def test_pdump_captures_each_packet(primary, link, peer, tmp_path):
    with tempfile.TemporaryDirectory(prefix="afp") as folder:  # it cuts names at 63 characters
        files = [f"{folder}/rx.pcap", f"{folder}/tx.pcap"]
        out = capture(link, with_our_plugin(
            tmp_path, f"dpdk-pdump --file-prefix {primary.prefix} --no-pci -- --pdump port=0,"
            f"queue='*',rx-dev={files[0]},tx-dev={files[1]},total-num-mbufs=2047"),
            b"capture for", lambda: talk(peer, files))
        assert primary.stats()["RX-errors"] == 0
        got = [captured(file) for file in files]
    if got == [[], []] and dpdk_release() == "22.11":
        pytest.skip("Debian's dpdk-pdump of 22.11 captures nothing with any driver")
    assert got == [FRAMES, FRAMES], out
