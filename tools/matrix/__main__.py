# SPDX-License-Identifier: BSD-3-Clause
"""usage: sudo ./run matrix [--full] [--release RELEASE]...

Builds, loads and tests the plugin with each DPDK release that people run, in the
binaries of Debian's suites where they have it, and the driver inside DPDK's own
source. The table at the end is that of doc/dpdk.md; the last line is
N passed, N failed, N skipped.

DRIVER_SDK_24_11=DIR has the driver-only headers of 24.11, AFPRING_DPDK_GIT=DIR is a
clone of DPDK with its tags: see doc/dpdk.md for where they come from otherwise.
"""

import argparse
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import plugin  # noqa: E402
import refusal  # noqa: E402
from lab import interrupt  # noqa: E402
from places import ROOT, Failed, Host, Suite, cache, has_of  # noqa: E402
from releases import PACKAGES, RELEASES, TRAFFIC, UPSTREAM  # noqa: E402
from results import Row, cell, record, table  # noqa: E402


def say(words):
    print(f"==> {words}", flush=True)


class Bench:
    """One release on its way through the steps; a step that fails ends its half of the row."""

    def __init__(self, release, full):
        self.release, self.full = release, full
        self.work = cache() / "matrix" / release.name
        self.logs = self.work / "logs"
        shutil.rmtree(self.logs, ignore_errors=True)
        self.logs.mkdir(parents=True)
        self.row = Row(release.name)
        self.tree = self.where = None

    def step(self, column, action):
        """What the action returns, or None: it failed, which is recorded."""
        say(f"{self.release.name}: {column}")
        try:
            return action()
        except Failed as e:
            record(self.logs, column.replace(" ", "-"), "failure", str(e))
            self.row[column] = "FAILED"
            return None

    def skip(self, column, why):
        record(self.logs, column.replace(" ", "-"), "skipped", why)
        self.row[column] = "skipped"

    def done(self, column, word="yes"):
        record(self.logs, column.replace(" ", "-"))
        self.row[column] = word
        return True

    def in_tree(self):
        found = self.step("in-tree", lambda: plugin.in_tree(self, self.release))
        if found is None:
            return
        tree, what = found
        if tree is None:
            self.skip("in-tree", what)
            return
        self.tree = Path(tree)
        self.done("in-tree", what)
        self.step("traffic in-tree", self.traffic_in_tree)

    def traffic_in_tree(self):
        host = Host(self.work, self.tree / "prefix")
        env = {"AFPRING_PLUGIN": str(plugin.in_tree_driver(self.tree)),
               "PYTHONDONTWRITEBYTECODE": "1"}
        tests = TRAFFIC
        if (self.tree / "prefix/bin/dpdk-test").exists():
            env["AFPRING_DPDK_TEST"] = str(self.tree / "prefix/bin/dpdk-test")
            tests = [*TRAFFIC, UPSTREAM]
        plugin.pytest(host, tests, "traffic-in-tree", env)
        self.row["traffic in-tree"] = cell([self.logs / "traffic-in-tree.xml"])

    def place(self):
        """Where the plugin is built: (place, its word), or None."""
        if has_of(self.release.name):
            return Host(self.work), "this machine"
        if self.release.suite:
            return Suite(self.work, self.release.suite, PACKAGES), f"Debian {self.release.suite}"
        if self.tree:
            return Host(self.work, self.tree / "prefix"), "the source's prefix"
        return None

    def plugin(self):
        found = self.step("plugin by", self.place)
        if found is None:
            if self.row.cells["plugin by"] == "-":
                self.skip("built", f"no Debian suite has DPDK {self.release.name}, and no source "
                                   "of it is at hand: see in-tree")
            return
        place, self.row["plugin by"] = found
        self.where = place
        # None: failed; text: cannot be had
        why = self.step("built", lambda: plugin.build(place, self.release) or "")
        if why is None:
            return
        if why:
            self.skip("built", why)
            return
        self.done("built")
        if self.step("loaded", lambda: plugin.loads(place) or self.done("loaded")):
            tests = self.step("tests", lambda: plugin.test(place, self.full))
            if tests:
                self.row["tests"] = tests


def refusals(benches, logs):
    """Each plugin in each other release's testpmd that was built here."""
    rows = []
    built = [b for b in benches if b.row.cells["built"] == "yes"]
    trees = [b for b in benches if b.tree]
    for mine, other in itertools.product(built, trees):
        if mine is other:
            continue
        step = f"refused-{mine.release.name}-in-{other.release.name}"
        try:
            why = refusal.pair(mine.where, other.tree / "prefix", logs / f"{step}.log")
            record(logs, step)
        except Failed as e:
            why = f"FAILED: {e}"
            record(logs, step, "failure", str(e))
        rows.append(f"| {mine.release.name} | {other.release.name} | {why} |")
    return rows


def collect(benches, folder):
    """All files of all releases in one folder, for the count."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for bench in benches:
        for file in bench.logs.glob("*.xml"):
            shutil.copy(file, folder / f"{bench.release.name}-{file.name}")


def arguments():
    parser = argparse.ArgumentParser(prog="./run matrix", description=__doc__.split("\n\n")[1])
    parser.add_argument("--full", action="store_true", help="the whole port suite")
    parser.add_argument("--release", action="append", choices=[r.name for r in RELEASES],
                        help="only this one; can be given several times")
    return parser.parse_args()


def main():
    args = arguments()
    wanted = [r for r in RELEASES if not args.release or r.name in args.release]
    benches = []
    for release in wanted:
        bench = Bench(release, args.full)
        benches.append(bench)
        bench.in_tree()
        bench.plugin()
    results = cache() / "matrix" / "results"
    collect(benches, results)
    pairs = refusals(benches, results)
    print("\n" + table(bench.row for bench in benches))
    if pairs:
        print("\n| plugin of | loaded by | says |\n|---|---|---|\n" + "\n".join(pairs))
    print(flush=True)
    return subprocess.call([str(ROOT / "tools/count-results"), str(results)])


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("error: matrix makes chroots and network namespaces: run it as root")
    interrupt.run(main, ": what is half made is made anew by the next run")
