# SPDX-License-Identifier: BSD-3-Clause
"""Real programs between two hosts: see tools/programs, which installs them.

    host "peer"  p0 ==== d0  [the program]  d1 ==== p1  host "far"
    10.9.0.1                                         10.9.0.2

Each test writes its row of the table at the end.
"""

import pytest
from folder import LOGS, Inside


@pytest.fixture
def row(request):
    """row(result): this test's row of the table."""
    def add(result):
        with open(f"{LOGS}/table", "a", encoding="utf-8") as table:
            name = request.node.name.removeprefix("test_").replace("_", " ")
            table.write(f"{request.path.stem.removeprefix('test_'):9} {name:58} {result}\n")
    return add


@pytest.fixture
def inside(lab):
    return lambda *args: lab.keep(Inside(*args))


@pytest.fixture
def hosts(lab):
    return lab.two_hosts()
