# SPDX-License-Identifier: BSD-3-Clause
"""Conformance: DPDK's own programs, as Debian ships them, with this driver's port."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "lib"))

from fixtures import *  # noqa: E402,F401,F403


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: takes more than 10 s")
