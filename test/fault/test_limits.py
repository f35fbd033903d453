# SPDX-License-Identifier: BSD-3-Clause
"""Without rights, without descriptors, and many lives in a row."""

import shutil

import pytest
from test_injected import check, driver_lines


def only(lives):
    assert len(lives) == 1
    return lives[0]


def test_without_cap_net_raw(lifecycle):
    if not shutil.which("capsh"):
        pytest.skip("capsh is not installed (libcap2-bin)")
    life = only(lifecycle("once", wrap=("capsh", "--drop=cap_net_raw", "--shell=/usr/bin/env",
                                        "--")))
    assert life["failed"] == "probe"
    lines = driver_lines(life["log"])
    assert len(lines) == 1 and "CAP_NET_RAW" in lines[0], life["log"]
    assert life["left"]["fds"] == life["left"]["sockets"] == life["left"]["heap"] == 0


@pytest.mark.parametrize("nofile", range(12, 34, 3))
def test_few_descriptors(lifecycle, nofile):
    life = only(lifecycle("once", wrap=("prlimit", f"--nofile={nofile}")))
    check_limited(life)


def check_limited(life):
    assert life["left"]["rings"] == life["left"]["sockets"] == life["left"]["fds"] == 0
    if life["failed"]:
        assert len(driver_lines(life["log"])) >= 1, life["log"]


@pytest.mark.slow
def test_a_thousand_lives(lifecycle):
    life = only(lifecycle("repeat", 1000, 0))
    assert life["nth"] == 1000
    check(life)


@pytest.mark.slow
def test_two_hundred_starts(lifecycle):
    life = only(lifecycle("repeat", 1, 200, devargs="qpairs=2,framecnt=64"))
    assert not life["failed"]
    check(life)
