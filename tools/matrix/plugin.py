# SPDX-License-Identifier: BSD-3-Clause
"""The plugin of one release: built, loaded, tested."""

import os
import re

from places import ROOT, Failed, cache, run
from releases import CORE, FULL, TRAFFIC
from results import cell

NAME = "librte_net_af_packet_ring.so"


def unit_tests():
    """By name, without their sanitized twins: those are about the driver, not about a release."""
    text = (ROOT / "test/unit/meson.build").read_text()
    return re.findall(r"^    \['(\w+)', \[", text, re.M)


def build_dir(place):
    return place.work / "build"


def environment(place):
    build = build_dir(place)
    return {"AFPRING_BUILD": str(build), "AFPRING_PLUGIN": str(build / NAME),
            "PYTHONDONTWRITEBYTECODE": "1"}


def build(place, release):
    """Built with its unit tests and warnings as errors."""
    sdk = os.environ.get(release.variable)
    env = {**environment(place), **({"AFPRING_DRIVER_SDK": sdk} if sdk else {})}
    build_dir(place).mkdir(parents=True, exist_ok=True)
    log = place.work / "logs/build.log"
    try:
        place.run([ROOT / "tools/build", NAME, "app/afpring-fwd",
                   *(f"test/unit/test_{t}" for t in unit_tests())], log, env)
    except Failed:
        setup = build_dir(place) / "setup.log"
        text = setup.read_text(errors="replace") if setup.exists() else ""
        headers = [line for line in text.splitlines() if "driver-only headers:" in line]
        if headers and "ERROR" in headers[-1]:
            why = headers[-1].split("driver-only headers: ")[1].removeprefix("error: ")
            return f"{release.variable}=DIR or AFPRING_DPDK_GIT=DIR would give the headers: {why}"
        raise
    is_linked(place)
    return None


# DPDK's libraries that the plugin wants; each has to be there in the version of that DPDK.
FOREIGN = r"""libdir=$(pkg-config --variable=libdir libdpdk)
readelf -d "$0" | sed -n 's/.*(NEEDED).*\[\(librte_.*\)\]/\1/p' >"$0.needed"
grep -q librte_bus_vdev "$0.needed" || { echo "error: not linked with the vdev bus"; exit 1; }
while read -r library; do
    [ -e "$libdir/$library" ] || { echo "error: $library is not of the DPDK in $libdir"; exit 1; }
done <"$0.needed"
"""


def is_linked(place):
    """With the libraries of the DPDK that pkg-config finds: a linker's default is another one."""
    env = environment(place)
    place.run(["sh", "-c", FOREIGN, env["AFPRING_PLUGIN"]], place.work / "logs/linked.log", env)


def loads(place):
    """Testpmd starts with a port on the loopback interface; nothing is sent."""
    env = environment(place)
    testpmd = place_testpmd(place)
    log = place.work / "logs/load.log"
    argv = start(testpmd, env["AFPRING_PLUGIN"])
    place.run(argv, log, env)
    text = log.read_text(errors="replace")
    if "Port 0" not in text:
        raise Failed(f"testpmd has no port: {log}")


def place_testpmd(place):
    return getattr(place, "env", {}).get("AFPRING_TESTPMD", "dpdk-testpmd")


def start(testpmd, plugin):
    """A testpmd that shows its ports and ends."""
    return ["sh", "-c", "echo 'show port summary all' | timeout 30 \"$@\"", "sh", testpmd, "--no-huge",
            "-m", "64", "--no-pci", "--no-shconf", "-l", "0,1", "-d", plugin,
            "--vdev", "net_afpring0,iface=lo", "--", "-i", "--total-num-mbufs=2048",
            "--mbuf-size=4096"]


def test(place, full):
    """Unit tests, the lint of symbols, and the tests with traffic; the cell of the table."""
    logs, build, env = place.work / "logs", build_dir(place), environment(place)
    for suite, names in (("lint", ["exports"]), ("unit", unit_tests())):
        place.run(["meson", "test", "-C", build, "--no-rebuild", "--logbase", suite, *names],
                  logs / f"{suite}.log", env, ok=range(126))  # how many have failed
        os.replace(build / f"meson-logs/{suite}.junit.xml", logs / f"{suite}.xml")
    tests = FULL if full else CORE
    if place_testpmd(place) != "dpdk-testpmd":  # the other programs here are of another DPDK
        tests = [t for t in tests if "conformance" not in t]
    # not a second time what its file has: an older pytest would
    tests = [*tests, *(t for t in TRAFFIC if not {"test/port", t.split("::")[0]} & set(tests))]
    pytest(place, tests, "port", env)
    return cell(logs / f"{name}.xml" for name in ("lint", "unit", "port"))


def pytest(place, tests, name, env):
    logs = place.work / "logs"
    place.run(["timeout", "-k", "30", "3600", "/usr/bin/python3", "-m", "pytest", "-q", "-p",
               "no:cacheprovider", "--tb=short", f"--junitxml={logs}/{name}.xml",
               *dict.fromkeys(tests)], logs / f"{name}.log", env, ok=(0, 1))


def in_tree(place, release):
    """The tree with testpmd and driver of a release, by tools/in-tree-build: the tree, and by
    which compilers; None and why not."""
    log = place.work / "logs/in-tree.log"
    code = run([ROOT / "tools/in-tree-build", release.name], log, ok=(0, 77))
    last = log.read_text(errors="replace").strip().splitlines()[-1]
    if code == 77:
        return None, last
    tree, version, built = last.split(": ", 2)
    return tree, f"{version.split()[1]} ({built.split(' by ')[1]})"


def in_tree_driver(tree):
    found = sorted((cache() / tree / "prefix/in-tree").glob(f"{NAME}.*.*"))
    if not found:
        raise Failed(f"no driver in {tree}/prefix/in-tree")
    return found[-1]
