# SPDX-License-Identifier: BSD-3-Clause
"""The DPDK releases that people run, and what of the tests is tried on each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    name: str
    suite: str = ""  # the Debian suite that ships it

    @property
    def variable(self):
        """Names a directory with its driver-only headers."""
        return "DRIVER_SDK_" + self.name.replace(".", "_").upper()


RELEASES = [
    Release("22.11", "bookworm"),
    Release("23.11"),
    Release("24.11", "trixie"),
    Release("25.11", "forky"),
    Release("26.07"),
    Release("main"),
]

# A minute: ping, UDP, TCP on untouched veths, VLAN, multi-queue, stop and start, RSS.
TRAFFIC = [
    "test/port/test_hosts.py::test_flood_ping_is_answered",
    "test/port/test_super_traffic.py::test_files_arrive_whole_both_ways",
    "test/port/test_super_traffic.py::test_datagrams_of_a_segmenting_sender",
    "test/port/test_vlan.py",
    "test/port/test_queues.py::test_each_frame_comes_back_once",
    "test/port/test_lifecycle.py::test_stop_and_start_many_times",
    "test/port/test_lifecycle.py::test_stop_and_start_under_traffic",
    "test/port/test_telemetry.py",
    "test/port/test_rss_suite.py",
]

# Those of DPDK's own source, in this driver's name.
UPSTREAM = "test/conformance/test_autotests.py::test_what_upstream_asks_of_net_af_packet"

# What else may differ with a release: what ethdev does around the driver, and its programs.
CORE = [
    "test/port/test_counters.py",
    "test/port/test_link.py",
    "test/port/test_lifecycle.py",
    "test/port/test_promisc.py",
    "test/port/test_devargs.py",
    "test/regress",
    "test/conformance",
    "--ignore=test/conformance/test_sanitized.py",  # minutes of compiling, about the driver alone
    "--ignore=test/regress/test_mounts_left_behind.py",  # folders in a folder
]
# No file of a folder that is named: pytest 8 would take the files alone.
FULL = ["test/port", *(name for name in CORE if not name.startswith("test/port/"))]

# Of tools/install's lists, by the suites' names; a suite that lacks one does without.
PACKAGES = """gcc libc6-dev meson ninja-build pkg-config python3 libdpdk-dev dpkg-dev xz-utils
    dpdk-dev iproute2 iputils-ping iperf3 ethtool util-linux libcmocka-dev curl python3-pytest
    python3-scapy tcpdump socat nftables strace libcap2-bin binutils libpcap0.8 procps git
    """.split()
